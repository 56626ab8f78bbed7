"""Date literals: `TODAY`, `LAST_N_DAYS:30` ... Each is a range. Source: wire reference 9.3 (D).

Weeks start as in the user's locale, fiscal years on 1 January.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from sfchaos.org.soql.literals import datetime_text
from sfchaos.org.soql.settings import SUNDAY

_UNITS = ("WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")
_PLAIN = frozenset(
    {"YESTERDAY", "TODAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS"} | {f"{when}_{unit}" for when in ("LAST", "THIS", "NEXT") for unit in _UNITS}
)
_COUNTED = frozenset(name for unit in ("DAY", *_UNITS) for name in (f"LAST_N_{unit}S", f"NEXT_N_{unit}S", f"N_{unit}S_AGO"))


@dataclass(frozen=True, slots=True)
class Span:
    """From the start of day `first` up to, not including, the start of day `end`; `until` cuts it short (a moment included)."""

    first: date
    end: date
    until: datetime | None = None


def is_date_word(name: str, *, with_count: bool) -> bool:
    return name in (_COUNTED if with_count else _PLAIN)


def span_of(name: str, n: int | None, now: datetime, first_weekday: int = SUNDAY) -> Span:
    """The range that a date literal means at `now`, which stands in the user's time zone. Raises OverflowError beyond year 9999."""
    today = now.date()
    if name in ("LAST_90_DAYS", "LAST_N_DAYS"):
        return Span(today - timedelta(90 if n is None else n), today + timedelta(1), now)
    if name in ("NEXT_90_DAYS", "NEXT_N_DAYS"):
        return Span(today + timedelta(1), today + timedelta(1 + (90 if n is None else n)))
    if name == "N_DAYS_AGO":
        return _days(today, -(n or 0), 1)
    if name in ("YESTERDAY", "TODAY", "TOMORROW"):
        return _days(today, {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}[name], 1)
    return _periods(name, n, today, first_weekday)


def _days(today: date, offset: int, count: int) -> Span:
    return Span(today + timedelta(offset), today + timedelta(offset + count))


def _periods(name: str, n: int | None, today: date, first_weekday: int) -> Span:
    """Weeks, months, quarters, years: LAST_N_ and NEXT_N_ leave the current period out."""
    start = _starts(name, first_weekday)
    if n is None:
        offset = {"LAST": -1, "THIS": 0, "NEXT": 1}[name.split("_")[0]]
        return Span(start(today, offset), start(today, offset + 1))
    if name.endswith("_AGO"):
        return Span(start(today, -n), start(today, 1 - n))
    if name.startswith("LAST_N_"):
        return Span(start(today, -n), start(today, 0))
    return Span(start(today, 1), start(today, 1 + n))


def _starts(name: str, first_weekday: int) -> Callable[[date, int], date]:
    """First day of the period that is `offset` periods away."""
    if "WEEK" in name:
        return lambda today, offset: today - timedelta((today.weekday() - first_weekday) % 7) + timedelta(weeks=offset)
    months = 3 if "QUARTER" in name else 12 if "YEAR" in name else 1
    return lambda today, offset: _month(today, offset, months)


def _month(today: date, offset: int, months: int) -> date:
    index = (today.year * 12 + today.month - 1) // months * months + offset * months
    return _date(index // 12, index % 12 + 1)


def _date(year: int, month: int) -> date:
    if not 1 <= year <= 9999:
        raise OverflowError(f"year {year}")
    return date(year, month, 1)


def edges(span: Span, kind: str, zone: tzinfo) -> tuple[str, str]:
    """(first included, first excluded) as the store keeps them: dates, or UTC datetimes of the user's midnights."""
    if kind == "date":
        return span.first.isoformat(), span.end.isoformat()
    end = datetime.combine(span.end, time(), zone) if span.until is None else span.until + timedelta(milliseconds=1)
    return datetime_text(datetime.combine(span.first, time(), zone)), datetime_text(end)
