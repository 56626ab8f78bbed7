import pytest

from sfchaos.controls.thresholds import DEFAULTS, thresholds
from sfchaos.core.errors import UnknownName, UsageError


def test_every_threshold_has_a_value_a_unit_and_a_source() -> None:
    for name, threshold in thresholds().items():
        assert threshold.value == threshold.default, name
        assert threshold.unit, name
        assert threshold.source, name
        assert not threshold.relaxed


def test_a_looser_limit_is_relaxed_whichever_way_it_loosens() -> None:
    found = thresholds({"max_attempts": 8, "growth_min": 1.2, "auth_cooldown": 30}, file="sfchaos.toml")
    assert [name for name, t in found.items() if t.relaxed] == ["max_attempts", "growth_min", "auth_cooldown"]
    assert found["max_attempts"].overridden_by == "sfchaos.toml"
    assert (found["max_attempts"].value, found["max_attempts"].default) == (8, 5)


def test_a_stricter_limit_is_not_relaxed() -> None:
    found = thresholds({"max_attempts": 3, "growth_min": 2, "log_complete_min": 1.0})
    assert not any(t.relaxed for t in found.values())


def test_an_unknown_threshold_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'max_attempts'") as error:
        thresholds({"max_attemps": 3}, file="sfchaos.toml")
    assert str(error.value).startswith("sfchaos.toml: ")


@pytest.mark.parametrize("value", [True, "5", -1, float("inf"), float("nan")])
def test_a_value_that_is_no_limit_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="max_attempts"):
        thresholds({"max_attempts": value})  # type: ignore[dict-item]


def test_defaults_are_those_of_the_control_catalogue() -> None:
    assert {name: DEFAULTS[name].value for name in ("max_attempts", "growth_min", "growth_ops", "ra_slack", "amplification_max", "token_age_max")} == {
        "max_attempts": 5, "growth_min": 1.5, "growth_ops": 60, "ra_slack": 1, "amplification_max": 3, "token_age_max": 7200,
    }  # fmt: skip
