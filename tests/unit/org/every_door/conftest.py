"""Two users with different rights to the same rows, for tests that hold every door to the same truth.

Every value that somebody may lack the right to is a word of its own ("ann-phone"), so what a reply tells is the words in it.
"""

from __future__ import annotations

import json
import re
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
        """Of Account, that this one may read."""
        return READS[self.name]

    @property
    def rows(self) -> tuple[str, ...]:
        """By whose they are: the accounts that this one may read."""
        return ROWS[self.name]

    @property
    def contact_fields(self) -> tuple[str, ...]:
        return CONTACT_FIELDS[self.name]

    @property
    def may_hear(self) -> set[str]:
        """The words of accounts that this one may be told."""
        return {f"{row}-{name.lower()}" for row in self.rows for name in self.fields}

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
