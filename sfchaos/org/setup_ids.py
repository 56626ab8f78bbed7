"""Ids of parts of the set-up that have no row: objects, fields, rules."""

from __future__ import annotations

from sfchaos.core import chance
from sfchaos.org.ids import make_id


def named_id(prefix: str, name: str) -> str:
    """The id of what is known by its name: the same in every org, whatever else is made or removed."""
    return make_id(prefix, chance.below(62**6, 0, "setup id", prefix, name.lower()))
