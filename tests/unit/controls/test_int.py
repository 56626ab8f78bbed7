"""Judges of integrity, by stories."""

import pytest

from sfchaos.controls.judges import judge
from sfchaos.core.declaration import Declaration, Flow
from sfchaos.core.history import Ending

UPSERT, CREATE = "row.upsert/Contact", "row.create/Account"
CONTACTS = Declaration(flows=(Flow("contacts", "to-salesforce", "Contact", "Ext__c", ("upsert",), {"LastName": "surname"}, has_source=True),))
KEEPS_REJECTS = Declaration(flows=(Flow("contacts", "to-salesforce", "Contact", "Ext__c", ("upsert",), {"LastName": "surname"}, has_source=True, has_rejects=True),))
READS = Declaration(flows=(Flow("contacts", "from-salesforce", "Contact", "Ext__c", ("query",), {"LastName": "surname"}, has_sink=True),))
STRESS = f"{UPSERT} 503 faults=http.503"


def verdicts(history, *names):
    return {name[-2:]: judge(name, history).verdict for name in names or ("SFC-INT-01", "SFC-INT-02", "SFC-INT-03")}


# declared flows: what was to be written

def test_everything_there_passes(story, held, given):
    history = story(STRESS, f"{UPSERT} 201", declaration=CONTACTS, source=[given("k1", LastName="d1")], after=[held("Contact", "003A", "k1", LastName="d1")])
    assert verdicts(history) == {"01": "pass", "02": "pass", "03": "pass"}
    assert judge("SFC-INT-01", history).measured["expected"] == "declared"


def test_a_row_that_is_not_there_is_lost(story, held, given):
    source = [given("k1", LastName="d1"), given("k2", LastName="d2")]
    history = story(STRESS, f"{UPSERT} 201", declaration=CONTACTS, source=source, after=[held("Contact", "003A", "k1", LastName="d1")])
    found = judge("SFC-INT-01", history)
    assert (found.verdict, found.reason, found.measured["lost"]) == ("fail", "row-lost", 1)
    assert "Contact key:k2" in found.detail
    assert verdicts(history, "SFC-INT-02", "SFC-INT-03") == {"02": "pass", "03": "pass"}


def test_a_row_in_the_rejects_is_not_lost(story, given):
    for status in ("rejected", "undelivered", "unconfirmed", ""):
        history = story(STRESS, declaration=KEEPS_REJECTS, source=[given("k1", LastName="d1")], rejects=[given("k1", status=status)])
        found = judge("SFC-INT-01", history)
        assert (found.verdict, found.measured["reported"]) == ("pass", 1)


def test_a_loud_end_reports_what_is_missing_unless_there_is_a_better_place(story, given, crashed):
    source = [given("k1", LastName="d1")]
    assert judge("SFC-INT-01", story(STRESS, declaration=CONTACTS, source=source, ending=crashed)).verdict == "pass"
    assert judge("SFC-INT-01", story(STRESS, declaration=KEEPS_REJECTS, source=source, ending=crashed)).verdict == "fail"


def test_an_end_out_of_sight_leaves_it_open(story, given):
    history = story(STRESS, declaration=CONTACTS, source=[given("k1", LastName="d1")], ending=Ending(how="unseen"))
    assert judge("SFC-INT-01", history).reason == "report-unseen"


def test_a_warning_that_names_the_key_reports_the_row(story, given, log, doing, row):
    refused = doing(f"{UPSERT} 400 STRING_TOO_LONG faults=row.validation", row("upsert", "Contact", ok=False, code="STRING_TOO_LONG", key="k1"))
    history = story(refused, log("WARNING", "refused", values={"key": "k1"}), declaration=KEEPS_REJECTS, source=[given("k1", LastName="d1")])
    assert judge("SFC-INT-01", history).verdict == "pass"


