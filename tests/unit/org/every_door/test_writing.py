"""Every way to write asks the same rights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

NAMES = ("ann", "bob")


# ---------------------------------------------------------------------- writing


def _writes(user: Any, row: str, name: str) -> list[tuple[str, Callable[[], Any]]]:
    """Every way to set one field of one account."""
    record, url = user.ids[row], f"/services/data/v66.0/sobjects/Account/{user.ids[row]}"
    part = {"method": "PATCH", "url": url, "referenceId": "p", "body": {name: "stolen"}}
    mutation = f'mutation {{ uiapi {{ AccountUpdate(input: {{Id: "{record}", Account: {{{name}: "stolen"}}}}) {{ success }} }} }}'
    return [
        ("row", lambda: user.ask("PATCH", f"/sobjects/Account/{record}", {name: "stolen"})),
        ("POST as PATCH", lambda: user.ask("POST", f"/sobjects/Account/{record}?_HttpMethod=PATCH", {name: "stolen"})),
        ("upsert by id", lambda: user.ask("PATCH", f"/sobjects/Account/Id/{record}", {name: "stolen"})),
        ("collection", lambda: user.ask("PATCH", "/composite/sobjects", {"records": [{"attributes": {"type": "Account"}, "Id": record, name: "stolen"}]})),
        ("composite", lambda: user.ask("POST", "/composite", {"compositeRequest": [part]})),
        ("batch", lambda: user.ask("POST", "/composite/batch", {"batchRequests": [{"method": "PATCH", "url": url[15:].replace("66.0", "66.0", 1), "richInput": {name: "stolen"}}]})),
        ("graph", lambda: user.ask("POST", "/composite/graph", {"graphs": [{"graphId": "g", "compositeRequest": [part]}]})),
        ("relationship", lambda: user.ask("PATCH", f"/sobjects/Contact/{user.contacts[row]}/Account", {name: "stolen"})),
        ("UI API", lambda: user.ask("PATCH", f"/ui-api/records/{record}", {"fields": {name: "stolen"}})),
        ("GraphQL", lambda: user.ask("POST", "/graphql", {"query": mutation})),
        ("Bulk 2", lambda: _ingest(user, f"Id,{name}\n{record},stolen\n")),
    ]  # fmt: skip


def _ingest(user: Any, csv: str, operation: str = "update") -> None:
    job = user.ask("POST", "/jobs/ingest", {"object": "Account", "operation": operation})
    if user.status == 200:
        user.ask("PUT", f"/jobs/ingest/{job['id']}/batches", raw=csv.encode(), kind="text/csv")
        user.ask("PATCH", f"/jobs/ingest/{job['id']}", {"state": "UploadComplete"})
        user.org.clock.advance(120)
        user.ask("GET", f"/jobs/ingest/{job['id']}")


MAY_WRITE = {("ann", "ann", "Phone"), ("ann", "ann", "Name")}  # who, whose row, field


@pytest.mark.parametrize(("name", "row", "written"), [
    ("ann", "ann", "Name"), ("ann", "ann", "Phone"), ("ann", "ann", "Fax"), ("ann", "ann", "Website"), ("ann", "shared", "Phone"), ("ann", "hidden", "Phone"),
    ("bob", "bob", "Description"), ("bob", "bob", "Phone"), ("bob", "hidden", "Name"),
])  # fmt: skip
def test_every_way_to_write_asks_the_same_rights(users: dict[str, Any], name: str, row: str, written: str) -> None:
    user = users[name]
    for way, write in _writes(user, row, written):
        before = user.org.admin.rows("Account", Id=user.ids[row])[0]
        write()
        after = user.org.admin.rows("Account", Id=user.ids[row])[0]
        if (name, row, written) in MAY_WRITE:
            assert after[written] == "stolen", (way, user.told[-1])
            user.org.admin.update("Account", user.ids[row], **{written: before[written]})
        else:
            assert after == before, (way, user.told[-1])


@pytest.mark.parametrize("name", NAMES)
def test_every_way_to_make_or_delete_a_row_asks_the_same_rights(users: dict[str, Any], name: str) -> None:
    user, makes = users[name], name == "ann"
    ways: list[tuple[str, Callable[[], Any]]] = [
        ("row", lambda: user.ask("POST", "/sobjects/Account", {"Name": "new"})),
        ("upsert", lambda: user.ask("POST", "/sobjects/Account/Id", {"Name": "new"})),
        ("collection", lambda: user.ask("POST", "/composite/sobjects", {"records": [{"attributes": {"type": "Account"}, "Name": "new"}]})),
        ("tree", lambda: user.ask("POST", "/composite/tree/Account", {"records": [{"attributes": {"type": "Account", "referenceId": "r"}, "Name": "new"}]})),
        ("composite", lambda: user.ask("POST", "/composite", {"compositeRequest": [{"method": "POST", "url": "/services/data/v66.0/sobjects/Account", "referenceId": "p", "body": {"Name": "new"}}]})),
        ("UI API", lambda: user.ask("POST", "/ui-api/records", {"apiName": "Account", "fields": {"Name": "new"}})),
        ("GraphQL", lambda: user.ask("POST", "/graphql", {"query": 'mutation { uiapi { AccountCreate(input: {Account: {Name: "new"}}) { Record { Id } } } }'})),
        ("Bulk 2", lambda: _ingest(user, "Name\nnew\n", "insert")),
    ]  # fmt: skip
    for way, make in ways:
        before = user.org.admin.count("Account")
        make()
        assert user.org.admin.count("Account") == before + makes, (way, user.told[-1])
    for row in user.ids:
        record = user.ids[row]
        for path in (f"/sobjects/Account/{record}", f"/composite/sobjects?ids={record}", f"/ui-api/records/{record}"):
            if makes and row == "ann":
                continue
            user.ask("DELETE", path)
            assert user.org.admin.count("Account", Id=record) == 1, path
    user.ask("DELETE", f"/sobjects/Account/{user.ids[name]}")
    assert user.org.admin.count("Account", Id=user.ids[name]) == (0 if makes else 1)
