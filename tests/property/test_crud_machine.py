"""The whole life of rows against a plain dictionary: whatever a client sends, valid or not, the org holds and shows what it would.

Steps of this machine: `HYPOTHESIS_PROFILE=soak` plays ten thousand of them (the nox session `machine`); else a sample.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sfchaos.core.messages import Request, Response
from sfchaos.org.org import Org

SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
STEPS, EXAMPLES = (100, 100) if SOAK else (25, 20)  # 10,000 steps, or 500

GOOD_NAMES = ["Acme", "Beta", " Beta ", "beta", "Zoë", "O'Hara \\ Sons", "x" * 255]
NAMES = st.sampled_from([*GOOD_NAMES * 3, "", "   ", "x" * 256, None, 7])
KEYS = st.sampled_from([None, None, "A-1", "a-1", "A-2", "B 3/4", "B%20", "#N/A", "k" * 65])
EMPLOYEES = st.sampled_from([*[None, 0, 7, "12"] * 4, 3.5, "many", 2**31, True])
WHICH = st.integers(0, 7)
STRANGE_IDS = st.sampled_from(["001000000000009AAA", "003000000000001AAA", "nonsense", "0" * 15, "", "é"])
ORG = Org(seed=23)


@dataclass
class Row:
    """What the dictionary knows of a row; times are the org's seconds."""

    name: str
    key: str | None
    employees: int | None
    parent: str | None = None
    changed_s: float = 0
    deleted: bool = False
    cut: list[str] = field(default_factory=list)  # children that lost it as their parent when it was deleted


