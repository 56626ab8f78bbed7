"""The org agrees with every cassette, real clients replay those that were recorded, and none holds a secret."""

from __future__ import annotations

import importlib.util
import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from simple_salesforce import Salesforce

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Request, Response
from sfchaos.org.org import Org
from sfchaos.replayable import fidelity, find_cassettes, read_cassette, replaying, secrets_in

ROOT = Path(__file__).resolve().parents[2] / "cassettes"
ALL = find_cassettes(ROOT)
RECORDED = ["rest/rows", "bulk2/upsert"]


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def values_of(org: Org) -> dict[str, str]:
    known = org.credentials
    return {"client_id": known.client_id, "client_secret": known.client_secret, "username": known.username, "access_token": known.access_token,
            "password": known.password + known.security_token}  # fmt: skip


@pytest.fixture(scope="module")
def recorder():
    """The script that recorded them: its conversations are played again."""
    spec = importlib.util.spec_from_file_location("cassette_recorder", ROOT / "record.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", ALL, ids=name)
def test_the_org_answers_as_the_cassette_says(path):
    org = Org(seed=11, clock=VirtualClock())
    found = fidelity(path, org.handle, values=values_of(org), wait=org.clock.advance)
    assert not found, "\n".join(map(str, found))


def test_there_is_evidence_of_the_real_service_for_rest_and_for_bulk():
    assert {name(path) for path in ALL if path.stem.startswith("wire_")} >= {"rest/wire_rows", "rest/wire_query", "rest/wire_password_login", "bulk2/wire_update_job"}
    assert set(RECORDED) <= {name(path) for path in ALL}


@pytest.mark.parametrize("path", ALL, ids=name)
def test_provenance_is_honest(path):
    provenance = read_cassette(path).provenance
    if path.stem.startswith("wire_"):
        assert "(R)" in provenance["source"]
        assert "invented" in provenance["note"]
    else:
        assert "sfchaos's own org" in provenance["source"]
        assert "no independent evidence" in provenance["note"]


@pytest.mark.parametrize("path", ALL, ids=name)
def test_no_cassette_holds_a_secret(path):
    assert secrets_in(path.read_text(), Org(seed=2026).secrets) == []


@pytest.mark.parametrize("what", RECORDED)
def test_the_real_client_replays_its_conversation_without_a_network(what, recorder, monkeypatch):
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(recorder, "POLL_S", 0)
    monkeypatch.setattr(socket, "create_connection", no_network)
    with replaying(ROOT / f"{what}.yaml") as cassette:
        sf = recorder.login("somebody@acme.example", "any password", "any key", "any secret")
        recorder.CONVERSATIONS[what](sf)
        sf.session.close()
    assert cassette.play_count == len(cassette) == len(read_cassette(ROOT / f"{what}.yaml").exchanges)


def test_a_request_that_was_not_recorded_is_refused():
    from vcr.errors import CannotOverwriteExistingCassetteException

    session = requests.Session()
    sf = Salesforce(instance_url="https://acme.my.salesforce.com", session_id="any", version="62.0", session=session)
    with replaying(ROOT / "rest/rows.yaml"), pytest.raises(CannotOverwriteExistingCassetteException):
        sf.Account.create({"Name": "Somebody Else"})
    session.close()


# ---------------------------------------------------------------------- a check that can fail


def spoiled(handler, change):
    """The handler with its JSON replies changed."""

    def answer(request: Request) -> Response:
        reply = handler(request)
        try:
            tree = json.loads(reply.body)
        except ValueError:
            return reply
        return replace(reply, body=json.dumps(change(tree)).encode())

    return answer


def created_without(key):
    return lambda tree: {k: v for k, v in tree.items() if k != key} if isinstance(tree, dict) else tree


def reversed_keys(tree):
    return dict(reversed(tree.items())) if isinstance(tree, dict) else tree


def numbers_as_text(tree):
    return {k: str(v) if isinstance(v, int) and not isinstance(v, bool) else v for k, v in tree.items()} if isinstance(tree, dict) else tree


@pytest.mark.parametrize(("path", "change", "where"), [
    ("rest/wire_rows", created_without("errors"), "body.errors"),
    ("rest/wire_rows", reversed_keys, "body order of keys"),
    ("rest/wire_query", numbers_as_text, "body.totalSize"),
    ("bulk2/wire_update_job", created_without("jobType"), "body.jobType"),
    ("bulk2/wire_update_job", lambda tree: {**tree, "isPkChunkingSupported": False}, "body.isPkChunkingSupported"),
], ids=["missing key", "order", "type", "missing key of a job", "key too many"])  # fmt: skip
def test_fidelity_sees_a_reply_that_differs(path, change, where):
    org = Org(seed=11, clock=VirtualClock())
    found = fidelity(ROOT / f"{path}.yaml", spoiled(org.handle, change), values=values_of(org), wait=org.clock.advance)
    assert where in {difference.where for difference in found}


def test_fidelity_sees_a_header_that_is_gone_and_a_status_that_changed():
    org = Org(seed=11, clock=VirtualClock())

    def bare(request: Request) -> Response:
        reply = org.handle(request)
        return Response(200 if reply.status == 201 else reply.status, reply.body, tuple(h for h in reply.headers if h[0] != "Sforce-Limit-Info"))

    found = {difference.where for difference in fidelity(ROOT / "rest/wire_rows.yaml", bare, values=values_of(org))}
    assert {"status", "header sforce-limit-info"} <= found
