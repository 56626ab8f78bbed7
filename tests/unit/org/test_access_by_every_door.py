"""Two users with different rights to the same rows: whichever door they take, they see the same truth.

Every value that somebody may lack the right to is a word of its own ("ann-phone"), so what a reply tells is the words in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.schema.companions import with_companions
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import OrgModel
from sfchaos.org.schema.people import PermissionSet, UserEntry

ACCOUNTS = ("ann", "bob", "shared", "hidden")  # by whose they are; `shared` is shared with Ann
FIELDS = ("Name", "Phone", "Fax", "Website", "Description")
READS = {"ann": ("Name", "Phone", "Fax"), "bob": ("Name", "Website", "Description")}
ROWS = {"ann": ("ann", "shared"), "bob": ("bob",)}
CONTACT_FIELDS = {"ann": ("LastName", "Email"), "bob": ("LastName",)}
COMMON = {"Contact.AccountId": ("read", "edit")}
SETS = {
    "Ann": PermissionSet({"Account": ("read", "create", "edit", "delete"), "Contact": ("read", "create", "edit"), "Opportunity": ("read",)},
                         {"Account.Phone": ("read", "edit"), "Account.Fax": ("read",), "Contact.Email": ("read", "edit"), "Opportunity.AccountId": ("read",), **COMMON}, ("ApiEnabled",)),
    "Bob": PermissionSet({"Account": ("read",), "Contact": ("read",)}, {"Account.Website": ("read",), "Account.Description": ("read", "edit"), **COMMON}, ("ApiEnabled",)),
}  # fmt: skip
WORD = re.compile(r"(?:ann|bob|shared|hidden)-[a-z]+")


@dataclass
class User:
    """One who asks. `ids` are all accounts, `contacts` all contacts, by whose they are."""

    name: str
    org: Org
    token: str
    ids: dict[str, str]
    contacts: dict[str, str]
    told: list[str] = field(default_factory=list)
    status: int = 0

    @property
    def fields(self) -> tuple[str, ...]:
        return READS[self.name]

    def ask(self, method: str, path: str, body: Any = None, *, raw: bytes = b"", kind: str = "application/json", version: str = "66.0") -> Any:
        sent = raw or (b"" if body is None else json.dumps(body).encode())
        url = path if path.startswith("https:") else f"https://acme.my.salesforce.com/services/data/v{version}{path}"
        reply = self.org.handle(Request(method, url, (("Authorization", f"Bearer {self.token}"), ("Content-Type", kind), ("Accept", "*/*")), sent))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        self.status = reply.status
        text = reply.body.decode()
        self.told.append(text)
        return json.loads(text) if text[:1] in ("{", "[") else text

    def soql(self, text: str, resource: str = "query") -> Any:
        return self.ask("GET", f"/{resource}?q={quote(text)}")

    def words(self) -> set[str]:
        return {word for text in self.told for word in WORD.findall(text)}

    def told_ids(self) -> set[str]:
        text = "".join(self.told)
        return {name for name, record in self.ids.items() if record[:15] in text}


def words(name: str, fields: tuple[str, ...] = ()) -> set[str]:
    """What a user may be told of accounts."""
    return {f"{row}-{f.lower()}" for row in ROWS[name] for f in fields or READS[name]}


def contact_words(name: str) -> set[str]:
    return {f"{row}-{f.lower()}" for row in ROWS[name] for f in CONTACT_FIELDS[name]}


def model() -> OrgModel:
    standard = standard_schema()
    known = {key: o for key, o in standard.objects.items() if not o.flags.get("companionOf")}
    account = replace(known["account"], sharing="Private")
    for name in ("Phone", "Website"):
        account = account.with_field(replace(account.by_key[name.lower()], tracked=True))
    known["account"] = account
    users = tuple(UserEntry(f"{name}@acme.example", permission_sets=(name.title(),)) for name in READS)
    return OrgModel(replace(standard, objects=with_companions(known)), users=users, permission_sets=SETS)


@pytest.fixture
def users() -> dict[str, User]:
    org = Org(seed=7, schema=model())
    admin = org.admin
    who = {name: admin.rows("User", Username=f"{name}@acme.example")[0]["Id"] for name in READS}
    ids = {name: admin.create("Account", OwnerId=who.get(name, org.admin_user_id), **{f: f"{name}-{f.lower()}" for f in FIELDS}) for name in ACCOUNTS}
    org.world.share(ids["shared"], who["ann"], "Read")
    contacts = {
        name: admin.create("Contact", LastName=f"{name}-lastname", Email=f"{name}-email@x.example", AccountId=record, OwnerId=org.admin_user_id)
        for name, record in ids.items()
    }
    for name, record in ids.items():
        admin.create("Opportunity", Name=f"{name}-deal", StageName="Prospecting", CloseDate="2026-05-01", AccountId=record)
    return {name: User(name, org, org.sessions.open(user_id, grant="jwt-bearer").token, ids, contacts) for name, user_id in who.items()}


# ---------------------------------------------------------------------- doors that show rows of Account


def _rows(user: User) -> None:
    for record in user.ids.values():
        user.ask("GET", f"/sobjects/Account/{record}")
        assert (user.status == 200) == (record in {user.ids[row] for row in ROWS[user.name]})


def _rows_by_fields(user: User) -> None:
    for record in user.ids.values():
        user.ask("GET", f"/sobjects/Account/{record}?fields={','.join(user.fields)}")


def _collection(user: User) -> None:
    user.ask("GET", f"/composite/sobjects/Account?ids={','.join(user.ids.values())}&fields={','.join(user.fields)}")
    user.ask("POST", "/composite/sobjects/Account", {"ids": list(user.ids.values()), "fields": list(user.fields)})


def _composite(user: User) -> None:
    parts = [{"method": "GET", "url": f"/services/data/v66.0/sobjects/Account/{record}", "referenceId": f"r{i}"} for i, record in enumerate(user.ids.values())]
    user.ask("POST", "/composite", {"compositeRequest": parts})


def _batch(user: User) -> None:
    user.ask("POST", "/composite/batch", {"batchRequests": [{"method": "GET", "url": f"v66.0/sobjects/Account/{record}"} for record in user.ids.values()]})


def _graph(user: User) -> None:
    for record in user.ids.values():
        part = {"method": "GET", "url": f"/services/data/v66.0/sobjects/Account/{record}", "referenceId": "one"}
        user.ask("POST", "/composite/graph", {"graphs": [{"graphId": "g", "compositeRequest": [part]}]})


def _composite_query(user: User) -> None:
    soql = quote(f"SELECT {', '.join(user.fields)} FROM Account")
    user.ask("POST", "/composite", {"compositeRequest": [{"method": "GET", "url": f"/services/data/v66.0/query?q={soql}", "referenceId": "q"}]})


def _query(user: User) -> None:
    assert user.soql(f"SELECT {', '.join(user.fields)} FROM Account")["totalSize"] == len(ROWS[user.name])
    assert user.soql("SELECT COUNT() FROM Account")["totalSize"] == len(ROWS[user.name])


def _query_all(user: User) -> None:
    user.soql(f"SELECT {', '.join(user.fields)} FROM Account", "queryAll")


def _all_fields(user: User) -> None:
    user.soql("SELECT FIELDS(ALL) FROM Account LIMIT 200")


def _aggregate(user: User) -> None:
    for name in user.fields:
        if name != "Description":  # a long text that cannot be grouped
            user.soql(f"SELECT {name}, COUNT(Id) FROM Account GROUP BY {name}")
        else:
            user.soql("SELECT Description FROM Account")


def _through_children(user: User) -> None:
    user.soql(f"SELECT {', '.join(f'Account.{name}' for name in user.fields)} FROM Contact")


def _beneath_a_semi_join(user: User) -> None:
    user.soql(f"SELECT {', '.join(user.fields)} FROM Account WHERE Id IN (SELECT AccountId FROM Contact)")


def _relationships(user: User) -> None:
    for contact in user.contacts.values():
        user.ask("GET", f"/sobjects/Contact/{contact}/Account")


def _ui_records(user: User) -> None:
    asked = ",".join(f"Account.{name}" for name in user.fields)
    for record in user.ids.values():
        user.ask("GET", f"/ui-api/records/{record}?fields={asked}")


def _ui_batch(user: User) -> None:
    asked = ",".join(f"Account.{name}" for name in FIELDS)
    user.ask("GET", f"/ui-api/records/batch/{','.join(user.ids.values())}?optionalFields={asked}")


def _graphql(user: User) -> None:
    node = " ".join(f"{name} {{ value }}" for name in user.fields)
    user.ask("POST", "/graphql", {"query": f"{{ uiapi {{ query {{ Account {{ edges {{ node {{ Id {node} }} }} totalCount }} }} }} }}"})


def _bulk_query(user: User) -> None:
    job = user.ask("POST", "/jobs/query", {"operation": "query", "query": f"SELECT {', '.join(user.fields)} FROM Account"})["id"]
    user.org.clock.advance(60)
    user.ask("GET", f"/jobs/query/{job}/results")


def _search(user: User) -> None:
    found = ", ".join(user.fields)
    for name in ACCOUNTS:
        user.ask("GET", "/search?q=" + quote(f"FIND {{{name}}} IN ALL FIELDS RETURNING Account({found})"))


def _parameterized_search(user: User) -> None:
    for name in ACCOUNTS:
        user.ask("POST", "/parameterizedSearch", {"q": name, "in": "ALL", "sobjects": [{"name": "Account", "fields": list(user.fields)}]})


DOORS: dict[str, Callable[[User], None]] = {
    "rows": _rows, "rows by fields": _rows_by_fields, "collections": _collection, "composite": _composite, "batch": _batch, "graph": _graph,
    "query in a composite": _composite_query, "query": _query, "queryAll": _query_all, "FIELDS(ALL)": _all_fields, "aggregates": _aggregate,
    "parents in SOQL": _through_children, "semi-join": _beneath_a_semi_join, "relationships": _relationships, "UI API records": _ui_records,
    "UI API batch": _ui_batch, "GraphQL": _graphql, "Bulk 2 query": _bulk_query, "search": _search, "parameterizedSearch": _parameterized_search,
}  # fmt: skip


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("door", DOORS)
def test_every_door_shows_the_same_accounts(users: dict[str, User], door: str, name: str) -> None:
    DOORS[door](users[name])
    assert users[name].words() == words(name)


# ---------------------------------------------------------------------- asking for what one may not see


def _all_of_graphql(user: User) -> None:
    for name in FIELDS:
        user.ask("POST", "/graphql", {"query": f"{{ uiapi {{ query {{ Account {{ edges {{ node {{ {name} {{ value }} }} }} }} }} }} }}"})


def _all_of_soql(user: User) -> None:
    for name in FIELDS:
        for text in (f"SELECT {name} FROM Account", f"SELECT Account.{name} FROM Contact", f"SELECT Id, (SELECT LastName, Account.{name} FROM Contacts) FROM Account",
                     f"SELECT MAX({name}) m FROM Account", f"SELECT toLabel({name}) FROM Account", f"SELECT Id FROM Account ORDER BY {name}",
                     f"SELECT TYPEOF What WHEN Account THEN {name} END FROM Task"):  # fmt: skip
            user.soql(text)


def _filters(user: User) -> None:
    """A filter on a hidden field would tell its value by what it finds."""
    for name in set(FIELDS) - set(user.fields):
        for row in ACCOUNTS:
            value = f"{row}-{name.lower()}"
            for text in (f"SELECT Id FROM Account WHERE {name} = '{value}'", f"SELECT Id FROM Contact WHERE Account.{name} LIKE '{value}%'",
                         f"SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE {name} = '{value}')",
                         f"SELECT COUNT(Id) n FROM Account GROUP BY Name HAVING MAX({name}) = '{value}'"):  # fmt: skip
                assert user.soql(text)[0]["errorCode"] in ("INVALID_FIELD", "MALFORMED_QUERY"), text
    user.told.clear()  # errors repeat the statement


def _fields_of_rows(user: User) -> None:
    for record in user.ids.values():
        for name in FIELDS:
            user.ask("GET", f"/sobjects/Account/{record}?fields={name}")
            user.ask("GET", f"/ui-api/records/{record}?fields=Account.{name}")
            user.ask("GET", f"/ui-api/records/{record}?optionalFields=Account.{name}")
            user.ask("GET", f"/composite/sobjects/Account?ids={record}&fields={name}")
    for contact in user.contacts.values():
        for name in FIELDS:
            user.ask("GET", f"/sobjects/Contact/{contact}/Account?fields={name}")


def _bulk(user: User) -> None:
    for name in FIELDS:
        job = user.ask("POST", "/jobs/query", {"operation": "query", "query": f"SELECT {name} FROM Account"})
        if user.status == 200:
            user.org.clock.advance(60)
            user.ask("GET", f"/jobs/query/{job['id']}/results")


def _searches(user: User) -> None:
    for row in ACCOUNTS:
        for name in FIELDS:
            user.ask("GET", "/search?q=" + quote(f"FIND {{{row}}} IN ALL FIELDS RETURNING Account({name})"))
            user.ask("GET", f"/parameterizedSearch?q={row}&sobject=Account&Account.fields={name}")
        user.ask("GET", f"/search/suggestions?q={row}&sobject=Account")


def _history(user: User) -> None:
    admin = user.org.admin
    for row, record in user.ids.items():
        admin.update("Account", record, Phone=f"{row}-phone2", Website=f"{row}-website2")
        admin.update("Account", record, Phone=f"{row}-phone", Website=f"{row}-website")
    user.soql("SELECT Field, OldValue, NewValue FROM AccountHistory")
    user.soql("SELECT Id, (SELECT Field, OldValue, NewValue FROM Histories) FROM Account")
    for entry in admin.rows("AccountHistory"):
        user.ask("GET", f"/sobjects/AccountHistory/{entry['Id']}")


NOSY: dict[str, Callable[[User], None]] = {
    "GraphQL": _all_of_graphql, "SOQL": _all_of_soql, "filters": _filters, "rows": _fields_of_rows, "Bulk 2": _bulk, "search": _searches, "history": _history,
}  # fmt: skip


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("door", NOSY)
def test_asking_for_more_tells_no_more(users: dict[str, User], door: str, name: str) -> None:
    NOSY[door](users[name])
    told = {word for word in users[name].words() if not word.endswith(("-lastname", "-email"))}
    assert told <= words(name)


def test_a_value_that_is_searched_for_is_not_found_in_a_hidden_field(users: dict[str, User]) -> None:
    admin = users["bob"].org.admin
    admin.update("Account", users["bob"].ids["bob"], Phone="0301234567", Description="quetzal")
    for word, finds in (("quetzal", 1), ("0301234567", 0)):
        reply = users["bob"].ask("GET", "/search?q=" + quote(f"FIND {{{word}}} IN ALL FIELDS RETURNING Account(Id)"))
        assert len(reply["searchRecords"]) == finds, word


# ---------------------------------------------------------------------- rows without their values


def _updated(user: User) -> None:
    user.org.clock.advance(120)
    user.ask("GET", f"/sobjects/Account/updated?start={quote('2026-01-01T00:00:00Z')}&end={quote('2026-01-16T00:00:00Z')}")
    assert user.status == 200


def _shares(user: User) -> None:
    user.soql("SELECT AccountId, UserOrGroupId FROM AccountShare")


def _histories(user: User) -> None:
    user.soql("SELECT AccountId, Field FROM AccountHistory WHERE Field = 'created'")


def _record_access(user: User) -> None:
    held = ", ".join(f"'{record}'" for record in user.ids.values())
    me = user.org.admin.rows("User", Username=f"{user.name}@acme.example")[0]["Id"]
    rows = user.soql(f"SELECT RecordId, HasReadAccess FROM UserRecordAccess WHERE UserId = '{me}' AND RecordId IN ({held})")["records"]
    user.told[:] = [row["RecordId"] for row in rows if row["HasReadAccess"]]


def _recent(user: User) -> None:
    for record in user.ids.values():
        user.ask("GET", f"/sobjects/Account/{record}")
    user.told.clear()
    user.soql("SELECT Id FROM Account FOR VIEW")
    user.ask("GET", "/recent")
    user.ask("GET", "/sobjects/Account")


LISTS: dict[str, Callable[[User], None]] = {
    "getUpdated": _updated, "shares": _shares, "history": _histories, "UserRecordAccess": _record_access, "recent": _recent,
}  # fmt: skip


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("door", LISTS)
def test_every_list_names_the_same_accounts(users: dict[str, User], door: str, name: str) -> None:
    LISTS[door](users[name])
    assert users[name].told_ids() == set(ROWS[name])


@pytest.mark.parametrize("name", READS)
def test_deleted_rows_are_named_to_those_who_saw_them(users: dict[str, User], name: str) -> None:
    user = users[name]
    for record in user.ids.values():
        user.org.admin.delete("Account", record)
    user.org.clock.advance(120)
    user.ask("GET", f"/sobjects/Account/deleted?start={quote('2026-01-01T00:00:00Z')}&end={quote('2026-01-16T00:00:00Z')}")
    user.soql("SELECT Id FROM Account WHERE IsDeleted = true", "queryAll")
    assert user.status == 200
    assert user.told_ids() <= set(ROWS[name])
    assert name in user.told_ids()


# ---------------------------------------------------------------------- children, and an object that one of them lacks


@pytest.mark.parametrize("name", READS)
def test_children_go_with_their_parents(users: dict[str, User], name: str) -> None:
    user = users[name]
    fields = ", ".join(CONTACT_FIELDS[name])
    asks: list[Callable[[], Any]] = [
        lambda: user.soql(f"SELECT {fields} FROM Contact"), lambda: user.soql(f"SELECT Id, (SELECT {fields} FROM Contacts) FROM Account"),
        lambda: [user.ask("GET", f"/sobjects/Account/{record}/Contacts?fields={fields.replace(' ', '')}") for record in user.ids.values()],
        lambda: [user.ask("GET", f"/sobjects/Contact/{record}") for record in user.contacts.values()],
        lambda: user.ask("GET", f"/composite/sobjects/Contact?ids={','.join(user.contacts.values())}&fields={fields.replace(' ', '')}"),
        lambda: [user.ask("GET", f"/ui-api/records/{record}?fields={','.join('Contact.' + f for f in CONTACT_FIELDS[name])}") for record in user.contacts.values()],
        lambda: user.ask("POST", "/graphql", {"query": "{ uiapi { query { Contact { edges { node { " + " ".join(f"{f} {{ value }}" for f in CONTACT_FIELDS[name]) + " } } } } } }"}),
    ]  # fmt: skip
    for index, ask in enumerate(asks):
        user.told.clear()
        ask()
        assert user.words() == contact_words(name), index


@pytest.mark.parametrize("name", READS)
def test_an_object_without_a_right_to_it_is_nowhere(users: dict[str, User], name: str) -> None:
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
    assert {word for word in user.words() if word.endswith("-deal")} == ({f"{row}-deal" for row in ACCOUNTS} if sees else set())


# ---------------------------------------------------------------------- fields by name


@pytest.mark.parametrize("name", READS)
def test_every_description_names_the_same_fields(users: dict[str, User], name: str) -> None:
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
        assert {f for f in FIELDS if f in names} == set(READS[name]), door
    layouts = json.dumps([user.ask("GET", "/sobjects/Account/describe/layouts"), user.ask("GET", "/sobjects/Account/describe/compactLayouts"),
                          user.ask("GET", "/sobjects/Account/quickActions/NewContact/describe")])  # fmt: skip
    assert {f for f in FIELDS if f'"{f}"' in layouts} <= set(READS[name])


# ---------------------------------------------------------------------- writing


def _writes(user: User, row: str, name: str) -> list[tuple[str, Callable[[], Any]]]:
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


def _ingest(user: User, csv: str, operation: str = "update") -> None:
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
def test_every_way_to_write_asks_the_same_rights(users: dict[str, User], name: str, row: str, written: str) -> None:
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


@pytest.mark.parametrize("name", READS)
def test_every_way_to_make_or_delete_a_row_asks_the_same_rights(users: dict[str, User], name: str) -> None:
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
    for row in ACCOUNTS:
        record = user.ids[row]
        for path in (f"/sobjects/Account/{record}", f"/composite/sobjects?ids={record}", f"/ui-api/records/{record}"):
            if makes and row == "ann":
                continue
            user.ask("DELETE", path)
            assert user.org.admin.count("Account", Id=record) == 1, path
    user.ask("DELETE", f"/sobjects/Account/{user.ids[name]}")
    assert user.org.admin.count("Account", Id=user.ids[name]) == (0 if makes else 1)
