"""Worst wins, empty is never green, and figures add up."""

import pytest

from sfchaos.core.judgement import (
    EXIT_CODES,
    MAX_EXCEPTIONS,
    VERDICTS,
    ExceptionRef,
    Judgement,
    SourceTag,
    Tag,
    Threshold,
    roll_up,
    text_number,
    worst,
)  # fmt: skip


@pytest.mark.parametrize(("verdicts", "result"), [
    ([], "inconclusive"), (["pass"], "pass"), (["pass", "not-applicable"], "pass"), (["not-applicable"], "not-applicable"),
    (["pass", "inconclusive"], "inconclusive"), (["inconclusive", "not-applicable"], "inconclusive"), (["inconclusive", "fail", "pass"], "fail"),
    (["fail", "error", "inconclusive"], "error"),
])  # fmt: skip
def test_the_worst_verdict_wins(verdicts, result):
    assert worst(verdicts) == result
    assert worst(reversed(verdicts)) == result


def test_every_verdict_has_an_exit_code():
    assert EXIT_CODES == {"pass": 0, "not-applicable": 0, "fail": 1, "error": 2, "inconclusive": 3}
    assert set(EXIT_CODES) == set(VERDICTS)


def judged(verdict, reason="r", *, objective="SFC-INT-01", exceptions=0, total=None, **figures):
    refs = tuple(ExceptionRef(f"{reason} {n}", journal=n) for n in range(exceptions))
    return Judgement(objective, verdict, reason, exceptions=refs, exceptions_total=exceptions if total is None else total, **figures)


def test_runs_roll_up_to_the_worst_with_its_reason_and_figures_and_the_sum_of_counts():
    parts = [judged("pass", "all-there", stimuli=2, checked=10, measured={"lost": 0}), judged("fail", "lost", stimuli=1, checked=5, exceptions=2, measured={"lost": 2}),
             judged("fail", "later", stimuli=4, checked=1, exceptions=1), judged("error", "other", objective="SFC-INT-02")]  # fmt: skip
    rolled = roll_up("SFC-INT-01", parts)
    assert (rolled.verdict, rolled.reason, rolled.stimuli, rolled.checked, rolled.exceptions_total) == ("fail", "lost", 7, 16, 3)
    assert rolled.measured == {"lost": 2}
    assert [e.detail for e in rolled.exceptions] == ["lost 0", "lost 1", "later 0"]


def test_shown_exceptions_are_capped_and_all_are_counted():
    rolled = roll_up("SFC-INT-01", [judged("fail", exceptions=40, total=400), judged("fail", exceptions=40, total=41)])
    assert len(rolled.exceptions) == MAX_EXCEPTIONS == 50
    assert rolled.exceptions_total == 441


def test_an_objective_no_run_judged_is_inconclusive():
    rolled = roll_up("SFC-INT-09", [judged("pass")])
    assert (rolled.verdict, rolled.reason) == ("inconclusive", "not-run")


def test_an_inconclusive_run_is_not_covered_by_one_that_passed():
    assert roll_up("SFC-INT-01", [judged("pass"), judged("inconclusive", "no-stimulus")]).reason == "no-stimulus"


def test_what_an_exception_does_not_know_it_does_not_say():
    assert ExceptionRef("2 rows hold A-1", journal=12, run="r2", story=(11, 12)).as_dict() == {"run": "r2", "journal": 12, "detail": "2 rows hold A-1", "story": [11, 12]}
    assert ExceptionRef("a password", file="settings.py", line=3).as_dict() == {"detail": "a password", "file": "settings.py", "line": 3}


@pytest.mark.parametrize(("value", "text"), [(3, 3), (3.0, 3), (0.5, "0.5"), (1 / 3, "0.333333"), ("x", "x"), (1e300, "1e+300"), (-2.0, -2)])
def test_figures_are_whole_numbers_or_text(value, text):
    assert text_number(value) == text
    assert type(text_number(value)) is type(text)


def test_a_judgement_becomes_json_without_floats():
    limit = Threshold("max_attempts", 7.5, 5, "a guide", unit="tries", overridden_by="sfchaos.toml", relaxed=True)
    found = Judgement("SFC-RES-01", "pass", "ok", measured={"b": 0.25, "a": 1.0}, thresholds={"max_attempts": limit}).as_dict()
    assert found["measured"] == {"a": 1, "b": "0.25"}
    assert found["thresholds"] == {"max_attempts": {"value": "7.5", "default": 5, "unit": "tries", "source": "a guide", "overridden_by": "sfchaos.toml", "relaxed": True}}
    assert (found["objective"], found["verdict"], found["exceptions"], found["exceptions_total"]) == ("SFC-RES-01", "pass", [], 0)


def test_a_tag_needs_its_edition():
    assert Tag("iso27001", "2022", "A.8.26").as_dict() == {"framework": "iso27001", "edition": "2022", "id": "A.8.26", "relation": "supports", "status": "current"}
    with pytest.raises(ValueError, match=r"tag iso27001 A\.8\.2 has no edition"):
        Tag("iso27001", "", "A.8.2")


def test_a_customers_tag_is_kept_verbatim():
    tag = SourceTag("plan.xlsx", "iso27001", "2013", "A.12.2", "Malware", "wrong", ("A.8.26",), "moved")
    assert tag.as_dict()["corrected_to"] == ["A.8.26"]
    assert tag.as_dict()["printed_title"] == "Malware"
