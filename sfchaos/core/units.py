"""Durations and shares as people write them."""

from __future__ import annotations

import re

from sfchaos.core.errors import UsageError

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PATTERN = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$")
FOREVER_S = 100.0 * 365 * 86400


def seconds_of(value: object, *, name: str = "duration") -> float:
    """`10`, `"10s"`, `"1.5h"`, `"250ms"`, `"2d"` or `"forever"` in seconds. Raises UsageError naming the value."""
    if isinstance(value, bool):
        value = repr(value)
    if isinstance(value, int | float) and value >= 0:
        return float(value)
    if isinstance(value, str):
        if value.strip() == "forever":
            return FOREVER_S
        found = _PATTERN.match(value)
        if found:
            return float(found[1]) * _UNITS_S[found[2]]
    raise UsageError(f"{name}: {value!r} is not a duration", remedy='write seconds, or "250ms", "10s", "5m", "24h", "2d", "forever"')


def share_of(value: object, *, name: str = "share") -> float:
    """A number from 0 to 1. Raises UsageError naming the value."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise UsageError(f"{name}: {value!r} is not a share", remedy="write a number from 0 to 1, such as 0.05")


def duration_text(seconds: float) -> str:
    """`0.25 s`, `90.0 s`, `24.1 h`: for people, never for parsing."""
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
    if seconds < 7200:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h"
