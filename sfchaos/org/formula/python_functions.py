"""What SQLite lacks, as functions of the store: decimal rounding, calendar, Unicode case, regular expressions, the org's clock and user.

Nothing here raises: a value that a function cannot take gives null, as #Error! in a formula field comes out of the API as null (K).
"""

from __future__ import annotations

import calendar
import html
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Decimal
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any

from sfchaos.org.ids import is_id, to_18
from sfchaos.org.rows.values import NEWEST_YEAR, OLDEST_YEAR, stored_instant

if TYPE_CHECKING:
    from sfchaos.org.org import Org

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*\Z")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_INSTANT = re.compile(r"\s*(\d{4}-\d\d?-\d\d?)[ T](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|\+00:?00)?\s*\Z")
_TIME = re.compile(r"\s*(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?Z?\s*\Z")
_DAY_MS = 86_400_000
_LONGEST_PAD = 4000  # characters; no formula's text is longer


def register(org: Org) -> None:
    """Make the functions known to the org's store."""
    for name, function in _PURE.items():
        org.store.add_function(name, function, deterministic=True)
    org.store.add_function("sf_now", lambda: stored_instant(int(org.now_s())))
    org.store.add_function("sf_today", lambda zone: _today(int(org.now_s()), zone))
    org.store.add_function("sf_user", lambda: org.running_user_id)


def quietly(function: Callable[..., Any]) -> Callable[..., Any]:
    """Null in, null out; and null for what cannot be computed."""

    @wraps(function)
    def safe(*values: Any) -> Any:
        if None in values:
            return None
        try:
            return function(*values)
        except (ValueError, OverflowError, ArithmeticError, TypeError, re.error):
            return None

    return safe


def _today(at_s: int, zone: str | None) -> str:
    from zoneinfo import ZoneInfo

    try:
        place = ZoneInfo(zone) if zone else UTC
    except (KeyError, ValueError, OSError):  # a zone that this machine's database lacks
        place = UTC
    return datetime.fromtimestamp(at_s, place).date().isoformat()


# ---------------------------------------------------------------------- numbers


def _rounded(how: str) -> Callable[[float, float], float]:
    """To so many places. What is nearer to a decimal of ten places than a double can tell is taken for it: 11.004999999999999 is 11.005."""

    def rounded(value: float, places: float) -> float:
        if abs(value) >= 1e18:
            return value
        exact = Decimal(repr(round(value, 10) if places < 10 else value))
        return float(exact.quantize(Decimal(1).scaleb(-int(places)), how))

    return rounded


def _whole(how: str) -> Callable[[float], float]:
    return lambda value: float(Decimal(repr(round(value, 10))).to_integral_value(how))


def _number_text(value: float) -> str:
    """`1.5`, `3`, `0.00001`: no exponent, no zeros behind."""
    text = f"{Decimal(repr(round(value, 15) if abs(value) < 1e3 else value)).normalize():f}"
    return "0" if text == "-0" else text


def _value(text: str) -> float | None:
    return float(text) if _NUMBER.match(text) else None


# ---------------------------------------------------------------------- text


def _find(what: str, where: str, start: float) -> int:
    """Position from 1, 0 when it is not there."""
    return where.find(what, max(int(start), 1) - 1) + 1 if what else 0


def _pad(text: str, width: float, filler: str, left: int) -> str:
    """A text that is too long is cut (D)."""
    size = min(max(int(width), 0), _LONGEST_PAD)
    fill = (filler * size)[: max(size - len(text), 0)]
    return (fill + text if left else text + fill)[:size]


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


# ---------------------------------------------------------------------- moments


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)