def test_a_key_that_is_there_twice_is_a_duplicate(story, held, given):
    after = [held("Contact", "003A", "k1", LastName="d1"), held("Contact", "003B", "k1", LastName="d1")]
    history = story(STRESS, declaration=CONTACTS, source=[given("k1", LastName="d1")], after=after)
    assert verdicts(history) == {"01": "pass", "02": "fail", "03": "pass"}
    assert judge("SFC-INT-02", history).reason == "row-duplicated"


def test_a_row_that_no_source_names_was_not_asked_for(story, held, given):
    before = [held("Contact", "003X", "old")]
    after = [*before, held("Contact", "003A", "k1", LastName="d1"), held("Contact", "003B", "k9", LastName="d1")]
    history = story(STRESS, declaration=CONTACTS, source=[given("k1", LastName="d1")], before=before, after=after)
    assert judge("SFC-INT-02", history).reason == "row-unasked"


def test_what_an_administrator_wrote_is_not_held_against_the_integration(story, held, given, org):
    after = [held("Contact", "003A", "k1", LastName="d1"), held("Contact", "003000000000009AAA", "k9")]
    history = story(STRESS, org("admin_write", ids=["003000000000009AAA"]), declaration=CONTACTS, source=[given("k1", LastName="d1")], after=after)
    assert judge("SFC-INT-02", history).verdict == "pass"


def test_another_value_is_corrupt(story, held, given):
    history = story(STRESS, declaration=CONTACTS, source=[given("k1", LastName="d1")], after=[held("Contact", "003A", "k1", LastName="d9")])
    assert verdicts(history) == {"01": "pass", "02": "pass", "03": "fail"}
    assert "LastName" in judge("SFC-INT-03", history).detail


def test_an_update_that_never_came_is_lost_not_corrupt(story, held, given):
    row = held("Contact", "003A", "k1", LastName="old")
    history = story(STRESS, declaration=CONTACTS, source=[given("k1", LastName="d1")], before=[row], after=[row])
    assert verdicts(history) == {"01": "fail", "02": "pass", "03": "pass"}


def test_a_clean_run_is_never_a_pass_of_a_fault_objective(story, held, given):
    history = story(f"{UPSERT} 201", clean=True, declaration=CONTACTS, source=[given("k1", LastName="d1")], after=[held("Contact", "003A", "k1", LastName="d1")])
    assert {judge(f"SFC-INT-0{n}", history).reason for n in (1, 2, 3)} == {"stimulus-absent"}


def test_a_flow_without_a_key_is_told_apart_by_its_values(story, held, given):
    flow = Declaration(flows=(Flow("notes", "to-salesforce", "Task", "", ("create",), {"Subject": "text"}, has_source=True),))
    source = [given("", "notes", Subject="a"), given("", "notes", Subject="b")]
    twice = [held("Task", "00T1", Subject="a"), held("Task", "00T2", Subject="a"), held("Task", "00T3", Subject="b")]
    assert verdicts(story(STRESS, declaration=flow, source=source, after=twice)) == {"01": "pass", "02": "fail", "03": "pass"}
    assert verdicts(story(STRESS, declaration=flow, source=source, after=twice[1:])) == {"01": "pass", "02": "pass", "03": "pass"}
    assert verdicts(story(STRESS, declaration=flow, source=source, after=twice[2:])) == {"01": "fail", "02": "pass", "03": "pass"}


# declared flows: what was to be read

@pytest.mark.parametrize(("sink", "expected"), [
    ([("k1", "d1")], {"01": "pass", "02": "pass", "03": "pass"}),
    ([], {"01": "fail", "02": "pass", "03": "pass"}),
    ([("k1", "d1"), ("k1", "d1")], {"01": "pass", "02": "fail", "03": "pass"}),
    ([("k1", "d7")], {"01": "pass", "02": "pass", "03": "fail"}),
])  # fmt: skip
def test_rows_in_the_sink(story, held, given, sink, expected):
    rows = [held("Contact", "003A", "k1", LastName="d1")]
    history = story("query.first/Contact 503 faults=http.503", "query.first/Contact 200", declaration=READS, before=rows, after=rows,
                    sink=[given(key, LastName=value) for key, value in sink])  # fmt: skip
    assert verdicts(history) == expected


