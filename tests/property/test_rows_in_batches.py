"""Rows of a CSV written in chunks leave what the same rows leave when each is written by itself: results, rows, touches, registers.

Schemas, rows, and what stands against them (rules, locks, rights, a gate) are of chance; a chunk is four rows here, so that its edges count.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfchaos.core.gate import JobEvent, JobTurn, Refusal, RowEvent, RowTouch
from sfchaos.org.org import Org
from sfchaos.org.refusals import Refused
from sfchaos.org.rows import batch, dml
from sfchaos.org.schema.companions import with_companions
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import OrgModel
from sfchaos.org.schema.metadata import ValidationRule
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.schema.people import PermissionSet, UserEntry

STANDARD = standard_schema()
SYSTEM = tuple(f for f in STANDARD.find("Invoice__c").fields if not f.custom)
SYNC = "sync@acme.example"

MADE = {
    "Text__c": {"length": 12}, "Exact__c": {"length": 12, "case_sensitive": True, "unique": True, "external_id": True},
    "Key__c": {"length": 12, "unique": True, "external_id": True}, "Loose__c": {"length": 12, "external_id": True},
    "Needed__c": {"length": 12, "nillable": False}, "Fixed__c": {"length": 12, "updateable": False}, "Closed__c": {"createable": False, "updateable": False},
    "Number__c": {"type": "double", "precision": 6, "scale": 2, "unique": True, "external_id": True}, "Whole__c": {"type": "int", "digits": 4, "tracked": True},
    "Flag__c": {"type": "boolean", "nillable": False, "default": True}, "Day__c": {"type": "date"}, "Moment__c": {"type": "datetime"},
    "Mail__c": {"type": "email", "length": 40}, "Kind__c": {"type": "picklist", "length": 40, "picklist": ("Hot", "Cold"), "restricted_picklist": True, "default": "Hot"},
    "Kinds__c": {"type": "multipicklist", "length": 40, "picklist": ("red", "blue")}, "Serial__c": {"auto_number": "S-{000}", "createable": False, "updateable": False},
    "Account__c": {"type": "reference", "reference_to": ("Account",), "relationship_name": "Account__r", "tracked": True},
    "Any__c": {"type": "reference", "reference_to": ("Contact", "Account"), "relationship_name": "Any__r"},
    "Peer__c": {"type": "reference", "reference_to": ("Thing__c",), "relationship_name": "Peer__r", "cascade_delete": True},
    "Master__c": {"type": "reference", "reference_to": ("Account",), "relationship_name": "Master__r", "nillable": False, "cascade_delete": True},
}  # fmt: skip
# kind or field -> cells that are mostly taken, cells that are mostly not
CELLS = {
    "text": (["", "#N/A", "a", "A", " b ", "c", "d", "e", "f", "g-1", "G-1", "\u00c4", "\u00e4"], [" ", "thirteen long."]),
    "double": (["", "#N/A", "1", "1.0", "2", "2.005", "3", "4", "5"], ["x", "1e3", "99999"]), "int": (["", "#N/A", "1", "2"], ["2.5", "12345"]),
    "boolean": (["", "#N/A", "true", "No", "0"], ["perhaps"]), "date": (["", "#N/A", "2026-01-14", "2026-01-14Z"], ["2026-02-30", "soon"]),
    "datetime": (["", "2026-01-14T09:00:00Z", "2026-01-14"], ["2026-01-14T25:00:00Z"]), "email": (["", "a@example.com", "B@Example.com"], ["nobody"]),
    "picklist": (["", "#N/A", "Hot", "cold"], ["Warm"]), "multipicklist": (["", "blue;red", "red;red"], ["x" * 41]),
    "Email": (["a@example.com", "B@Example.com", ""], ["nobody", "c@example.com"]), "Name": (["a", "b", "#N/A", "c"], ["", "x" * 256]), "LastName": (["a", "b"], ["", "#N/A"]),
    "Needed__c": (["n", "m"], ["", "#N/A"]), "StageName": (["Prospecting", "Closed Won"], [""]), "CloseDate": (["2026-01-14", "2026-05-01"], ["soon", ""]),
    "Probability": (["", "40"], ["x"]), "Status": (["New", "Closed", ""], ["#N/A"]), "NumberOfEmployees": (["", "5"], ["five"]), "Amount": (["", "10", "12.345"], ["x"]),
    "AnnualRevenue": (["", "1"], ["much"]), "HasOptedOutOfEmail": (["", "true"], ["maybe"]), "CreatedDate": (["", "2020-01-01"], ["x"]),
    "Owner.Username": (["", SYNC], ["nobody@example.com", "gone@acme.example"]),
}  # fmt: skip
# places in `Side.ids`: what a cell names when nobody errs
PLACES = {"Account": (0, 1, 3, 15, 16), "Contact": (4, 5), "Thing__c": (6, 7, 8, 12, 13), "Opportunity": (9,), "Case": (15,)}
NAMED = {"Account__c": (0, 1, 3), "Any__c": (0, 4, 5), "Peer__c": (6, 7, 12), "Master__c": (0, 1), "AccountId": (0, 1), "ParentId": (0, 1), "ContactId": (4, 5),
         "ReportsToId": (4, 5), "OwnerId": (10,)}  # fmt: skip
OBJECTS = ("Thing__c", "Account", "Contact", "Opportunity", "Case")
HEADERS = {
    "Account": ["Name", "Industry", "ParentId", "External_Id__c", "NumberOfEmployees", "OwnerId", "Owner.Username", "AnnualRevenue"],
    "Contact": ["LastName", "Email", "AccountId", "Account.External_Id__c", "External_Id__c", "ReportsToId", "OwnerId", "HasOptedOutOfEmail"],
    "Opportunity": ["Name", "StageName", "CloseDate", "Amount", "Probability", "AccountId"], "Case": ["Subject", "Status", "ContactId", "AccountId"],
    "Thing__c": ["Name", *MADE, "Account__r.External_Id__c", "Any__r.Email", "Contact:Any__r.External_Id__c", "Peer__r.Key__c", "OwnerId", "CreatedDate"],
}  # fmt: skip
VERBS = ("create", "update", "upsert", "delete")


@dataclass
class Stop:
    """A gate that refuses every third row, and remembers what it was asked."""

    asked: list[RowEvent] = field(default_factory=list)

    def row(self, event: RowEvent) -> Refusal | None:
        self.asked.append(event)
        return Refusal("UNABLE_TO_LOCK_ROW", "busy", (), None, {}) if len(self.asked) % 3 == 0 else None

    def job(self, event: JobEvent) -> JobTurn | None:
        return None


@dataclass
class Setup:
    """What stands against rows, and what is written. Ids in `cells` are `@` and a place in `Pair.ids`."""

    names: tuple[str, ...]
    sharing: str
    as_sync: bool
    gate: bool
    rule: bool
    locked: bool
    armed: bool
    room: bool
    writes: list[tuple[str, str, str, tuple[str, ...], list[list[str]]]] = field(default_factory=list)


def thing(names: tuple[str, ...], sharing: str, rule: bool) -> SObject:
    fields = tuple(Field(name, custom=True, **{"type": "string", **MADE[name]}) for name in names)
    rules = (ValidationRule("No_B", 'Name = "b"', "no b"),) if rule else ()
    return SObject("Thing__c", "Thing", "Things", "a77", (*SYSTEM, *fields), custom=True, sharing=sharing, validation_rules=rules)


def schema_of(setup: Setup) -> Schema:
    known = {key: o for key, o in STANDARD.with_object(thing(setup.names, setup.sharing, setup.rule)).objects.items() if not o.flags.get("companionOf")}
    return replace(STANDARD, objects=with_companions(known))


@st.composite
def setups(draw: st.DrawFn) -> Setup:
    names = tuple(draw(st.lists(st.sampled_from(sorted(MADE)), unique=True, max_size=7)))
    against = draw(st.lists(st.sampled_from(["gate", "gate", "rule", "locked", "armed", "room", "sync"]), max_size=1))
    sharing = draw(st.sampled_from(["ReadWrite", "ReadWrite", "ReadWrite", "Private", "Read"]))
    setup = Setup(names, sharing, *(word in against for word in ("sync", "gate", "rule", "locked", "armed", "room")))
    for _ in range(draw(st.integers(1, 4))):
        sobject, verb = draw(st.sampled_from(OBJECTS)), draw(st.sampled_from(VERBS))
        possible = [name for name in HEADERS[sobject] if sobject != "Thing__c" or name.partition(".")[0].rpartition(":")[2].replace("__r", "__c") in (*names, "Name", "OwnerId")]
        keys = [name for name in possible if name in ("External_Id__c", "Key__c", "Exact__c", "Number__c", "Loose__c", "Email")] or ["Id"]
        key = draw(st.sampled_from(keys)) if verb == "upsert" else ""
        header = [] if verb == "delete" else draw(st.lists(st.sampled_from(possible), unique=True, max_size=5))
        header += [key] if key and key not in header else []
        header += ["Id"] if verb in ("update", "delete") else []
        if verb in ("create", "upsert"):
            header += [name for name in ("Name", "LastName", "StageName", "CloseDate", "Needed__c", "Master__c") if name in possible and name not in header]
        if not draw(st.sampled_from([True, False, False])):  # columns that nobody may write send every row its own way
            header = [name for name in header if name not in ("Closed__c", "Serial__c", "Fixed__c", "CreatedDate")]
        if header:
            rows = draw(st.lists(st.tuples(*[cell(name, sobject) for name in header]).map(list), min_size=1, max_size=10))
            setup.writes.append((verb, sobject, key, tuple(header), rows))
    return setup


def cell(name: str, sobject: str) -> st.SearchStrategy[str]:
    kind = MADE.get(name, {}).get("type", "")
    if name == "Id":
        return mostly([f"@{n}" for n in PLACES[sobject]], [*(f"@{n}" for n in range(15)), "", "#N/A", "nonsense"])
    if name in NAMED:
        return mostly(["", *(f"@{n}" for n in NAMED[name])], [*(f"@{n}" for n in range(15)), "#N/A", "nonsense", "001000000000000AAA"])
    sound, doubtful = CELLS.get(name) or CELLS.get("Email" if name == "Any__r.Email" else kind) or CELLS["text"]
    return mostly(sound, doubtful)


def mostly(sound: list[str], doubtful: list[str]) -> st.SearchStrategy[str]:
    return st.integers(0, 11).flatmap(lambda n: st.sampled_from(sound if n else doubtful))


@dataclass
class Side:
    """One of the two orgs. `ids` are those that cells may name: rows of several objects, one of them deleted."""

    org: Org
    user_id: str
    ids: list[str]
    gate: Stop | None


def side(setup: Setup) -> Side:
    fields = {f"Thing__c.{name}": ("read", "edit") for name in setup.names if name != "Loose__c"}
    granted = PermissionSet({"Thing__c": ("read", "create", "edit", "delete"), "Account": ("read", "create", "edit")}, fields)
    users = (UserEntry("boss@acme.example", profile="System Administrator"), UserEntry(SYNC, permission_sets=("Sync",)), UserEntry("gone@acme.example", active=False))
    org = Org(seed=5, schema=OrgModel(schema_of(setup), users=users, permission_sets={"Sync": granted}))
    user = {row["Username"]: row["Id"] for row in org.admin.rows("User")}
    user_id = user[SYNC] if setup.as_sync else org.integration_user_id
    accounts = org.admin.create_many("Account", [{"Name": "one", "External_Id__c": "a"}, {"Name": "two", "External_Id__c": "b"}, {"Name": "gone", "External_Id__c": "c"}])
    contacts = org.admin.create_many("Contact", [{"LastName": "x", "External_Id__c": "a", "AccountId": accounts[0], "Email": "a@example.com"}, {"LastName": "y", "Email": "b@example.com"}])
    org.admin.delete("Account", accounts[2])
    needed = {name: value for name, value in (("Needed__c", "n"), ("Master__c", accounts[0])) if name in setup.names}
    keys = [{name: value for name in setup.names if name in ("Key__c", "Exact__c", "Loose__c")} for value in ("a", "b", "\u00e4")]
    things = org.admin.create_many("Thing__c", [{"Name": name, **needed, **more} for name, more in zip("xyz", keys, strict=True)])
    org.admin.update("Thing__c", things[1], OwnerId=user[SYNC])
    if "Peer__c" in setup.names:
        org.admin.update("Thing__c", things[1], Peer__c=things[0])
    others = org.admin.create_many("Opportunity", [{"Name": "o", "StageName": "Prospecting", "CloseDate": "2026-02-01", "AccountId": accounts[1]}])
    if setup.locked:
        org.locks.lock(things[0], org.now_s() + 60)
    if setup.armed:
        org.world.add_validation("Thing__c", "Name", "not now", org.now_s() + 60)
    if setup.room:
        org.limits.configure({"DataStorageMB": 1})
        org.admin.populate("Account", 505)
    gate = Stop() if setup.gate else None
    org.gate = gate
    return Side(org, user_id, [*accounts, accounts[0][:15], *contacts, *things, *others, user[SYNC], user["gone@acme.example"], things[0][:-4] + "4" + things[0][-3:], things[0][:15], things[1],
            *org.admin.create_many("Account", [{"Name": "p"}, {"Name": "q"}])], gate)


def carried_out(s: Side, setup: Setup, *, in_batches: bool) -> list[Any]:
    told: list[Any] = []
    for verb, sobject, key, header, rows in setup.writes:
        cells = [[s.ids[int(text[1:])] if text[:1] == "@" else text for text in row] for row in rows]
        touches: list[RowTouch] = []
        how: dict[str, Any] = {"user_id": s.user_id, "key_field": key, "job_id": "7505e00000000001AAA", "first_position": 7, "touches": touches}
        try:
            with s.org.store.unit():
                if in_batches:
                    told.append(s.org.dml.write_cells(verb, sobject, header, cells, **how))
                else:
                    told.append(s.org.dml.write(verb, sobject, [dict(zip(header, row, strict=True)) for row in cells], form="csv", **how))
        except Refused as refused:
            told.append(str(refused))
        told.append(touches)
    return [*told, s.gate.asked if s.gate else ()]


@settings(max_examples=150, deadline=None)
@given(setups())
def test_a_chunk_of_rows_leaves_what_the_rows_leave_one_by_one(setup: Setup) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "CHUNK_ROWS", 4)
        patch.setattr(dml, "CHUNK_ROWS", 4)
        one_by_one, together = side(setup), side(setup)
        expected, found = carried_out(one_by_one, setup, in_batches=False), carried_out(together, setup, in_batches=True)
    for each, other in zip(expected, found, strict=True):
        assert other == each
    assert together.org.digest() == one_by_one.org.digest()
