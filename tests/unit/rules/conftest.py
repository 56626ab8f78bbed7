"""Orgs with something set up on Account, and a way to call them as the integration user."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.schema.companions import with_companions
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field, SObject


@dataclass
class Caller:
    """`caller("POST", "/sobjects/Account", {...})` -> (status, body)."""

    org: Org
    version: str = "62.0"

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = (("Authorization", f"Bearer {self.org.credentials.access_token}"), ("Content-Type", "application/json"))
        extra = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        url = f"https://acme.my.salesforce.com/services/data/v{self.version}{path}"
        response = self.org.handle(Request(method, url, sent + extra, b"" if body is None else json.dumps(body).encode()))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        return response.status, json.loads(response.body) if response.body else None

    def query(self, soql: str) -> list[dict[str, Any]]:
        status, body = self("GET", "/query?q=" + soql.replace(" ", "+"))
        assert status == 200, body
        return [{k: v for k, v in row.items() if k != "attributes"} for row in body["records"]]


Make = Callable[..., Caller]


@pytest.fixture
def make() -> Make:
    """`make(Field(...), validation_rules=(...))`: a caller of an org whose Account has these fields and this setup."""

    def made(*fields: Field, **setup: Any) -> Caller:
        schema = standard_schema()
        account: SObject = replace(schema.objects["account"], **setup)
        for f in fields:
            account = account.with_field(f)
        objects = with_companions({**schema.objects, "account": account})
        return Caller(Org(schema=replace(schema, objects=objects), seed=7))

    return made
