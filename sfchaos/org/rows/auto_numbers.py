"""Auto numbers: `INV-{0000}`, `{YYYY}{MM}{DD}-{000}`. Source: Salesforce Help, "Auto-Number Field Display Format" (D)."""

from __future__ import annotations

import re

_PART = re.compile(r"\{(0+|YYYY|YY|MM|DD)\}")


def numbered(display_format: str, number: int, now: str) -> str:
    """The `number`-th value. The zeros say how many digits at least; `now` is a stored instant, whose day (UTC) the letters stand for."""
    parts = {"YYYY": now[:4], "YY": now[2:4], "MM": now[5:7], "DD": now[8:10]}
    return _PART.sub(lambda found: parts.get(found[1]) or f"{number:0{len(found[1])}d}", display_format)
