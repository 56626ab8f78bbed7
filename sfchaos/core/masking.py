"""Bodies in one form, so that equal requests of two runs are told to be equal."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from sfchaos.core.messages import Request

_ISO = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_UUID = re.compile(rb"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b")
_ASSERTION = re.compile(rb"assertion=[^&]+")
_SESSION = re.compile(rb"(<(?:[\w.-]+:)?sessionId(?:\s[^>]*)?>)[^<]+")
_SORTED = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def masked_body(request: Request) -> bytes:
    """The body in one form for equal requests: JSON keys sorted, volatile values masked (ISO times, UUIDs, JWT
    assertions, sessions of SOAP calls, multipart boundaries). CSV columns stand in the order of their names: clients that build a header from a
    set (simple-salesforce does) order it by the hash seed of the process. Above MOST_CSV_BYTES CSV stays as it is."""
    body, kind = request.body, request.header("content-type")
    if len(body) > MOST_CSV_BYTES and "csv" in kind.lower():
        return body
    return _masked_once(body, kind) if len(body) <= MOST_KEPT_BYTES else _masked(body, kind)


def _masked(body: bytes, content_type: str) -> bytes:
    kind = content_type.lower()
    if "json" in kind or body[:1] in (b"{", b"["):
        try:
            body = _SORTED.encode(json.loads(body)).encode()
        except (ValueError, RecursionError):
            pass
    elif "csv" in kind:
        body = _columns_by_name(body)
    boundary = re.search(r'boundary="?([^";]+)', kind)
    if boundary:
        body = re.sub(re.escape(boundary[1].encode()), b"BOUNDARY", body, flags=re.IGNORECASE)
    if b"assertion=" in body:
        body = _ASSERTION.sub(b"assertion=JWT", body)
    if b"sessionId" in body:  # of SOAP: after a new login the same call is the same call
        body = _SESSION.sub(rb"\1SESSION", body)
    if b":" in body:
        body = _ISO.sub(b"TIME", body)
    return _UUID.sub(b"UUID", body) if b"-" in body else body


def _columns_by_name(body: bytes) -> bytes:
    """A CSV table with its columns sorted by name; as it came when it is no plain table."""
    import csv
    import io

    try:
        rows = list(csv.reader(io.StringIO(body.decode(), newline="")))
    except (ValueError, csv.Error):
        return body
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        return body
    order = sorted(range(len(rows[0])), key=lambda column: rows[0][column])
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([row[column] for column in order] for row in rows)
    return out.getvalue().encode()


MOST_CSV_BYTES = 1 << 20
_masked_once = lru_cache(maxsize=1024)(_masked)  # exploration sends the same bodies in every run
MOST_KEPT_BYTES = 2048
