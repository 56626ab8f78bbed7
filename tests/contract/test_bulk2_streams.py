"""Large uploads and results over a real socket: held once on their way in, never on their way out."""

from __future__ import annotations

import gzip
import http.client
import json
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.doors.server import Server
from sfchaos.org.bulk.pace import PACES
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig

MEGABYTES = 20
PIECE_BYTES = 1 << 16
LINE = b"0015e0000009999AAA," + b"x" * 4980 + b"\n"  # an update of a row that is not there: refused, and so quick


class Client:
    def __init__(self, org: Org, port: int) -> None:
        self.token = org.credentials.access_token
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def say(self, method: str, path: str, body: Any = None, kind: str = "application/json", **headers: str) -> http.client.HTTPResponse:
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        all_headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind, **headers}
        self.connection.request(method, f"/services/data/v62.0/jobs{path}", sent, all_headers, encode_chunked=hasattr(sent, "__next__"))
        return self.connection.getresponse()

    def json(self, method: str, path: str, body: Any = None) -> Any:
        return json.loads(self.say(method, path, body).read())


@pytest.fixture(params=["org", "rig"])
def client(request):
    """A connection to a server before an org, or before a rig that records all of it."""
    clock = VirtualClock()
    org = Org(seed=3, clock=clock)
    org.bulk.pace = PACES["instant"]
    handler = org.handle if request.param == "org" else Rig(org).handle
    with Server(handler, clock=clock) as server:
        found = Client(org, server.port)
        with closing(found.connection):
            yield found
        assert server.errors == []


def upload(size: int) -> Iterator[bytes]:
    yield b"Id,Description\n"
    part = LINE * (PIECE_BYTES // len(LINE))
    for _ in range(size // len(part)):
        yield part


def drained(reply: http.client.HTTPResponse) -> int:
    return sum(map(len, iter(lambda: reply.read(PIECE_BYTES), b"")))


def test_an_upload_is_held_once_and_its_results_are_not_held(client):
    job = client.json("POST", "/ingest", {"object": "Account", "operation": "update"})["id"]
    tracemalloc.start()
    try:
        assert client.say("PUT", f"/ingest/{job}/batches", upload(MEGABYTES * 1_000_000), "text/csv").read() == b""
        uploaded = tracemalloc.get_traced_memory()[1]
        client.json("PATCH", f"/ingest/{job}", {"state": "UploadComplete"})
        info = client.json("GET", f"/ingest/{job}")
        assert (info["state"], info["numberRecordsProcessed"]) == ("JobComplete", info["numberRecordsFailed"])
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        reply = client.say("GET", f"/ingest/{job}/failedResults")
        assert (reply.getheader("transfer-encoding"), reply.getheader("content-type")) == ("chunked", "text/csv")
        received = drained(reply)
        results = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert uploaded < 1.3 * MEGABYTES * 1_000_000
    assert received > 0.99 * MEGABYTES * 1_000_000
    assert results < 0.5 * received


def test_results_come_compressed_for_a_client_that_asks(client):
    job = client.json("POST", "/ingest", {"object": "Account", "operation": "update"})["id"]
    client.say("PUT", f"/ingest/{job}/batches", upload(2_000_000), "text/csv").read()
    client.json("PATCH", f"/ingest/{job}", {"state": "UploadComplete"})
    plain = client.say("GET", f"/ingest/{job}/failedResults").read()
    reply = client.say("GET", f"/ingest/{job}/failedResults", **{"Accept-Encoding": "gzip"})
    packed = reply.read()
    assert reply.getheader("content-encoding") == "gzip"
    assert len(packed) < len(plain) / 50
    assert gzip.decompress(packed) == plain


def test_a_compressed_upload_is_taken(client):
    job = client.json("POST", "/ingest", {"object": "Account", "operation": "update"})["id"]
    data = b"".join(upload(2_000_000))
    assert client.say("PUT", f"/ingest/{job}/batches", gzip.compress(data), "text/csv", **{"Content-Encoding": "gzip"}).status == 201
    client.connection.close()
    client.json("PATCH", f"/ingest/{job}", {"state": "UploadComplete"})
    assert client.json("GET", f"/ingest/{job}")["numberRecordsProcessed"] == data.count(b"\n") - 1


def test_a_page_of_a_query_is_streamed(client):
    sizes = []
    job = client.json("POST", "/ingest", {"object": "Account", "operation": "insert"})["id"]
    data = b"Name,Description\n" + b"".join(b"A%d,%b\n" % (n, b"y" * 2000) for n in range(1500))
    client.say("PUT", f"/ingest/{job}/batches", data, "text/csv").read()
    client.json("PATCH", f"/ingest/{job}", {"state": "UploadComplete"})
    query = client.json("POST", "/query", {"operation": "query", "query": "SELECT Name, Description FROM Account"})["id"]
    assert client.json("GET", f"/query/{query}")["numberRecordsProcessed"] == 1500
    locator = ""
    while locator != "null":
        reply = client.say("GET", f"/query/{query}/results?maxRecords=800{locator and '&locator=' + locator}")
        sizes.append((reply.getheader("transfer-encoding"), reply.getheader("sforce-numberofrecords"), reply.read().count(b"\n") - 1))
        locator = reply.getheader("sforce-locator")
    assert sizes == [("chunked", "800", 800), ("chunked", "700", 700)]
