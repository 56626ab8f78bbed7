"""Validation rules: true formulas refuse a save, several together, over defaults and what follows from other fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sfchaos.org.schema.metadata import ValidationRule

SHORT = ValidationRule("Short", "LEN(Name) < 3", "Name is too short.", "Name")
COLD = ValidationRule("Cold", 'ISPICKVAL(Rating, "Cold") && ISBLANK(Phone)', "Cold accounts need a phone.")


def item(message: str, *fields: str) -> dict[str, Any]:
    return {"message": message, "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": list(fields)}


def test_a_true_rule_refuses_the_create_and_nothing_is_saved(make: Any) -> None:
    caller = make(validation_rules=(SHORT,))
    assert caller("POST", "/sobjects/Account", {"Name": "ab"}) == (400, [item("Name is too short.", "Name")])
    assert caller.org.admin.count("Account") == 0
    assert caller("POST", "/sobjects/Account", {"Name": "abc"})[0] == 201


def test_several_rules_report_together_in_their_order(make: Any) -> None:
    caller = make(validation_rules=(SHORT, COLD))
    assert caller("POST", "/sobjects/Account", {"Name": "ab", "Rating": "Cold"}) == (
        400,
        [item("Name is too short.", "Name"), item("Cold accounts need a phone.")],
    )


def test_an_inactive_rule_is_not_asked(make: Any) -> None:
    caller = make(validation_rules=(replace(SHORT, active=False),))
    assert caller("POST", "/sobjects/Account", {"Name": "ab"})[0] == 201


def test_an_update_is_judged_by_the_whole_row(make: Any) -> None:
    caller = make(validation_rules=(COLD,))
    _, made = caller("POST", "/sobjects/Account", {"Name": "abc", "Phone": "1"})
    path = f"/sobjects/Account/{made['id']}"
    assert caller("PATCH", path, {"Rating": "Cold"})[0] == 204
    assert caller("PATCH", path, {"Phone": None}) == (400, [item("Cold accounts need a phone.")])
    assert caller.query("SELECT Phone FROM Account") == [{"Phone": "1"}]


def test_isnew_ischanged_and_priorvalue_know_the_row_before(make: Any) -> None:
    caller = make(validation_rules=(
        ValidationRule("Frozen", "NOT(ISNEW()) && ISCHANGED(Name)", "The name stays."),
        ValidationRule("Down", "PRIORVALUE(AnnualRevenue) > AnnualRevenue", "Revenue only grows.", "AnnualRevenue"),
    ))  # fmt: skip
    _, made = caller("POST", "/sobjects/Account", {"Name": "abc", "AnnualRevenue": 10})
    path = f"/sobjects/Account/{made['id']}"
    assert caller("PATCH", path, {"Name": "abc", "AnnualRevenue": 10})[0] == 204
    assert caller("PATCH", path, {"Name": "ABC"}) == (400, [item("The name stays.")])
    assert caller("PATCH", path, {"AnnualRevenue": 9}) == (400, [item("Revenue only grows.", "AnnualRevenue")])
    assert caller("PATCH", path, {"AnnualRevenue": 11})[0] == 204


def test_rules_read_parents_users_and_formula_fields(make: Any) -> None:
    from sfchaos.org.schema.model import Field

    score = Field(
        "Score__c",
        "double",
        "Score",
        formula_text="NumberOfEmployees * 2",
        calculated=True,
        createable=False,
        updateable=False,
        precision=18,
        custom=True,
    )
    caller = make(score, validation_rules=(
        ValidationRule("Parent", 'Parent.Name = "Closed"', "The parent is closed.", "ParentId"),
        ValidationRule("Score", "Score__c > 10", "Too large."), ValidationRule("Who", '$User.LastName = "Integration" && BEGINS(Name, "X")', "Not you."),
    ))  # fmt: skip
    parent = caller.org.admin.create("Account", Name="Closed")
    assert caller("POST", "/sobjects/Account", {"Name": "abc", "ParentId": parent}) == (400, [item("The parent is closed.", "ParentId")])
    assert caller("POST", "/sobjects/Account", {"Name": "abc", "NumberOfEmployees": 6}) == (400, [item("Too large.")])
    assert caller("POST", "/sobjects/Account", {"Name": "Xabc"}) == (400, [item("Not you.")])
    assert caller("POST", "/sobjects/Account", {"Name": "abc", "NumberOfEmployees": 5})[0] == 201


def test_the_administrator_of_the_harness_is_not_asked(make: Any) -> None:
    caller = make(validation_rules=(SHORT,))
    assert caller.org.admin.create("Account", Name="ab")


def test_collections_and_bulk_say_the_same(make: Any) -> None:
    caller = make(validation_rules=(SHORT,))
    rows = [{"attributes": {"type": "Account"}, "Name": "ab"}, {"attributes": {"type": "Account"}, "Name": "abc"}]
    status, body = caller("POST", "/composite/sobjects", {"allOrNone": False, "records": rows})
    assert status == 200
    assert [r["success"] for r in body] == [False, True]
    assert body[0]["errors"] == [{"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Name is too short.", "fields": ["Name"]}]


def test_types_and_required_fields_come_before_rules_and_duplicates_after(make: Any) -> None:
    caller = make(validation_rules=(ValidationRule("Always", "TRUE", "Never."),))
    assert caller("POST", "/sobjects/Account", {"Phone": "1"})[1][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert caller("POST", "/sobjects/Account", {"Name": "x", "OwnerId": "nonsense"})[1][0]["errorCode"] == "MALFORMED_ID"
    assert caller("POST", "/sobjects/Account", {"Name": "x"}) == (400, [item("Never.")])


def test_a_rule_armed_from_outside_reports_with_the_others(make: Any) -> None:
    caller = make(validation_rules=(SHORT,))
    caller.org.world.add_validation("Account", "Name", "Armed.", caller.org.now_s() + 60)
    assert caller("POST", "/sobjects/Account", {"Name": "ab"}) == (400, [item("Name is too short.", "Name"), item("Armed.", "Name")])
