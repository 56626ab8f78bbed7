"""Functions that SQLite lacks and compiled statements use. Pure: same arguments, same answer."""

from __future__ import annotations

import math
import sqlite3
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

EARTH_KM = 6371.0  # mean radius; which one Salesforce takes is not documented
EARTH_MI = 3958.76


def register(database: sqlite3.Connection) -> None:
    database.create_function("SF_DISTANCE", 5, distance, deterministic=True)
    database.create_function("SF_LOCAL", 2, local, deterministic=True)
    database.create_function("SF_LOWER", 1, lower, deterministic=True)
    database.create_function("SF_LABELS", 2, labels, deterministic=True)


def distance(latitude: float | None, longitude: float | None, to_latitude: float | None, to_longitude: float | None, unit: str) -> float | None:
    """Great circle distance (haversine) in "mi" or "km"; None when a coordinate is missing."""
    if latitude is None or longitude is None or to_latitude is None or to_longitude is None:
        return None
    here, there = math.radians(latitude), math.radians(to_latitude)
    half = math.sin((there - here) / 2) ** 2 + math.cos(here) * math.cos(there) * math.sin(math.radians(to_longitude - longitude) / 2) ** 2
    return 2 * (EARTH_KM if unit == "km" else EARTH_MI) * math.asin(math.sqrt(min(1.0, half)))


def local(moment: str | None, zone: str) -> str | None:
    """A stored datetime (UTC) as the clock of a time zone shows it, in the same form."""
    if moment is None:
        return None
    there = datetime.fromisoformat(moment[:19]).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    return there.strftime("%Y-%m-%dT%H:%M:%S") + moment[19:]


def lower(text: Any) -> Any:
    """Small letters beyond ASCII too."""
    return text.lower() if isinstance(text, str) else text


def labels(values: str | None, pairs: str) -> str | None:
    """The labels of a multi-select value; `pairs` is `value\\x1flabel\\x1e...`."""
    if values is None:
        return None
    known = dict(pair.split("\x1f") for pair in pairs.split("\x1e") if pair)
    return ";".join(known.get(value, value) for value in values.split(";"))