class OrgAgreesWithDict(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        ORG.reset()
        ORG.clock.advance(60)
        ORG.heal()
        self.rows: dict[str, Row] = {}
        self.before_s = ORG.now_s()
        for name, key in (("Acme", "A-1"), ("Beta", None), ("Zoë", "A-2")):
            self.create(name, key, 7)
        self.adopt(1, 0)

    # ------------------------------------------------------------------ talking

    def say(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """(status, JSON); every answer is one of Salesforce's."""
        url = "https://acme.my.salesforce.com/services/data/v62.0" + path
        headers = (("Authorization", f"Bearer {ORG.credentials.access_token}"), ("Content-Type", "application/json"))
        reply: Response = ORG.handle(Request(method, url, headers, b"" if body is None else json.dumps(body).encode()))
        assert "defect" not in ORG.receipt.facts, ORG.receipt.facts["defect"]
        assert reply.status < 500
        found = json.loads(reply.body) if reply.body else None
        if reply.status >= 400:
            assert [set(item) >= {"message", "errorCode"} for item in found] == [True] * len(found)
        return reply.status, found

    def pick(self, number: int, *, deleted: bool | None = None) -> str:
        """A row's id, or one of a row that never was."""
        ids = [record for record, row in self.rows.items() if deleted is None or row.deleted is deleted]
        return ids[number % len(ids)] if ids else "001000000000009AAA"

    def live(self) -> dict[str, Row]:
        return {record: row for record, row in self.rows.items() if not row.deleted}

    def holder(self, key: str | None) -> str | None:
        return next((record for record, row in self.live().items() if key is not None and row.key is not None and row.key.lower() == key.lower()), None)

    # ------------------------------------------------------------------ what the dictionary makes of it

    def sound(self, sent: dict[str, Any], *, creating: bool, own: str = "") -> bool:
        """Whether the org has to take these values."""
        if (creating or "Name" in sent) and not _is_name(sent.get("Name")):
            return False
        key = sent.get("External_Id__c")
        if key is not None and (len(key) > 64 or self.holder(key) not in (None, own or None)):
            return False
        return sent.get("NumberOfEmployees") in (None, 0, 7, "12") and not isinstance(sent.get("NumberOfEmployees"), bool)

    def store(self, record: str, sent: dict[str, Any]) -> None:
        row = self.rows.setdefault(record, Row("", None, None))
        row.changed_s = ORG.now_s()
        if "Name" in sent:
            row.name = sent["Name"].strip()
        if "External_Id__c" in sent:
            row.key = sent["External_Id__c"]
        if "NumberOfEmployees" in sent:
            row.employees = None if sent["NumberOfEmployees"] is None else int(sent["NumberOfEmployees"])

    def expect(self, status: int, found: Any, sound: bool, wanted: int) -> None:
        assert status == (wanted if sound else 400), found

    # ------------------------------------------------------------------ writes

    @rule(name=NAMES, key=KEYS, employees=EMPLOYEES)
    def create(self, name: Any, key: Any, employees: Any) -> None:
        sent = {"Name": name, "External_Id__c": key, "NumberOfEmployees": employees}
        status, found = self.say("POST", "/sobjects/Account", sent)
        sound = self.sound(sent, creating=True)
        self.expect(status, found, sound, 201)
        if sound:
            assert found["id"] not in self.rows
            self.store(found["id"], sent)

    @rule(number=WHICH, name=NAMES, employees=EMPLOYEES, both=st.booleans(), short=st.booleans())
    def update(self, number: int, name: Any, employees: Any, both: bool, short: bool) -> None:
        record = self.pick(number)
        sent = {"Name": name, "NumberOfEmployees": employees} if both else {"NumberOfEmployees": employees}
        status, found = self.say("PATCH", f"/sobjects/Account/{record[:15] if short else record}", sent)
        bad_json = isinstance(employees, bool) or employees in (3.5, "many") or (both and name == 7)
        if record not in self.live():
            assert status in ((400, 404) if bad_json else (404,))
            return
        sound = self.sound(sent, creating=False, own=record)
        self.expect(status, found, sound, 204)
        if sound:
            self.store(record, sent)

    @rule(key=KEYS, name=NAMES, only=st.booleans())
    def upsert(self, key: Any, name: Any, only: bool) -> None:
        text = "A-3" if key is None else key
        holder = self.holder(text)
        path = f"/sobjects/Account/External_Id__c/{quote(text, safe='')}{'?updateOnly=true' if only else ''}"
        status, found = self.say("PATCH", path, {"Name": name})
        sent = {"Name": name, "External_Id__c": text}
        if holder is None and only:
            assert status in (404, 400)
            assert status == 404 or name == 7
            return
        sound = self.sound(sent, creating=holder is None, own=holder or "") and (holder is not None or len(text) <= 64)
        self.expect(status, found, sound, 200 if holder else 201)
        if sound:
            assert (found["created"], holder in (None, found["id"])) == (holder is None, True)
            self.store(found["id"], sent if holder is None else {"Name": name})

    @rule(name=NAMES, number=WHICH, known=st.booleans())
    def upsert_by_id(self, name: Any, number: int, known: bool) -> None:
        record = self.pick(number, deleted=False) if known else "001000000000009AAA"
        status, found = self.say("PATCH", f"/sobjects/Account/Id/{record}", {"Name": name})
        if record not in self.live():
            assert status in (404, 400)
            return
        sound = _is_name(name)
        self.expect(status, found, sound, 200)
        if sound:
            self.store(record, {"Name": name})

    @rule(child=WHICH, parent=WHICH)
    def adopt(self, child: int, parent: int) -> None:
        child_id, parent_id = self.pick(child), self.pick(parent)
        status, _ = self.say("PATCH", f"/sobjects/Account/{child_id}", {"ParentId": parent_id})
        if child_id in self.live() and parent_id in self.live() and child_id not in self.line_of(parent_id):
            assert status == 204
            self.rows[child_id].parent, self.rows[child_id].changed_s = parent_id, ORG.now_s()
        else:
            assert status in (400, 404)

    def line_of(self, record: str) -> list[str]:
        """The row and those above it."""
        line = [record]
        while (above := self.rows[line[-1]].parent) is not None and above not in line:
            line.append(above)
        return line

    @rule(number=WHICH, by_key=st.booleans())
    def delete(self, number: int, by_key: bool) -> None:
        record = self.pick(number)
        row = self.rows.get(record)
        if by_key and row is not None and row.key and not row.deleted:
            status, found = self.say("DELETE", f"/sobjects/Account/External_Id__c/{quote(row.key, safe='')}")
        else:
            status, found = self.say("DELETE", f"/sobjects/Account/{record}")
        if record not in self.live():
            assert (status, found[0]["errorCode"]) == (404, "ENTITY_IS_DELETED" if row else "INVALID_CROSS_REFERENCE_KEY")
            return
        assert status == 204
        self.forget(record)

    def forget(self, record: str) -> None:
        row = self.rows[record]
        row.cut = [child for child, other in self.live().items() if other.parent == record and child != record]
        for child in row.cut:
            self.rows[child].parent = None
        row.deleted, row.changed_s = True, ORG.now_s()

    @rule(number=WHICH)
    def take_the_key_of_a_deleted_row(self, number: int) -> None:
        row = self.rows.get(self.pick(number, deleted=True))
        if row is not None and row.key:
            self.create("Heir", row.key, 7)

    @rule(child=WHICH, parent=WHICH, heir=WHICH, back=st.booleans())
    def delete_a_parent_and_fill_its_place(self, child: int, parent: int, heir: int, back: bool) -> None:
        """A child that found another parent meanwhile keeps it when the first one comes back."""
        self.adopt(self.at(self.pick(child, deleted=False)), self.at(self.pick(parent, deleted=False)))
        parent_id = self.pick(parent, deleted=False)
        children = [record for record, row in self.live().items() if row.parent == parent_id != record]
        if children:
            self.delete(self.at(parent_id), False)
            self.adopt(self.at(children[child % len(children)]), self.at(self.pick(heir, deleted=False)))
            if back:
                self.bring_back(parent_id)

    def at(self, record: str) -> int:
        """The number by which `pick` finds the row."""
        return list(self.rows).index(record) if record in self.rows else 0

    @rule(number=WHICH, gone=st.sampled_from([True, True, None]))
    def undelete(self, number: int, gone: bool | None) -> None:
        self.bring_back(self.pick(number, deleted=gone))

    def bring_back(self, record: str) -> None:
        row = self.rows.get(record)
        [result] = ORG.dml.write("undelete", "Account", [{"Id": record}], user_id=ORG.integration_user_id)
        code = result.refusals[0].code if result.refusals else "ok"
        if row is None or not row.deleted:
            assert code == "UNDELETE_FAILED"
        elif self.holder(row.key) is not None:
            assert code == "DUPLICATE_VALUE"
        else:
            assert code == "ok"
            row.deleted, row.changed_s = False, ORG.now_s()
            row.parent = row.parent if row.parent in self.live() else None
            for child in row.cut:
                if child in self.live() and self.rows[child].parent is None:
                    self.rows[child].parent = record
            row.cut = []

    # ------------------------------------------------------------------ collections

    @rule(sent=st.lists(st.tuples(NAMES, KEYS), min_size=1, max_size=4), all_or_none=st.booleans())
    def create_several(self, sent: list[tuple[Any, Any]], all_or_none: bool) -> None:
        records = [{"attributes": {"type": "Account"}, "Name": name, "External_Id__c": key} for name, key in sent]
        status, items = self.say("POST", "/composite/sobjects", {"allOrNone": all_or_none, "records": records})
        if any(name == 7 for name, _ in sent):
            assert status == 400
            return
        self.settle(items, records, all_or_none)

    def settle(self, items: Any, records: list[dict[str, Any]], all_or_none: bool) -> None:
        kept = {record: Row(**vars(row)) for record, row in self.rows.items()}
        outcomes = []
        for position, (item, record) in enumerate(zip(items, records, strict=True)):
            outcomes.append(self.sound(record, creating=True))
            if outcomes[-1]:
                self.store(item.get("id") or f"new {position}", record)
        if all_or_none and not all(outcomes):
            self.rows = kept
            outcomes = [False] * len(outcomes)
        assert [item["success"] for item in items] == outcomes

    @rule(numbers=st.lists(WHICH, min_size=1, max_size=4, unique=True), all_or_none=st.booleans())
    def delete_several(self, numbers: list[int], all_or_none: bool) -> None:
        ids = list(dict.fromkeys(self.pick(number) for number in numbers))
        _, items = self.say("DELETE", f"/composite/sobjects?ids={','.join(ids)}&allOrNone={str(all_or_none).lower()}")
        outcomes = [record in self.live() for record in ids]
        if all_or_none and not all(outcomes):
            outcomes = [False] * len(outcomes)
        assert [item["success"] for item in items] == outcomes
        for record, gone in zip(ids, outcomes, strict=True):
            if gone:
                self.forget(record)

    @rule(numbers=st.lists(WHICH, min_size=1, max_size=4))
    def retrieve_several(self, numbers: list[int]) -> None:
        ids = [self.pick(number) for number in numbers]
        status, items = self.say("GET", f"/composite/sobjects/Account?ids={','.join(ids)}&fields=Name")
        assert status == 200
        assert [item and item["Name"] for item in items] == [self.live()[record].name if record in self.live() else None for record in ids]

    # ------------------------------------------------------------------ reads

    @rule(number=WHICH)
    def read(self, number: int) -> None:
        record = self.pick(number)
        status, found = self.say("GET", f"/sobjects/Account/{record}")
        row = self.rows.get(record)
        if row is None or row.deleted:
            assert (status, found[0]["errorCode"]) == (404, "ENTITY_IS_DELETED" if row else "NOT_FOUND")
        else:
            assert _shown(found) == (row.name, row.key, row.employees, row.parent)

    @rule(text=STRANGE_IDS, method=st.sampled_from(["GET", "PATCH", "DELETE"]))
    def name_a_row_that_never_was(self, text: str, method: str) -> None:
        status, _ = self.say(method, f"/sobjects/Account/{quote(text, safe='')}", {"Name": "x"} if method == "PATCH" else None)
        assert status in (400, 404, 405) if text else status < 500

    @rule(name=NAMES)
    def query_by_name(self, name: Any) -> None:
        if not isinstance(name, str):
            return
        wanted = name.replace("\\", "\\\\").replace("'", "\\'")
        _, found = self.say("GET", "/query?q=" + quote(f"SELECT Id FROM Account WHERE Name = '{wanted}' ORDER BY Id"))
        expected = sorted(record for record, row in self.live().items() if row.name.lower() == name.strip().lower()) if name == name.strip() else None
        if expected is not None and name:
            assert sorted(row["Id"] for row in found["records"]) == expected

    @rule()
    def query_in_several_shapes(self) -> None:
        live = self.live()
        _, count = self.say("GET", "/query?q=SELECT+COUNT()+FROM+Account")
        assert count["totalSize"] == len(live)
        _, some = self.say("GET", "/query?q=" + quote("SELECT Id, NumberOfEmployees FROM Account WHERE NumberOfEmployees >= 7 ORDER BY NumberOfEmployees DESC NULLS LAST, Id LIMIT 3"))
        wanted = sorted(((row.employees, record) for record, row in live.items() if row.employees is not None and row.employees >= 7), key=lambda pair: (-pair[0], pair[1]))
        assert [(row["NumberOfEmployees"], row["Id"]) for row in some["records"]] == wanted[:3]
        _, families = self.say("GET", "/query?q=" + quote("SELECT Id, Parent.Name, (SELECT Id FROM ChildAccounts) FROM Account"))
        for found in families["records"]:
            row = live[found["Id"]]
            assert (found["Parent"] and found["Parent"]["Name"]) == (live[row.parent].name if row.parent else None)
            children = {child["Id"] for child in (found["ChildAccounts"] or {"records": []})["records"]}
            assert children == {child for child, other in live.items() if other.parent == found["Id"]}
        _, groups = self.say("GET", "/query?q=" + quote("SELECT COUNT(Id) n, SUM(NumberOfEmployees) s FROM Account"))
        known = [row.employees for row in live.values() if row.employees is not None]
        assert (groups["records"][0]["n"], groups["records"][0]["s"]) == (len(live), sum(known) if known else None)

    @rule()
    def query_all(self) -> None:
        _, found = self.say("GET", "/queryAll?q=SELECT+Id,IsDeleted+FROM+Account")
        assert {row["Id"]: row["IsDeleted"] for row in found["records"]} == {record: row.deleted for record, row in self.rows.items()}

    @precondition(lambda self: self.rows)
    @rule()
    def replicate(self) -> None:
        """After a minute has passed, everything is told exactly once: as changed, or as gone."""
        ORG.clock.advance(60)
        window = f"start={_iso(self.before_s - 60)}&end={_iso(ORG.now_s())}"
        _, updated = self.say("GET", f"/sobjects/Account/updated?{window}")
        _, deleted = self.say("GET", f"/sobjects/Account/deleted?{window}")
        assert sorted(updated["ids"]) == sorted(self.live())
        assert sorted(row["id"] for row in deleted["deletedRecords"]) == sorted(set(self.rows) - set(self.live()))

    @rule(seconds=st.sampled_from([1, 59, 3600]))
    def wait(self, seconds: int) -> None:
        ORG.clock.advance(seconds)
        ORG.heal()

    @invariant()
    def rows_agree(self) -> None:
        if hasattr(self, "rows"):
            found = {row["Id"]: _shown(row) for row in ORG.admin.rows("Account")}
            assert found == {record: (row.name, row.key, row.employees, row.parent) for record, row in self.live().items()}


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 255


def _shown(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["Name"], row["External_Id__c"], row["NumberOfEmployees"], row["ParentId"]


def _iso(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


OrgAgreesWithDict.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=not SOAK)
TestOrgAgreesWithDict = OrgAgreesWithDict.TestCase
