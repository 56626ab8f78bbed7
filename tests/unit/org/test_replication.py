"""getUpdated and getDeleted over REST: windows, sentences, what is listed."""

import pytest

from sfchaos.org.rows import replication

DAY_S = 86_400


def ask(caller, what, start, end, sobject="Account"):
    caller("GET", f"/sobjects/{sobject}/{what}/?start={start.replace('+', '%2B')}&end={end.replace('+', '%2B')}")
    return caller.json


def wait(caller, seconds):
    caller.org.clock.advance(seconds)


def test_updated_lists_created_and_changed_rows_in_the_order_of_their_changes(caller):
    first, second, gone = (caller.create("Account", Name=name) for name in "ABC")
    wait(caller, 120)
    caller("PATCH", f"/sobjects/Account/{first}", {"Name": "A2"})
    caller("DELETE", f"/sobjects/Account/{gone}")
    wait(caller, 120)
    assert ask(caller, "updated", "2026-01-15T09:00:00+00:00", "2026-01-15T09:04:00Z") == {"ids": [second, first], "latestDateCovered": "2026-01-15T09:04:00.000+0000"}
    assert list(caller.json) == ["ids", "latestDateCovered"]
    assert ask(caller, "updated", "2026-01-15T09:02:00Z", "2026-01-15T09:04:00Z")["ids"] == [first]
    assert caller.last.status == 200


def test_deleted_lists_when_each_row_went(caller):
    account = caller.create("Account", Name="A")
    wait(caller, 75)
    caller("DELETE", f"/sobjects/Account/{account}")
    wait(caller, 120)
    answer = ask(caller, "deleted", "2026-01-15T09:00:00Z", "2026-01-15T09:03:00Z")
    assert list(answer) == ["deletedRecords", "earliestDateAvailable", "latestDateCovered"]
    assert answer["deletedRecords"] == [{"deletedDate": "2026-01-15T09:01:15.000+0000", "id": account}]
    assert list(answer["deletedRecords"][0]) == ["deletedDate", "id"]
    assert (answer["earliestDateAvailable"], answer["latestDateCovered"]) == ("2025-12-31T09:03:00.000+0000", "2026-01-15T09:03:00.000+0000")


def test_an_end_in_the_future_is_clipped_to_the_minute_and_nothing_is_lost_at_the_seam(caller):
    wait(caller, 90)
    account = caller.create("Account", Name="A")  # 09:01:30
    first = ask(caller, "updated", "2026-01-15T09:00:00Z", "2027-01-01T00:00:00Z")
    assert first == {"ids": [], "latestDateCovered": "2026-01-15T09:01:00.000+0000"}
    wait(caller, 60)
    assert ask(caller, "updated", first["latestDateCovered"], "2027-01-01T00:00:00Z")["ids"] == [account]


def test_an_undeleted_row_is_updated_and_no_longer_deleted(caller):
    account = caller.create("Account", Name="A")
    wait(caller, 60)
    caller("DELETE", f"/sobjects/Account/{account}")
    wait(caller, 60)
    caller.org.dml.write("undelete", "Account", [{"Id": account}], user_id=caller.org.integration_user_id)
    wait(caller, 60)
    assert ask(caller, "updated", "2026-01-15T09:02:00Z", "2026-01-15T09:03:00Z")["ids"] == [account]
    assert ask(caller, "deleted", "2026-01-15T09:00:00Z", "2026-01-15T09:03:00Z")["deletedRecords"] == []


