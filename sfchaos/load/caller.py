"""One caller of an org: logs in, names its calls, repeats what may be repeated, honours limits. Knows no Locust and no socket.

`Send` carries a call: Locust's session, plain requests, or a rig in a test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sfchaos.core import chance
from sfchaos.core.messages import Request
from sfchaos.core.operations import classify, retry_class
from sfchaos.load.guard import Budget, BudgetSpent, refuse_production
from sfchaos.load.settings import VERSION, Entry

MOST_TRIES = 8
MOST_LOGINS = 2  # in one call
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 10.0
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Reply:
    """`status` 0 is a call without a reply: reset, silence, no connection."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def codes(self) -> tuple[str, ...]:
        """Error codes of a refusal, in whatever shape it comes: array, object, or neither."""
        try:
            tree = json.loads(self.body)
        except ValueError:
            return ()
        items = tree if isinstance(tree, list) else [tree]
        found = [item.get("errorCode") or item.get("error") for item in items if isinstance(item, dict)]
        return tuple(str(code) for code in found if code)

    def json(self) -> Any:
        return json.loads(self.body)


Send = Callable[[Request, str], Reply]  # (request, its name in the statistics)


class GivenUp(Exception):
    """A call that was refused for good, or too often. `reply` is the last one."""

    def __init__(self, name: str, reply: Reply, tries: int) -> None:
        super().__init__(f"{name}: {reply.status or 'no reply'} {' '.join(reply.codes)} after {tries} tries")
        self.reply = reply


class Caller:
    """Calls as one user. `wait` takes seconds; `seed` and `name` decide the jitter, so that two runs wait alike."""

    def __init__(self, entry: Entry, send: Send, *, wait: Callable[[float], object], budget: Budget | None = None, name: str = "", seed: int = 0) -> None:
        self.entry, self.budget = entry, budget or Budget(1.0)
        self._send, self._wait, self._name, self._seed = send, wait, name, seed
        self._token = ""
        self._waits = 0

    def call(self, method: str, path: str, body: bytes = b"", *, content_type: str = "application/json") -> Reply:
        """The first good reply. `path` follows `/services/data/v62.0`, unless it is a whole one that the org gave.

        Only for what may be repeated: reads, upserts, steps of a job. Raises GivenUp, or BudgetSpent.
        """
        url = self.entry.origin + (path if path.startswith("/services/") else f"/services/data/v{VERSION}{path}")
        attempt = logins = 0
        while True:
            attempt += 1
            token = self.token()
            request = Request(method, url, (("Authorization", f"Bearer {token}"), ("Content-Type", content_type), ("Accept", "*/*")), body)
            reply = self._sent(request)
            kind = _retry_kind(reply)
            if not kind:
                return reply
            if kind == "window":
                raise BudgetSpent(f"the org refuses calls: {' '.join(reply.codes)}")
            if kind == "reauth" and self.entry.form and logins < MOST_LOGINS:
                logins += 1
                self._forget(token)
            elif kind == "backoff" and attempt < MOST_TRIES:
                self._pause(attempt, reply)
            else:
                raise GivenUp(name_of(request), reply, attempt)

    def token(self) -> str:
        """The session's token; logs in when there is none. Raises GivenUp, and UsageError when the login leads to production."""
        if not self._token:
            self._token = self._logged_in() if self.entry.form else self.entry.access_token
        return self._token

    def _forget(self, token: str) -> None:
        if self._token == token:
            self._token = ""

    def _logged_in(self) -> str:
        request = Request("POST", self.entry.origin + "/services/oauth2/token", (("Content-Type", _FORM),), urlencode(self.entry.form).encode())
        attempt = 0
        while True:
            attempt += 1
            reply = self._sent(request)
            if reply.ok:
                refuse_production(str(reply.json()["instance_url"]))
                return str(reply.json()["access_token"])
            if _retry_kind(reply) != "backoff" or attempt == MOST_TRIES:
                raise GivenUp(name_of(request), reply, attempt)
            self._pause(attempt, reply)

    def _sent(self, request: Request) -> Reply:
        reply = self._send(request, name_of(request))
        self.budget.note(reply.headers.get("Sforce-Limit-Info", ""))
        return reply

    def _pause(self, attempt: int, reply: Reply) -> None:
        """Exponential, with jitter; at least as long as Retry-After asks, up to the longest wait."""
        self._waits += 1
        jitter = 0.5 + chance.unit(self._seed, "load wait", self._name, self._waits)
        asked = reply.headers.get("Retry-After", "")
        least_s = float(asked) if asked.isdigit() else 0.0
        self._wait(min(LONGEST_WAIT_S, max(least_s, FIRST_WAIT_S * 2 ** (attempt - 1) * jitter)))


def _retry_kind(reply: Reply) -> str:
    """As `retry_class`; no reply is worth a repetition, and so is a refusal for too many calls at once, which passes in seconds."""
    if reply.status == 0 or (b"Concurrent" in reply.body and "REQUEST_LIMIT_EXCEEDED" in reply.codes):
        return "backoff"
    return retry_class(reply.status, reply.codes)


def name_of(request: Request) -> str:
    """`row.upsert/Contact`, `bulk2.poll`: one line of the statistics for each operation and object."""
    found = classify(request)
    return f"{found.op}/{found.target}" if found.target_kind == "object" else found.op


def failure_of(reply: Reply) -> str:
    """Why a call counts as failed: no reply, a refusal with its codes, or a good status that hides refused rows. "" when it is good."""
    if reply.status == 0:
        return "no reply"
    if not 200 <= reply.status < 300:
        return f"{reply.status} {' '.join(reply.codes)}".strip()
    refused = refused_rows(reply)
    return f"{refused} rows refused" if refused else ""


def refused_rows(reply: Reply) -> int:
    """Rows that a 200 says were refused: `numberRecordsFailed` of a job, `success: false` of a collection."""
    if "json" not in reply.headers.get("Content-Type", ""):
        return 0
    try:
        tree = reply.json()
    except ValueError:
        return 0
    if isinstance(tree, dict):
        return int(tree.get("numberRecordsFailed") or 0)
    return sum(item.get("success") is False for item in tree if isinstance(item, dict)) if isinstance(tree, list) else 0
