"""Date literals are ranges around the moment the query runs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from sfchaos.org.soql.dates import edges, is_date_word, span_of

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("name", "n", "first", "end"),
    [
        ("TODAY", None, "2026-01-15", "2026-01-16"),
        ("YESTERDAY", None, "2026-01-14", "2026-01-15"),
        ("TOMORROW", None, "2026-01-16", "2026-01-17"),
        ("THIS_WEEK", None, "2026-01-11", "2026-01-18"),  # from Sunday
        ("LAST_WEEK", None, "2026-01-04", "2026-01-11"),
        ("N_WEEKS_AGO", 2, "2025-12-28", "2026-01-04"),
        ("THIS_MONTH", None, "2026-01-01", "2026-02-01"),
        ("LAST_MONTH", None, "2025-12-01", "2026-01-01"),
        ("NEXT_N_MONTHS", 2, "2026-02-01", "2026-04-01"),
        ("LAST_N_MONTHS", 2, "2025-11-01", "2026-01-01"),
        ("THIS_QUARTER", None, "2026-01-01", "2026-04-01"),
        ("LAST_QUARTER", None, "2025-10-01", "2026-01-01"),
        ("LAST_FISCAL_QUARTER", None, "2025-10-01", "2026-01-01"),
        ("THIS_YEAR", None, "2026-01-01", "2027-01-01"),
        ("N_YEARS_AGO", 3, "2023-01-01", "2024-01-01"),
        ("LAST_N_DAYS", 3, "2026-01-12", "2026-01-16"),  # today included
        ("LAST_90_DAYS", None, "2025-10-17", "2026-01-16"),
        ("NEXT_N_DAYS", 3, "2026-01-16", "2026-01-19"),  # today not included
        ("N_DAYS_AGO", 5, "2026-01-10", "2026-01-11"),
    ],
)
def test_a_date_literal_covers_whole_days(name, n, first, end):
    span = span_of(name, n, NOW)
    assert (span.first, span.end) == (date.fromisoformat(first), date.fromisoformat(end))
    assert edges(span, "date", UTC) == (first, end)


def test_last_n_days_of_a_datetime_ends_now():
    assert edges(span_of("LAST_N_DAYS", 1, NOW), "datetime", UTC) == ("2026-01-14T00:00:00.000+0000", "2026-01-15T09:30:00.001+0000")


def test_midnight_is_the_users():
    zone = ZoneInfo("America/Los_Angeles")
    assert edges(span_of("TODAY", None, NOW.astimezone(zone)), "datetime", zone) == ("2026-01-15T08:00:00.000+0000", "2026-01-16T08:00:00.000+0000")


def test_a_count_belongs_to_some_words_only():
    assert is_date_word("LAST_N_DAYS", with_count=True)
    assert not is_date_word("LAST_N_DAYS", with_count=False)
    assert not is_date_word("TODAY", with_count=True)
    assert not is_date_word("SOMEDAY", with_count=False)
