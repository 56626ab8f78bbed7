"""What the proof of a fault is made of: one row of a table that is played in every tier, and a pair of small clients.

Rows stand in `fault_cases/<family>.py` as CASES and PAIRS; `tests/proof/test_every_fault.py` plays them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig

Seen = Any  # (status, error code), the name of an exception, or what a case picks from a reply


class Client:
    """Plain requests; each call gives what a program would see of it."""

    def __init__(self, rig: Rig, org: Org, base: str) -> None:
        self.rig, self.known, self.base = rig, org.credentials, base
        self.session = requests.Session()

    def raw(self, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.known.access_token}", **more.pop("headers", {})}
        return self.session.request(method, f"{self.base}/services/data/v62.0{path}", json=json, headers=headers, timeout=0.5, **more)

    def say(self, method: str, path: str, json: Any = None, **more: Any) -> Seen:
        try:
            return seen_of(self.raw(method, path, json, **more))
        except requests.RequestException as error:
            return type(error).__name__

    def refresh(self) -> requests.Response:
        form = {"grant_type": "refresh_token", "refresh_token": self.known.refresh_token, "client_id": self.known.client_id,
                "client_secret": self.known.client_secret}  # fmt: skip
        return self.session.post(f"{self.base}/services/oauth2/token", data=form, timeout=0.5)

    def job(self) -> str:
        """Path of a closed job of ten rows."""
        path = "/jobs/ingest/" + self.raw("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"}).json()["id"]
        lines = "Name\n" + "".join(f"N{n}\n" for n in range(10))
        self.raw("PUT", path + "/batches", data=lines.encode(), headers={"Content-Type": "text/csv"})
        self.raw("PATCH", path, {"state": "UploadComplete"})
        return path

    def close(self) -> None:
        self.session.close()


def seen_of(reply: requests.Response) -> Seen:
    if "json" not in reply.headers.get("Content-Type", ""):
        return reply.status_code, reply.text.partition(">")[0] + ">" if reply.text.startswith("<") else ""
    body = reply.json()
    first = body[0] if isinstance(body, list) and body else body
    return reply.status_code, first.get("errorCode") or first.get("error") or ""


@dataclass(frozen=True)
class Case:
    """One fault aimed at one point of a conversation.

    `phase` and `applied` as the fault model's table has them, written down by hand; `applied` of the first exchange that met the fault.
    `seen` is what the conversation gives under the fault, `healthy` without it. `not_expressible` names tiers ("fast", "wire", "real",
    "responses") that cannot show it. `rule` are further keys of the rule ("times", "before", "p"); with "before" or "after" `on` is "".
    """

    fault: str
    phase: str
    applied: str
    talk: Callable[[Client], list[Seen]]
    on: str
    seen: list[Seen]
    healthy: list[Seen]
    parameters: tuple[tuple[str, Any], ...] = ()
    rule: Mapping[str, Any] = field(default_factory=dict)
    not_expressible: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pair:
    """A client that meets the fault and is none the worse, and one that is caught.

    Clients are "module:function" in `tests/proof/fault_clients`. `rule` is the rule without its fault (`on`, `times`, `with` ...).
    `outcomes` are what the good one may end with; `expect` are objectives that it passes. `caught` is the outcome of the bad one, or
    (objective, reason) of the finding against it. `config` is a file in the clients' folder.
    """

    fault: str
    good: str
    bad: str
    rule: Mapping[str, Any]
    caught: str | tuple[str, str]
    outcomes: tuple[str, ...] = ("pass",)
    expect: Mapping[str, str] = field(default_factory=dict)
    config: str = "sfchaos.toml"


CREATED: list[Seen] = [(201, "")]


def creates(client: Client) -> list[Seen]:
    return [client.say("POST", "/sobjects/Account", {"Name": "Acme"})]
