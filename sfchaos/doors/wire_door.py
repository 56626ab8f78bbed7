"""Tier wire: http.client reaches the handler over a line in memory, and with it urllib.request and, when asked, all of urllib3.

What the client's own code does with bytes is real here: `http.client` parses them, broken chunks and short bodies are found by it. Only
connecting is replaced. Slower than `urllib3_door` by about a third, and exact where that door can only raise what urllib3 would.
"""

from __future__ import annotations

import http.client
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sfchaos.core.clock import Clock
from sfchaos.core.hosts import is_salesforce_host
from sfchaos.core.messages import Delivery, Handler
from sfchaos.core.origins import Origins
from sfchaos.doors.memory_line import Line, MemorySocket
from sfchaos.doors.unconnected import unconnected_error

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, eq=False)
class _Door:
    handler: Handler
    clock: Clock
    origins: Origins
    hosts: Callable[[str], bool]
    on_other_host: Callable[[str], None] | None
    poll_fd: int
    with_urllib3: bool

    def socket(self, line: Line, timeout_s: float | None) -> MemorySocket:
        return MemorySocket(self.handler, self.clock, self.origins, line, self.poll_fd, timeout_s)


@contextmanager
def wire_door(
    handler: Handler,
    *,
    clock: Clock,
    hosts: Callable[[str], bool] = is_salesforce_host,
    on_other_host: Callable[[str], None] | None = None,
    with_urllib3: bool = True,
) -> Iterator[None]:
    """Serve `hosts` from `handler` to all of http.client until the block ends. Doors nest: the last opened is asked first.

    Other hosts go where they always went, after `on_other_host(host)`. Without `with_urllib3` that library is left to its own door.
    """
    reading, writing = os.pipe()  # open and empty: a line that is alive and has nothing to say
    door = _Door(handler, clock, getattr(clock, "origins", None) or Origins(), hosts, on_other_host, reading, with_urllib3)
    _SEAMS.open(door)
    try:
        yield
    finally:
        _SEAMS.close(door)
        os.close(reading)
        os.close(writing)


class _Seams:
    """The replaced `connect`s: put in with the first door, taken out with the last."""

    def __init__(self) -> None:
        self.doors: tuple[_Door, ...] = ()
        self._lock = threading.Lock()
        self._saved: list[tuple[Any, str, Any]] = []

    def open(self, door: _Door) -> None:
        with self._lock:
            if not self.doors:
                self._replace(http.client.HTTPConnection, "connect", _plain_connect("http"))
                self._replace(http.client.HTTPSConnection, "connect", _plain_connect("https"))
            if door.with_urllib3 and not any(other.with_urllib3 for other in self.doors):
                self._replace_in_urllib3()
            self.doors = (*self.doors, door)

    def close(self, door: _Door) -> None:
        with self._lock:
            self.doors = tuple(other for other in self.doors if other is not door)
            if not self.doors:
                while self._saved:
                    owner, name, original = self._saved.pop()
                    setattr(owner, name, original)

    def door_for(self, host: str, *, urllib3: bool) -> _Door | None:
        for door in reversed(self.doors):
            if door.hosts(host) and (door.with_urllib3 or not urllib3):
                return door
        return None

    def note_other(self, host: str, *, urllib3: bool) -> None:
        for door in reversed(self.doors):
            if door.on_other_host is not None and (door.with_urllib3 or not urllib3):
                door.on_other_host(host)
                return

    def _replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        original = vars(owner)[name]
        self._saved.append((owner, name, original))
        setattr(owner, name, make(original))

    def _replace_in_urllib3(self) -> None:
        from urllib3.connection import HTTPConnection, HTTPSConnection
        from urllib3.connectionpool import HTTPSConnectionPool

        self._replace(HTTPConnection, "_new_conn", _urllib3_new_conn)
        self._replace(HTTPSConnection, "connect", _urllib3_connect)
        self._replace(HTTPSConnectionPool, "_prepare_proxy", _urllib3_prepare_proxy)


def _plain_connect(scheme: str) -> Callable[[Any], Any]:
    """`connect` of http.client's own classes; urllib3's have one of their own."""

    def make(original: Any) -> Any:
        def connect(self: Any) -> None:
            host = str(getattr(self, "_tunnel_host", None) or self.host).lower()
            door = _SEAMS.door_for(host, urllib3=False)
            if door is None:
                _SEAMS.note_other(host, urllib3=False)
                original(self)
                return
            timeout_s = _seconds(self.timeout)
            context = getattr(self, "_context", None)
            line = Line(scheme, _authority(host, self.port, scheme), timeout_s, _verifies(context), _versions(context), lambda how: unconnected_error(how, host),
                        lambda: TimeoutError("timed out"))  # fmt: skip
            self.sock = door.socket(line, timeout_s)

        return connect

    return make


def _urllib3_new_conn(original: Any) -> Any:
    def _new_conn(self: Any) -> Any:
        door = _SEAMS.door_for(str(self.host).lower(), urllib3=True)
        if door is None:
            _SEAMS.note_other(str(self.host).lower(), urllib3=True)
            return original(self)
        return _urllib3_socket(door, self, "http")

    return _new_conn


def _urllib3_connect(original: Any) -> Any:
    def connect(self: Any) -> None:
        host = str(getattr(self, "_tunnel_host", None) or self.host).lower()
        door = _SEAMS.door_for(host, urllib3=True)
        if door is None:
            original(self)
            return
        self._has_connected_to_proxy = True  # past the proxy: errors are then judged as on a direct line
        self.sock = _urllib3_socket(door, self, "https")
        self.is_verified = True

    return connect


def _urllib3_prepare_proxy(original: Any) -> Any:
    """CONNECT happens before `connect`: for our hosts nothing may leave the machine, so it does not happen."""

    def _prepare_proxy(pool: Any, conn: Any) -> None:
        if _SEAMS.door_for(str(pool.host).lower(), urllib3=True) is None:
            original(pool, conn)
        else:
            conn.set_tunnel(pool.host, pool.port)  # only names the host: `connect` makes no tunnel

    return _prepare_proxy


def _urllib3_socket(door: _Door, conn: Any, scheme: str) -> MemorySocket:
    from urllib3.exceptions import ConnectTimeoutError

    from sfchaos.doors.urllib3_line import tls_versions, unconnected, verifies

    timeout_s = _seconds(conn.timeout)
    refused: Callable[[Delivery], Exception] = lambda how: unconnected(how, conn)  # noqa: E731  (named for its place in Line)
    late = f"Connection to {conn.host} timed out. (connect timeout={timeout_s})"
    host, port = (conn._tunnel_host, conn._tunnel_port) if conn._tunnel_host else (conn.host, conn.port)
    line = Line(scheme, _authority(str(host), port, scheme), timeout_s, verifies(conn), tls_versions(conn), refused, lambda: ConnectTimeoutError(conn, late))
    return door.socket(line, timeout_s)


def _seconds(timeout: Any) -> float | None:
    """A connection's time-out; the library's "whatever the system says" is the socket module's default."""
    import socket

    return float(timeout) if isinstance(timeout, int | float) else socket.getdefaulttimeout() if timeout is not None else None


def _authority(host: str, port: int | None, scheme: str) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port in (None, _PORTS[scheme]) else f"{name}:{port}"


def _verifies(context: Any) -> bool:
    return context is None or context.verify_mode != ssl.CERT_NONE


def _versions(context: Any) -> tuple[str, str]:
    from sfchaos.doors.urllib3_line import version_names

    return ("1.2", "1.3") if context is None else version_names(context.minimum_version, context.maximum_version)


_SEAMS = _Seams()
