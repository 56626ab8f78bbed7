"""Rows that were to be read have no rejects file: a run that admits its failure has reported them."""

from sfchaos.controls.judges import judge
from sfchaos.core.declaration import Declaration, Flow
from sfchaos.core.history import Ending

WRITES = Flow("out", "to-salesforce", "Contact", "Ext__c", ("upsert",), {"LastName": "surname"}, has_source=True, has_rejects=True)
READS = Flow("back", "from-salesforce", "Contact", "Ext__c", ("query",), {"LastName": "surname"}, has_sink=True)


def lost(story, held, ending):
    rows = [held("Contact", "003A", "k1", LastName="d1")]
    history = story("query.first/Contact 403 REQUEST_LIMIT_EXCEEDED faults=limit.daily", declaration=Declaration(flows=(WRITES, READS)), before=rows, after=rows,
                    ending=ending)  # fmt: skip
    found = judge("SFC-INT-01", history)
    return found.verdict, found.measured


def test_a_run_that_stopped_with_an_exit_code_has_reported_the_rows_it_did_not_read(story, held):
    assert lost(story, held, Ending(1, "failed")) == ("pass", {"expected": "declared", "lost": 0, "reported": 1})


def test_a_summary_that_admits_failures_reports_them_too(story, held):
    assert lost(story, held, Ending(summary={"failed_pages": "1"}))[0] == "pass"


def test_a_run_that_claims_success_has_lost_them(story, held):
    assert lost(story, held, Ending()) == ("fail", {"expected": "declared", "lost": 1, "reported": 0})


def test_the_story_of_rows_that_left_no_line_is_the_first_fault(story, held):
    rows = [held("Contact", "003A", "k1", LastName="d1")]
    history = story("query.first/Contact 200", "query.more/Q1 400 INVALID_QUERY_LOCATOR faults=query.locator_dead", "row.upsert/Contact 201",
                    declaration=Declaration(flows=(READS,)), before=rows, after=rows)  # fmt: skip
    assert [e.story for e in judge("SFC-INT-01", history).exceptions] == [(2,)]
