"""`bulk:` of an org file: how fast Bulk jobs move. A profile's name, or a table of figures, with `profile` saying which they change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sfchaos.org.bulk.pace import COUNTS, PACES, SECONDS, SWITCHES, Pace, pace_of
from sfchaos.org.schema.places import Places

LONGEST_S = 7 * 86_400  # a job is forgotten after seven days (wire reference 5.2, D)
_KEYS = ("profile", *SECONDS, *COUNTS, *SWITCHES, "contention")


def read_pace(value: Any, places: Places) -> Pace:
    """Raises BadFile for a profile or figure that is none."""
    table = {"profile": value} if isinstance(value, str) else places.table(value, ("bulk",))
    places.check_keys(table, _KEYS, ("bulk",))
    profile = places.text(table, "profile", ("bulk",)) or "default"
    if profile not in PACES:
        raise places.unknown(("bulk", "profile"), "profile", profile, PACES, "write `bulk: believable`")
    return pace_of(profile, **{name: _figure(table, name, places) for name in table if name != "profile"})


def _figure(table: Mapping[str, Any], name: str, places: Places) -> Any:
    value, place = table[name], ("bulk", name)
    if name in SWITCHES:
        return places.flag(table, name, ("bulk",), usual=False)
    if name in COUNTS:
        if places.whole_number(value, place) == 0 and name != "most_retries":
            raise places.bad(place, f"{name}: a job needs at least 1 row to move", "write `batch_rows: 10000`")
        return value
    most = 1 if name == "contention" else LONGEST_S
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        unit = "share" if name == "contention" else "number of seconds"
        raise places.bad(place, f"{name}: {value!r} is not a {unit} from 0 to {most}", "write `queue_s: 30`")
    return float(value)
