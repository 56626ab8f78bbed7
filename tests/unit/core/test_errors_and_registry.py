"""Errors hand you the next step; a registry knows the nearest name."""

import pytest

from sfchaos.core.errors import (
    BadFile,
    BundleError,
    HarnessError,
    ObjectiveFailed,
    SfchaosError,
    TargetError,
    UnknownName,
    UsageError,
    did_you_mean,
    nearest,
)  # fmt: skip
from sfchaos.core.judgement import Judgement
from sfchaos.core.registry import Registry


def test_an_unknown_name_comes_with_the_nearest_and_the_remedy():
    error = UnknownName("fault", "net.response_lots", ["net.response_lost", "net.reset_before", "http.503"], remedy="`sfchaos list faults` shows all 3")
    assert str(error) == "unknown fault 'net.response_lots'\n  did you mean 'net.response_lost'?\n  remedy: `sfchaos list faults` shows all 3"


def test_two_near_names_are_both_offered():
    error = UnknownName("key", "rule", ["rules", "rulers", "zzz"])
    assert "did you mean 'rules' or 'rulers'?" in error.message


def test_a_name_near_to_none_shows_a_short_list_whole():
    assert UnknownName("pack", "qqq", ["quick", "audit"], where="a.yaml:3: ").message == "a.yaml:3: unknown pack 'qqq'\n  known: audit, quick"


def test_a_name_near_to_none_does_not_print_a_long_list():
    assert UnknownName("id", "qqq", [f"name-{n}" for n in range(13)]).message == "unknown id 'qqq'"


def test_names_are_compared_without_case_and_given_back_as_registered():
    assert nearest("sfc-int-1", ["SFC-INT-01", "SFC-RES-01"], at_most=1) == ["SFC-INT-01"]
    assert nearest("zebra", ["SFC-INT-01"]) == []


def test_a_one_line_hint_is_empty_when_nothing_is_near():
    assert did_you_mean("titel", ["title", "why"]) == " (did you mean 'title'?)"
    assert did_you_mean("zebra", ["title", "why"]) == ""


def test_a_bad_file_is_shown_as_path_and_line():
    error = BadFile("scenarios/a.yaml", 9, "title: missing", remedy="add one")
    assert str(error) == "scenarios/a.yaml:9: title: missing\n  remedy: add one"
    assert (error.path, error.line, error.what) == ("scenarios/a.yaml", 9, "title: missing")
    assert str(BadFile("a.yaml", 0, "is empty")) == "a.yaml: is empty"


@pytest.mark.parametrize("kind", [UsageError, TargetError, BundleError, HarnessError])
def test_errors_of_ours_end_with_code_2(kind):
    assert issubclass(kind, SfchaosError)
    assert kind("x").exit_code == 2


def test_a_missed_objective_is_an_assertion_and_no_error_of_ours():
    judged = Judgement("SFC-INT-01", "fail", "rows-lost")
    error = ObjectiveFailed("text", [judged])
    assert isinstance(error, AssertionError)
    assert not isinstance(error, SfchaosError)
    assert error.judgements == (judged,)
    assert type(error).__module__ == "sfchaos"


def test_a_registry_lists_by_name_and_finds():
    things = Registry("fault", listing="sfchaos list faults")
    things.add("b", "B")
    assert things.add("a", "A") == "A"
    assert list(things) == ["a", "b"]
    assert things.items() == [("a", "A"), ("b", "B")]
    assert (things["b"], things.get("c"), "a" in things, "c" in things, len(things)) == ("B", None, True, False, 2)


def test_a_registry_refuses_a_second_owner_of_a_name():
    things = Registry("fault")
    first = ["one"]
    things.add("x", first)
    things.add("x", first)
    with pytest.raises(HarnessError, match="fault 'x' is registered twice"):
        things.add("x", ["one"])
    assert things["x"] is first


def test_a_registry_says_where_all_names_are():
    things = Registry("fault", listing="sfchaos list faults")
    things.add("net.reset_before", 1)
    with pytest.raises(UnknownName) as caught:
        things["net.reset_befor"]
    assert caught.value.nearest == ["net.reset_before"]
    assert caught.value.remedy == "`sfchaos list faults` shows all 1"
