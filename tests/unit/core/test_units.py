"""Durations and shares as people write them, and errors that say what was written."""

import pytest

from sfchaos.core.errors import UsageError
from sfchaos.core.units import FOREVER_S, duration_text, seconds_of, share_of


@pytest.mark.parametrize(("text", "seconds"), [
    (10, 10.0), (0, 0.0), (1.5, 1.5), ("250ms", 0.25), ("10s", 10.0), ("1.5h", 5400.0), ("5m", 300.0), ("2d", 172800.0), (" 3 s ", 3.0), ("forever", FOREVER_S),
])  # fmt: skip
def test_durations_are_read(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "s", "ten s", "-1s", -1, True, None, "1 w", "1e3s", ["10s"]])
def test_what_is_no_duration_is_named_with_its_place_and_a_remedy(text):
    with pytest.raises(UsageError) as caught:
        seconds_of(text, name="rules[0].for")
    assert caught.value.message == f"rules[0].for: {str(text) if text is True else text!r} is not a duration"
    assert '"250ms"' in caught.value.remedy


@pytest.mark.parametrize("share", [0, 1, 0.05])
def test_shares_lie_between_none_and_all(share):
    assert share_of(share) == float(share)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, "0.5", True, None])
def test_what_is_no_share_is_named(wrong):
    with pytest.raises(UsageError, match=f"p: {wrong!r} is not a share"):
        share_of(wrong, name="p")


@pytest.mark.parametrize(("seconds", "text"), [(0.25, "250 ms"), (0, "0 ms"), (1, "1.0 s"), (119.9, "119.9 s"), (120, "2.0 min"), (7200, "2.0 h"), (86760, "24.1 h")])
def test_durations_are_shown_in_the_unit_that_reads_best(seconds, text):
    assert duration_text(seconds) == text
