"""Where a rule strikes: patterns of addresses `op/target#k~a`.

    row.create/Contact#2~1     the first attempt of the second distinct create of a Contact
    row.*/Contact              any row operation on Contact, any request, any attempt
    bulk2.poll/J1#*~3..        from the third poll of the first job on
    */*                        every point

A part left out is `*`. Targets match without case. `#` and `~` take numbers, lists (`1,3`) and ranges (`2..4`, `2..`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.core.operations import OPERATIONS, is_operation

_SHAPE = re.compile(r"^(?P<op>[^/#~\s]+)(?:/(?P<target>[^#~]*))?(?:#(?P<k>[^~]*))?(?:~(?P<a>.*))?$")
_NUMBERS = re.compile(r"^(\d+)(?:(\.\.)(\d*))?$")
_REMEDY = "an address is op/target#k~a, such as row.create/Contact#2~1; a part left out is *"
Spans = tuple[tuple[int, int], ...]  # inclusive; empty is any number
_NO_END = 2**31


@dataclass(frozen=True)
class Pattern:
    """A parsed pattern; `text` is what the user wrote and what makes two of them equal."""

    text: str
    op: str = field(compare=False)
    target: str = field(compare=False)
    ks: Spans = field(compare=False)
    attempts: Spans = field(compare=False)

    @cached_property
    def _op_matches(self) -> re.Pattern[str] | None:
        return None if self.op == "*" else _glob(self.op)

    @cached_property
    def _target_matches(self) -> re.Pattern[str] | None:
        return None if self.target == "*" else _glob(self.target)

    def matches(self, op: str, target: str, k: int, attempt: int) -> bool:
        return self.covers(op, target) and _within(k, self.ks) and _within(attempt, self.attempts)

    def covers(self, op: str, target: str) -> bool:
        """Whether some request of this operation and target can match."""
        if self._op_matches is not None and not self._op_matches.fullmatch(op):
            return False
        return self._target_matches is None or bool(self._target_matches.fullmatch(target))

    @property
    def is_every_point(self) -> bool:
        """Whether no point of a run can miss it: then attempts to connect, which name none, are hit as well."""
        return self.op == "*" and self.target == "*" and not self.ks and not self.attempts

    @property
    def is_exact(self) -> bool:
        """Whether at most one point of a run can match."""
        single = all(len(spans) == 1 and spans[0][0] == spans[0][1] for spans in (self.ks, self.attempts))
        return single and "*" not in self.op + self.target


@lru_cache(maxsize=4096)
def parse_pattern(text: str, *, where: str = "on") -> Pattern:
    """A pattern from its text. Raises UsageError, or UnknownName for an operation that does not exist."""
    found = _SHAPE.match(text.strip())
    if not found:
        raise UsageError(f"{where}: {text!r} is no address", remedy=_REMEDY)
    op, target = found["op"], (found["target"] or "*").strip()
    _check_operation(op, where)
    return Pattern(text.strip(), op, target, _spans(found["k"], text, where), _spans(found["a"], text, where))


def _check_operation(op: str, where: str) -> None:
    if "*" in op:
        pattern = _glob(op)
        if op.startswith("soap.") or any(pattern.fullmatch(known) for known in OPERATIONS):
            return
    elif is_operation(op):
        return
    raise UnknownName(
        "operation",
        op,
        OPERATIONS,
        where=f"{where}: ",
        remedy="an operation is one of row.create, query.first, bulk2.poll ..., or row.* for all of a class",
    )


def _glob(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(r"\*", ".*"), re.IGNORECASE)


def _spans(text: str | None, whole: str, where: str) -> Spans:
    if text is None or text.strip() in ("", "*"):
        return ()
    return tuple(_span(part.strip(), whole, where) for part in text.split(","))


def _span(text: str, whole: str, where: str) -> tuple[int, int]:
    found = _NUMBERS.match(text)
    first = int(found[1]) if found else 0
    last = first if not found or not found[2] else int(found[3] or _NO_END)
    if first < 1 or last < first:
        raise UsageError(f"{where}: {text!r} in {whole!r} is no number from 1, list or range", remedy="write #2, #1,3, ~2..4 or ~2.. (to the end)")
    return first, last


def _within(number: int, spans: Spans) -> bool:
    if not spans:
        return True
    return any(first <= number <= last for first, last in spans)
