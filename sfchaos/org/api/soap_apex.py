"""The SOAP API for Apex, `/services/Soap/s/<v>`: executeAnonymous by a Python function; nothing else, since no Apex is compiled here.

Source: SOAP API for Apex, "executeAnonymous()", "DebuggingHeader" (D).
"""

from __future__ import annotations

from collections.abc import Callable

from sfchaos.core.messages import Response
from sfchaos.org.access import has_system
from sfchaos.org.apex_anonymous import execute
from sfchaos.org.call import Call
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route
from sfchaos.org.soap.dialects import APEX
from sfchaos.org.soap.envelope import Envelope, read_envelope, served
from sfchaos.org.soap.session import session_of
from sfchaos.org.soap.writing import element, elements, result

_UNSERVED = ("compileAndTest", "compileClasses", "compileTriggers", "runTests", "wsdlToApex")


def soap(call: Call) -> Response:
    envelope = read_envelope(call.body)
    answer = served(envelope, APEX, CALLS)
    session_of(call, envelope)
    if not has_system(call.org, call.user_id, "AuthorApex"):
        raise refuse("INSUFFICIENT_ACCESS", "use of the Apex API requires a user with the Author Apex permission")  # text a guess
    return answer(call, envelope)


def execute_anonymous(call: Call, envelope: Envelope) -> Response:
    """The log comes back in a header when the request has a DebuggingHeader."""
    done = execute(call, next(iter(envelope.arguments.values()), ""))  # the WSDL calls it String, clients call it what they like
    said = {"column": done.column, "compileProblem": done.compile_problem, "compiled": done.compiled, "exceptionMessage": done.exception_message,
            "exceptionStackTrace": done.exception_stack, "line": done.line, "success": done.success}  # fmt: skip
    log = element("DebuggingInfo", {"debugLog": done.log}) if "DebuggingHeader" in envelope.headers else ""
    return result(call, envelope.name, elements(said), log)


def unserved(_call: Call, envelope: Envelope) -> Response:
    """Ours, not Salesforce's: a real org has a compiler."""
    raise refuse("FUNCTIONALITY_NOT_ENABLED", f"{envelope.name}: this org compiles and tests no Apex. Anonymous Apex, Apex REST and Apex SOAP methods can be played by Python "
                 "functions: org.apex.anonymous, org.apexrest, org.apex.soap")  # fmt: skip


CALLS: dict[str, Callable[[Call, Envelope], Response]] = {"executeAnonymous": execute_anonymous, **dict.fromkeys(_UNSERVED, unserved)}
ROUTES = [Route("POST", f"/services/Soap/s/{{v}}{org}", soap, APEX.surface, False, False, "SOAP API for Apex") for org in ("", "/{org}")]
