"""What a reference client works with: the org's address and secrets, HTTP without any help, a logger, a list of rejects.

The requests go through urllib3 itself, so that the same door, clock and capture that a target meets are proved as well.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

DATA = "/services/data/v62.0"
PASSING = frozenset({0, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Reply:
    """What came back; status 0 when the line dropped."""

    status: int
    text: str = ""
    retry_after: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def passes(self) -> bool:
        """A refusal that may be over soon."""
        return self.status in PASSING

    @property
    def data(self) -> Any:
        return json.loads(self.text) if self.text else {}

    @property
    def code(self) -> str:
        """The first error code, "" when there is none."""
        if self.ok or self.text[:1] not in ("[", "{"):
            return ""
        first = self.data[0] if isinstance(self.data, list) else self.data
        return str(first.get("errorCode") or first.get("error") or "")


def key_of(number: int) -> str:
    return f"P-{number:03}"


def name_of(number: int) -> str:
    return f"Person number {number}"


@dataclass
class Desk:
    """`env` are the names that every target gets; `rows` is how many people there are to bring over."""

    env: Mapping[str, str]
    log: logging.Logger
    rows: int = 0
    token: str = ""
    rejects: list[dict[str, str]] = field(default_factory=list)
    pool: PoolManager = field(default_factory=lambda: PoolManager(retries=False))

    def __post_init__(self) -> None:
        self.token = self.token or self.env["SF_ACCESS_TOKEN"]

    # ------------------------------------------------------------------ requests, once each

    def send(self, method: str, path: str, body: str = "", *, kind: str = "application/json") -> Reply:
        return self._sent(method, f"{self.env['SF_INSTANCE_URL']}{DATA}{path}", body, {"Authorization": f"Bearer {self.token}", "Content-Type": kind})

    def upsert(self, number: int, *, name: str = "") -> Reply:
        return self.send("PATCH", f"/sobjects/Contact/External_Id__c/{key_of(number)}", json.dumps({"LastName": name or name_of(number)}))

    def create(self, number: int) -> Reply:
        """By a key that need not be unique, so that a second create works too."""
        return self.send("POST", "/sobjects/Contact", json.dumps({"LastName": name_of(number), "Legacy_Id__c": key_of(number)}))

    def find(self, number: int, *, more: str = "") -> Reply:
        soql = f"SELECT Id FROM Contact WHERE Legacy_Id__c = '{key_of(number)}'"
        return self.send("GET", f"/query?q={quote(soql)}{more}")

    def refresh(self) -> Reply:
        """Ask for a new token and, if it is granted, use it from now on."""
        env = self.env
        form = {"grant_type": "refresh_token", "client_id": env["SF_CLIENT_ID"], "client_secret": env["SF_CLIENT_SECRET"], "refresh_token": env["SF_REFRESH_TOKEN"]}
        reply = self._sent("POST", f"{env['SF_LOGIN_URL']}/services/oauth2/token", urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})
        if reply.ok:
            self.token = str(reply.data["access_token"])
        return reply

    def _sent(self, method: str, url: str, body: str, headers: Mapping[str, str]) -> Reply:
        try:
            reply = self.pool.request(method, url, body=body.encode() or None, headers=dict(headers))
        except HTTPError:
            return Reply(0)
        return Reply(reply.status, reply.data.decode(), reply.headers.get("Retry-After", ""))

    # ------------------------------------------------------------------ what is said

    def told(self, what: str, reply: Reply) -> Reply:
        """One line: INFO for a success, ERROR for a failure."""
        if reply.ok:
            self.log.info("%s: done", what)
        else:
            self.log.error("%s: failed with %s %s", what, reply.status, reply.code)
        return reply

    def reject(self, number: int, reply: Reply) -> None:
        self.rejects.append({"key": key_of(number), "code": reply.code, "status": "rejected"})


def patiently(desk: Desk, number: int, waits_s: Sequence[float], *, name: str = "") -> Reply:
    """Upsert one person, again after each of `waits_s` while the refusal is a passing one; what came of it is logged."""
    reply = desk.upsert(number, name=name)
    for wait_s in waits_s:
        if not reply.passes:
            break
        time.sleep(wait_s)
        reply = desk.upsert(number, name=name)
    return desk.told(f"upsert of Contact {key_of(number)}", reply)
