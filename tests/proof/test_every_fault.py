"""Every fault of the catalogue, one row of a table: it fires, its phase stands in the journal, and the client sees what Salesforce would send.

The clients that pass and fail under each are the pairs beside this file (`test_pairs`). Rows are played twice: in process
and over a socket; both must tell the same story.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from sfchaos.core.clock import Clock, SystemClock, VirtualClock
from sfchaos.core.messages import Request, Response
from sfchaos.doors.server import Server
from sfchaos.doors.urllib3 import urllib3_door
from sfchaos.faults.registry import FAULTS, catalogue
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig

Seen = Any  # (status, error code), the name of an exception, or what a case picks from a reply


class Client:
    """Plain requests; each call gives what a program would see of it."""

    def __init__(self, rig: Rig, org: Org, base: str) -> None:
        self.rig, self.known, self._base = rig, org.credentials, base
        self.session = requests.Session()

    def raw(self, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.known.access_token}", **more.pop("headers", {})}
        return self.session.request(method, f"{self._base}/services/data/v62.0{path}", json=json, headers=headers, timeout=0.5, **more)

    def say(self, method: str, path: str, json: Any = None, **more: Any) -> Seen:
        try:
            return seen_of(self.raw(method, path, json, **more))
        except requests.RequestException as error:
            return type(error).__name__

    def refresh(self) -> requests.Response:
        form = {"grant_type": "refresh_token", "refresh_token": self.known.refresh_token, "client_id": self.known.client_id,
                "client_secret": self.known.client_secret}  # fmt: skip
        return self.session.post(f"{self._base}/services/oauth2/token", data=form, timeout=0.5)

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


# ---------------------------------------------------------------------- conversations


def creates(client: Client) -> list[Seen]:
    return [client.say("POST", "/sobjects/Account", {"Name": "Acme"})]


def creates_and_shows_the_wait(client: Client) -> list[Seen]:
    reply = client.raw("POST", "/sobjects/Account", {"Name": "Acme"})
    return [seen_of(reply), reply.headers.get("Retry-After")]


def creates_then_refreshes(client: Client) -> list[Seen]:
    return [*creates(client), seen_of(client.refresh())]


def refreshes_twice(client: Client) -> list[Seen]:
    return ["refresh_token" in client.refresh().json(), seen_of(client.refresh())]


def updates(client: Client) -> list[Seen]:
    account = client.rig.org.create("Account", Name="Acme")
    return [client.say("PATCH", f"/sobjects/Account/{account}", {"Phone": "1"})]


def loads(client: Client) -> list[Seen]:
    path = client.job()
    client.rig.clock.advance(60)
    info = client.raw("GET", path).json()
    sizes = [len(client.raw("GET", f"{path}/{name}").text.splitlines()) - 1 for name in ("successfulResults", "failedResults", "unprocessedrecords")]
    return [info["state"], info["numberRecordsFailed"], *sizes]


def polls(client: Client) -> list[Seen]:
    path = client.job()
    seen = []
    for _ in range(2):
        client.rig.clock.advance(60)
        seen.append(client.raw("GET", path).json()["state"])
    return seen


def pages(client: Client) -> list[Seen]:
    client.rig.org.populate("Contact", 201)
    first = client.raw("GET", "/query?q=SELECT+Id+FROM+Contact", headers={"Sforce-Query-Options": "batchSize=200"}).json()
    return [client.say("GET", first["nextRecordsUrl"].partition("v62.0")[2])]


def selects(client: Client) -> list[Seen]:
    return [client.say("GET", "/query?q=SELECT+Id,Phone+FROM+Account")]


@dataclass(frozen=True)
class Case:
    """`phase` and `applied` as the fault model's table has them, written down by hand; `applied` of the first exchange that met the fault."""

    fault: str
    phase: str
    applied: str
    talk: Callable[[Client], list[Seen]]
    on: str
    seen: list[Seen]
    healthy: list[Seen]
    parameters: tuple[tuple[str, Any], ...] = ()


