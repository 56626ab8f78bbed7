"""Duplicate rules: the reply as captured, the header, and who is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sfchaos.org.schema.metadata import DuplicateRule

BLOCK = DuplicateRule("Same_Name", ("Name", "Phone"), on_create="block", message="Use one of these.")
ALERT = replace(BLOCK, on_create="allow", on_update="allow")
ROW = {"Name": "Acme", "Phone": "1"}


def test_the_reply_has_the_keys_and_the_spelling_of_the_real_one(make: Any) -> None:
    caller = make(duplicate_rules=(BLOCK,))
    _, first = caller("POST", "/sobjects/Account", ROW)
    status, body = caller("POST", "/sobjects/Account", {"Name": "ACME", "Phone": "1"})
    assert status == 400
    assert body == [{
        "duplicateResut": {
            "allowSave": False, "duplicateRule": "Same_Name", "duplicateRuleEntityType": "Account", "errorMessage": "Use one of these.",
            "matchResults": [{
                "entityType": "Account", "errors": [], "matchEngine": "ExactMatchEngine",
                "matchRecords": [{
                    "additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0,
                    "record": {"attributes": {"type": "Account", "url": f"/services/data/v62.0/sobjects/Account/{first['id']}"}, "Id": first["id"]},
                }],
                "rule": "Same_Name", "size": 1, "success": True,
            }],
        },
        "errorCode": "DUPLICATES_DETECTED", "message": "Use one of these.",
    }]  # fmt: skip
    assert list(body[0]) == ["duplicateResut", "errorCode", "message"]
    assert caller.org.admin.count("Account") == 1


@pytest.mark.parametrize("other", [{"Name": "Acme", "Phone": "2"}, {"Name": "Acme"}, {"Name": "Other", "Phone": "1"}])
def test_rows_must_agree_in_all_fields_and_blank_agrees_with_nothing(make: Any, other: dict[str, str]) -> None:
    caller = make(duplicate_rules=(BLOCK,))
    caller("POST", "/sobjects/Account", ROW)
    assert caller("POST", "/sobjects/Account", other)[0] == 201


@pytest.mark.parametrize(("rule", "header", "version", "status"), [
    (BLOCK, "allowSave=true", "62.0", 400), (ALERT, "", "62.0", 400), (ALERT, "allowSave=true", "62.0", 201), (ALERT, "allowSave=false", "62.0", 400),
    (ALERT, "allowSave=true", "51.0", 400), (ALERT, "allowSave=TRUE; includeRecordDetails=true", "52.0", 201), (replace(BLOCK, on_create=""), "", "62.0", 201), (replace(BLOCK, active=False), "", "62.0", 201),
])  # fmt: skip
def test_an_alert_may_be_passed_by_the_header_and_a_block_never(make: Any, rule: DuplicateRule, header: str, version: str, status: int) -> None:
    caller = make(duplicate_rules=(rule,))
    caller("POST", "/sobjects/Account", ROW)
    caller.version = version
    assert caller("POST", "/sobjects/Account", ROW, **({"Sforce_Duplicate_Rule_Header": header} if header else {}))[0] == status


def test_details_are_shown_when_asked_for(make: Any) -> None:
    caller = make(duplicate_rules=(ALERT,))
    caller("POST", "/sobjects/Account", ROW)
    _, body = caller("POST", "/sobjects/Account", ROW, Sforce_Duplicate_Rule_Header="includeRecordDetails=true")
    result = body[0]["duplicateResut"]
    assert result["allowSave"] is True
    assert result["matchResults"][0]["matchRecords"][0]["record"]["Phone"] == "1"


def test_an_update_is_asked_when_it_changes_a_field_of_the_rule_and_never_finds_itself(make: Any) -> None:
    caller = make(duplicate_rules=(ALERT,))
    caller("POST", "/sobjects/Account", ROW)
    _, other = caller("POST", "/sobjects/Account", {"Name": "Acme", "Phone": "2"})
    path = f"/sobjects/Account/{other['id']}"
    assert caller("PATCH", path, {"Phone": "2"})[0] == 204
    assert caller("PATCH", path, {"Phone": "1"})[0] == 400
    assert caller("PATCH", path, {"Website": "x"})[0] == 204


def test_deleted_rows_are_no_duplicates_and_the_administrator_is_not_asked(make: Any) -> None:
    caller = make(duplicate_rules=(BLOCK,))
    _, first = caller("POST", "/sobjects/Account", ROW)
    caller.org.admin.create("Account", **ROW)
    for row in caller.org.admin.rows("Account"):
        caller.org.admin.delete("Account", row["Id"])
    assert caller("POST", "/sobjects/Account", ROW)[0] == 201
    assert first["id"]


def test_collections_name_the_code_alone(make: Any) -> None:
    caller = make(duplicate_rules=(BLOCK,))
    row = {"attributes": {"type": "Account"}, **ROW}
    _, body = caller("POST", "/composite/sobjects", {"records": [row, row]})
    assert body[1]["errors"] == [{"statusCode": "DUPLICATES_DETECTED", "message": "Use one of these.", "fields": []}]


def test_duplicate_rules_are_rows(make: Any) -> None:
    caller = make(duplicate_rules=(BLOCK,))
    assert caller.query("SELECT DeveloperName, SobjectType, IsActive FROM DuplicateRule") == [
        {"DeveloperName": "Same_Name", "SobjectType": "Account", "IsActive": True}
    ]


def test_a_match_is_named_even_where_its_owner_keeps_it_to_himself(make: Any) -> None:
    caller = make(duplicate_rules=(BLOCK,), sharing="Private")
    hidden = caller.org.admin.create("Account", **ROW)
    record = caller("POST", "/sobjects/Account", ROW)[1][0]["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]
    assert record == {"attributes": {"type": "Account", "url": f"/services/data/v62.0/sobjects/Account/{hidden}"}, "Id": hidden}
