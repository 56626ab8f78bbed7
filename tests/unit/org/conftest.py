"""An org and a way to call it: requests of the integration user, replies as (status, JSON)."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
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


@dataclass
class Bulk1Caller:
    """Calls of the Bulk API 1.0 by its session header; `done` lets the org's time pass."""

    org: Org
    last: Response | None = None
    fresh: str = ""  # a later session's token

    def __call__(self, method: str, path: str, body: bytes | str = b"", kind: str = "application/xml", *, token: str = "", version: str = "62.0", **headers: str) -> Response:
        sent = body.encode() if isinstance(body, str) else body
        pairs = (("X-SFDC-Session", token or self.fresh or self.org.credentials.access_token), ("Content-Type", kind), *((n.replace("_", "-"), v) for n, v in headers.items()))
        self.last = self.org.handle(Request(method, f"https://acme.my.salesforce.com/services/async/{version}{path}", pairs, sent))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        return self.last

    def job(self, operation: str = "insert", sobject: str = "Account", form: str = "CSV", *, headers: dict[str, str] | None = None, **fields: Any) -> str:
        """The id of a new job."""
        info = {"operation": operation, "object": sobject, "contentType": form, **fields}
        response = self("POST", "/job", json.dumps(info), "application/json", **(headers or {}))
        assert response.status == 201, response.body
        return str(json.loads(response.body)["id"])

    def batch(self, job: str, body: bytes | str, kind: str = "text/csv", **headers: str) -> str:
        """The path of a new batch."""
        response = self("POST", f"/job/{job}/batch", body, kind, **headers)
        assert response.status == 201, response.body
        return response.header("location").partition("62.0")[2]

    def info(self, path: str) -> dict[str, str]:
        """A jobInfo or batchInfo, as texts by name."""
        found = self("GET", path)
        assert found.status == 200, found.body
        if found.header("content-type") == "application/json":
            return {key: str(value) for key, value in json.loads(found.body).items()}
        return {child.tag.rpartition("}")[2]: child.text or "" for child in ET.fromstring(found.body)}

    def close(self, job: str, state: str = "Closed") -> Response:
        return self("POST", f"/job/{job}", f"<jobInfo><state>{state}</state></jobInfo>")

    def rows(self, path: str) -> list[list[str]]:
        """Outcomes of a CSV batch, without their header."""
        return list(csv.reader(io.StringIO(self("GET", f"{path}/result").body.decode())))[1:]

    def done(self, seconds: float = 100) -> None:
        self.org.clock.advance(seconds)
        self.org.settle()
        if seconds > 3600:
            self.fresh = self.org.sessions.open(self.org.integration_user_id, grant="password").token

    def error(self) -> tuple[int, str, str]:
        """Status, code and message of the last reply, which was refused."""
        assert self.last is not None
        if self.last.header("content-type") == "application/json":
            found = json.loads(self.last.body)
            return self.last.status, found["exceptionCode"], found["exceptionMessage"]
        root = ET.fromstring(self.last.body)
        assert root.tag == "{http://www.force.com/2009/06/asyncapi/dataload}error"
        return self.last.status, root[0].text or "", root[1].text or ""


@pytest.fixture
def bulk1(org: Org) -> Bulk1Caller:
    return Bulk1Caller(org)


class IngestJob:
    """One Bulk API 2.0 ingest job, driven over HTTP."""

    def __init__(self, caller: Caller, sobject: str = "Account", operation: str = "insert", **fields: str) -> None:
        self.caller = caller
        response = caller("POST", "/jobs/ingest", {"object": sobject, "operation": operation, **fields})
        assert response.status == 200, response.body
        self.id = caller.json["id"]
        self.path = f"/jobs/ingest/{self.id}"

    def upload(self, data: str | bytes) -> Any:
        return self.caller("PUT", f"{self.path}/batches", raw=data if isinstance(data, bytes) else data.encode(), headers=(("Content-Type", "text/csv"),))

    def close(self) -> Any:
        return self.caller("PATCH", self.path, {"state": "UploadComplete"})

    def abort(self) -> Any:
        return self.caller("PATCH", self.path, {"state": "Aborted"})

    def run(self, data: str | bytes) -> Any:
        """Upload, close, wait; what a GET says then."""
        assert self.upload(data).status == 201
        assert self.close().status == 200
        self.caller.org.clock.advance(600)
        return self.info()

    def info(self) -> Any:
        assert self.caller("GET", self.path).status == 200
        return self.caller.json

    def results(self, kind: str) -> str:
        response = self.caller("GET", f"{self.path}/{kind}")
        assert response.status == 200, response.body
        assert response.header("content-type") == "text/csv"
        return response.body.decode()


@pytest.fixture
def ingest(caller: Caller) -> Callable[..., IngestJob]:
    """`ingest(sobject, operation, **fields)`: a job that is open."""

    def make(*arguments: str, **fields: str) -> IngestJob:
        return IngestJob(caller, *arguments, **fields)

    return make
