"""An org and a way to call it: requests of the integration user, replies as (status, JSON)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from sfchaos.core.messages import Request, Response
from sfchaos.org.org import Org


@dataclass
class Caller:
    """`caller("POST", "/sobjects/Account", {...})` -> Response; `json` of the last one."""

    org: Org
    version: str = "62.0"
    last: Response | None = None

    def __call__(self, method: str, path: str, body: Any = None, *, raw: bytes = b"", version: str = "", headers: tuple[tuple[str, str], ...] = ()) -> Response:
        sent = raw if body is None else json.dumps(body).encode()
        own = {name.lower() for name, _ in headers}
        common = (("Authorization", f"Bearer {self.org.credentials.access_token}"), ("Content-Type", "application/json"))
        kept = tuple(pair for pair in common if pair[0].lower() not in own)
        url = f"https://acme.my.salesforce.com/services/data/v{version or self.version}{path}"
        self.last = self.org.handle(Request(method, url, kept + headers, sent))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        return self.last

    @property
    def json(self) -> Any:
        assert self.last is not None
        return json.loads(self.last.body)

    def create(self, sobject: str, **fields: Any) -> str:
        """The id of a row made over REST."""
        response = self("POST", f"/sobjects/{sobject}", fields)
        assert response.status == 201, response.body
        return str(self.json["id"])


@pytest.fixture
def org() -> Org:
    return Org(seed=7)


@pytest.fixture
def caller(org: Org) -> Caller:
    return Caller(org)