# no flow, a clean twin

def test_the_end_state_of_the_clean_run_is_the_yardstick(story, held):
    twin = [held("Account", "001A", "k1", Name="d1"), held("Account", "001B", Name="d2")]
    same = [held("Account", "001C", "k1", Name="d1", CreatedDate="x"), held("Account", "001D", Name="d2")]
    history = story(f"{CREATE} 503 faults=http.503", f"{CREATE} 201", expected=twin, after=same)
    assert verdicts(history) == {"01": "pass", "02": "pass", "03": "pass"}
    assert judge("SFC-INT-01", history).measured["expected"] == "metamorphic"


@pytest.mark.parametrize(("after", "expected"), [
    ([("001C", "k1", "d1")], {"01": "fail", "02": "pass", "03": "pass"}),
    ([("001C", "k1", "d1"), ("001D", "", "d2"), ("001E", "", "d2")], {"01": "pass", "02": "fail", "03": "pass"}),
    ([("001C", "k1", "d1"), ("001E", "k1", "d1"), ("001D", "", "d2")], {"01": "pass", "02": "fail", "03": "pass"}),
    ([("001C", "k1", "d9"), ("001D", "", "d2")], {"01": "pass", "02": "pass", "03": "fail"}),
])  # fmt: skip
def test_differences_from_the_clean_run(story, held, after, expected):
    twin = [held("Account", "001A", "k1", Name="d1"), held("Account", "001B", Name="d2")]
    history = story(f"{CREATE} 503 faults=http.503", expected=twin, after=[held("Account", i, key, Name=name) for i, key, name in after])
    assert verdicts(history) == expected


def test_a_row_without_a_key_that_agrees_by_half_is_the_same_row_gone_wrong(story, held):
    twin = [held("Account", "001A", Name="d1", Phone="p1"), held("Contact", "003A", LastName="d1")]
    after = [held("Account", "001B", Name="d1", Phone="p9"), held("Contact", "003B", LastName="d1")]
    assert verdicts(story(STRESS, expected=twin, after=after)) == {"01": "pass", "02": "pass", "03": "fail"}
    stranger = [held("Account", "001B", Name="d8", Phone="p9"), held("Contact", "003B", LastName="d1")]
    assert verdicts(story(STRESS, expected=twin, after=stranger)) == {"01": "fail", "02": "fail", "03": "pass"}


def test_a_fault_where_no_data_flows_is_no_stimulus(story, held):
    rows = [held("Account", "001A", Name="d1")]
    assert judge("SFC-INT-01", story("auth.jwt 503 faults=http.503", "meta.limits 200", before=rows, expected=rows, after=rows)).reason == "stimulus-absent"
    assert judge("SFC-INT-01", story("auth.jwt 503 faults=http.503", "row.get/Account 200", before=rows, expected=rows, after=rows)).verdict == "pass"


def test_a_fault_in_a_job_is_a_stimulus(story, held, org):
    rows = [held("Account", "001A", Name="d1")]
    history = story("bulk2.create/Account 200 job=J1", org("fault", job="J1", faults=["bulk.rows_failed"], times=1), expected=rows, after=rows)
    assert judge("SFC-INT-01", history).verdict == "pass"


def test_lookups_of_new_rows_may_hold_other_ids(story, held):
    twin, after = [held("Contact", "003A", LastName="d1", AccountId="x")], [held("Contact", "003B", LastName="d1", AccountId="y")]
    assert verdicts(story(STRESS, expected=twin, after=after)) == {"01": "pass", "02": "pass", "03": "pass"}


