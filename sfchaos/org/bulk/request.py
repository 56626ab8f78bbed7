"""What a client says about the job it wants."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sfchaos.org.refusals import refuse


def choices(fields: Mapping[str, Any], *wanted: tuple[str, str, Collection[str]]) -> list[str]:
    """Values of fields that have few, each given as (name, default, allowed). Raises Refused INVALIDJOB (code and text are guesses)."""
    found = []
    for name, default, allowed in wanted:
        value = fields.get(name, default)
        if not isinstance(value, str) or value not in allowed:
            raise refuse("INVALIDJOB", f"Invalid value for {name}: {value}. Allowed are {', '.join(allowed)}")
        found.append(value)
    return found
