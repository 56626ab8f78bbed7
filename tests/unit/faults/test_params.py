import pytest

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.faults.bulk.rows_failed import RowsFailed
from sfchaos.faults.http.retry_after import UnavailableUntil
from sfchaos.faults.limit.daily import DailyLimit
from sfchaos.faults.params import build, params_of
from sfchaos.faults.row.locked import RowLocked


def test_durations_are_read_as_seconds():
    assert build(RowLocked, {"hold": "2m"}, where="with").hold == 120
    assert build(RowLocked, {"hold": 0.5}, where="with").hold == 0.5
    assert build(RowLocked, {}, where="with").hold == 10


def test_a_single_value_may_stand_for_a_list_of_one():
    assert build(RowsFailed, {"rows": 3, "codes": "UNABLE_TO_LOCK_ROW"}, where="with") == RowsFailed(rows=(3,), codes=("UNABLE_TO_LOCK_ROW",))


@pytest.mark.parametrize(("given", "sent"), [(30, "30"), (-1, "-1"), ("soon", "soon"), (None, None), ("Wed, 21 Oct 2015 07:28:00 GMT",) * 2])
def test_a_header_value_is_sent_as_it_stands(given, sent):
    assert build(UnavailableUntil, {"retry_after": given}, where="with").retry_after == sent


@pytest.mark.parametrize(
    ("cls", "given"),
    [
        (RowLocked, {"hold": "10 parsecs"}), (RowLocked, {"hold": -1}), (RowLocked, {"scope": "table"}), (RowsFailed, {"share": 1.5}),
        (RowsFailed, {"rows": [0]}), (RowsFailed, {"rows": [True]}), (RowsFailed, {"codes": []}), (DailyLimit, {"max": 0}), (DailyLimit, {"used": "many"}),
        (UnavailableUntil, {"retry_after": "1\r\nX: y"}), (UnavailableUntil, {"retry_after": True}),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_refused_with_its_place(cls, given):
    name = next(iter(given))
    with pytest.raises(UsageError, match=rf"rules\[0\]\.with\.{name}"):
        build(cls, given, where="rules[0].with")


def test_an_unknown_parameter_is_refused_with_the_nearest():
    with pytest.raises(UnknownName) as caught:
        build(RowLocked, {"hodl": 1}, where="with")
    assert caught.value.nearest == ["hold"]
    assert "sfchaos explain row.locked" in str(caught.value)


def test_parameters_can_be_explained_as_a_user_would_write_them():
    hold, scope = params_of(RowLocked)
    assert (hold.name, hold.kind, hold.default) == ("hold", "duration", "10s")
    assert (scope.name, scope.default) == ("scope", "record")
    assert "parent" in scope.kind
