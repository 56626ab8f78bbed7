"""Whatever the rights, SOQL, row GET, collections and describe tell one story, and no write gets past them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.schema.companions import with_companions
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import OrgModel
from sfchaos.org.schema.people import OBJECT_RIGHTS, PermissionSet, UserEntry

FIELDS = ("Phone", "Website", "Rating", "BillingAddress")
rights = st.lists(st.sampled_from(OBJECT_RIGHTS), unique=True).map(tuple)
fields = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from([("read",), ("read", "edit")]))
sharing = st.sampled_from(["Private", "Read", "ReadWrite"])


def ask(org: Org, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    headers = (("Authorization", f"Bearer {org.credentials.access_token}"), ("Content-Type", "application/json"))
    url = f"https://acme.my.salesforce.com/services/data/v62.0{path}"
    reply = org.handle(Request(method, url, headers, b"" if body is None else json.dumps(body).encode()))
    assert "defect" not in org.receipt.facts, org.receipt.facts["defect"]
    return reply.status, json.loads(reply.body) if reply.body else None


def made(default: str, objects: tuple[str, ...], granted: dict[str, tuple[str, ...]]) -> Org:
    standard = standard_schema()
    known = {key: o for key, o in standard.objects.items() if not o.flags.get("companionOf")}
    known["account"] = replace(known["account"], sharing=default)
    sets = {"Sync": PermissionSet({"Account": objects}, {f"Account.{name}": given for name, given in granted.items()}, ("ApiEnabled",))}
    model = OrgModel(replace(standard, objects=with_companions(known)), users=(UserEntry("sync@acme.example", permission_sets=("Sync",)),), permission_sets=sets)
    org = Org(seed=1, schema=model)
    org.admin.create("Account", Name="Theirs", Phone="1", Website="w", BillingCity="Ulm")
    org.admin.create("Account", Name="Mine", Phone="2", OwnerId=org.integration_user_id)
    return org


@settings(max_examples=60)
@given(sharing, rights, fields)
def test_every_reader_sees_the_same_rows_and_fields(default, objects, granted):
    org = made(default, objects, granted)
    ids = [row["Id"] for row in org.admin.rows("Account")]
    status, tree = ask(org, "GET", "/sobjects/Account/describe")
    shown = [field["name"] for field in tree["fields"]] if status == 200 else []
    queried, reply = ask(org, "GET", "/query?q=" + quote(f"SELECT {', '.join(shown) or 'Id'} FROM Account ORDER BY Id"))
    assert (queried == 200) == (status == 200)
    found = {row["Id"]: row for row in reply["records"]} if queried == 200 else {}
    for record in ids:
        got, row = ask(org, "GET", f"/sobjects/Account/{record}")
        assert (got == 200) == (record in found)
        if got == 200:
            assert {key: value for key, value in row.items() if key != "attributes"} == {k: v for k, v in found[record].items() if k != "attributes"}
    if status == 200:
        _, collected = ask(org, "GET", f"/composite/sobjects/Account?ids={','.join(ids)}&fields=Id")
        assert {row["Id"] for row in collected if row} == set(found)


@settings(max_examples=60)
@given(sharing, rights, fields)
def test_what_describe_and_record_access_promise_is_what_writes_do(default, objects, granted):
    org = made(default, objects, granted)
    status, tree = ask(org, "GET", "/sobjects/Account/describe")
    updateable = {field["name"] for field in tree["fields"] if field["updateable"]} if status == 200 else set()
    for record in [row["Id"] for row in org.admin.rows("Account")]:
        user = org.integration_user_id
        held = org.admin.query(f"SELECT HasEditAccess, HasDeleteAccess FROM UserRecordAccess WHERE UserId = '{user}' AND RecordId = '{record}'")[0]
        for name in ("Name", "Phone", "Website"):
            got, _ = ask(org, "PATCH", f"/sobjects/Account/{record}", {name: "9"})
            assert (got == 204) == (held["HasEditAccess"] and name in updateable)
        got, _ = ask(org, "DELETE", f"/sobjects/Account/{record}")
        assert (got == 204) == held["HasDeleteAccess"]
    got, _ = ask(org, "POST", "/sobjects/Account", {"Name": "New"})
    assert (got == 201) == (status == 200 and tree["createable"])
