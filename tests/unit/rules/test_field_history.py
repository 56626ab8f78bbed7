"""Field history: who changed what, from what to what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sfchaos.org.rows.history import MOST_FIELDS
from sfchaos.org.schema.model import Field

NOTES = Field("Notes__c", "textarea", "Notes", length=1000, tracked=True, custom=True)
FLAG = Field("Flag__c", "boolean", "Flag", nillable=False, default=False, tracked=True, custom=True)
SCORE = Field("Score__c", "double", "Score", precision=18, scale=2, tracked=True, custom=True)
SELECT = "SELECT Field, DataType, OldValue, NewValue, CreatedById FROM AccountHistory ORDER BY Id"


def changes(caller: Any) -> list[tuple[Any, ...]]:
    return [(r["Field"], r["DataType"], r["OldValue"], r["NewValue"]) for r in caller.query(SELECT)]


def plain(make: Any, *fields: Field) -> Any:
    """An org where Account tracks these fields, its owner and its parent alone."""
    caller = make()
    account = caller.org.schema.objects["account"]
    untracked = tuple(replace(f, tracked=f.name in ("OwnerId", "ParentId", "Phone")) for f in account.fields)
    return make(*fields, fields=untracked)


def test_a_create_leaves_one_row(make: Any) -> None:
    caller = plain(make)
    _, made = caller("POST", "/sobjects/Account", {"Name": "a", "Phone": "1"})
    rows = caller.query("SELECT AccountId, Field, OldValue, NewValue, CreatedById, CreatedDate, IsDeleted FROM AccountHistory")
    assert rows == [{"AccountId": made["id"], "Field": "created", "OldValue": None, "NewValue": None, "CreatedById": caller.org.integration_user_id,
                     "CreatedDate": "2026-01-15T09:00:00.000+0000", "IsDeleted": False}]  # fmt: skip


def test_only_changes_of_tracked_fields_are_kept_with_their_types(make: Any) -> None:
    caller = plain(make, FLAG, SCORE)
    _, made = caller("POST", "/sobjects/Account", {"Name": "a", "Phone": "1"})
    path = f"/sobjects/Account/{made['id']}"
    caller("PATCH", path, {"Phone": "2", "Website": "x", "Score__c": 5})
    caller("PATCH", path, {"Phone": "2", "Flag__c": True, "Score__c": 5.0})
    assert changes(caller)[1:] == [("Phone", "Phone", "1", "2"), ("Score__c", "Double", None, 5.0), ("Flag__c", "Boolean", False, True)]
    row = next(row for row in caller.org.admin.rows("AccountHistory") if row["Field"] == "Flag__c")
    status, body = caller("GET", f"/sobjects/AccountHistory/{row['Id']}")
    assert (status, body["OldValue"], body["NewValue"]) == (200, False, True)


def test_a_lookup_leaves_two_rows_names_and_ids(make: Any) -> None:
    caller = plain(make)
    parent = caller.org.admin.create("Account", Name="Parent")
    _, made = caller("POST", "/sobjects/Account", {"Name": "a"})
    caller("PATCH", f"/sobjects/Account/{made['id']}", {"ParentId": parent, "OwnerId": caller.org.admin_user_id})
    found = [change for change in changes(caller) if change[0] != "created"]
    owner, admin = caller.org.integration_user_id, caller.org.admin_user_id
    assert sorted(found, key=str) == sorted([
        ("Parent", "Text", None, "Parent"), ("Parent", "EntityId", None, parent), ("Owner", "Text", "Sync Integration", "Ada Admin"), ("Owner", "EntityId", owner, admin),
    ], key=str)  # fmt: skip


def test_long_values_are_told_of_and_not_kept(make: Any) -> None:
    caller = plain(make, NOTES)
    _, made = caller("POST", "/sobjects/Account", {"Name": "a", "Notes__c": "short"})
    caller("PATCH", f"/sobjects/Account/{made['id']}", {"Notes__c": "x" * 256})
    assert changes(caller)[1:] == [("Notes__c", "StringPlusClob", None, None)]


def test_a_refused_update_leaves_no_history(make: Any) -> None:
    caller = plain(make)
    _, made = caller("POST", "/sobjects/Account", {"Name": "a"})
    assert caller("PATCH", f"/sobjects/Account/{made['id']}", {"Phone": "2", "OwnerId": "005000000000000AAA"})[0] >= 400
    assert len(changes(caller)) == 1


def test_twenty_fields_are_tracked_at_most(make: Any) -> None:
    fields = [Field(f"T{n:02d}__c", "string", f"T{n}", length=20, tracked=True, custom=True) for n in range(30)]
    caller = make(*fields, fields=tuple(replace(f, tracked=False) for f in make().org.schema.objects["account"].fields))
    _, made = caller("POST", "/sobjects/Account", {"Name": "a"})
    caller("PATCH", f"/sobjects/Account/{made['id']}", {f.name: "x" for f in fields})
    assert len(changes(caller)) == 1 + MOST_FIELDS == 21


def test_history_cannot_be_written(make: Any) -> None:
    caller = plain(make)
    _, made = caller("POST", "/sobjects/Account", {"Name": "a"})
    assert caller("POST", "/sobjects/AccountHistory", {"AccountId": made["id"], "Field": "Name"})[0] == 400
