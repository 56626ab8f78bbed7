"""Faults on jobs of the Bulk API 1.0, against the real org: what the client then sees, and what the journal tells."""

from __future__ import annotations

import json
import re

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.rig import Rig

URL = "https://acme.my.salesforce.com/services/async/62.0"


class Client:
    def __init__(self, **rule):
        self.org = Org(seed=7)
        self.rig = Rig(self.org, seed=7)
        if rule:
            self.rig.inject(**rule)

    def say(self, method, path, body="", kind="application/xml"):
        headers = (("X-SFDC-Session", self.org.credentials.access_token), ("Content-Type", kind))
        return self.rig.handle(Request(method, URL + path, headers, body.encode()))

    def load(self, *bodies, wait_s=60):
        """The path of the job after its batches were sent and it was closed."""
        reply = self.say("POST", "/job", "<jobInfo><operation>insert</operation><object>Contact</object><contentType>CSV</contentType></jobInfo>")
        self.job = "/job/" + re.search(r"<id>(\w+)", reply.body.decode())[1]
        self.batches = [self.say("POST", f"{self.job}/batch", body, "text/csv").header("location").partition("62.0")[2] for body in bodies]
        self.say("POST", self.job, "<jobInfo><state>Closed</state></jobInfo>")
        self.rig.clock.advance(wait_s)
        return self

    def state(self, path):
        return re.search(r"<state>(\w+)", self.say("GET", path).body.decode())[1]

    def results(self, number=0):
        return self.say("GET", f"{self.batches[number]}/result").body.decode().splitlines()[1:]

    def lines(self, name):
        return [line for line in self.rig.journal if line.get("event") == name]


ROWS = "LastName\n" + "".join(f"B{n}\n" for n in range(4))


def test_rows_fail_where_the_batch_was_named():
    client = Client(fault="bulk.rows_failed", on="bulk1.batch/J1", rows=[2]).load(ROWS)
    assert client.state(client.batches[0]) == "Completed"
    assert [row.split(",")[1] for row in client.results()] == ['"true"', '"false"', '"true"', '"true"']
    assert "UNABLE_TO_LOCK_ROW" in client.results()[1]
    [told] = client.lines("bulk_rows")
    assert (told["job"], [row["ok"] for row in told["rows"]].count("no")) == ("J1", 1)


def test_a_job_dies_half_way_and_keeps_what_was_done():
    client = Client(fault="bulk.job_failed_mid", on="bulk1.batch/J1").load(ROWS)
    assert (client.state(client.job), client.state(client.batches[0]), len(client.results())) == ("Failed", "Failed", 2)
    assert [(line["state"], line["processed"], line["unprocessed"]) for line in client.lines("job_state")][-1] == ("Failed", 2, 2)


def test_a_stuck_batch_goes_on_after_its_hold():
    client = Client(fault="bulk.stuck", on="bulk1.close/J1", hold="1h").load(ROWS)
    assert client.state(client.batches[0]) == "InProgress"
    client.rig.clock.advance(3600)
    assert client.state(client.batches[0]) == "Completed"


def test_a_lost_reply_to_a_batch_leaves_its_rows_in_place():
    client = Client(fault="net.response_lost", on="bulk1.batch/J1")
    client.load(ROWS)
    client.say("GET", client.job)
    assert len(client.org.admin.rows("Contact")) == 4


@pytest.mark.parametrize(("kind", "word"), [("application/xml", "<exceptionCode>InvalidSessionId</exceptionCode>"), ("application/json", '{"exceptionCode":"InvalidSessionId"')])
def test_a_session_that_ends_is_a_400_of_this_api(kind, word):
    client = Client(fault="auth.expired", on="bulk1.job/*")
    reply = client.say("POST", "/job", "{}", kind)
    assert reply.status == 400
    assert word in reply.body.decode()


def test_the_same_seed_writes_the_same_journal():
    first, second = (Client(fault="bulk.rows_failed", on="bulk1.batch/J1").load(ROWS, ROWS) for _ in range(2))
    assert json.dumps(list(first.rig.journal)) == json.dumps(list(second.rig.journal))
