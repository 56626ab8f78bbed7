"""The `if` of a rule: what else must hold at the moment of a request.

{"inflight": ">=8"}                 requests the org is working on, this one not counted
{"rate_1m": ">100"}                 requests in the last 60 s of org time, this one not counted
{"quota_used": ">=0.9"}             share of the daily allowance that is spent
{"rows_committed": ">=500"}         rows written so far in this run
{"job_state": "InProgress"}         last known state of the job concerned
{"object": "Contact"}  {"user": "005..."}  {"client": "loader*"}
{"header": {"User-Agent": "*requests*"}}
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.core.messages import Headers

NUMERIC = ("inflight", "rate_1m", "quota_used", "rows_committed")
WORDS = ("job_state", "object", "user", "client")
KEYS = (*NUMERIC, *WORDS, "header")
_COMPARISON = re.compile(r"^\s*(>=|<=|==|!=|>|<|=)?\s*(\d+(?:\.\d+)?)\s*$")
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": operator.eq, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What the conditions are about, at one request. `headers` are the request's."""

    inflight: int = 0
    rate_1m: int = 0
    quota_used: float = 0.0
    rows_committed: int = 0
    job_state: str = ""
    object: str = ""
    user: str = ""
    client: str = ""
    headers: Headers = ()


@dataclass(frozen=True)
class Condition:
    """All of its parts must hold. `tree` is what the user wrote."""

    tree: Mapping[str, object] = field(default_factory=dict)
    tests: tuple[Callable[[Facts], bool], ...] = field(default=(), compare=False, repr=False)

    def holds(self, facts: Facts) -> bool:
        return all(test(facts) for test in self.tests)


def parse_condition(tree: object, *, where: str) -> Condition:
    """A condition from its tree. Raises UsageError with the place and the nearest valid name."""
    if not isinstance(tree, Mapping) or not tree:
        raise UsageError(f"{where}: {tree!r} is not an object of conditions", remedy=f"known: {', '.join(KEYS)}")
    tests = []
    for key, value in tree.items():
        if key not in KEYS:
            raise UnknownName("condition", str(key), KEYS, where=f"{where}: ", remedy=f"known: {', '.join(KEYS)}")
        tests.append(_test_of(key, value, f"{where}.{key}"))
    return Condition(dict(tree), tuple(tests))


def _test_of(key: str, value: object, where: str) -> Callable[[Facts], bool]:
    if key in NUMERIC:
        return _numeric(key, value, where)
    if key == "header":
        return _header(value, where)
    if not isinstance(value, str):
        raise UsageError(f"{where}: {value!r} is not text", remedy="write a name; * stands for any characters")
    pattern = value.lower()
    return lambda facts: fnmatchcase(getattr(facts, key).lower(), pattern)


def _numeric(key: str, value: object, where: str) -> Callable[[Facts], bool]:
    found = None if isinstance(value, bool) else _COMPARISON.match(str(value))
    if not found:
        raise UsageError(f"{where}: {value!r} is no comparison", remedy='write ">=8", "<100" or a number')
    compare, bound = _OPERATORS[found[1] or "=="], float(found[2])
    return lambda facts: compare(getattr(facts, key), bound)


def _header(value: object, where: str) -> Callable[[Facts], bool]:
    if not isinstance(value, Mapping) or not value or not all(isinstance(v, str) for v in value.values()):
        raise UsageError(f"{where}: {value!r} is not an object of headers", remedy='write {"User-Agent": "*requests*"}')
    wanted = {str(name).lower(): str(pattern).lower() for name, pattern in value.items()}

    def test(facts: Facts) -> bool:
        sent = {name.lower(): text.lower() for name, text in reversed(facts.headers)}
        return all(name in sent and fnmatchcase(sent[name], pattern) for name, pattern in wanted.items())

    return test