@pytest.mark.parametrize("what", ["updated", "deleted"])
@pytest.mark.parametrize(("start", "end", "sentence"), [
    ("2026-01-15T08:59:00Z", "2026-01-15T08:58:00Z", "endDate must be at least one minute greater than startDate"),
    ("2026-01-15T08:59:00Z", "2026-01-15T08:59:00Z", "endDate must be at least one minute greater than startDate"),
    ("2026-01-15T08:59:10Z", "2026-01-15T08:59:50Z", "endDate must be at least one minute greater than startDate"),
    ("2026-01-16T00:00:00Z", "2026-01-17T00:00:00Z", "endDate must be at least one minute greater than startDate"),
    ("2025-12-15T00:00:00Z", "2026-01-15T00:00:00Z", "startDate cannot be more than 30 days ago"),
    ("yesterday", "2026-01-15T00:00:00Z", "start is not a date and time: yesterday"),
    ("2026-01-14", "2026-01-15T00:00:00Z", "start is not a date and time: 2026-01-14"),
    ("2026-01-14T00:00:00Z", "2026-02-31T00:00:00Z", "end is not a date and time: 2026-02-31T00:00:00Z"),
])  # fmt: skip
def test_a_wrong_window_is_refused(caller, what, start, end, sentence):
    assert ask(caller, what, start, end) == [{"message": sentence, "errorCode": "INVALID_REPLICATION_DATE"}]
    assert caller.last.status == 400


def test_a_plus_that_was_not_encoded_is_no_offset(caller):
    assert caller("GET", "/sobjects/Account/updated?start=2026-01-15T08:00:00+00:00&end=2026-01-15T09:00:00Z").status == 400
    assert caller.json[0]["message"] == "start is not a date and time: 2026-01-15T08:00:00 00:00"


@pytest.mark.parametrize("query", ["", "?start=2026-01-15T08:00:00Z", "?end=2026-01-15T08:00:00Z"])
def test_both_ends_must_be_given(caller, query):
    assert caller("GET", f"/sobjects/Account/deleted{query}").status == 400
    assert caller.json[0]["errorCode"] == "MISSING_ARGUMENT"


def test_an_object_that_is_not_replicateable_or_not_there_is_refused(caller, org):
    from dataclasses import replace

    org.schema = org.schema.with_object(replace(org.schema.find("Lead"), replicateable=False))
    window = ("2026-01-15T08:00:00Z", "2026-01-15T09:00:00Z")
    assert ask(caller, "updated", *window, sobject="Lead")[0]["errorCode"] == "INVALID_TYPE_FOR_OPERATION"
    assert caller.last.status == 400
    ask(caller, "deleted", *window, sobject="Nothing__c")
    assert caller.last.status == 404


def test_a_log_that_was_purged_is_told(caller, org):
    account = caller.create("Account", Name="A")
    caller("DELETE", f"/sobjects/Account/{account}")
    org.clock.advance(16 * DAY_S)
    org.heal()
    refused = ask(caller, "deleted", "2026-01-15T08:59:00Z", "2026-01-31T08:59:00Z")
    assert (caller.last.status, refused[0]["errorCode"]) == (400, "INVALID_REPLICATION_DATE")
    later = ask(caller, "deleted", "2026-01-15T09:00:00Z", "2026-01-31T08:59:00Z")
    assert (later["deletedRecords"], later["earliestDateAvailable"]) == ([], "2026-01-15T09:00:00.000+0000")


def test_too_many_ids_are_refused(caller, monkeypatch):
    monkeypatch.setattr(replication, "MOST_IDS", 2)
    for name in "ABC":
        caller.create("Account", Name=name)
    wait(caller, 60)
    assert ask(caller, "updated", "2026-01-15T09:00:00Z", "2026-01-15T09:01:00Z")[0]["errorCode"] == "EXCEEDED_ID_LIMIT"


def test_rows_that_sharing_hides_are_not_listed(caller, monkeypatch):
    seen = caller.create("Account", Name="Seen")
    caller.create("Account", Name="Hidden")
    wait(caller, 60)
    monkeypatch.setattr(replication.access, "row_filter", lambda org, user_id, sobject, alias, right="read": f"{alias}.Name = 'Seen'")
    assert ask(caller, "updated", "2026-01-15T09:00:00Z", "2026-01-15T09:01:00Z")["ids"] == [seen]