def test_a_new_row_that_the_clean_run_lacks_was_not_asked_for(story, held, org):
    twin, after = [held("Account", "001A", "k1", Name="d1")], [held("Account", "001000000000002AAA", "k1", Name="d1"), held("Account", "001000000000003AAA", "k9", Name="d9")]
    assert judge("SFC-INT-02", story(STRESS, expected=twin, after=after)).reason == "row-unasked"
    assert judge("SFC-INT-02", story(STRESS, org("admin_write", ids=["001000000000003AAA"]), expected=twin, after=after)).verdict == "pass"


def test_rows_deleted_too_much_or_too_little_are_lost(story, held):
    rows = [held("Account", "001A", Name="d1")]
    assert judge("SFC-INT-01", story(STRESS, before=rows, expected=rows, after=[])).reason == "row-lost"
    assert judge("SFC-INT-01", story(STRESS, before=rows, expected=[], after=rows)).reason == "row-lost"


def test_the_story_of_a_duplicate_shows_who_wrote_it(story, doing, row, held):
    steps = [doing(f"{CREATE} 201 lost", row("create", "Account", id="001A", created=True, Name="d1")), doing("row.get/Account 200"),
             doing(f"{CREATE} 201", row("create", "Account", id="001B", created=True, Name="d1"))]  # fmt: skip
    twin, after = [held("Account", "001A", Name="d1")], [held("Account", "001A", Name="d1"), held("Account", "001B", Name="d1")]
    assert judge("SFC-INT-02", story(*steps, expected=twin, after=after)).exceptions[0].story == (1, 3)


def test_an_old_row_not_updated_is_lost_and_one_updated_wrongly_is_corrupt(story, held):
    before, twin = [held("Account", "001A", Name="old")], [held("Account", "001A", Name="new")]
    assert verdicts(story(STRESS, before=before, expected=twin, after=before)) == {"01": "fail", "02": "pass", "03": "pass"}
    assert verdicts(story(STRESS, before=before, expected=twin, after=[held("Account", "001A", Name="odd")])) == {"01": "pass", "02": "pass", "03": "fail"}


# neither: the journal

LOST = f"{CREATE} 201 lost"


def test_a_create_repeated_after_a_lost_reply_is_a_duplicate(story, doing, row):
    history = story(doing(LOST, row("create", "Account", id="001A", created=True)), doing(f"{CREATE} 201", row("create", "Account", id="001B", created=True)))
    assert verdicts(history, "SFC-INT-02", "SFC-INT-06") == {"02": "fail", "06": "fail"}
    found = judge("SFC-INT-06", history)
    assert (found.reason, found.measured["extra_rows"], found.exceptions[0].story) == ("duplicate-after-lost-reply", 1, (1, 2))
    assert judge("SFC-INT-03", history).reason == "no-expected-values"


def test_a_lost_reply_followed_by_a_look_passes(story, doing, row):
    history = story(doing(LOST, row("create", "Account", id="001A", created=True)), "query.first/Account 200")
    assert verdicts(history, "SFC-INT-01", "SFC-INT-02", "SFC-INT-06") == {"01": "pass", "02": "pass", "06": "pass"}


def test_a_twin_that_was_cleaned_up_is_no_duplicate(story, doing, row, held):
    steps = [doing(LOST, row("create", "Account", id="001A", created=True)), doing(f"{CREATE} 201", row("create", "Account", id="001B", created=True)),
             doing("row.delete/Account 204", row("delete", "Account", id="001A"))]  # fmt: skip
    assert judge("SFC-INT-06", story(*steps)).verdict == "pass"
    assert judge("SFC-INT-06", story(*steps[:2], after=[held("Account", "001B")])).verdict == "pass"


