"""What holds for every judge."""

import pytest

from sfchaos.controls.judges import JUDGED, judge, judge_all
from sfchaos.controls.judging import JUDGES
from sfchaos.core.declaration import Declaration, NotApplicable
from sfchaos.core.errors import UnknownName
from sfchaos.core.history import Ending, History

AWAY = Declaration(not_applicable=(NotApplicable("SFC-AUTH-03", "no tokens are used", "crm-team"), NotApplicable("SFC-SEC-01", "no source here", "crm-team")))


def test_the_judged_objectives_are_these() -> None:
    assert JUDGED == (
        "SFC-AUTH-01", "SFC-AUTH-03", "SFC-AUTH-06", "SFC-AUTH-08", "SFC-AUTH-10", "SFC-INT-01", "SFC-INT-02", "SFC-INT-03", "SFC-INT-04", "SFC-INT-05", "SFC-INT-06",
        "SFC-LOG-01", "SFC-LOG-03", "SFC-LOG-04", "SFC-RES-01", "SFC-RES-02", "SFC-RES-04", "SFC-RES-05", "SFC-RES-09", "SFC-SEC-01",
    )  # fmt: skip


@pytest.mark.parametrize("objective", JUDGED)
def test_an_empty_run_passes_nothing(objective):
    found = judge(objective, History("r1", []))
    assert found.verdict == "inconclusive"
    assert found.detail


def test_a_quiet_run_passes_no_fault_objective(story, held):
    rows = [held("Contact", "003A", "k1", LastName="d1")]
    history = story("auth.jwt 200", "query.first/Contact 200 bearer=t1", "row.update/Contact 204 bearer=t1", clean=True, after=rows)
    passed = {j.objective for j in judge_all(history) if j.verdict == "pass"}
    assert passed <= {"SFC-AUTH-10", "SFC-LOG-04"}  # these two need no fault, only secrets in use


def test_a_run_killed_half_way_without_logs_passes_nothing_but_what_it_showed(story):
    history = story("auth.jwt 200", "row.create/Contact 503 bearer=t1 faults=http.503", ending=Ending(137, "killed"), log_sources=())
    verdicts = {j.objective: j.verdict for j in judge_all(history)}
    assert [name for name, verdict in verdicts.items() if verdict == "pass" and name.startswith(("SFC-RES", "SFC-LOG", "SFC-SEC"))] == []
    assert verdicts["SFC-LOG-01"] == "inconclusive"


def test_declared_away_and_not_seen_is_not_applicable(story):
    found = judge("SFC-AUTH-03", story("row.create/Account 201", declaration=AWAY))
    assert (found.verdict, found.reason) == ("not-applicable", "declared")
    assert found.detail == "no tokens are used (declared by crm-team)"


def test_declared_away_but_seen_fails(story):
    steps = ["query.first 401 INVALID_SESSION_ID bearer=t1", "query.first 200 bearer=t2"]
    assert judge("SFC-AUTH-03", story(*steps)).verdict == "pass"
    found = judge("SFC-AUTH-03", story(*steps, declaration=AWAY))
    assert (found.verdict, found.reason) == ("fail", "declared-na-but-observed")


def test_files_without_a_finding_do_not_contradict_a_declaration(story):
    from sfchaos.core.history import Examined, Finding

    assert judge("SFC-SEC-01", story(declaration=AWAY, examined=Examined(9))).verdict == "not-applicable"
    assert judge("SFC-SEC-01", story(declaration=AWAY, examined=Examined(9, (), (Finding("aws-key", "a", 1, "x"),)))).reason == "declared-na-but-observed"


def test_a_judge_that_crashes_is_an_error_with_its_traceback(monkeypatch):
    def broken(case):
        raise ZeroDivisionError("on purpose")

    monkeypatch.setitem(JUDGES._items, "SFC-RES-01", broken)
    found = judge("SFC-RES-01", History("r1", []))
    assert (found.verdict, found.reason) == ("error", "judge-crashed")
    assert "ZeroDivisionError: on purpose" in found.detail


@pytest.mark.parametrize("objective", JUDGED)
def test_a_broken_journal_is_an_error_or_an_open_question_and_never_a_pass(objective):
    lines = [{"kind": "exchange", "n": "x"}, {"kind": "log", "n": 2}]
    assert judge(objective, History("r1", lines, log_sources=("logging",))).verdict in ("error", "inconclusive")


def test_an_unknown_objective_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'SFC-"):
        judge("SFC-RES-00", History("r1", []))


@pytest.mark.parametrize("objective", ["SFC-RES-06", "SFC-PPL-01"])
def test_an_objective_without_a_judge_is_an_open_question(objective: str) -> None:
    found = judge(objective, History("r1", []))
    assert (found.verdict, found.reason) == ("inconclusive", "not-judged")


def test_judging_twice_gives_the_same(story):
    history = story(*["row.create/Account 503 faults=http.503"] * 6, "query.first 401 bearer=t1", "query.first 401 bearer=t1")
    assert [j.as_dict() for j in judge_all(history)] == [j.as_dict() for j in judge_all(history)]


def test_many_exceptions_are_counted_and_few_are_kept(story):
    found = judge("SFC-AUTH-10", story(*["auth.password 200 url_secrets=secret:1"] * 70))
    assert (found.exceptions_total, len(found.exceptions)) == (70, 50)


def test_a_relaxed_limit_is_shown_with_the_verdict(story, crashed):
    found = judge("SFC-RES-01", story(*["row.create/Account 503"] * 6, limits={"max_attempts": 8}, ending=crashed))
    assert found.verdict == "pass"
    assert found.thresholds["max_attempts"].relaxed


@pytest.mark.parametrize("objective", JUDGED)
def test_judgements_can_be_written_down(objective, story):
    from sfchaos.core.canonical import canonical_json

    assert canonical_json(judge(objective, story(*["row.create/Account 503 faults=http.503"] * 6)).as_dict())
