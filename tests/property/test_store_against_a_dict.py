"""Whatever sequence of writes a client sends, the org holds what a dictionary would hold."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from sfchaos.core.messages import Request, Response
from sfchaos.org.org import Org

NAMES = st.sampled_from(["Acme", "Beta", " Beta ", "", "Zoë", "x" * 255, "x" * 256])
KEYS = st.sampled_from(["A-1", "a-1", "A-2", "B 3/4", "B%20"])
SHARED = Org(seed=11)


class OrgAgreesWithDict(RuleBasedStateMachine):
    """`model` maps id -> (name, key); keys compare without case and are unique among live rows."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        SHARED.reset()
        self.org = SHARED
        self.model: dict[str, tuple[str, str | None]] = {}
        self.deleted: set[str] = set()

    def call(self, method: str, path: str, body: Any = None) -> Response:
        from urllib.parse import quote

        url = "https://acme.my.salesforce.com/services/data/v62.0" + quote(path, safe="/?=&,%")
        headers = (("Authorization", f"Bearer {self.org.credentials.access_token}"), ("Content-Type", "application/json"))
        return self.org.handle(Request(method, url, headers, b"" if body is None else json.dumps(body).encode()))

    def holder(self, key: str) -> str | None:
        return next((record for record, (_, held) in self.model.items() if held is not None and held.lower() == key.lower()), None)

    @rule(target=ids, name=NAMES, key=st.none() | KEYS)
    def create(self, name: str, key: str | None) -> Any:
        response = self.call("POST", "/sobjects/Account", {"Name": name, "External_Id__c": key})
        sound = 0 < len(name.strip()) <= 255 and (key is None or self.holder(key) is None)
        assert response.status == (201 if sound else 400)
        if not sound:
            return multiple()
        record = str(json.loads(response.body)["id"])
        assert record not in self.model
        assert record not in self.deleted
        self.model[record] = (name.strip(), key)
        return record

    @rule(record=ids, name=NAMES)
    def update(self, record: str, name: str) -> None:
        response = self.call("PATCH", f"/sobjects/Account/{record}", {"Name": name})
        if record in self.deleted:
            assert response.status == 404
        elif 0 < len(name.strip()) <= 255:
            assert response.status == 204
            self.model[record] = (name.strip(), self.model[record][1])
        else:
            assert response.status == 400

    @rule(target=ids, key=KEYS, name=NAMES)
    def upsert(self, key: str, name: str) -> Any:
        from urllib.parse import quote

        response = self.call("PATCH", f"/sobjects/Account/External_Id__c/{quote(key, safe='')}", {"Name": name})
        holder = self.holder(key)
        if not 0 < len(name.strip()) <= 255:
            assert response.status == 400
            return multiple()
        assert response.status == (200 if holder else 201)
        record = str(json.loads(response.body)["id"])
        assert holder in (None, record)
        self.model[record] = (name.strip(), self.model[record][1] if holder else key)
        return multiple() if holder else record

    @rule(record=consumes(ids) | ids)
    def delete(self, record: str) -> None:
        response = self.call("DELETE", f"/sobjects/Account/{record}")
        assert response.status == (404 if record in self.deleted else 204)
        self.model.pop(record, None)
        self.deleted.add(record)

    @rule(rows=st.lists(st.tuples(NAMES, st.none() | KEYS), min_size=1, max_size=4))
    def create_all_or_none(self, rows: list[tuple[str, str | None]]) -> None:
        records = [{"attributes": {"type": "Account"}, "Name": name, "External_Id__c": key} for name, key in rows]
        items = json.loads(self.call("POST", "/composite/sobjects", {"allOrNone": True, "records": records}).body)
        keys = [key.lower() for _, key in rows if key is not None]
        sound = all(0 < len(name.strip()) <= 255 for name, _ in rows) and len(keys) == len(set(keys)) and not any(map(self.holder, keys))
        assert [item["success"] for item in items] == [sound] * len(rows)
        if sound:
            self.model.update({item["id"]: (name.strip(), key) for item, (name, key) in zip(items, rows, strict=True)})

    @invariant()
    def rows_agree(self) -> None:
        found = {row["Id"]: (row["Name"], row["External_Id__c"]) for row in self.org.admin.rows("Account")}
        assert found == self.model


OrgAgreesWithDict.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestOrgAgreesWithDict = OrgAgreesWithDict.TestCase
