"""What an administrator's rules say to a real client, through every door (wire reference 4.1 and 4.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

from sfchaos.org.schema.metadata import DuplicateRule, ValidationRule

RULES = (ValidationRule("Short", "LEN(Name) < 3", "Name is too short.", "Name"), ValidationRule("Phone", "ISBLANK(Phone)", "A phone is needed."))


def set_up(place: Any, **setup: Any) -> None:
    """Give Account rules while the org runs, as a deployment does."""
    org = place.org
    org.schema = org.schema.with_object(replace(org.schema.objects["account"], **setup))
    org.followers.forget()


def test_two_validation_rules_are_two_items_of_one_reply(place: Any, sf: Salesforce) -> None:
    set_up(place, validation_rules=RULES)
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.Account.create({"Name": "ab"})
    assert caught.value.status == 400
    assert caught.value.content == [
        {"message": "Name is too short.", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Name"]},
        {"message": "A phone is needed.", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": []},
    ]
    assert sf.query("SELECT COUNT() FROM Account")["totalSize"] == 0


def test_a_bulk_load_reports_the_rule_row_by_row(place: Any, sf: Salesforce) -> None:
    set_up(place, validation_rules=RULES[:1])
    [job] = sf.bulk2.Account.insert(records=[{"Name": "ab"}, {"Name": "abc"}])
    assert (job["numberRecordsFailed"], job["numberRecordsTotal"]) == (1, 2)
    failed = sf.bulk2.Account.get_failed_records(job["job_id"])
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION:Name is too short.:Name --" in failed


def test_a_duplicate_is_refused_with_its_result_and_passes_with_the_header(place: Any, sf: Salesforce) -> None:
    set_up(place, duplicate_rules=(DuplicateRule("Same_Name", ("Name",)),))
    first = sf.Account.create({"Name": "Acme"})["id"]
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.Account.create({"Name": "acme"})
    [item] = caught.value.content
    assert (list(item), item["errorCode"], item["message"]) == (
        ["duplicateResut", "errorCode", "message"],
        "DUPLICATES_DETECTED",
        "Use one of these records?",
    )
    assert item["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]["Id"] == first
    assert sf.Account.create({"Name": "acme"}, headers={"Sforce-Duplicate-Rule-Header": "allowSave=true"})["success"]


def test_a_change_is_told_in_the_history_with_who_made_it(place: Any, sf: Salesforce) -> None:
    account = place.org.schema.objects["account"]
    set_up(place, fields=tuple(replace(f, tracked=f.name == "Phone") for f in account.fields))
    made = sf.Account.create({"Name": "Acme", "Phone": "1"})["id"]
    sf.Account.update(made, {"Phone": "2"})
    found = sf.query("SELECT Field, OldValue, NewValue, CreatedBy.Username FROM AccountHistory ORDER BY Id")["records"]
    assert [(row["Field"], row["OldValue"], row["NewValue"], row["CreatedBy"]["Username"]) for row in found] == [
        ("created", None, None, place.org.credentials.username),
        ("Phone", "1", "2", place.org.credentials.username),
    ]
