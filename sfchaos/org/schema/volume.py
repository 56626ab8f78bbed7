"""How many synthetic rows, and of what shape: `populate: {Contact: 5000}` or `{Contact: {rows: 5000, profile: skewed}}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sfchaos.org.schema.places import Place, Places

PROFILES = ("plain", "skewed", "hostile", "sparse", "large")


@dataclass(frozen=True, slots=True)
class Volume:
    """`profile` is one of PROFILES; `populate.py` says what each is like."""

    rows: int
    profile: str = "plain"


def read_volume(value: Any, places: Places, place: Place) -> Volume:
    if not isinstance(value, Mapping):
        return Volume(places.whole_number(value, place))
    places.check_keys(value, ("rows", "profile"), place)
    profile = places.text(value, "profile", place) or "plain"
    if profile not in PROFILES:
        raise places.unknown((*place, "profile"), "volume profile", profile, PROFILES)
    return Volume(places.whole_number(value.get("rows"), (*place, "rows")), profile)