def test_an_upsert_repeated_after_a_lost_reply_passes(story, doing, row):
    again = row("upsert", "Contact", id="003A", key="k1")
    history = story(doing(f"{UPSERT} 201 lost", {**again, "created": "yes"}), doing(f"{UPSERT} 200", again))
    assert verdicts(history, "SFC-INT-02", "SFC-INT-06") == {"02": "pass", "06": "pass"}


def test_one_request_delivered_twice_is_a_duplicate(story, doing, row):
    rows = [row("create", "Account", id=i, created=True) for i in ("001A", "001B")]
    assert judge("SFC-INT-02", story(doing(f"{CREATE} 201 faults=net.dup_request", *rows))).verdict == "fail"


def test_a_write_given_up_without_a_word_is_lost(story, crashed):
    assert judge("SFC-INT-01", story(f"{CREATE} 503 faults=http.503")).verdict == "fail"
    assert judge("SFC-INT-01", story(f"{CREATE} 503 faults=http.503", ending=crashed)).verdict == "pass"


def test_a_lost_reply_that_never_happened_proves_nothing(story):
    assert judge("SFC-INT-06", story(f"{CREATE} 503 faults=http.503", f"{CREATE} 201")).reason == "stimulus-absent"


def test_an_error_in_place_of_a_success_is_a_lost_reply_too(story, doing, row):
    replaced = doing(f"{CREATE} 201 seen=503 faults=http.503.post", row("create", "Account", id="001A", created=True))
    found = judge("SFC-INT-06", story(replaced, doing(f"{CREATE} 201", row("create", "Account", id="001B", created=True))))
    assert (found.verdict, found.stimuli) == ("fail", 1)


def test_the_end_state_decides_over_the_journal(story, doing, row, held):
    steps = [doing(LOST, row("create", "Account", id="001A", created=True, Name="d")), doing(f"{CREATE} 201", row("create", "Account", id="001B", created=True, Name="d"))]
    two = [held("Account", "001A", Name="d"), held("Account", "001B", Name="d")]
    assert judge("SFC-INT-06", story(*steps, expected=two, after=two)).verdict == "pass"
    assert judge("SFC-INT-06", story(*steps, expected=two[:1], after=two)).verdict == "fail"


@pytest.mark.parametrize(("lost_job", "verdict"), [("bulk2.create/Contact 200 lost job=J1", "fail"), ("bulk2.upload 201 lost job=J1", "fail"), ("bulk2.close 200 lost job=J2", "pass")])
def test_a_job_made_twice_after_a_lost_reply(story, org, row, held, given, lost_job, verdict):
    """Surplus Contacts are held against a lost reply of the job that wrote Contacts, not against that of another job."""
    rows = [row("create", "Contact", id="003A", key="k1", created=True)]
    after = [held("Contact", "003A", "k1", LastName="d1"), held("Contact", "003B", "k1", LastName="d1")]
    history = story(lost_job, "bulk2.poll 200 job=J1", "bulk2.poll 200 job=J2", org("bulk_rows", job="J1", rows=rows), declaration=CONTACTS, source=[given("k1", LastName="d1")], after=after)
    assert judge("SFC-INT-06", history).verdict == verdict


# SFC-INT-04

BAD = {"code": "STRING_TOO_LONG", "ok": False, "key": "k1"}


def test_a_refused_row_reported_nowhere_fails(story, doing, row):
    found = judge("SFC-INT-04", story(doing(f"{UPSERT} 400 STRING_TOO_LONG", row("upsert", "Contact", **BAD))))
    assert (found.verdict, found.reason) == ("fail", "reject-not-reported")
    assert "Contact key:k1" in found.detail


@pytest.mark.parametrize(("code", "status", "verdict"), [("STRING_TOO_LONG", "rejected", "pass"), ("", "", "pass"), ("UNKNOWN", "rejected", "fail"), ("TIMEOUT", "unconfirmed", "pass")])
def test_a_refused_row_in_the_rejects(story, doing, row, given, code, status, verdict):
    history = story(doing(f"{UPSERT} 400 STRING_TOO_LONG", row("upsert", "Contact", **BAD)), rejects=[given("k1", code=code, status=status)])
    assert judge("SFC-INT-04", history).verdict == verdict


