"""EventLogFile: what the org served, as files of the day before."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.audit import event_log
from sfchaos.org.org import Org
from sfchaos.org.schema.load import load_org_file, org_from_tree

DAY_S = 86_400
FILES = "SELECT Id, EventType, LogDate, LogFile, LogFileLength, LogFileContentType, Interval, Sequence, LogFileFieldNames, CreatedDate FROM EventLogFile"


def _files(org: Org) -> list[dict[str, Any]]:
    """As the administrator sees them: by type, interval and date."""
    reply = _get(org, f"/services/data/v62.0/query?q={FILES.replace(' ', '+')}+ORDER+BY+LogDate,EventType,Interval")
    found: list[dict[str, Any]] = json.loads(reply.body)["records"]
    return found


def _get(org: Org, path: str) -> Any:
    token = org.sessions.open(org.integration_user_id, grant="client_credentials").token
    reply = org.handle(Request("GET", f"https://acme.my.salesforce.com{path}", (("Authorization", f"Bearer {token}"), ("User-Agent", "tester/1.0"))))
    assert reply.status == 200, reply.body
    return reply


def _lines(org: Org, file: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_get(org, file["LogFile"]).body.decode())))


def _at(org: Org, at_s: float) -> None:
    org.clock.advance(at_s - org.now_s())


def _next_day(org: Org) -> None:
    _at(org, (org.now_s() // DAY_S + 1) * DAY_S + 3 * 3600)


def _rest(caller: Any) -> None:
    caller.create("Account", Name="Acme")
    caller("GET", "/sobjects/Account/001000000000000AAA")


def test_files_of_a_day_are_there_three_hours_after_it(caller, org):
    _rest(caller)
    _at(org, (org.now_s() // DAY_S + 1) * DAY_S + 3 * 3600 - 1)
    assert _files(org) == []
    _at(org, org.now_s() + 1)
    assert [(f["EventType"], f["LogDate"], f["Interval"], f["Sequence"], f["CreatedDate"]) for f in _files(org)] == [
        ("ApiTotalUsage", "2026-01-15T00:00:00.000+0000", "Daily", 0, "2026-01-16T03:00:00.000+0000"),
        ("RestApi", "2026-01-15T00:00:00.000+0000", "Daily", 0, "2026-01-16T03:00:00.000+0000"),
    ]


def test_each_request_is_a_line_with_what_it_did(caller, org):
    _rest(caller)
    _next_day(org)
    usage, rest = (_lines(org, file) for file in _files(org))
    assert [(line["METHOD"], line["URI"], line["STATUS_CODE"], line["ROWS_PROCESSED"], line["ENTITY_NAME"], line["REQUEST_STATUS"]) for line in rest] == [
        ("POST", "/services/data/v62.0/sobjects/Account", "201", "1", "Account", "S"),
        ("GET", "/services/data/v62.0/sobjects/Account/001000000000000AAA", "404", "0", "", "F"),
    ]
    assert [(line["API_FAMILY"], line["API_VERSION"], line["API_RESOURCE"], line["HTTP_METHOD"], line["USER_ID"]) for line in usage] == [
        ("REST", "62.0", "/v62.0/sobjects/Account", "POST", org.integration_user_id[:15]),
        ("REST", "62.0", "/v62.0/sobjects/Account/001000000000000AAA", "GET", org.integration_user_id[:15]),
    ]
    assert usage[0]["USER_NAME"] == org.credentials.username
    assert rest[0]["TIMESTAMP"][:8] == "20260115"
    assert rest[0]["TIMESTAMP_DERIVED"].startswith("2026-01-15T")


def test_the_row_tells_the_length_and_the_columns_of_its_csv(caller, org):
    _rest(caller)
    _next_day(org)
    for file in _files(org):
        body = _get(org, file["LogFile"]).body
        assert file["LogFileLength"] == len(body)
        assert file["LogFileContentType"] == "text/csv"
        assert body.decode().splitlines()[0] == ",".join(f'"{name}"' for name in file["LogFileFieldNames"].split(","))


def test_a_login_is_told_from_login_history_as_recorded(org):
    """The columns are those of a recorded file."""
    credentials = org.credentials
    form = f"grant_type=password&client_id={credentials.client_id}&client_secret={credentials.client_secret}&username={credentials.username}&password=wrong"
    right = form.replace("wrong", credentials.password + credentials.security_token)
    for body in (form, right):
        org.handle(Request("POST", "https://login.salesforce.com/services/oauth2/token", (("Content-Type", "application/x-www-form-urlencoded"),), body.encode()))
    _next_day(org)
    file = next(f for f in _files(org) if f["EventType"] == "Login")
    assert file["LogFileFieldNames"] == (
        "EVENT_TYPE,TIMESTAMP,REQUEST_ID,ORGANIZATION_ID,USER_ID,RUN_TIME,CPU_TIME,URI,SESSION_KEY,LOGIN_KEY,USER_TYPE,REQUEST_STATUS,DB_TOTAL_TIME,LOGIN_TYPE,"
        "BROWSER_TYPE,API_TYPE,API_VERSION,USER_NAME,TLS_PROTOCOL,CIPHER_SUITE,AUTHENTICATION_METHOD_REFERENCE,LOGIN_SUB_TYPE,TIMESTAMP_DERIVED,USER_ID_DERIVED,"
        "CLIENT_IP,URI_ID_DERIVED,LOGIN_STATUS,SOURCE_IP"
    )
    lines = _lines(org, file)
    assert [(line["LOGIN_STATUS"], line["LOGIN_TYPE"], line["URI"], line["API_VERSION"], line["USER_NAME"]) for line in lines] == [
        ("LOGIN_ERROR_INVALID_PASSWORD", "i", "/services/oauth2/token", "9998.0", credentials.username),
        ("LOGIN_NO_ERROR", "i", "/services/oauth2/token", "9998.0", credentials.username),
    ]


def test_the_steps_of_a_bulk_job_are_lines_of_bulk_api_2(caller, org):
    caller("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"})
    job = caller.json["id"]
    caller("PUT", f"/jobs/ingest/{job}/batches", raw=b"Name\nAcme\n", headers=(("Content-Type", "text/csv"),))
    caller("PATCH", f"/jobs/ingest/{job}", {"state": "UploadComplete"})
    _next_day(org)
    lines = _lines(org, next(f for f in _files(org) if f["EventType"] == "BulkApi2"))
    assert [(line["JOB_STATUS"], line["RECORDS_PROCESSED"]) for line in lines][-2:] == [("InProgress", "0"), ("JobComplete", "1")]
    assert {(line["JOB_ID"], line["OPERATION_TYPE"], line["ENTITY_TYPE"], line["USER_ID_DERIVED"]) for line in lines} == {
        (job[:15], "INSERT", "Account", org.integration_user_id)}  # fmt: skip
    assert "Bulk" in {line["API_FAMILY"] for line in _lines(org, next(f for f in _files(org) if f["EventType"] == "ApiTotalUsage"))}


def test_a_job_of_the_first_bulk_api_is_in_a_file_of_its_own(org):
    session = org.sessions.open(org.integration_user_id, grant="client_credentials")
    head = (("X-SFDC-Session", session.token), ("Content-Type", "application/json"))
    job = json.loads(org.handle(Request("POST", "https://acme.my.salesforce.com/services/async/62.0/job", head,
                                        b'{"operation": "insert", "object": "Account", "contentType": "CSV"}')).body)["id"]  # fmt: skip
    reply = org.handle(Request("POST", f"https://acme.my.salesforce.com/services/async/62.0/job/{job}", head, b'{"state": "Closed"}'))
    assert reply.status == 200, reply.body
    _next_day(org)
    (file,) = (f for f in _files(org) if f["EventType"] == "BulkApi")
    lines = _lines(org, file)
    assert {(line["JOB_ID"], line["OPERATION_TYPE"], line["ENTITY_TYPE"], line["USER_ID_DERIVED"]) for line in lines} == {
        (job[:15], "INSERT", "Account", org.integration_user_id)}  # fmt: skip


def test_a_logout_over_soap_is_a_line_of_logout_and_the_call_one_of_api(org):
    session = org.sessions.open(org.integration_user_id, grant="soap")
    envelope = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com"><soapenv:Header><urn:SessionHeader>'
        f"<urn:sessionId>{session.token}</urn:sessionId></urn:SessionHeader></soapenv:Header><soapenv:Body><urn:logout/></soapenv:Body></soapenv:Envelope>"
    )
    reply = org.handle(Request("POST", "https://acme.my.salesforce.com/services/Soap/u/62.0", (("Content-Type", "text/xml"), ("SOAPAction", "x")), envelope.encode()))
    assert reply.status == 200, reply.body
    _next_day(org)
    files = {f["EventType"]: f for f in _files(org)}
    assert [line["USER_ID_DERIVED"] for line in _lines(org, files["Logout"])] == [org.integration_user_id]
    assert [(line["METHOD_NAME"], line["API_VERSION"], line["API_TYPE"]) for line in _lines(org, files["API"])] == [("logout", "62.0", "P")]


def test_without_event_monitoring_a_file_stays_one_day(caller, org):
    _rest(caller)
    _next_day(org)
    assert _files(org)
    _at(org, org.now_s() + DAY_S)
    assert "2026-01-15T00:00:00.000+0000" not in {f["LogDate"] for f in _files(org)}


def test_a_file_that_nobody_looked_at_in_time_is_not_there_later(caller, org):
    _rest(caller)
    _at(org, org.now_s() + 5 * DAY_S)
    assert _files(org) == []


def test_with_event_monitoring_there_are_hourly_files_and_they_stay_thirty_days():
    org = Org(schema=org_from_tree({"sfchaos_org": 1, "event_monitoring": True}, "here"), seed=7)
    _get(org, "/services/data/v62.0/limits")
    _next_day(org)
    found = [(f["EventType"], f["Interval"], f["LogDate"], f["Sequence"]) for f in _files(org)]
    hour = "2026-01-15T09:00:00.000+0000"
    assert [entry for entry in found if entry[0] == "RestApi"] == [("RestApi", "Daily", "2026-01-15T00:00:00.000+0000", 0), ("RestApi", "Hourly", hour, 1)]
    _at(org, org.now_s() + 29 * DAY_S)
    assert ("RestApi", "Hourly", hour, 1) in [(f["EventType"], f["Interval"], f["LogDate"], f["Sequence"]) for f in _files(org)]


def test_an_org_file_that_does_not_say_yes_or_no_to_event_monitoring_is_refused(tmp_path: Path):
    path = tmp_path / "acme.yaml"
    path.write_text("sfchaos_org: 1\nevent_monitoring: often\n", encoding="utf-8")
    with pytest.raises(Exception, match="event_monitoring: 'often' is neither true nor false"):
        load_org_file(path)


def test_looking_twice_writes_nothing_twice(caller, org):
    _rest(caller)
    _next_day(org)
    assert _files(org) == _files(org)


def _look_and_break_off(org: Org) -> None:
    with org.store.unit():
        org.freshen("EventLogFile")
        raise ZeroDivisionError


def test_files_that_a_refused_request_would_have_made_come_with_the_next(caller, org):
    _rest(caller)
    _next_day(org)
    with pytest.raises(ZeroDivisionError):
        _look_and_break_off(org)
    assert [f["EventType"] for f in _files(org)] == ["ApiTotalUsage", "RestApi"]


def test_a_reset_forgets_what_was_served(caller, org):
    before = org.digest()
    _rest(caller)
    _next_day(org)
    _files(org)
    org.reset()
    assert org.registers.event_log == {}
    assert org.digest() == before


def test_the_same_requests_give_the_same_bytes():
    bodies = []
    for _ in range(2):
        org = Org(seed=3)
        _get(org, "/services/data/v62.0/limits")
        _next_day(org)
        bodies.append([_get(org, file["LogFile"]).body for file in _files(org)])
    assert bodies[0] == bodies[1]


def test_no_more_is_kept_than_the_bound_and_the_latest_stay(caller, org, monkeypatch):
    monkeypatch.setattr(event_log, "MOST_NOTES", 3)
    for _ in range(5):
        caller("GET", "/limits")
    assert list(org.registers.event_log) == [3, 4, 5]


def test_notes_that_every_file_has_are_dropped(caller, org):
    _rest(caller)
    _next_day(org)
    _files(org)
    _files(org)
    assert all(note.at_s >= org.now_s() // DAY_S * DAY_S for note in org.registers.event_log.values())
