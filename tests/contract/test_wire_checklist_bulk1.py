"""The Bulk API 1.0 lines of the wire reference's checklist (section 16), through every door."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Any

import pytest
import requests

NS = 'xmlns="http://www.force.com/2009/06/asyncapi/dataload"'
URL = "https://acme.my.salesforce.com/services/async/62.0"


@dataclass
class Bulk:
    """Plain HTTP behind the door of a place, with the session header of this API."""

    place: Any
    session: requests.Session

    def say(self, method: str, path: str, body: str = "", kind: str = "application/xml; charset=UTF-8", **headers: str) -> requests.Response:
        known = {"X-SFDC-Session": self.place.org.credentials.access_token, "Content-Type": kind}
        return self.session.request(method, URL + path, data=body.encode(), headers={**known, **headers})

    def job(self, operation: str, form: str, sobject: str = "Account") -> str:
        info = f"<jobInfo {NS}><operation>{operation}</operation><object>{sobject}</object><contentType>{form}</contentType></jobInfo>"
        return "/job/" + ET.fromstring(self.say("POST", "/job", info).content)[0].text

    def done(self, path: str) -> str:
        """The state that a batch ends in, with a bound on the waiting."""
        for _ in range(100):
            reply = self.say("GET", path)
            state = reply.json()["state"] if "json" in reply.headers["Content-Type"] else ET.fromstring(reply.content)[2].text
            if state not in ("Queued", "InProgress"):
                return state
            time.sleep(self.place.poll_s)
        raise AssertionError("the batch never ended")

    def batch(self, job: str, body: str, kind: str) -> str:
        """The path of a batch that has ended."""
        reply = self.say("POST", f"{job}/batch", body, kind)
        assert reply.status_code == 201
        path = reply.headers["Location"].partition("62.0")[2]
        assert self.done(path) == "Completed"
        return path


@pytest.fixture
def bulk(place):
    return Bulk(place, place.session())


def test_28_bulk_1_has_its_own_header_statuses_list_results_and_errors(bulk):
    info = f"<jobInfo {NS}><operation>insert</operation><object>Account</object><contentType>CSV</contentType></jobInfo>"
    made = bulk.say("POST", "/job", info)
    job = "/job/" + ET.fromstring(made.content)[0].text
    assert (made.status_code, made.headers["Content-Type"]) == (201, "application/xml")
    assert bulk.say("GET", f"{job}/batch").text == f'<?xml version="1.0" encoding="UTF-8"?><batchInfoList\n   {NS} />'
    added = bulk.say("POST", f"{job}/batch", "Name\nAcme\n\n", "text/csv; charset=UTF-8")
    assert (added.status_code, ET.fromstring(added.content)[2].text) == (201, "Queued")
    path = added.headers["Location"].partition("62.0")[2]
    assert path.startswith(f"{job}/batch/751")
    assert bulk.done(path) == "Completed"
    two = bulk.batch(job, "Name,Phone\nB,1\n,2\n", "text/csv")
    first, second, third = bulk.say("GET", f"{two}/result").text.splitlines()
    assert first == '"Id","Success","Created","Error"'
    assert second.endswith('","true","true",""')
    assert third == '"","false","false","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"'
    closed = bulk.say("POST", job, f"<jobInfo {NS}><state>Closed</state></jobInfo>")
    assert (closed.status_code, "<state>Closed</state>" in closed.text) == (200, True)
    lost = bulk.say("GET", job, **{"X-SFDC-Session": "00D!gone"})
    assert lost.status_code == 400
    assert "<exceptionCode>InvalidSessionId</exceptionCode>" in lost.text
    assert ET.fromstring(lost.content).tag == "{http://www.force.com/2009/06/asyncapi/dataload}error"


def test_33_datetimes_of_bulk_1_are_z_in_xml_and_milliseconds_in_json(bulk):
    bulk.batch(bulk.job("insert", "CSV"), "Name\nAcme\n", "text/csv")
    made_at = bulk.place.org.admin.rows("Account")[0]["CreatedDate"]
    info = {child.tag.rpartition("}")[2]: child.text for child in ET.fromstring(bulk.say("GET", bulk.job("query", "CSV")).content)}
    assert info["createdDate"].endswith(".000Z")
    shown = {}
    for form, kind in (("CSV", "text/csv"), ("XML", "application/xml"), ("JSON", "application/json")):
        path = bulk.batch(bulk.job("query", form), "SELECT CreatedDate FROM Account", kind)
        listed = bulk.say("GET", f"{path}/result")
        result = listed.json()[0] if form == "JSON" else ET.fromstring(listed.content)[0].text
        shown[form] = bulk.say("GET", f"{path}/result/{result}")
    assert shown["CSV"].text.splitlines()[1] == f'"{made_at[:-5]}Z"'
    assert f"<CreatedDate>{made_at[:-5]}Z</CreatedDate>" in shown["XML"].text
    [row] = shown["JSON"].json()
    assert time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(row["CreatedDate"] / 1000)) == made_at[:19]