@pytest.mark.parametrize(("status", "lost", "verdict"), [("rejected", True, "fail"), ("rejected", False, "fail"), ("unconfirmed", True, "pass"), ("undelivered", True, "pass"),
                                                         ("", True, "pass"), ("", False, "fail")])  # fmt: skip
def test_an_accepted_row_in_the_rejects(story, doing, row, given, status, lost, verdict):
    accepted = doing(f"{UPSERT} 201" + (" lost" if lost else ""), row("upsert", "Contact", id="003A", key="k1", created=True))
    assert judge("SFC-INT-04", story(accepted, rejects=[given("k1", status=status)])).verdict == verdict


def test_a_refused_row_that_got_in_later_is_no_reject(story, doing, row):
    history = story(doing(f"{UPSERT} 400 UNABLE_TO_LOCK_ROW", row("upsert", "Contact", ok=False, code="UNABLE_TO_LOCK_ROW", key="k1")),
                    doing(f"{UPSERT} 201", row("upsert", "Contact", id="003A", key="k1")))  # fmt: skip
    assert judge("SFC-INT-04", history).reason == "stimulus-absent"


def test_a_refused_create_turned_into_an_update_is_no_reject(story, doing, row):
    history = story(doing(f"{CREATE} 400 DUPLICATE_VALUE", row("create", "Account", ok=False, code="DUPLICATE_VALUE", Name="d1", Ext__c="k")),
                    doing("row.update/Account 204", row("update", "Account", id="001A", Name="d1")))  # fmt: skip
    assert judge("SFC-INT-04", history).reason == "stimulus-absent"


def test_a_create_is_known_by_the_external_id_among_its_values(story, doing, row, given):
    """The key's digest and the value's digest differ; the source row knows both."""
    refused = doing("row.create/Contact 400 STRING_TOO_LONG", row("create", "Contact", ok=False, code="STRING_TOO_LONG", Ext__c="value-of-k1"))
    source, rejects = [given("k1", Ext__c="value-of-k1", LastName="d1")], [given("k1", code="STRING_TOO_LONG")]
    assert judge("SFC-INT-04", story(refused, declaration=KEEPS_REJECTS, source=source, rejects=rejects)).verdict == "pass"
    assert "Contact key:k1" in judge("SFC-INT-04", story(refused, declaration=KEEPS_REJECTS, source=source)).detail


def test_an_update_is_known_by_the_record_it_is_about(story, doing, row, given, held):
    refused = doing("row.update/Contact 400 STRING_TOO_LONG", row("update", "Contact", ok=False, code="STRING_TOO_LONG", id="003000000000001AAA", LastName="d"))
    history = story(refused, before=[held("Contact", "003000000000001AAA", "k1")], rejects=[given("k1", code="STRING_TOO_LONG")])
    assert judge("SFC-INT-04", history).verdict == "pass"


def test_a_refused_row_is_missing_once(story, doing, row):
    refused = doing(f"{CREATE} 400 STRING_TOO_LONG faults=row.validation", row("create", "Account", ok=False, code="STRING_TOO_LONG", Name="d"))
    assert judge("SFC-INT-01", story(refused)).exceptions_total == 1


def test_a_refused_delete_of_a_row_that_is_gone_loses_nothing(story, doing, row, held):
    refused = doing("row.delete/Account 404 ENTITY_IS_DELETED faults=http.503", row("delete", "Account", ok=False, code="ENTITY_IS_DELETED", id="001A"))
    assert judge("SFC-INT-01", story(refused, after=[held("Account", "001B")])).verdict == "pass"
    assert judge("SFC-INT-01", story(refused, after=[held("Account", "001A")])).verdict == "fail"


