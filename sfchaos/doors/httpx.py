"""httpx, sync and async, in process: httpcore's connections get a line in memory, below its pool, its connect retries and its HTTP.

Bytes are httpcore's and h11's business as on a socket, so this door serves tier fast and tier wire. A proxy that is configured is left out
for the org's hosts. Transports of the client's own that are not httpcore's (a WSGI transport, a mock) are not touched.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx
from httpcore._async.connection import AsyncHTTPConnection
from httpcore._sync.connection import HTTPConnection

from sfchaos.core.clock import Clock
from sfchaos.core.errors import HarnessError
from sfchaos.core.hosts import is_salesforce_host
from sfchaos.core.messages import Delivery, Handler
from sfchaos.doors.common import Waits, waited
from sfchaos.doors.memory_line import Line, MemoryLine
from sfchaos.doors.seams import Door, Seams, waited_by_task
from sfchaos.doors.unconnected import unconnected_error
from sfchaos.doors.urllib3_line import version_names

_PORTS = {"http": 80, "https": 443}
_BACKOFF_FACTOR = 0.5  # httpcore's, of its connect retries: at once, then 0.5, 1, 2 ... seconds
_PROXIES = tuple(getattr(httpcore, name) for name in ("HTTPProxy", "SOCKSProxy", "AsyncHTTPProxy", "AsyncSOCKSProxy"))


@contextmanager
def httpx_door(
    handler: Handler, *, clock: Clock, hosts: Callable[[str], bool] = is_salesforce_host, on_other_host: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Serve `hosts` from `handler` to all of httpx until the block ends. Doors nest: the last opened is asked first.

    Raises HarnessError when this httpcore has other seams than those known here.
    """
    door = Door(handler, clock, hosts, on_other_host)
    _SEAMS.open(door)
    try:
        yield
    finally:
        _SEAMS.close(door)


def _put_in(replace: Callable[[Any, str, Callable[[Any], Any]], None]) -> None:
    for owner, name in ((HTTPConnection, "_connect"), (AsyncHTTPConnection, "_connect"), (httpx.Client, "_transport_for_url"), (httpx.AsyncClient, "_transport_for_url")):
        if name not in vars(owner):
            raise HarnessError(f"httpx {httpx.__version__} on httpcore {httpcore.__version__} has no {owner.__name__}.{name}, which the in-process door stands at",
                               remedy="install httpx>=0.27,<1 with httpcore>=1,<2, or test over sockets with `sfchaos run`")  # fmt: skip
    replace(HTTPConnection, "_connect", _connect)
    replace(AsyncHTTPConnection, "_connect", _connect_async)
    replace(httpx.Client, "_transport_for_url", _past_the_proxy)
    replace(httpx.AsyncClient, "_transport_for_url", _past_the_proxy)


def _past_the_proxy(original: Any) -> Any:
    def _transport_for_url(client: Any, url: Any) -> Any:
        transport = original(client, url)
        pool = getattr(transport, "_pool", None)
        return client._transport if isinstance(pool, _PROXIES) and _SEAMS.door_for(url.host.lower()) is not None else transport

    return _transport_for_url


def _connect(original: Any) -> Any:
    def connect(connection: Any, request: Any) -> Any:
        door = _door_of(connection)
        return original(connection, request) if door is None else _SyncStream(door, _line(door, connection, request))

    return connect


def _connect_async(original: Any) -> Any:
    async def connect(connection: Any, request: Any) -> Any:
        door = _door_of(connection)
        return await original(connection, request) if door is None else _AsyncStream(door, _line(door, connection, request))

    return connect


def _door_of(connection: Any) -> Door | None:
    host = connection._origin.host.decode("ascii").lower()
    door = _SEAMS.door_for(host)
    if door is None:
        _SEAMS.note_other(host)
    return door


def _line(door: Door, connection: Any, request: Any) -> MemoryLine:
    host, scheme = connection._origin.host.decode("ascii"), connection._origin.scheme.decode("ascii")
    authority = host if connection._origin.port in (None, _PORTS.get(scheme)) else f"{host}:{connection._origin.port}"
    context = connection._ssl_context
    verifies = not isinstance(context, ssl.SSLContext) or context.verify_mode != ssl.CERT_NONE
    versions = version_names(context.minimum_version, context.maximum_version) if isinstance(context, ssl.SSLContext) else ("1.2", "1.3")
    line = Line(scheme, authority, request.extensions.get("timeout", {}).get("connect"), verifies, versions, lambda how: _no_line(how, host),
                lambda: httpcore.ConnectTimeout("timed out"))  # fmt: skip
    return MemoryLine(door.handler, door.origins, line, connects_left=connection._retries, pauses=_pauses())


def _pauses() -> Iterator[float]:
    yield 0.0
    seconds = _BACKOFF_FACTOR
    while True:
        yield seconds
        seconds *= 2


def _no_line(how: Delivery, host: str) -> Exception:
    if how.connect == "proxy_auth":
        return httpcore.ProxyError("407 Proxy Authentication Required")
    return httpcore.ConnectError(str(unconnected_error(how, host)))


class _Stream:
    """What httpcore asks of a connected stream, but for the waiting."""

    def __init__(self, door: Door, line: MemoryLine) -> None:
        self._door, self._line = door, line

    def _receive(self, most: int, timeout_s: float | None) -> Waits[bytes]:
        self._line.timeout_s = timeout_s
        try:
            return (yield from self._line.receive(most))
        except TimeoutError as error:
            raise httpcore.ReadTimeout(error) from error
        except OSError as error:
            raise httpcore.ReadError(error) from error

    def _send(self, data: bytes) -> None:
        try:
            self._line.send(data)
        except OSError as error:
            raise httpcore.WriteError(error) from error

    def get_extra_info(self, info: str) -> Any:
        """Nothing is to be read on an idle line; there is no TLS object and no socket."""
        if info == "is_readable":
            return self._line.is_over
        return (self._line.line.authority, _PORTS[self._line.line.scheme]) if info == "server_addr" else None


class _SyncStream(_Stream, httpcore.NetworkStream):
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return waited(self._receive(max_bytes, timeout), self._door.clock)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._send(bytes(buffer))

    def close(self) -> None:
        self._line.is_over = True


class _AsyncStream(_Stream, httpcore.AsyncNetworkStream):
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  (httpcore's interface)
        return await waited_by_task(self._receive(max_bytes, timeout), self._door.clock)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  (httpcore's interface)
        self._send(bytes(buffer))

    async def aclose(self) -> None:
        self._line.is_over = True


_SEAMS = Seams(_put_in)
