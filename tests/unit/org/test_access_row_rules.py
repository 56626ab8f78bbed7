"""Rows that rights stand on cannot be written so that somebody gives himself more than he has."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.schema.companions import with_companions
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import OrgModel
from sfchaos.org.schema.model import Field
from sfchaos.org.schema.people import PermissionSet, UserEntry

ALL = ("read", "create", "edit", "delete")


@dataclass
class Two:
    """Ann owns the account; Bob has the same rights and no share. `two("bob", "GET", path)` -> (status, body)."""

    org: Org
    tokens: dict[str, str]
    ids: dict[str, str]
    account: str

    def __call__(self, who: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = (("Authorization", f"Bearer {self.tokens[who]}"), ("Content-Type", "application/json"))
        sent = b"" if body is None else json.dumps(body).encode()
        reply = self.org.handle(Request(method, f"https://acme.my.salesforce.com/services/data/v62.0{path}", headers, sent))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        return reply.status, json.loads(reply.body) if reply.body else None

    def share(self, who: str, whom: str, level: str, **more: Any) -> tuple[int, Any]:
        row = {"AccountId": self.account, "UserOrGroupId": self.ids[whom], "AccountAccessLevel": level, "OpportunityAccessLevel": "None", "CaseAccessLevel": "None"}
        return self(who, "POST", "/sobjects/AccountShare", {**row, **more})


def made(default: str = "Private") -> Two:
    standard = standard_schema()
    known = {key: o for key, o in standard.objects.items() if not o.flags.get("companionOf")}
    known["account"] = replace(known["account"], sharing=default).with_field(
        Field("Secret__c", "encryptedstring", "Secret", length=20, custom=True, mask_type="lastFour", mask="asterisk", tracked=True))  # fmt: skip
    given = PermissionSet({"Account": ALL, "Contact": ALL}, {"Account.Phone": ("read", "edit"), "Account.Secret__c": ("read", "edit")}, ("ApiEnabled",))
    users = tuple(UserEntry(f"{name}@acme.example", permission_sets=("Sync",)) for name in ("ann", "bob", "eve"))
    org = Org(seed=7, schema=OrgModel(replace(standard, objects=with_companions(known)), users=users, permission_sets={"Sync": given}))
    ids = {name: org.admin.rows("User", Username=f"{name}@acme.example")[0]["Id"] for name in ("ann", "bob", "eve")}
    tokens = {name: org.sessions.open(user_id, grant="jwt-bearer").token for name, user_id in {**ids, "admin": org.admin_user_id}.items()}
    return Two(org, tokens, ids, org.admin.create("Account", Name="A", OwnerId=ids["ann"], Secret__c="1234-5678"))


@pytest.fixture
def two() -> Two:
    return made()


@pytest.mark.parametrize("level", ["Read", "Edit"])
def test_a_share_does_not_let_its_holder_share_on(two: Two, level: str) -> None:
    assert two.share("ann", "bob", level)[0] == 201
    assert two("bob", "GET", f"/sobjects/Account/{two.account}")[0] == 200
    status, body = two.share("bob", "bob", "Edit")
    assert (status, body[0]["errorCode"]) == (400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY")
    assert two.share("bob", "eve", "Read")[0] == 400
    assert two("eve", "GET", f"/sobjects/Account/{two.account}")[0] == 404


def test_a_share_of_another_is_neither_raised_nor_ended(two: Two) -> None:
    share = two.share("ann", "bob", "Read")[1]["id"]
    assert two("bob", "PATCH", f"/sobjects/AccountShare/{share}", {"AccountAccessLevel": "Edit"})[0] == 403
    assert two("bob", "DELETE", f"/sobjects/AccountShare/{share}")[0] == 403
    assert two("bob", "PATCH", f"/sobjects/Account/{two.account}", {"Name": "mine"})[0] == 403
    assert two("ann", "PATCH", f"/sobjects/AccountShare/{share}", {"AccountAccessLevel": "Edit"})[0] == 204
    assert two("bob", "PATCH", f"/sobjects/Account/{two.account}", {"Name": "ours"})[0] == 204
    assert two("ann", "DELETE", f"/sobjects/AccountShare/{share}")[0] == 204
    assert two("bob", "GET", f"/sobjects/Account/{two.account}")[0] == 404


def test_the_share_of_an_owner_stays(two: Two) -> None:
    owned = two.org.admin.rows("AccountShare", AccountId=two.account, RowCause="Owner")[0]["Id"]
    assert two("ann", "DELETE", f"/sobjects/AccountShare/{owned}")[0] == 403
    assert two("admin", "PATCH", f"/sobjects/AccountShare/{owned}", {"AccountAccessLevel": "Read"})[0] == 403
    assert two.share("ann", "bob", "Edit", RowCause="Owner")[0] == 403
    assert [row["AccountAccessLevel"] for row in two.org.admin.rows("AccountShare", AccountId=two.account)] == ["All"]


def test_full_access_is_not_given_by_hand(two: Two) -> None:
    status, body = two.share("ann", "bob", "All")
    assert (status, body[0]["errorCode"]) == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")


@pytest.mark.parametrize(("default", "level", "status"), [("Read", "Read", 400), ("Read", "Edit", 201), ("ReadWrite", "Edit", 400), ("Private", "Read", 201)])
def test_a_share_gives_more_than_the_default_does(default: str, level: str, status: int) -> None:
    two = made(default)
    got, body = two.share("ann", "bob", level)
    assert got == status
    if status == 400:
        named = {"Read": "Read", "ReadWrite": "Edit"}[default]
        assert body == [{"message": f"field integrity exception: unknown (trivial share level {level}, for organization with default level {named})",
                         "errorCode": "FIELD_INTEGRITY_EXCEPTION", "fields": []}]  # fmt: skip


def test_a_permission_set_is_assigned_to_a_user_once(two: Two) -> None:
    held = two.org.admin.rows("PermissionSet", Name="Sync")[0]["Id"]
    status, body = two("admin", "POST", "/sobjects/PermissionSetAssignment", {"AssigneeId": two.ids["ann"], "PermissionSetId": held})
    assert (status, body[0]["errorCode"]) == (400, "DUPLICATE_VALUE")
    assert body[0]["message"] == f"Duplicate PermissionSetAssignment. Assignee: {two.ids['ann']}; Permission Set: {held}"
    assert two.org.admin.count("PermissionSetAssignment", AssigneeId=two.ids["ann"], PermissionSetId=held) == 1


def test_a_history_keeps_no_value_of_an_encrypted_field(two: Two) -> None:
    assert two("ann", "PATCH", f"/sobjects/Account/{two.account}", {"Secret__c": "9999-0000"})[0] == 204
    rows = two("ann", "GET", "/query?q=SELECT+Field,OldValue,NewValue+FROM+AccountHistory")[1]["records"]
    assert [(row["Field"], row["OldValue"], row["NewValue"]) for row in rows] == [("created", None, None), ("Secret__c", None, None)]


def test_the_trail_is_counted_but_not_aggregated(two: Two) -> None:
    assert two("admin", "GET", "/query?q=SELECT+COUNT()+FROM+SetupAuditTrail")[0] == 200
    status, body = two("admin", "GET", "/query?q=SELECT+COUNT(Id)+FROM+SetupAuditTrail")
    assert (status, body[0]["errorCode"]) == (400, "MALFORMED_QUERY")