CREATED: list[Seen] = [(201, "")]
LOADED: list[Seen] = ["JobComplete", 0, 10, 0, 0]
CASES = [
    Case("net.response_lost", "A", "yes", creates, "row.create", ["ConnectionError"], CREATED),
    Case("net.reset_before", "B", "no", creates, "row.create", ["ConnectionError"], CREATED),
    Case("net.read_timeout", "B", "no", creates, "row.create", ["ReadTimeout"], CREATED),
    Case("net.read_timeout.pre", "B", "no", creates, "row.create", ["ReadTimeout"], CREATED),
    Case("net.read_timeout.post", "A", "yes", creates, "row.create", ["ReadTimeout"], CREATED),
    Case("http.503", "B", "no", creates, "row.create", [(503, "SERVER_UNAVAILABLE")], CREATED),
    Case("http.503_retry_after", "B", "no", creates_and_shows_the_wait, "row.create", [(503, "SERVER_UNAVAILABLE"), "30"], [*CREATED, None]),
    Case("http.503_html", "B", "no", creates, "row.create", [(503, "<!DOCTYPE html>")], CREATED),
    Case("limit.daily", "B", "no", creates, "row.create", [(403, "REQUEST_LIMIT_EXCEEDED")], CREATED),
    Case("limit.concurrent", "B", "no", creates, "row.create", [(403, "REQUEST_LIMIT_EXCEEDED")], CREATED),
    Case("auth.expired", "E", "no", creates, "row.create", [(401, "INVALID_SESSION_ID")], CREATED),
    Case("auth.revoked", "E", "no", creates_then_refreshes, "row.create", [(401, "INVALID_SESSION_ID"), (400, "invalid_grant")], [*CREATED, (200, "")]),
    Case("auth.rotated", "E", "yes", refreshes_twice, "auth.refresh", [True, (400, "invalid_grant")], [False, (200, "")]),
    Case("row.locked", "B", "no", updates, "row.update", [(400, "UNABLE_TO_LOCK_ROW")], [(204, "")]),
    Case("row.validation", "B", "no", creates, "row.create", [(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")], CREATED),
    Case("bulk.rows_failed", "P", "", loads, "bulk2.close", ["JobComplete", 3, 7, 3, 0], LOADED, (("rows", [2, 4, 9]),)),
    Case("bulk.job_failed_mid", "P", "", loads, "bulk2.close", ["Failed", 0, 5, 0, 5], LOADED),
    Case("bulk.stuck", "E", "", polls, "bulk2.close", ["InProgress", "JobComplete"], ["JobComplete"] * 2, (("hold", "90s"),)),
    Case("query.locator_dead", "E", "no", pages, "query.more", [(400, "INVALID_QUERY_LOCATOR")], [(200, "")]),
    Case("perm.fls_removed", "E", "no", selects, "query.first", [(400, "INVALID_FIELD")], [(200, "")]),
]  # fmt: skip
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.fault)


@contextlib.contextmanager
def in_process() -> Iterator[Client]:
    clock = VirtualClock()
    org = Org(seed=7, clock=clock)
    rig = Rig(org)
    client = Client(rig, org, org.instance_url)
    with urllib3_door(paced(rig.handle, clock), clock=clock):
        yield client
        client.close()


@contextlib.contextmanager
def over_a_socket() -> Iterator[Client]:
    clock = SystemClock()
    org = Org(seed=7, clock=clock)
    rig = Rig(org, clock=clock, seed=7)
    with Server(paced(rig.handle, clock), clock=clock, settle=rig.settle, next_due_s=rig.next_due_s) as server:
        client = Client(rig, org, server.url)
        yield client
        client.close()


def paced(handle: Callable[[Request], Response], clock: Clock) -> Callable[[Request], Response]:
    """Two seconds between requests, so that the order of things does not hang on the machine."""

    def handler(request: Request) -> Response:
        clock.advance(2)
        return handle(request)

    return handler


def struck(client: Client, case: Case) -> list[Seen]:
    client.rig.inject(case.fault, on=case.on, **dict(case.parameters))
    return case.talk(client)


def met(client: Client) -> list[dict[str, Any]]:
    """Journal lines that name the rule."""
    return [line for line in client.rig.journal if "r1" in line.get("fired", ())]


@every_case
def test_without_the_fault_the_same_calls_go_well(case):
    with in_process() as client:
        assert case.talk(client) == case.healthy


@every_case
def test_the_fault_fires_and_the_client_sees_what_salesforce_would_send(case):
    with in_process() as client:
        assert struck(client, case) == case.seen
        assert (client.rig.fired["r1"] >= 1, client.rig.unfired) == (True, [])


@every_case
def test_the_journal_says_the_phase_and_whether_the_work_was_done(case):
    with in_process() as client:
        struck(client, case)
        lines = met(client)
    assert {line["commit_phase"] for line in lines} == {case.phase} == {FAULTS[case.fault].info.when}
    assert lines[0].get("applied", "") == case.applied
    assert {name for line in lines for name in line["faults"]} == {FAULTS[case.fault].info.id}


@every_case
def test_in_process_and_over_a_socket_it_is_the_same_story(case, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    stories = []
    for door in (in_process, over_a_socket):
        with door() as client:
            stories.append((struck(client, case), client.rig.trace_digest()))
    assert stories[0] == stories[1]


@pytest.mark.parametrize("door", [in_process, over_a_socket], ids=["in-process", "socket"])
@pytest.mark.parametrize(("times", "status"), [(2, 201), (3, 503)])
def test_a_client_that_repeats_on_503_outlasts_two_of_them_and_not_three(door, times, status, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    retry = Retry(total=2, status_forcelist=[503], allowed_methods=None, backoff_factor=0.01, raise_on_status=False)
    with door() as client:
        for scheme in ("http://", "https://"):
            client.session.mount(scheme, HTTPAdapter(max_retries=retry))
        client.rig.inject("http.503", on="row.create", times=times)
        assert client.raw("POST", "/sobjects/Account", {"Name": "Acme"}).status_code == status
        assert client.rig.org.count("Account") == (status == 201)
        assert [line["address"] for line in client.rig.journal if line["kind"] == "exchange"] == [f"row.create/Account#1~{n}" for n in (1, 2, 3)]


def test_every_fault_of_the_catalogue_has_its_row():
    assert {FAULTS[case.fault].info.id for case in CASES} == {info.id for info in catalogue()}
    assert {case.fault for case in CASES} == {*FAULTS}