def test_a_warning_that_names_the_code_speaks_for_one_row(story, doing, row, log):
    two = doing("coll.create/Contact 200", *(row("create", "Contact", ok=False, code="STRING_TOO_LONG", LastName=name) for name in ("a", "b")))
    line = log("ERROR", "row refused: STRING_TOO_LONG")
    assert judge("SFC-INT-04", story(two, line)).exceptions_total == 1
    assert judge("SFC-INT-04", story(two, line, line)).verdict == "pass"


# SFC-INT-05

def bulk(org, row, *, ok=("k1",), bad=("k2",), state="JobComplete", verb="create"):
    rows = [row(verb, "Contact", id=f"003{k}", key=k, created=True) for k in ok] + [row(verb, "Contact", ok=False, code="STRING_TOO_LONG", key=k) for k in bad]
    return ["bulk2.create/Contact 200 job=J1", "bulk2.upload 201 job=J1", "bulk2.close 200 job=J1", org("bulk_rows", job="J1", rows=rows),
            org("job_state", job="J1", state=state, processed=len(rows), failed=len(bad)), "bulk2.poll 200 job=J1"]  # fmt: skip


def test_failed_rows_that_nobody_fetched_fail(story, org, row, crashed):
    assert judge("SFC-INT-05", story(*bulk(org, row), ending=crashed)).reason == "failed-results-not-fetched"


def test_failed_rows_fetched_and_listed_pass(story, org, row, given):
    assert judge("SFC-INT-05", story(*bulk(org, row), "bulk2.failed 200 job=J1", rejects=[given("k2")])).verdict == "pass"


def test_failed_rows_fetched_and_ignored_are_a_false_success(story, org, row):
    assert judge("SFC-INT-05", story(*bulk(org, row), "bulk2.failed 200 job=J1")).reason == "success-reported"


def test_unprocessed_rows_must_be_fetched(story, org, row, crashed):
    steps = [*bulk(org, row, bad=(), state="Aborted")]
    assert judge("SFC-INT-05", story(*steps, ending=crashed)).reason == "unprocessed-not-fetched"
    assert judge("SFC-INT-05", story(*steps, "bulk2.unprocessed 200 job=J1", ending=crashed)).verdict == "pass"


@pytest.mark.parametrize(("unprocessed", "reason"), [(0, "stimulus-absent"), (3, "unprocessed-not-fetched")])
def test_an_aborted_job_that_had_done_all_its_rows_leaves_none_to_fetch(story, org, crashed, unprocessed, reason):
    steps = ["bulk2.create/Contact 200 job=J1", org("job_state", job="J1", state="Aborted", processed=4, failed=0, unprocessed=unprocessed)]
    assert judge("SFC-INT-05", story(*steps, ending=crashed)).reason == reason


@pytest.mark.parametrize(("verb", "verdict"), [("create", "fail"), ("upsert", "pass")])
def test_accepted_rows_sent_again(story, org, row, given, verb, verdict):
    again = [row(verb, "Contact", id="003Z", key="k1", created=verb == "create"), row(verb, "Contact", id="003Y", key="k2", created=True)]
    steps = [*bulk(org, row, verb=verb), "bulk2.failed 200 job=J1", "bulk2.create/Contact 200 job=J2 d=2", org("bulk_rows", job="J2", rows=again)]
    found = judge("SFC-INT-05", story(*steps))
    assert found.verdict == verdict
    if verdict == "fail":
        assert found.reason == "accepted-rows-resubmitted"


def test_a_query_job_is_no_ingest_job(story, org):
    assert judge("SFC-INT-05", story("bulk2q.create/Contact 200 job=J1", org("job_state", job="J1", state="Failed", failed=0))).reason == "stimulus-absent"


def test_a_job_without_trouble_proves_nothing(story, org, row):
    assert judge("SFC-INT-05", story(*bulk(org, row, bad=()))).reason == "stimulus-absent"
