"""What a client sees through its door in process is what it sees on a real socket: the same replies, the same errors of the same classes.

Both are asked by a table of behaviours of the line; the socket is plain HTTP on loopback, the doors stand at Salesforce's host.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from contextlib import contextmanager
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import urllib3

from sfchaos.core.clock import SystemClock, VirtualClock
from sfchaos.core.messages import Delivery, Request, Response, Stream
from sfchaos.doors.server import Server
from sfchaos.scenario.doors import TIERS, doors_in_process
from sfchaos.vtime.virtual import virtual_time

HOST = "http://acme.my.salesforce.com"
PATIENCE_S = 0.4
BODY = json.dumps({"rows": ["Zoë"] * 400}).encode()
PACKED = gzip.compress(BODY, mtime=0)
_JSON = ("Content-Type", "application/json")


class Host:
    """Answers by path, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int]] = []
        self.lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        with self.lock:
            self.asked.append((request.method, request.path, len(request.body)))
            nth = sum(path == request.path for _, path, _ in self.asked)
        return self.reply(request, request.path.strip("/"), nth)

    def reply(self, request: Request, name: str, nth: int) -> Response:
        def whole(**how: Any) -> Response:
            return Response(200, BODY, (_JSON,), 0.0, Delivery(**how))

        behaviours = {
            "whole": lambda: whole(),
            "empty": lambda: Response(204, b"", (), 0.0),
            "packed": lambda: Response(200, PACKED, (_JSON, ("Content-Encoding", "gzip")), 0.0),
            "damaged": lambda: Response(200, PACKED[:200] + b"!" * 20 + PACKED[220:], (_JSON, ("Content-Encoding", "gzip")), 0.0),
            "refused": lambda: Response(401, b'[{"errorCode":"INVALID_SESSION_ID"}]', (_JSON,), 0.0),
            "moved": lambda: Response(302, b"", (("Location", request.url.replace("/moved", "/whole")),), 0.0),
            "lost": lambda: whole(fate="lost") if nth < 3 else whole(),
            "lost_cleanly": lambda: whole(fate="lost", close="fin") if nth < 3 else whole(),
            "silent": lambda: whole(fate="never", hold_s=30.0),
            "slow": lambda: whole(delay_s=30.0),
            "late": lambda: whole(delay_s=PATIENCE_S / 4),
            "cut": lambda: whole(fate="cut", cut_after=1000),
            "cut_cleanly": lambda: whole(fate="cut", cut_after=1000, close="fin"),
            "stuck": lambda: whole(piece_bytes=1000, gap_s=30.0),
            "pieces": lambda: whole(piece_bytes=2000, gap_s=0.01),
            "unended": lambda: whole(fate="cut", cut_after=10**9, chunks="unended", close="fin"),
            "bad_size": lambda: whole(chunks="bad_size", cut_after=1000),
            "streamed": lambda: Response(200, b"", (_JSON,), 0.0, stream=Stream(lambda: iter([BODY[:1000], BODY[1000:]]))),
        }  # fmt: skip
        return behaviours[name]()


# Each client says (status, body) or the class of its error: name, and the names of what it may be caught as.


def told(error: BaseException) -> tuple[str, ...]:
    return (type(error).__name__,)


def by_requests(url: str, method: str, data: bytes | None) -> tuple[Any, ...]:
    with requests.Session() as session:
        session.trust_env = False
        reply = session.request(method, url, data=data, timeout=PATIENCE_S)
        return reply.status_code, reply.content


def by_urllib3(url: str, method: str, data: bytes | None) -> tuple[Any, ...]:
    with urllib3.PoolManager(retries=False) as pool:
        reply = pool.request(method, url, body=data, timeout=PATIENCE_S)
        return reply.status, reply.data


def by_httpx(url: str, method: str, data: bytes | None) -> tuple[Any, ...]:
    with httpx.Client(timeout=PATIENCE_S, trust_env=False, follow_redirects=True) as client:
        reply = client.request(method, url, content=data)
        return reply.status_code, reply.content


def by_httpx_async(url: str, method: str, data: bytes | None) -> tuple[Any, ...]:
    async def ask() -> tuple[Any, ...]:
        async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False, follow_redirects=True) as client:
            reply = await client.request(method, url, content=data)
            return reply.status_code, reply.content

    return asyncio.run(ask())


def by_httpx_stream(url: str, method: str, data: bytes | None) -> tuple[Any, ...]:
    async def ask() -> tuple[Any, ...]:
        async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False, follow_redirects=True) as client, client.stream(method, url, content=data) as reply:
            return reply.status_code, b"".join([piece async for piece in reply.aiter_bytes()])

    return asyncio.run(ask())


def by_aiohttp(url: str, method: str, data: bytes | None) -> tuple[Any, ...]:
    async def ask() -> tuple[Any, ...]:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_read=PATIENCE_S)) as client, client.request(method, url, data=data) as reply:
            return reply.status, await reply.read()

    return asyncio.run(ask())


CLIENTS = [by_requests, by_urllib3, by_httpx, by_httpx_async, by_httpx_stream, by_aiohttp]
BEHAVIOURS = ["whole", "empty", "packed", "damaged", "refused", "moved", "lost", "lost_cleanly", "silent", "slow", "late", "cut", "cut_cleanly", "stuck", "pieces", "unended",
              "bad_size", "streamed"]  # fmt: skip
def seen(client: Any, base: str, behaviour: str, method: str, data: bytes | None) -> tuple[Any, ...]:
    try:
        return client(f"{base}/{behaviour}", method, data)  # type: ignore[no-any-return]
    except (requests.RequestException, urllib3.exceptions.HTTPError, httpx.HTTPError, aiohttp.ClientError, OSError) as error:
        return told(error)


@contextmanager
def on_a_socket(host: Host):
    with Server(host, clock=SystemClock()) as server:
        yield server.url
    assert server.errors == []


@contextmanager
def in_process(host: Host, tier: str):
    clock = VirtualClock()
    with virtual_time(clock), doors_in_process(host, clock=clock, on_other_host=lambda name: None, tier=tier):
        yield HOST


@pytest.mark.parametrize(("method", "data"), [("GET", None), ("POST", b'{"Name": "Acme"}')])
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_client_sees_through_its_door_what_it_sees_on_a_socket(behaviour, client, method, data):
    real = Host()
    with on_a_socket(real) as url:
        expected = seen(client, url, behaviour, method, data)
    for tier in TIERS:
        host = Host()
        with in_process(host, tier) as url:
            found = seen(client, url, behaviour, method, data)
        assert (found, host.asked) == (expected, real.asked), tier


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_a_body_of_a_megabyte_arrives_whole(client):
    host = Host()
    with in_process(host, "fast") as url:
        assert client(f"{url}/whole", "POST", b"x" * 1_000_000)[0] == 200
    assert host.asked == [("POST", "/whole", 1_000_000)]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_other_hosts_are_told_and_left_alone(client):
    told_of = []
    clock = VirtualClock()
    with Server(Host(), clock=SystemClock()) as server, virtual_time(clock), doors_in_process(Host(), clock=clock, on_other_host=told_of.append):
        assert client(f"{server.url}/whole", "GET", None) == (200, BODY)
    assert told_of == ["127.0.0.1"]
