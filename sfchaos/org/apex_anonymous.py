"""Anonymous Apex, and SOAP methods of classes, played by Python functions. Nothing is compiled here: without a function, nothing runs.

    def run(call: ApexCall) -> str:                      # call.body is the Apex text
        call.create("Account", Name="Acme")
        return "08:00:00.0 (1)|USER_DEBUG|[1]|DEBUG|made one"

    org.apex.anonymous(run)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sfchaos.org.apex import ApexException, apex_call
from sfchaos.org.refusals import Refused

if TYPE_CHECKING:
    from sfchaos.org.call import Call

NO_COMPILER = ("This org has no Apex compiler: anonymous Apex is not executed. "
               "`org.apex.anonymous(handler)` lets a Python function stand in for it.")  # fmt: skip


class ApexCompileError(Exception):
    """Raised by a handler for text that does not compile; `line` and `column` begin at 1."""

    def __init__(self, problem: str, line: int = 1, column: int = 1) -> None:
        super().__init__(problem)
        self.problem, self.line, self.column = problem, line, column


@dataclass(frozen=True, slots=True)
class Executed:
    """ExecuteAnonymousResult (D: SOAP API for Apex, "executeAnonymous()"), and the debug log. Line and column are -1 where nothing is wrong."""

    compiled: bool = True
    success: bool = True
    line: int = -1
    column: int = -1
    compile_problem: str | None = None
    exception_message: str | None = None
    exception_stack: str | None = None
    log: str = ""


def execute(call: Call, text: str) -> Executed:
    """Hand the text to the handler, in a unit that is undone when it raises. Empty text compiles and does nothing."""
    if not text.strip():
        return Executed()
    handler = call.org.apex.anonymous_handler
    if handler is None:
        return Executed(False, False, 1, 1, NO_COMPILER)
    kept = call.org.events_kept
    try:
        with call.org.store.unit():
            told = handler(apex_call(call, {}, text.encode("utf-8", "surrogatepass")))
    except ApexCompileError as error:
        call.org.drop_events(kept)
        return Executed(False, False, error.line, error.column, error.problem)
    except ApexException as error:
        call.org.drop_events(kept)
        return _threw(f"{error.kind}: {error.message}", error.where)
    except Refused as refused:
        call.org.drop_events(kept)
        return _threw(f"System.UnexpectedException: {refused.refusals[0].message}", "")
    except Exception as error:
        call.org.drop_events(kept)
        return _threw(f"System.{type(error).__name__}: {error}", "")
    return Executed(log=str(told) if told is not None else "")


def _threw(message: str, where: str) -> Executed:
    return Executed(True, False, 1, 1, exception_message=message, exception_stack=where or "AnonymousBlock: line 1, column 1")
