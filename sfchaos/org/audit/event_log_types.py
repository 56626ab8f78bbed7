"""Event types of EventLogFile: their columns in order, and a line of each.

Sources: Object Reference, "EventLogFile Supported Event Types" (D) for the names of columns; the order of Login as recorded (R: a collector's
test data), of ApiTotalUsage U; for the rest the common head and tail are as in Login, and the order between them is a guess. Values that the
org has no measure for (CPU, database) are derived from the service time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sfchaos.core import chance
from sfchaos.core.messages import Request
from sfchaos.core.operations import classify
from sfchaos.org.audit.event_log import JobStep, LoggedOut, Served
from sfchaos.org.soap.dialects import is_soap

if TYPE_CHECKING:
    from sfchaos.org.identity.sessions import Session
    from sfchaos.org.org import Org

Line = dict[str, str]
_WHO = ("EVENT_TYPE", "TIMESTAMP", "REQUEST_ID", "ORGANIZATION_ID", "USER_ID")
_RUN = ("RUN_TIME", "CPU_TIME", "URI", "SESSION_KEY", "LOGIN_KEY")
_END = ("TIMESTAMP_DERIVED", "USER_ID_DERIVED", "CLIENT_IP", "URI_ID_DERIVED")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "API": (*_WHO, *_RUN, "USER_TYPE", "REQUEST_STATUS", "DB_TOTAL_TIME", "API_TYPE", "API_VERSION", "CLIENT_NAME", "METHOD_NAME", "ENTITY_NAME",
            "ROWS_PROCESSED", "REQUEST_SIZE", "RESPONSE_SIZE", "DB_BLOCKS", "DB_CPU_TIME", "CONNECTED_APP_ID", *_END),
    "ApiTotalUsage": (*_WHO, "API_FAMILY", "API_VERSION", "API_RESOURCE", "CLIENT_NAME", "HTTP_METHOD", "CLIENT_IP", "COUNTS_AGAINST_API_LIMIT",
                      "CONNECTED_APP_ID", "ENTITY_NAME", "STATUS_CODE", "CONNECTED_APP_NAME", "USER_NAME", "TIMESTAMP_DERIVED"),
    "BulkApi": (*_WHO, *_RUN, "JOB_ID", "BATCH_ID", "OPERATION_TYPE", "ENTITY_TYPE", "ROWS_PROCESSED", "NUMBER_FAILURES", "SUCCESS", "MESSAGE", *_END),
    "BulkApi2": (*_WHO, *_RUN, "JOB_ID", "JOB_STATUS", "OPERATION_TYPE", "ENTITY_TYPE", "RECORDS_PROCESSED", "RECORDS_FAILED", "TOTAL_TIME",
                 "RESULT_SIZE_MB", "ERROR_MESSAGE", *_END),
    "Login": (*_WHO, *_RUN, "USER_TYPE", "REQUEST_STATUS", "DB_TOTAL_TIME", "LOGIN_TYPE", "BROWSER_TYPE", "API_TYPE", "API_VERSION", "USER_NAME",
              "TLS_PROTOCOL", "CIPHER_SUITE", "AUTHENTICATION_METHOD_REFERENCE", "LOGIN_SUB_TYPE", *_END, "LOGIN_STATUS", "SOURCE_IP"),
    "Logout": (*_WHO, "SESSION_KEY", "LOGIN_KEY", "USER_TYPE", "USER_INITIATED_LOGOUT", "SESSION_TYPE", "SESSION_LEVEL", "BROWSER_TYPE", "PLATFORM_TYPE",
               "RESOLUTION_TYPE", "APP_TYPE", "CLIENT_VERSION", "API_TYPE", "API_VERSION", *_END),
    "RestApi": (*_WHO, *_RUN, "USER_TYPE", "REQUEST_STATUS", "DB_TOTAL_TIME", "METHOD", "MEDIA_TYPE", "STATUS_CODE", "USER_AGENT", "ROWS_PROCESSED",
                "NUMBER_FIELDS", "DB_BLOCKS", "DB_CPU_TIME", "REQUEST_SIZE", "RESPONSE_SIZE", "ENTITY_NAME", "CONNECTED_APP_ID", *_END),
}  # fmt: skip
_NUMBERS = {"RUN_TIME", "CPU_TIME", "DB_TOTAL_TIME", "ROWS_PROCESSED", "NUMBER_FAILURES", "RECORDS_PROCESSED", "RECORDS_FAILED", "TOTAL_TIME", "STATUS_CODE",
            "RESULT_SIZE_MB", "NUMBER_FIELDS", "DB_BLOCKS", "DB_CPU_TIME", "REQUEST_SIZE", "RESPONSE_SIZE", "API_VERSION", "USER_INITIATED_LOGOUT"}  # fmt: skip
_IDS = {"REQUEST_ID", "ORGANIZATION_ID", "USER_ID"}
_VERSION = re.compile(r"/(?:services/data/v|services/async/|services/soap/\w+/)(\d+\.\d)", re.IGNORECASE)
_STATUS_OF_LOGIN = {  # Status of LoginHistory -> LOGIN_STATUS (names D; the pairing K)
    "Success": "LOGIN_NO_ERROR", "Invalid Password": "LOGIN_ERROR_INVALID_PASSWORD", "Password Lockout": "LOGIN_ERROR_PASSWORD_LOCKOUT",
    "User is Inactive": "LOGIN_ERROR_USER_INACTIVE", "Restricted IP": "LOGIN_ERROR_RANGE_CHECK", "Restricted Time": "LOGIN_ERROR_WRONG_HOURS",
}  # fmt: skip
_TYPE_OF_LOGIN = {"Application": "A", "Other Apex API": "3", "Partner Product": "P", "Remote Access 2.0": "i"}  # i: R; the others K


def field_types(event_type: str) -> str:
    """LogFileFieldTypes: one word for each column (names of types K)."""
    return ",".join("Number" if c in _NUMBERS else "Id" if c in _IDS else "DateTime" if c == "TIMESTAMP_DERIVED" else "String" for c in COLUMNS[event_type])


def lines_of_note(org: Org, number: int, note: Served | JobStep | LoggedOut) -> list[tuple[str, Line]]:
    """(event type, line) for each file that a note stands in."""
    if isinstance(note, Served):
        return _served(org, number, note)
    if isinstance(note, JobStep):
        return [_job_step(org, number, note)]
    return [("Logout", {**_head(org, "Logout", number, note.at_s, note.session.user_id), **_keys(org, note.session), **_logout(org, note.session)})]


def login_line(org: Org, number: int, at_s: float, row: Mapping[str, Any]) -> Line:
    """A line of Login from a row of LoginHistory."""
    oauth = row["LoginType"] == "Remote Access 2.0"
    return {
        **_head(org, "Login", number, at_s, str(row["UserId"])), "RUN_TIME": "50", "CPU_TIME": "20", "DB_TOTAL_TIME": "20000000",
        "URI": "/services/oauth2/token" if oauth else "/services/Soap/u" if row["ApiVersion"] not in (None, "N/A") else "/index.jsp",
        "LOGIN_KEY": chance.token(16, org.seed, "login key", row["UserId"], int(at_s)), "USER_TYPE": "Standard",
        "LOGIN_TYPE": _TYPE_OF_LOGIN.get(str(row["LoginType"]), ""), "BROWSER_TYPE": str(row["Browser"] or ""),
        "API_TYPE": "" if row["ApiType"] in (None, "N/A") else str(row["ApiType"]),
        "API_VERSION": "9998.0" if row["ApiVersion"] in (None, "N/A") else str(row["ApiVersion"]),  # 9998.0 where there is none: R
        "USER_NAME": _username(org, str(row["UserId"])), "TLS_PROTOCOL": str(row["TlsProtocol"] or "").replace("TLS ", "TLSv"),
        "CIPHER_SUITE": str(row["CipherSuite"] or ""), "CLIENT_IP": str(row["SourceIp"] or ""),
        "LOGIN_STATUS": _STATUS_OF_LOGIN.get(str(row["Status"]), "LOGIN_ERROR_GENERIC"), "SOURCE_IP": str(row["SourceIp"] or ""),
    }  # fmt: skip


# ---------------------------------------------------------------------- requests


def _served(org: Org, number: int, note: Served) -> list[tuple[str, Line]]:
    session = note.session
    total = {
        **_head(org, "ApiTotalUsage", number, note.at_s, session.user_id), "API_FAMILY": _family(note), "API_VERSION": _version(note.url),
        "API_RESOURCE": _resource(note), "CLIENT_NAME": "", "HTTP_METHOD": note.method, "CLIENT_IP": session.source_ip, "COUNTS_AGAINST_API_LIMIT": "1",
        "CONNECTED_APP_ID": _app_id(org, session), "ENTITY_NAME": note.sobject, "STATUS_CODE": str(note.status),
        "CONNECTED_APP_NAME": _app_name(org, session), "USER_NAME": _username(org, session.user_id),
    }  # fmt: skip
    lines = [("ApiTotalUsage", total)]
    if is_soap(note.surface):
        lines.append(("API", _soap(org, number, note)))
    elif _family(note) == "REST":
        lines.append(("RestApi", _rest(org, number, note)))
    return lines


def _measures(org: Org, event_type: str, number: int, note: Served) -> Line:
    run_ms = round(note.work_s * 1000)
    return {
        **_head(org, event_type, number, note.at_s, note.session.user_id), **_keys(org, note.session), "RUN_TIME": str(run_ms), "CPU_TIME": str(run_ms // 2),
        "URI": urlsplit(note.url).path, "USER_TYPE": "Standard", "REQUEST_STATUS": "S" if note.status < 400 else "A" if note.status == 401 else "F",
        "DB_TOTAL_TIME": str(run_ms * 400_000), "DB_BLOCKS": str(10 + 3 * note.rows), "DB_CPU_TIME": str(run_ms // 5), "ROWS_PROCESSED": str(note.rows),
        "REQUEST_SIZE": str(note.sent_bytes), "RESPONSE_SIZE": str(note.got_bytes), "ENTITY_NAME": note.sobject, "CLIENT_IP": note.session.source_ip,
        "CONNECTED_APP_ID": _app_id(org, note.session),
    }  # fmt: skip


def _rest(org: Org, number: int, note: Served) -> Line:
    return {**_measures(org, "RestApi", number, note), "METHOD": note.method, "MEDIA_TYPE": "application/json", "STATUS_CODE": str(note.status),
            "USER_AGENT": note.agent, "NUMBER_FIELDS": ""}  # fmt: skip


def _soap(org: Org, number: int, note: Served) -> Line:
    call = classify(Request(note.method, note.url, body=note.body)).op.removeprefix("soap.")
    kind = "P" if "/u/" in note.url.lower() else "M" if "/m/" in note.url.lower() else "T" if "/t/" in note.url.lower() else "E"  # letters K
    return {**_measures(org, "API", number, note), "API_TYPE": kind, "API_VERSION": _version(note.url), "CLIENT_NAME": "", "METHOD_NAME": call}


def _family(note: Served) -> str:
    """SOAP and REST are U; that jobs are named Bulk is K."""
    if is_soap(note.surface):
        return "SOAP"
    path = note.url.lower()
    return "Bulk" if "/services/async/" in path or re.search(r"/services/data/v[\d.]+/jobs(/|$|\?)", path) else "REST"


def _resource(note: Served) -> str:
    """`/v64.0/sobjects/Account` (U); the call of SOAP."""
    if is_soap(note.surface):
        return classify(Request(note.method, note.url, body=note.body)).op.removeprefix("soap.")
    return urlsplit(note.url).path.removeprefix("/services/data")


def _version(url: str) -> str:
    found = _VERSION.search(url)
    return found[1] if found else ""


# ---------------------------------------------------------------------- jobs, logouts


def _job_step(org: Org, number: int, note: JobStep) -> tuple[str, Line]:
    one = note.kind == "bulk1"
    event_type = "BulkApi" if one else "BulkApi2"
    line = {**_head(org, event_type, number, note.at_s, note.user_id), "RUN_TIME": str(note.busy_ms), "CPU_TIME": str(note.busy_ms // 2),
            "JOB_ID": note.job_id[:15], "OPERATION_TYPE": note.operation.upper(), "ENTITY_TYPE": note.sobject}  # fmt: skip
    if one:
        return event_type, {**line, "URI": "/services/async", "BATCH_ID": note.batch[:15], "ROWS_PROCESSED": str(note.processed),
                            "NUMBER_FAILURES": str(note.failed), "SUCCESS": str(int(note.state not in ("Failed", "Aborted")))}  # fmt: skip
    return event_type, {**line, "URI": "/services/data/jobs", "JOB_STATUS": note.state, "RECORDS_PROCESSED": str(note.processed),
                        "RECORDS_FAILED": str(note.failed), "TOTAL_TIME": str(note.busy_ms)}  # fmt: skip


def _logout(org: Org, session: Session) -> Line:
    return {"USER_TYPE": "Standard", "USER_INITIATED_LOGOUT": "1", "SESSION_TYPE": "O" if session.app_id else "I" if session.kind == "ui" else "A",
            "SESSION_LEVEL": "1", "APP_TYPE": "", "API_VERSION": "9998.0", "CLIENT_IP": session.source_ip}  # fmt: skip


# ---------------------------------------------------------------------- parts


def _head(org: Org, event_type: str, number: int, at_s: float, user_id: str) -> Line:
    at = datetime.fromtimestamp(at_s, UTC)
    milliseconds = at.microsecond // 1000
    return {
        "EVENT_TYPE": event_type, "TIMESTAMP": f"{at:%Y%m%d%H%M%S}.{milliseconds:03d}", "REQUEST_ID": chance.token(22, org.seed, "log request", number),
        "ORGANIZATION_ID": org.org_id[:15], "USER_ID": user_id[:15], "TIMESTAMP_DERIVED": f"{at:%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z",
        "USER_ID_DERIVED": user_id,
    }  # fmt: skip


def _keys(org: Org, session: Session) -> Line:
    return {"SESSION_KEY": chance.token(16, org.seed, "session key", session.id), "LOGIN_KEY": chance.token(16, org.seed, "login key", session.user_id,
            int(session.issued_s))}  # fmt: skip


def _username(org: Org, user_id: str) -> str:
    if org.schema.find("User") is None:
        return ""
    found = org.store.one('SELECT "Username" FROM "User" WHERE "Id" = ?', (user_id,))
    return str(found[0] or "") if found else ""


def _app_id(org: Org, session: Session) -> str:
    if not session.app_id or org.schema.find("ConnectedApplication") is None:
        return ""
    found = org.store.one('SELECT "Id" FROM "ConnectedApplication" WHERE "Name" = ?', (_app_name(org, session),))
    return str(found[0]) if found else ""


def _app_name(org: Org, session: Session) -> str:
    app = org.apps.find(session.app_id) if session.app_id else None
    return app.label if app else ""
