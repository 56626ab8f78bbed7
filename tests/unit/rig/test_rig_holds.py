"""A held request is one exchange: its line comes with its reply, and faults get to work on that."""

from __future__ import annotations

import json

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Hold, Request, Response
from sfchaos.doors.common import TIMED_OUT, ask
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig

URL = "https://acme.my.salesforce.com/cometd/62.0"


class Client:
    def __init__(self, rig, org) -> None:
        self.rig, self.org, self.cookie, self.client_id = rig, org, "", ""

    def send(self, channel, *, timeout_s=None, **more):
        message = {"channel": channel, **({"clientId": self.client_id} if self.client_id else {}), **more}
        headers = (("Authorization", f"Bearer {self.org.credentials.access_token}"), ("Cookie", self.cookie))
        request = Request("POST", URL, headers, json.dumps([message]).encode(), timeout_s=timeout_s)
        return ask(self.rig.handle, request, self.org.clock)

    def listen(self):
        reply = self.send("/meta/handshake", ext={"replay": True}, supportedConnectionTypes=["long-polling"])
        self.cookie, self.client_id = reply.header("set-cookie").partition(";")[0], json.loads(reply.body)[0]["clientId"]
        self.send("/meta/subscribe", subscription="/event/Order__e")
        self.connect()

    def connect(self, **how):
        return self.send("/meta/connect", connectionType="long-polling", **how)


@pytest.fixture
def org():
    return Org(seed=7)


@pytest.fixture
def client(org):
    found = Client(Rig(org, seed=7), org)
    found.listen()
    return found


def lines(rig):
    return [line for line in rig.journal if line.get("op") == "event.connect"]


def test_an_empty_poll_takes_a_hundred_and_ten_seconds_and_one_line(client):
    before_s = client.org.clock.elapsed_s()
    reply = client.connect()
    assert [message["channel"] for message in json.loads(reply.body)] == ["/meta/connect"]
    assert client.org.clock.elapsed_s() - before_s == pytest.approx(110, abs=0.06)
    assert len(lines(client.rig)) == 2


def test_a_fault_that_loses_the_reply_loses_the_held_one(client):
    client.rig.inject("net.response_lost", on="event.connect")
    reply = client.connect()
    assert reply.delivery.fate == "lost"
    assert reply.body != b""
    assert len(lines(client.rig)[-1]["fired"]) == 1


def test_a_fault_that_answers_itself_is_not_held(client):
    client.rig.inject("http.503", on="event.connect")
    before_s = client.org.clock.elapsed_s()
    assert client.connect().status == 503
    assert client.org.clock.elapsed_s() == before_s


def test_a_client_that_gives_up_is_told_of_and_misses_nothing(client):
    before_s = client.org.clock.elapsed_s()
    assert client.connect(timeout_s=3.0) is TIMED_OUT
    assert client.org.clock.elapsed_s() - before_s == pytest.approx(3.0)
    assert lines(client.rig)[-1]["delivered"] == "lost"
    client.org.admin.create("Order__e", Order_Number__c="7")
    assert b'"Order_Number__c":"7"' in client.connect().body


def test_the_same_seed_writes_the_same_journal():
    def played():
        org = Org(seed=7)
        client = Client(Rig(org, seed=7), org)
        client.listen()
        client.connect()
        org.admin.create("Order__e", Order_Number__c="7")
        client.connect()
        return list(client.rig.journal)

    assert played() == played()


def test_a_stub_may_hold_too():
    clock = VirtualClock()
    looks = []

    def resume():
        looks.append(clock.elapsed_s())
        return Response(200, b"done") if len(looks) == 3 else None

    rig = Rig.over(lambda request: Response(200, hold=Hold(clock.now_s() + 10, resume)), clock=clock)
    assert ask(rig.handle, Request("GET", "https://acme.my.salesforce.com/x"), clock).body == b"done"
    assert looks == pytest.approx([0.0, 0.05, 0.1])
    assert rig.requests == 1
