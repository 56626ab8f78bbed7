"""Every route, whatever is sent to it: an answer of Salesforce's, never a defect, and a refused request changes no row."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from sfchaos.core.canonical import sha256_hex
from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.store import quoted

ORG = Org(seed=29)
ACCOUNT = ORG.admin.create("Account", Name="Acme", External_Id__c="A-1")
CONTACT = ORG.admin.create("Contact", LastName="Byron", AccountId=ACCOUNT)
ATTACHMENT = ORG.admin.create("Attachment", ParentId=ACCOUNT, Name="a.txt", Body="YWFh") if ORG.schema.find("Attachment") else CONTACT
ORG.mark()
ROUTES = sorted(ORG.routes.all(), key=lambda route: (route.template, route.method))
METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "get", ""]

PARTS = st.sampled_from([
    ACCOUNT, ACCOUNT[:15], CONTACT, ATTACHMENT, "Account", "Contact", "account", "User", "Id", "Name", "External_Id__c", "A-1", "Contacts", "Owner", "Body", "VersionData",
    "Nothing__c", "describe", "001000000000009AAA", ORG.integration_user_id, "0", "-1", "%00", "%2F", "..", "'", '"', "é", "x" * 300, "{v}", "7505e0000000001AAA",
]) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)  # fmt: skip
NAMES = st.sampled_from([
    "Id", "Name", "LastName", "attributes", "type", "records", "allOrNone", "compositeRequest", "batchRequests", "method", "url", "referenceId", "body", "graphs", "graphId", "query",
    "variables", "inputs", "operation", "object", "state", "ids", "fields", "NewPassword", "VersionData", "Body", "ParentId", "AccountId", "q", "sobjects", "x", "richInput",
])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([ACCOUNT, CONTACT, "Account", "2024-05-01", "SELECT Id FROM Account", "@{a.id}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=8,
)  # fmt: skip
RAW = st.binary(max_size=80) | st.sampled_from([
    b"", b"{", b"[]", b"null", b"grant_type=password&username=x", b"<x/>", b"\xff\xfe", b"--b\r\n\r\n--b--", b"Name\nAcme\n", b'{"Name": "x"', b"[" * 5000,
    b'<?xml version="1.0"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body><query/></env:Body></env:Envelope>',
])  # fmt: skip
BODIES = VALUES.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")) | RAW
TYPES = st.sampled_from(["application/json", "application/json", "text/csv", "text/xml", "multipart/form-data; boundary=b", "multipart/form-data", "application/x-www-form-urlencoded", "", "é"])
HEADERS = st.lists(st.tuples(
    st.sampled_from(["X-PrettyPrint", "Sforce-Query-Options", "If-Match", "If-Modified-Since", "If-Unmodified-Since", "If-None-Match", "Sforce-Mru", "Sforce-Call-Options", "Content-Encoding",
                     "Accept", "Sforce-Auto-Assign", "Sforce-Duplicate-Rule-Header", "SOAPAction", "Accept-Encoding"]),
    st.sampled_from(["1", "*", "", '"x"', "true", "updateMru=true", "batchSize=200", "gzip", "Thu, 15 Jan 2026 09:00:00 GMT", "client=x, defaultNamespace=y", "allowSave=true", "application/xml", "é"]),
), max_size=3)  # fmt: skip
QUERIES = st.dictionaries(
    st.sampled_from(["q", "fields", "ids", "limit", "start", "end", "explain", "columns", "_HttpMethod", "allOrNone", "updateOnly", "sObjects", "sobject", "maxRecords", "locator",
                     "client_id", "redirect_uri", "response_type", "anonymousBody", "startRow"]),
    st.sampled_from(["SELECT Id FROM Account", "SELECT", "Id,Name", "Foo__c", "", "1", "-1", "true", "2026-01-15T08:00:00Z", "2026-01-15T09:00:00Z", "PATCH", "DELETE", "NONSENSE", ACCOUNT,
                     "FIND {x}", "'", "Account,Contact"]) | st.text(max_size=10),
    max_size=3,
)  # fmt: skip


def rows_digest() -> str:
    """Of every row there is, but the log of logins: those are told also when refused."""
    rows = [(o.name, ORG.store.all(f"SELECT * FROM {quoted(o.name)} ORDER BY Id")) for o in ORG.schema if o.name not in ("LoginHistory", "AuthSession")]
    return sha256_hex(repr(rows).encode("utf-8", "surrogatepass"))


BEFORE = rows_digest()


@st.composite
def requests(draw: Any) -> Request:
    route = draw(st.sampled_from(ROUTES))
    parts = [_part(draw, part) for part in route.template.split("/")]
    query = "&".join(f"{name}={quote(value.encode('utf-8', 'replace'), safe='')}" for name, value in draw(QUERIES).items())
    method = route.method if draw(st.booleans()) else draw(st.sampled_from(METHODS))
    token = ORG.credentials.access_token if draw(st.integers(0, 9)) else draw(st.sampled_from(["", "x", "00D!x"]))
    headers = (("Authorization", f"Bearer {token}"), ("X-SFDC-Session", token), ("Content-Type", draw(TYPES)), *draw(HEADERS))
    return Request(method, f"https://acme.my.salesforce.com{'/'.join(parts)}{'?' + query if query else ''}", headers, draw(BODIES))


def _part(draw: Any, part: str) -> str:
    if part == "{v}":
        return str(draw(st.sampled_from(["v62.0", "v62.0", "v67.0", "v31.0", "v45.0", "62.0", "v99.0", "v"])))
    return quote(str(draw(PARTS)).encode("utf-8", "replace"), safe="%{}'\"") if part.startswith("{") else part


@settings(max_examples=int(os.environ.get("SFCHAOS_ROUTE_EXAMPLES", "400")), deadline=None)
@given(request=requests())
def test_any_request_is_answered_and_a_refused_one_changes_no_row(request: Request) -> None:
    ORG.reset()
    reply = ORG.handle(request)
    assert "defect" not in ORG.receipt.facts, ORG.receipt.facts["defect"]
    if request.path.lower().startswith("/services/soap/") and reply.status >= 400:
        assert reply.status in (405, 500)  # every SOAP fault is a 500, a wrong method none; for XML that does not parse, UNKNOWN_EXCEPTION is its word too
    else:
        assert 200 <= reply.status < 500, reply
        assert b"UNKNOWN_EXCEPTION" not in reply.body
    if reply.status >= 400:
        assert rows_digest() == BEFORE
