"""Whichever door two users take to the same rows, they see the same truth, and asking for more tells no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

NAMES = ("ann", "bob")
FIELDS = ("Name", "Phone", "Fax", "Website", "Description")


# ---------------------------------------------------------------------- doors that show rows of Account


def _rows(user: Any) -> None:
    for record in user.ids.values():
        user.ask("GET", f"/sobjects/Account/{record}")
        assert (user.status == 200) == (record in {user.ids[row] for row in user.rows})


def _rows_by_fields(user: Any) -> None:
    for record in user.ids.values():
        user.ask("GET", f"/sobjects/Account/{record}?fields={','.join(user.fields)}")


def _collection(user: Any) -> None:
    user.ask("GET", f"/composite/sobjects/Account?ids={','.join(user.ids.values())}&fields={','.join(user.fields)}")
    user.ask("POST", "/composite/sobjects/Account", {"ids": list(user.ids.values()), "fields": list(user.fields)})


def _composite(user: Any) -> None:
    parts = [{"method": "GET", "url": f"/services/data/v66.0/sobjects/Account/{record}", "referenceId": f"r{i}"} for i, record in enumerate(user.ids.values())]
    user.ask("POST", "/composite", {"compositeRequest": parts})


def _batch(user: Any) -> None:
    user.ask("POST", "/composite/batch", {"batchRequests": [{"method": "GET", "url": f"v66.0/sobjects/Account/{record}"} for record in user.ids.values()]})


def _graph(user: Any) -> None:
    for record in user.ids.values():
        part = {"method": "GET", "url": f"/services/data/v66.0/sobjects/Account/{record}", "referenceId": "one"}
        user.ask("POST", "/composite/graph", {"graphs": [{"graphId": "g", "compositeRequest": [part]}]})


def _composite_query(user: Any) -> None:
    soql = quote(f"SELECT {', '.join(user.fields)} FROM Account")
    user.ask("POST", "/composite", {"compositeRequest": [{"method": "GET", "url": f"/services/data/v66.0/query?q={soql}", "referenceId": "q"}]})


def _query(user: Any) -> None:
    assert user.soql(f"SELECT {', '.join(user.fields)} FROM Account")["totalSize"] == len(user.rows)
    assert user.soql("SELECT COUNT() FROM Account")["totalSize"] == len(user.rows)


def _query_all(user: Any) -> None:
    user.soql(f"SELECT {', '.join(user.fields)} FROM Account", "queryAll")


def _all_fields(user: Any) -> None:
    user.soql("SELECT FIELDS(ALL) FROM Account LIMIT 200")


def _aggregate(user: Any) -> None:
    for name in user.fields:
        if name != "Description":  # a long text that cannot be grouped
            user.soql(f"SELECT {name}, COUNT(Id) FROM Account GROUP BY {name}")
        else:
            user.soql("SELECT Description FROM Account")


def _through_children(user: Any) -> None:
    user.soql(f"SELECT {', '.join(f'Account.{name}' for name in user.fields)} FROM Contact")


def _beneath_a_semi_join(user: Any) -> None:
    user.soql(f"SELECT {', '.join(user.fields)} FROM Account WHERE Id IN (SELECT AccountId FROM Contact)")


def _relationships(user: Any) -> None:
    for contact in user.contacts.values():
        user.ask("GET", f"/sobjects/Contact/{contact}/Account")


def _ui_records(user: Any) -> None:
    asked = ",".join(f"Account.{name}" for name in user.fields)
    for record in user.ids.values():
        user.ask("GET", f"/ui-api/records/{record}?fields={asked}")


def _ui_batch(user: Any) -> None:
    asked = ",".join(f"Account.{name}" for name in FIELDS)
    user.ask("GET", f"/ui-api/records/batch/{','.join(user.ids.values())}?optionalFields={asked}")


def _graphql(user: Any) -> None:
    node = " ".join(f"{name} {{ value }}" for name in user.fields)
    user.ask("POST", "/graphql", {"query": f"{{ uiapi {{ query {{ Account {{ edges {{ node {{ Id {node} }} }} totalCount }} }} }} }}"})


def _bulk_query(user: Any) -> None:
    job = user.ask("POST", "/jobs/query", {"operation": "query", "query": f"SELECT {', '.join(user.fields)} FROM Account"})["id"]
    user.org.clock.advance(60)
    user.ask("GET", f"/jobs/query/{job}/results")


def _search(user: Any) -> None:
    found = ", ".join(user.fields)
    for name in user.ids:
        user.ask("GET", "/search?q=" + quote(f"FIND {{{name}}} IN ALL FIELDS RETURNING Account({found})"))


def _parameterized_search(user: Any) -> None:
    for name in user.ids:
        user.ask("POST", "/parameterizedSearch", {"q": name, "in": "ALL", "sobjects": [{"name": "Account", "fields": list(user.fields)}]})


DOORS: dict[str, Callable[[Any], None]] = {
    "rows": _rows, "rows by fields": _rows_by_fields, "collections": _collection, "composite": _composite, "batch": _batch, "graph": _graph,
    "query in a composite": _composite_query, "query": _query, "queryAll": _query_all, "FIELDS(ALL)": _all_fields, "aggregates": _aggregate,
    "parents in SOQL": _through_children, "semi-join": _beneath_a_semi_join, "relationships": _relationships, "UI API records": _ui_records,
    "UI API batch": _ui_batch, "GraphQL": _graphql, "Bulk 2 query": _bulk_query, "search": _search, "parameterizedSearch": _parameterized_search,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("door", DOORS)
def test_every_door_shows_the_same_accounts(users: dict[str, Any], door: str, name: str) -> None:
    DOORS[door](users[name])
    assert users[name].words() == users[name].may_hear


# ---------------------------------------------------------------------- asking for what one may not see


def _all_of_graphql(user: Any) -> None:
    for name in FIELDS:
        user.ask("POST", "/graphql", {"query": f"{{ uiapi {{ query {{ Account {{ edges {{ node {{ {name} {{ value }} }} }} }} }} }} }}"})


def _all_of_soql(user: Any) -> None:
    for name in FIELDS:
        for text in (f"SELECT {name} FROM Account", f"SELECT Account.{name} FROM Contact", f"SELECT Id, (SELECT LastName, Account.{name} FROM Contacts) FROM Account",
                     f"SELECT MAX({name}) m FROM Account", f"SELECT toLabel({name}) FROM Account", f"SELECT Id FROM Account ORDER BY {name}",
                     f"SELECT TYPEOF What WHEN Account THEN {name} END FROM Task"):  # fmt: skip
            user.soql(text)


def _filters(user: Any) -> None:
    """A filter on a hidden field would tell its value by what it finds."""
    for name in set(FIELDS) - set(user.fields):
        for row in user.ids:
            value = f"{row}-{name.lower()}"
            for text in (f"SELECT Id FROM Account WHERE {name} = '{value}'", f"SELECT Id FROM Contact WHERE Account.{name} LIKE '{value}%'",
                         f"SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE {name} = '{value}')",
                         f"SELECT COUNT(Id) n FROM Account GROUP BY Name HAVING MAX({name}) = '{value}'"):  # fmt: skip
                assert user.soql(text)[0]["errorCode"] in ("INVALID_FIELD", "MALFORMED_QUERY"), text
    user.told.clear()  # errors repeat the statement


def _fields_of_rows(user: Any) -> None:
    for record in user.ids.values():
        for name in FIELDS:
            user.ask("GET", f"/sobjects/Account/{record}?fields={name}")
            user.ask("GET", f"/ui-api/records/{record}?fields=Account.{name}")
            user.ask("GET", f"/ui-api/records/{record}?optionalFields=Account.{name}")
            user.ask("GET", f"/composite/sobjects/Account?ids={record}&fields={name}")
    for contact in user.contacts.values():
        for name in FIELDS:
            user.ask("GET", f"/sobjects/Contact/{contact}/Account?fields={name}")


def _bulk(user: Any) -> None:
    for name in FIELDS:
        job = user.ask("POST", "/jobs/query", {"operation": "query", "query": f"SELECT {name} FROM Account"})
        if user.status == 200:
            user.org.clock.advance(60)
            user.ask("GET", f"/jobs/query/{job['id']}/results")


def _searches(user: Any) -> None:
    for row in user.ids:
        for name in FIELDS:
            user.ask("GET", "/search?q=" + quote(f"FIND {{{row}}} IN ALL FIELDS RETURNING Account({name})"))
            user.ask("GET", f"/parameterizedSearch?q={row}&sobject=Account&Account.fields={name}")
        user.ask("GET", f"/search/suggestions?q={row}&sobject=Account")


def _history(user: Any) -> None:
    admin = user.org.admin
    for row, record in user.ids.items():
        admin.update("Account", record, Phone=f"{row}-phone2", Website=f"{row}-website2")
        admin.update("Account", record, Phone=f"{row}-phone", Website=f"{row}-website")
    user.soql("SELECT Field, OldValue, NewValue FROM AccountHistory")
    user.soql("SELECT Id, (SELECT Field, OldValue, NewValue FROM Histories) FROM Account")
    for entry in admin.rows("AccountHistory"):
        user.ask("GET", f"/sobjects/AccountHistory/{entry['Id']}")


NOSY: dict[str, Callable[[Any], None]] = {
    "GraphQL": _all_of_graphql, "SOQL": _all_of_soql, "filters": _filters, "rows": _fields_of_rows, "Bulk 2": _bulk, "search": _searches, "history": _history,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("door", NOSY)
def test_asking_for_more_tells_no_more(users: dict[str, Any], door: str, name: str) -> None:
    NOSY[door](users[name])
    told = {word for word in users[name].words() if not word.endswith(("-lastname", "-email"))}
    assert told <= users[name].may_hear


def test_a_value_that_is_searched_for_is_not_found_in_a_hidden_field(users: dict[str, Any]) -> None:
    admin = users["bob"].org.admin
    admin.update("Account", users["bob"].ids["bob"], Phone="0301234567", Description="quetzal")
    for word, finds in (("quetzal", 1), ("0301234567", 0)):
        reply = users["bob"].ask("GET", "/search?q=" + quote(f"FIND {{{word}}} IN ALL FIELDS RETURNING Account(Id)"))
        assert len(reply["searchRecords"]) == finds, word
