"""Lists without values, children, objects and fields by name: every door tells of the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

NAMES = ("ann", "bob")
FIELDS = ("Name", "Phone", "Fax", "Website", "Description")


# ---------------------------------------------------------------------- rows without their values


def _updated(user: Any) -> None:
    user.org.clock.advance(120)
    user.ask("GET", f"/sobjects/Account/updated?start={quote('2026-01-01T00:00:00Z')}&end={quote('2026-01-16T00:00:00Z')}")
    assert user.status == 200


def _shares(user: Any) -> None:
    user.soql("SELECT AccountId, UserOrGroupId FROM AccountShare")


def _histories(user: Any) -> None:
    user.soql("SELECT AccountId, Field FROM AccountHistory WHERE Field = 'created'")


def _record_access(user: Any) -> None:
    held = ", ".join(f"'{record}'" for record in user.ids.values())
    me = user.org.admin.rows("User", Username=f"{user.name}@acme.example")[0]["Id"]
    rows = user.soql(f"SELECT RecordId, HasReadAccess FROM UserRecordAccess WHERE UserId = '{me}' AND RecordId IN ({held})")["records"]
    user.told[:] = [row["RecordId"] for row in rows if row["HasReadAccess"]]


def _recent(user: Any) -> None:
    for record in user.ids.values():
        user.ask("GET", f"/sobjects/Account/{record}")
    user.told.clear()
    user.soql("SELECT Id FROM Account FOR VIEW")
    user.ask("GET", "/recent")
    user.ask("GET", "/sobjects/Account")


LISTS: dict[str, Callable[[Any], None]] = {
    "getUpdated": _updated, "shares": _shares, "history": _histories, "UserRecordAccess": _record_access, "recent": _recent,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("door", LISTS)
def test_every_list_names_the_same_accounts(users: dict[str, Any], door: str, name: str) -> None:
    LISTS[door](users[name])
    assert users[name].told_ids() == {*users[name].rows}


@pytest.mark.parametrize("name", NAMES)
def test_deleted_rows_are_named_to_those_who_saw_them(users: dict[str, Any], name: str) -> None:
    user = users[name]
    for record in user.ids.values():
        user.org.admin.delete("Account", record)
    user.org.clock.advance(120)
    user.ask("GET", f"/sobjects/Account/deleted?start={quote('2026-01-01T00:00:00Z')}&end={quote('2026-01-16T00:00:00Z')}")
    user.soql("SELECT Id FROM Account WHERE IsDeleted = true", "queryAll")
    assert user.status == 200
    assert user.told_ids() <= set(user.rows)
    assert name in user.told_ids()


# ---------------------------------------------------------------------- children, and an object that one of them lacks


@pytest.mark.parametrize("name", NAMES)
def test_children_go_with_their_parents(users: dict[str, Any], name: str) -> None:
    user = users[name]
    fields = ", ".join(user.contact_fields)
    asks: list[Callable[[], Any]] = [
        lambda: user.soql(f"SELECT {fields} FROM Contact"), lambda: user.soql(f"SELECT Id, (SELECT {fields} FROM Contacts) FROM Account"),
        lambda: [user.ask("GET", f"/sobjects/Account/{record}/Contacts?fields={fields.replace(' ', '')}") for record in user.ids.values()],
        lambda: [user.ask("GET", f"/sobjects/Contact/{record}") for record in user.contacts.values()],
        lambda: user.ask("GET", f"/composite/sobjects/Contact?ids={','.join(user.contacts.values())}&fields={fields.replace(' ', '')}"),
        lambda: [user.ask("GET", f"/ui-api/records/{record}?fields={','.join('Contact.' + f for f in user.contact_fields)}") for record in user.contacts.values()],
        lambda: user.ask("POST", "/graphql", {"query": "{ uiapi { query { Contact { edges { node { " + " ".join(f"{f} {{ value }}" for f in user.contact_fields) + " } } } } } }"}),
    ]  # fmt: skip
    for index, ask in enumerate(asks):
        user.told.clear()
        ask()
        assert user.words() == {f"{row}-{f.lower()}" for row in user.rows for f in user.contact_fields}, index


@pytest.mark.parametrize("name", NAMES)
def test_an_object_without_a_right_to_it_is_nowhere(users: dict[str, Any], name: str) -> None:
    user, sees = users[name], name == "ann"
    deals = user.org.admin.rows("Opportunity")
    answers = {
        "describe": user.ask("GET", "/sobjects/Opportunity/describe") and user.status, "object": user.ask("GET", "/sobjects/Opportunity") and user.status,
        "row": user.ask("GET", f"/sobjects/Opportunity/{deals[0]['Id']}") and user.status,
        "query": user.soql("SELECT Name FROM Opportunity") and user.status,
        "subquery": user.soql("SELECT Id, (SELECT Name FROM Opportunities) FROM Account") and user.status,
        "semi-join": user.soql("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity)") and user.status,
        "layouts": user.ask("GET", "/sobjects/Opportunity/describe/layouts") and user.status,
        "compact layouts": user.ask("GET", "/sobjects/Opportunity/describe/compactLayouts") and user.status,
        "UI object": user.ask("GET", "/ui-api/object-info/Opportunity") and user.status, "UI row": user.ask("GET", f"/ui-api/records/{deals[0]['Id']}?fields=Opportunity.Name") and user.status,
        "picklists": user.ask("GET", "/ui-api/object-info/Opportunity/picklist-values/012000000000000AAA/StageName") and user.status,
        "updated": user.ask("GET", f"/sobjects/Opportunity/updated?start={quote('2026-01-01T00:00:00Z')}&end={quote('2026-01-16T00:00:00Z')}") and user.status,
        "children": user.ask("GET", f"/sobjects/Account/{user.ids[name]}/Opportunities") and user.status,
        "Bulk 2": user.ask("POST", "/jobs/query", {"operation": "query", "query": "SELECT Name FROM Opportunity"}) and user.status,
        "search": user.ask("GET", "/search?q=" + quote("FIND {ann} RETURNING Opportunity(Name)")) and user.status,
        "collection": user.ask("GET", f"/composite/sobjects/Opportunity?ids={deals[0]['Id']}&fields=Name") and user.status,
        "list views": user.ask("GET", "/sobjects/Opportunity/listviews") and user.status,
        "quick actions": user.ask("GET", "/sobjects/Opportunity/quickActions") and user.status,
    }  # fmt: skip
    assert {door for door, status in answers.items() if (status < 300) != sees} == set(), answers
    names = {"sobjects": [o["name"] for o in user.ask("GET", "/sobjects")["sobjects"]],
             "tooling": [r["QualifiedApiName"] for r in user.ask("GET", "/tooling/query?q=" + quote("SELECT QualifiedApiName FROM EntityDefinition"))["records"]],
             "UI objects": list(user.ask("GET", "/ui-api/object-info")["objects"]),
             "counts": [o["name"] for o in user.ask("GET", "/limits/recordCount?sObjects=Account,Opportunity")["sObjects"]],
             "children": [c["childSObject"] for c in user.ask("GET", "/sobjects/Account/describe")["childRelationships"]],
             "recent scopes": ["Account", *(["Opportunity"] if "Opportunity" in json.dumps(user.ask("GET", "/search/scopeOrder")) else ([] if not sees else ["Opportunity"]))]}  # fmt: skip
    assert {door for door, found in names.items() if ("Opportunity" in found) != sees} == set()
    assert {word for word in user.words() if word.endswith("-deal")} == ({f"{row}-deal" for row in user.ids} if sees else set())


# ---------------------------------------------------------------------- fields by name


@pytest.mark.parametrize("name", NAMES)
def test_every_description_names_the_same_fields(users: dict[str, Any], name: str) -> None:
    user = users[name]
    found = {
        "describe": [f["name"] for f in user.ask("GET", "/sobjects/Account/describe")["fields"]],
        "object-info": list(user.ask("GET", "/ui-api/object-info/Account")["fields"]),
        "FieldDefinition": [r["QualifiedApiName"] for r in user.ask("GET", "/tooling/query?q=" + quote(
            "SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Account'"))["records"]],
        "EntityParticle": [r["QualifiedApiName"] for r in user.ask("GET", "/tooling/query?q=" + quote(
            "SELECT QualifiedApiName FROM EntityParticle WHERE EntityDefinition.QualifiedApiName = 'Account'"))["records"]],
        "a row": [key for key in user.ask("GET", f"/sobjects/Account/{user.ids[name]}") if key != "attributes"],
    }  # fmt: skip
    for door, names in found.items():
        assert {f for f in FIELDS if f in names} == {*user.fields}, door
    layouts = json.dumps([user.ask("GET", "/sobjects/Account/describe/layouts"), user.ask("GET", "/sobjects/Account/describe/compactLayouts"),
                          user.ask("GET", "/sobjects/Account/quickActions/NewContact/describe")])  # fmt: skip
    assert {f for f in FIELDS if f'"{f}"' in layouts} <= {*user.fields}
