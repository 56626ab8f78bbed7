import pytest

from sfchaos.controls.judges import judge_all
from sfchaos.controls.outcome import FAILING, OUTCOMES, is_expected, outcome_of, worst_outcome
from sfchaos.core.declaration import Declaration, Flow
from sfchaos.core.errors import UnknownName
from sfchaos.core.history import Ending

CONTACTS = Declaration(flows=(Flow("contacts", "to-salesforce", "Contact", "Ext__c", ("upsert",), {"LastName": "surname"}, has_source=True),))
KEEPS_REJECTS = Declaration(flows=(Flow("contacts", "to-salesforce", "Contact", "Ext__c", ("upsert",), {"LastName": "surname"}, has_source=True, has_rejects=True),))
STEP = "row.upsert/Contact 503 faults=http.503"


@pytest.fixture
def run(story, held, given):
    """One source row; `org` lists the last names that the org holds for its key."""
    def tell(*org, declaration=CONTACTS, steps=(STEP,), **more):
        after = [held("Contact", f"003{i}", "k1", LastName=name) for i, name in enumerate(org)]
        return story(*steps, declaration=declaration, source=[given("k1", LastName="d1")], after=after, **more)
    return tell


def test_all_there_is_a_pass(run):
    assert outcome_of(run("d1")) == "pass"


def test_missing_or_wrong_under_a_claim_of_success_is_silent(run):
    assert outcome_of(run()) == "silent"
    assert outcome_of(run("d9")) == "silent"


def test_two_for_one_is_a_duplicate_whatever_was_claimed(run, crashed):
    assert outcome_of(run("d1", "d1")) == "duplicate"
    assert outcome_of(run("d1", "d1", ending=crashed)) == "duplicate"


def test_a_loud_end_that_names_no_row_loses_what_belongs_in_the_rejects(run, crashed):
    assert outcome_of(run(declaration=KEEPS_REJECTS, ending=crashed)) == "lost"
    assert outcome_of(run(ending=crashed)) == "loud_ok"


def test_wrong_values_and_a_loud_end_are_corrupt(run, crashed):
    assert outcome_of(run("d9", ending=crashed)) == "corrupt"


def test_a_row_in_the_rejects_is_loud_enough(run, given):
    assert outcome_of(run(rejects=[given("k1", code="STRING_TOO_LONG", status="rejected")])) == "loud_ok"


def test_a_crash_that_a_second_start_does_not_mend_is_dirty(run, crashed):
    assert outcome_of(run("d1", ending=crashed), converged=False) == "dirty_crash"
    assert outcome_of(run("d1", ending=crashed), converged=True) == "loud_ok"


@pytest.mark.parametrize(("how", "outcome"), [("hang", "hang"), ("timeout", "hang"), ("storm", "storm")])
def test_a_run_ended_from_outside(run, how, outcome):
    assert outcome_of(run(ending=Ending(1, how))) == outcome


def test_a_storm_that_the_rig_cut_counts_though_the_target_ended_well(run, org):
    assert outcome_of(run("d1", steps=(STEP, org("storm_cut")))) == "storm"


def test_an_end_out_of_sight_is_no_claim(run):
    assert outcome_of(run("d1", ending=Ending(how="unseen"))) == "pass"
    assert outcome_of(run(ending=Ending(how="unseen"))) == "loud_ok"


def test_a_secret_in_a_log_is_a_leak(run, log):
    assert outcome_of(run("d1", steps=(STEP, log("INFO", "x", hits=[{"secret": "secret:1"}])))) == "leak"


def test_a_run_much_longer_than_its_twin_is_slow(run):
    assert outcome_of(run("d1", ending=Ending(at_ms=3_700_001)), baseline_ms=50_000) == "slow"
    assert outcome_of(run("d1", ending=Ending(at_ms=3_600_000)), baseline_ms=50_000) == "pass"


def test_a_clean_run_without_flows_is_its_own_yardstick(story):
    assert outcome_of(story("row.create/Account 400 REQUIRED_FIELD_MISSING", clean=True)) == "pass"


def test_outcome_and_verdicts_agree_on_what_is_lost(run):
    history = run()
    assert {j.objective for j in judge_all(history) if j.verdict == "fail"} >= {"SFC-INT-01"}
    assert outcome_of(history, judge_all(history)) in FAILING


def test_order_and_expectations() -> None:
    assert OUTCOMES[0] == "silent"
    assert OUTCOMES[-1] == "pass"
    assert worst_outcome(["pass", "leak", "duplicate"]) == "duplicate"
    assert worst_outcome([]) == "pass"
    assert "slow" not in FAILING
    assert is_expected("pass")
    assert not is_expected("loud_ok")
    assert is_expected("loud_ok", transient=False)
    assert is_expected("duplicate", allowed=["duplicate"])
    assert not is_expected("pass", allowed=["duplicate"])
    with pytest.raises(UnknownName, match="did you mean 'silent'"):
        is_expected("silnt")
