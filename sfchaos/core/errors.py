"""What can go wrong, and whose fault it is.

    SfchaosError                 exit code 2 unless said otherwise
    ├── UsageError               the user's: a name, a value, an option
    │   ├── UnknownName          a name that no registry holds; knows the nearest ones
    │   └── BadFile              a file the user wrote; knows path and line
    ├── TargetError              the integration under test could not be started
    ├── BundleError              an evidence bundle that cannot be read as one
    └── HarnessError             ours: please report it
    ObjectiveFailed              an AssertionError: the integration did not meet an objective

Every error carries a remedy: what the reader can do next.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfchaos.core.judgement import Judgement


class SfchaosError(Exception):
    """Base of all errors of ours. `message` says what was seen, `remedy` what to do about it."""

    exit_code = 2

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return self.message + (f"\n  remedy: {self.remedy}" if self.remedy else "")


class UsageError(SfchaosError):
    """A name, value or option that the user gave and that cannot be taken."""


class UnknownName(UsageError):
    """A name nobody registered: says the nearest valid ones and where to find all of them."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, remedy: str = "", where: str = "") -> None:
        names = sorted(known)
        self.kind, self.name, self.nearest = kind, name, nearest(name, names)
        hint = f"\n  did you mean {' or '.join(repr(n) for n in self.nearest)}?" if self.nearest else ""
        allowed = f"\n  known: {', '.join(names)}" if names and len(names) <= 12 and not self.nearest else ""
        super().__init__(f"{where}unknown {kind} {name!r}{hint}{allowed}", remedy=remedy)


class BadFile(UsageError):
    """A file the user wrote. Shown as `path:line: what`, with the nearest valid name and a remedy."""

    def __init__(self, path: str | Path, line: int, what: str, *, remedy: str = "") -> None:
        place = f"{path}:{line}" if line else str(path)
        super().__init__(f"{place}: {what}", remedy=remedy)
        self.path, self.line, self.what = str(path), line, what


class TargetError(SfchaosError):
    """The integration could not be started at all (not found, not importable)."""


class BundleError(SfchaosError):
    """An evidence bundle that cannot be read as one."""


class HarnessError(SfchaosError):
    """Our own fault."""


class ProcessKilled(BaseException):
    """A fault has killed the client where it stands, as SIGKILL would: no `except Exception` of it runs. Whoever plays it starts it again."""


class ObjectiveFailed(AssertionError):
    """Raised by `rig.verify`: carries the judgements that were not met."""

    __module__ = "sfchaos"  # where users catch it

    def __init__(self, text: str, judgements: Sequence[Judgement] = ()) -> None:
        super().__init__(text)
        self.judgements = tuple(judgements)


def nearest(name: str, known: Iterable[str], *, at_most: int = 2) -> list[str]:
    """The names of `known` closest to `name`, best first; empty when none is close."""
    names = list(known)
    lowered = {n.lower(): n for n in names}
    found = difflib.get_close_matches(name.lower(), list(lowered), n=at_most, cutoff=0.6)
    return [lowered[f] for f in found]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` or an empty string: for one-line messages."""
    close = nearest(name, known, at_most=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