def _stored(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000").rjust(28, "0")


def _days(left: str, right: str) -> float:
    gap = (_parsed(left) - _parsed(right)).total_seconds() / 86400
    return round(gap, 10)


def _time_ms(text: str) -> int:
    return ((int(text[:2]) * 60 + int(text[3:5])) * 60 + int(text[6:8])) * 1000 + int(text[9:12])


def _time_add(text: str, milliseconds: float) -> str:
    """Around the clock."""
    total = (_time_ms(text) + int(milliseconds)) % _DAY_MS
    return f"{total // 3_600_000:02d}:{total // 60_000 % 60:02d}:{total // 1000 % 60:02d}.{total % 1000:03d}Z"


def _addmonths(text: str, months: float) -> str:
    """The last day of a month stays the last day (D)."""
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    was_last = day == calendar.monthrange(year, month)[1]
    year, month = divmod(year * 12 + month - 1 + int(months), 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, last if was_last else min(day, last)).isoformat() + text[10:]


def _datevalue(text: str) -> str | None:
    """A date from `2024-5-1`, or the day of an instant in UTC (that it is UTC's, K)."""
    found = _DATE.match(text.strip())
    return date(int(found[1]), int(found[2]), int(found[3])).isoformat() if found else None


def _datetimevalue(text: str) -> str | None:
    found = _INSTANT.match(text)
    if found:
        return _stored(datetime.fromisoformat(f"{_datevalue(found[1])}T{found[2]}:{found[3]}:{found[4]}").replace(tzinfo=UTC))
    day = _datevalue(text) if _DATE.fullmatch(text.strip()) else None
    return f"{day}T00:00:00.000+0000" if day else None


def _timevalue(text: str) -> str | None:
    found = _TIME.match(text[11:23] if len(text) > 20 else text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3]) > 59:
        return None
    return f"{found[1]}:{found[2]}:{found[3]}.{(found[4] or '').ljust(3, '0')}Z"


_SHARP: dict[str, Callable[..., Any]] = {
    "sf_round": _rounded(ROUND_HALF_UP), "sf_trunc": _rounded(ROUND_DOWN), "sf_ceiling": _whole(ROUND_UP), "sf_floor": _whole(ROUND_DOWN),
    "sf_mceiling": _whole(ROUND_CEILING), "sf_mfloor": _whole(ROUND_FLOOR), "sf_mod": lambda a, b: float(Decimal(repr(a)) % Decimal(repr(b))),
    "sf_power": math.pow, "sf_sqrt": math.sqrt, "sf_exp": math.exp, "sf_ln": math.log, "sf_log": math.log10,
    "sf_number_text": _number_text, "sf_value": _value, "sf_upper": str.upper, "sf_lower": str.lower, "sf_fold": str.casefold,
    "sf_initcap": lambda text: re.sub(r"\w+", lambda m: m[0][:1].upper() + m[0][1:].lower(), text), "sf_reverse": lambda text: text[::-1],
    "sf_right": lambda text, count: text[max(len(text) - max(int(count), 0), 0):], "sf_begins": lambda text, start: int(text.startswith(start)),
    "sf_find": _find, "sf_pad": _pad, "sf_regex": lambda text, pattern: int(bool(_pattern(pattern).fullmatch(text))),
    "sf_id18": lambda text: to_18(text) if is_id(text) else text, "sf_htmlencode": lambda text: html.escape(text, quote=True),
    "sf_date": lambda y, m, d: date(int(y), int(m), int(d)).isoformat(),
    "sf_date_add": lambda text, days: (date.fromisoformat(text) + timedelta(days=math.trunc(days))).isoformat(),
    "sf_datetime_add": lambda text, days: _stored(_parsed(text) + timedelta(seconds=round(days * 86400))),
    "sf_days": _days, "sf_time_add": _time_add, "sf_milliseconds": lambda a, b: float(_time_ms(a) - _time_ms(b)),
    "sf_fromunix": lambda seconds: _stored(datetime.fromtimestamp(int(seconds), UTC)), "sf_addmonths": _addmonths, "sf_datevalue": _datevalue, "sf_datetimevalue": _datetimevalue, "sf_timevalue": _timevalue,
}  # fmt: skip
_MOMENTS = ("sf_date", "sf_date_add", "sf_datetime_add", "sf_addmonths", "sf_datevalue", "sf_datetimevalue", "sf_fromunix")


def _within(function: Callable[..., Any]) -> Callable[..., Any]:
    """Null outside the years that Salesforce knows (wire reference 3.5, D)."""

    @wraps(function)
    def bounded(*values: Any) -> Any:
        moment = function(*values)
        return moment if moment is not None and OLDEST_YEAR <= int(moment[:4]) <= NEWEST_YEAR else None

    return bounded


_PURE = {name: quietly(_within(function) if name in _MOMENTS else function) for name, function in _SHARP.items()}
