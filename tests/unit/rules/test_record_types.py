"""Record types: rows of their own, a default, who may choose which, and what they leave of a picklist."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sfchaos.org.schema.metadata import RecordType
from sfchaos.org.schema.model import Field

PARTNER = RecordType("Partner", picklists=(("Level__c", ("Gold", "Silver")),))
CUSTOMER = RecordType("Key_Customer", "Key customer", default=True)
OLD = RecordType("Old", active=False)
LEVEL = Field("Level__c", "picklist", "Level", length=40, picklist=("Gold", "Silver", "Bronze"), restricted_picklist=True, custom=True)


def ids(caller: Any) -> dict[str, str]:
    return {row["DeveloperName"]: row["Id"] for row in caller.query("SELECT Id, DeveloperName FROM RecordType WHERE SobjectType = 'Account'")}


def test_record_types_are_rows(make: Any) -> None:
    caller = make(record_types=(PARTNER, CUSTOMER, OLD))
    assert caller.query("SELECT DeveloperName, Name, SobjectType, IsActive FROM RecordType ORDER BY Id") == [
        {"DeveloperName": "Partner", "Name": "Partner", "SobjectType": "Account", "IsActive": True},
        {"DeveloperName": "Key_Customer", "Name": "Key customer", "SobjectType": "Account", "IsActive": True},
        {"DeveloperName": "Old", "Name": "Old", "SobjectType": "Account", "IsActive": False},
    ]


def test_a_row_that_names_none_gets_the_default(make: Any) -> None:
    caller = make(record_types=(PARTNER, CUSTOMER))
    caller("POST", "/sobjects/Account", {"Name": "a"})
    caller.org.admin.create("Account", Name="b")
    assert caller.query("SELECT RecordType.DeveloperName FROM Account")[0]["RecordType"]["DeveloperName"] == "Key_Customer"
    assert caller.org.admin.count("Account", RecordTypeId=ids(caller)["Key_Customer"]) == 2


def test_one_may_be_chosen_and_an_inactive_or_foreign_one_not(make: Any) -> None:
    caller = make(record_types=(PARTNER, CUSTOMER, OLD))
    known = ids(caller)
    assert caller("POST", "/sobjects/Account", {"Name": "a", "RecordTypeId": known["Partner"]})[0] == 201
    for wrong in (known["Old"], "012000000000777AAA"):
        assert caller("POST", "/sobjects/Account", {"Name": "a", "RecordTypeId": wrong}) == (400, [{
            "message": f"Record Type ID: this ID value isn't valid for the user: {wrong}", "errorCode": "INVALID_CROSS_REFERENCE_KEY", "fields": ["RecordTypeId"],
        }])  # fmt: skip


def test_a_profile_that_names_record_types_limits_its_users_to_them(make: Any) -> None:
    caller = make(record_types=(PARTNER, CUSTOMER))
    profile = caller.org.admin.rows("User", Id=caller.org.integration_user_id)[0]["ProfileId"]
    caller.org.registers.record_types[profile] = ("Account.Partner",)
    known = ids(caller)
    assert caller("POST", "/sobjects/Account", {"Name": "a", "RecordTypeId": known["Key_Customer"]})[0] == 400
    assert caller("POST", "/sobjects/Account", {"Name": "a"})[0] == 201
    assert caller.org.admin.rows("Account")[0]["RecordTypeId"] == known["Partner"]


def test_a_restricted_picklist_takes_what_the_record_type_offers(make: Any) -> None:
    caller = make(LEVEL, record_types=(PARTNER, CUSTOMER))
    known = ids(caller)
    assert caller("POST", "/sobjects/Account", {"Name": "a", "Level__c": "Bronze"})[0] == 201
    partner = {"Name": "a", "RecordTypeId": known["Partner"]}
    assert caller("POST", "/sobjects/Account", {**partner, "Level__c": "Gold"})[0] == 201
    refused = caller("POST", "/sobjects/Account", {**partner, "Level__c": "Bronze"})
    assert refused == (
        400,
        [
            {
                "message": "Level: bad value for restricted picklist field: Bronze",
                "errorCode": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                "fields": ["Level__c"],
            }
        ],
    )


def test_an_object_without_record_types_has_no_such_field(make: Any) -> None:
    caller = make()
    assert caller("POST", "/sobjects/Account", {"Name": "a", "RecordTypeId": "012000000000777AAA"})[1][0]["errorCode"] == "INVALID_FIELD"


def test_a_value_must_fit_both_its_record_type_and_its_controlling_value(make: Any) -> None:
    tier = Field("Tier__c", "picklist", "Tier", length=40, picklist=("A", "B"), restricted_picklist=True, custom=True)
    level = replace(LEVEL, controller="Tier__c", valid_for=(("Gold", ("A",)), ("Silver", ("B",)), ("Bronze", ("A",))))
    caller = make(tier, level, record_types=(PARTNER, CUSTOMER))
    row = {"Name": "a", "RecordTypeId": ids(caller)["Partner"], "Tier__c": "A"}
    assert caller("POST", "/sobjects/Account", {**row, "Level__c": "Gold"})[0] == 201
    assert caller("POST", "/sobjects/Account", {**row, "Level__c": "Silver"})[0] == 400
    assert caller("POST", "/sobjects/Account", {**row, "Level__c": "Bronze"})[0] == 400
