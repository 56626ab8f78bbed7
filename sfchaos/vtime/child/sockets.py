"""Sockets that wait for a reply in the shared time: a time-out of 30 s on a reply that never comes costs no real 30 s.

Only blocking reads wait here, and only on connections to the org. A read from elsewhere (an allowed database) keeps its real time,
and holds the shared time up for its first second.
"""

from __future__ import annotations

import select
import socket
import sys
from collections.abc import Callable, Collection
from typing import Any

from sfchaos.vtime import active
from sfchaos.vtime.parking import Sleeper

POLL_MS = 5
READS = ("recv", "recv_into", "recvfrom", "recvmsg")
Read = Callable[..., Any]


def wait_in_shared_time(ports: Collection[int]) -> None:
    """Let blocking reads wait in shared time, on connections to these ports of loopback: the org's."""
    for name in READS:
        if hasattr(socket.socket, name):
            setattr(socket.socket, name, _patient(getattr(socket.socket, name), ports))
    if "ssl" in sys.modules:
        _wait_in_tls(ports)
    else:
        sys.meta_path.insert(0, _TlsComing(ports))


def _wait_in_tls(ports: Collection[int]) -> None:
    import ssl

    ssl.SSLSocket.read = _patient_in_tls(ssl.SSLSocket.read, ssl.SSLWantReadError, ports)  # type: ignore[method-assign]  # a function, so that it is bound


class _TlsComing:
    """Waits for `import ssl`, which is slow, and which most helpers of a program never need."""

    def __init__(self, ports: Collection[int]) -> None:
        self._ports = ports

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname != "ssl":
            return None
        sys.meta_path.remove(self)
        from importlib.util import find_spec

        spec = find_spec("ssl")
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                execute(module)
                _wait_in_tls(self._ports)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # this loader is this spec's own
        return spec


def _patient(read: Read, ports: Collection[int]) -> Read:
    def stand_in(sock: Any, *args: Any, **named: Any) -> Any:
        on: Any = active.now  # a SharedTime
        timeout_s = sock.gettimeout()
        if on is None or timeout_s == 0 or on.crew.is_outsider() or _is_ready(sock, 0):
            return read(sock, *args, **named)
        if not _leads_to(ports, sock):
            with on.parking.elsewhere():
                return read(sock, *args, **named)
        if not _waits(on, sock, timeout_s):
            raise TimeoutError("timed out")
        return read(sock, *args, **named)

    stand_in.__name__ = read.__name__
    return stand_in


def _patient_in_tls(read: Read, wants_more: type[Exception], ports: Collection[int]) -> Read:
    """Bytes on the line need not be any of the reply's (a session ticket): so it reads without waiting, and waits itself."""

    def stand_in(sock: Any, *args: Any, **named: Any) -> Any:
        on: Any = active.now  # a SharedTime
        timeout_s = sock.gettimeout()
        if on is None or timeout_s == 0 or on.crew.is_outsider() or not _leads_to(ports, sock):
            return read(sock, *args, **named)
        until_s = None if timeout_s is None else on.monotonic_s() + timeout_s
        while True:
            sock.settimeout(0)
            try:
                return read(sock, *args, **named)
            except wants_more:
                left_s = None if until_s is None else until_s - on.monotonic_s()
            finally:
                sock.settimeout(timeout_s)
            if (left_s is not None and left_s <= 0) or not _waits(on, sock, left_s):
                raise TimeoutError("The read operation timed out")

    return stand_in


def _waits(on: Any, sock: Any, timeout_s: float | None) -> bool:
    """False when the time-out came first."""

    def ready() -> bool:
        return _is_ready(sock, 0)

    return bool(on.parking.park(Sleeper(on.parking, timeout_s, awake=ready, doze=lambda pause_s: _is_ready(sock, POLL_MS))))


def _is_ready(sock: Any, wait_ms: int) -> bool:
    """Whether a read returns at once: there are bytes, or an end, or an error."""
    fd = sock.fileno()
    if fd < 0:
        return True
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLPRI)
    return bool(poll.poll(wait_ms))


def _leads_to(ports: Collection[int], sock: Any) -> bool:
    try:
        address = sock.getpeername()
    except OSError:
        return False
    return isinstance(address, tuple) and address[1] in ports and str(address[0]).startswith(("127.", "::1"))
