"""One story through the doors in process: the work was done and the caller never hears of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from urllib3.util import Retry

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Request, Response
from sfchaos.doors.responses import responses_door
from sfchaos.doors.urllib3 import urllib3_door

INSTANCE = "https://acme.my.salesforce.com"
ROWS = INSTANCE + "/services/data/v62.0/sobjects/Account"
Door = Callable[..., AbstractContextManager[object]]


class Accounts:
    """An org of one list: commits first, and loses the first reply."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []
        self.clock = VirtualClock()

    def __call__(self, request: Request) -> Response:
        if request.method == "POST":
            self.rows.append(request.body)
        reply = Response(201, b'{"id": "001", "success": true, "errors": []}', (("Content-Type", "application/json"),))
        return reply.travelling(fate="lost") if len(self.rows) == 1 else reply


@pytest.fixture(params=[urllib3_door, responses_door], ids=["urllib3", "responses"])
def door(request: pytest.FixtureRequest) -> Door:
    return request.param  # type: ignore[no-any-return]


def test_a_lost_reply_looks_lost_and_the_row_is_there(door):
    accounts = Accounts()
    with door(accounts, clock=accounts.clock), pytest.raises(requests.ConnectionError, match="Connection aborted"):
        requests.post(ROWS, json={"Name": "Acme"})
    assert len(accounts.rows) == 1


def test_simple_salesforce_sees_the_same(door):
    accounts = Accounts()
    with door(accounts, clock=accounts.clock), pytest.raises(requests.ConnectionError):
        Salesforce(instance_url=INSTANCE, session_id="s").Account.create({"Name": "Acme"})
    assert len(accounts.rows) == 1


def test_a_client_that_repeats_by_hand_makes_a_twin(door):
    accounts = Accounts()
    with door(accounts, clock=accounts.clock):
        for _ in range(2):
            try:
                requests.post(ROWS, json={"Name": "Acme"})
            except requests.ConnectionError:
                continue
    assert len(accounts.rows) == 2


def test_only_below_retry_does_a_blind_retry_make_its_twin():
    """Why the default door stands where it stands: the same client looks innocent above Retry."""
    twins = {}
    for name, opened in (("urllib3", urllib3_door), ("responses", responses_door)):
        accounts = Accounts()
        session = requests.Session()
        session.mount("https://", HTTPAdapter(max_retries=Retry(total=3, allowed_methods=None)))
        with opened(accounts, clock=accounts.clock):
            try:
                session.post(ROWS, json={"Name": "Acme"})
            except requests.ConnectionError:
                pass  # what the client does next is not what is counted
        twins[name] = len(accounts.rows)
    assert twins == {"urllib3": 2, "responses": 1}
