"""The way out of a Python process under `sfchaos run`: Salesforce's hosts lead to the org, others are refused and told on.

This is for clients that read no proxy variable (http.client, urllib3's PoolManager, aiohttp without trust_env). They look a host's
address up, and the org's is given to them. What resolves or connects in C (uvloop, c-ares, gRPC) is not seen here.
Standard library of Python 3.8 only.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
from typing import Any

from _sfchaos_line import KIND, Line, Settings  # type: ignore[import-not-found]  # the name that sitecustomize gives to line.py

_lookup = socket.getaddrinfo
_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
REMEDY = "sfchaos: {} is no Salesforce host and not allowed; add it to `hosts` in sfchaos.toml"
SHARES_TIME_FROM = (3, 11)


class Route:
    """Which way each host goes."""

    def __init__(self, settings: Settings, line: Line) -> None:
        self._settings, self._line = settings, line
        self._reachable: set[Any] = set()  # addresses that allowed names were given
        self._own_name = socket.gethostname().lower()

    def getaddrinfo(self, host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> list[Any]:  # noqa: A002  (the name that callers use)
        """What stands in for socket.getaddrinfo. Raises gaierror for hosts that may not be reached."""
        name = _text(host).lower().rstrip(".")
        if not name or _is_loopback(name) or _is_address(name):
            return _lookup(host, port, family, type, proto, flags)
        if name.endswith(self._settings.hosts):
            return _lookup("127.0.0.1", self._port_for(name, port), socket.AF_INET, type, proto)
        if name == self._own_name or self._allows(name, port):
            found = _lookup(host, port, family, type, proto, flags)
            self._reachable.update(entry[4][0] for entry in found)
            return found
        self._line.say({"egress": name, "how": "lookup"})
        raise socket.gaierror(socket.EAI_NONAME, REMEDY.format(name))

    def connect(self, sock: socket.socket, address: Any) -> None:
        """What stands in for socket.connect."""
        _connect(sock, self._way(sock, address))

    def connect_ex(self, sock: socket.socket, address: Any) -> int:
        try:
            return int(_connect_ex(sock, self._way(sock, address)))
        except socket.gaierror:
            raise
        except OSError as error:
            return error.errno or errno.ECONNREFUSED

    def _way(self, sock: socket.socket, address: Any) -> Any:
        """The address to connect to. Raises ConnectionRefusedError, gaierror for hosts that may not be reached."""
        if sock.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple) or len(address) < 2:
            return address
        host, port = _text(address[0]).lower(), address[1]
        if _is_loopback(host) or not host or host in self._reachable:
            return address
        if not _is_address(host):
            found = self.getaddrinfo(host, port, sock.family, sock.type)
            return found[0][4]
        if self._allows(host, port):
            return address
        self._line.say({"egress": host, "how": "socket"})
        raise ConnectionRefusedError(errno.ECONNREFUSED, REMEDY.format(host))

    def _port_for(self, name: str, port: Any) -> int:
        return int(self._settings.services.get(f"{name}:{port}", self._settings.door))

    def _allows(self, name: str, port: Any) -> bool:
        return any(entry in (name, f"{name}:{port}") or (entry.startswith("*.") and name.endswith(entry[1:])) for entry in self._settings.allow)


def _text(host: Any) -> str:
    if isinstance(host, (bytes, bytearray)):
        return bytes(host).decode("ascii", "replace")
    return host if isinstance(host, str) else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return name in ("localhost", "::1", "0.0.0.0", "::") or (name.startswith("127.") and _is_address(name))


def begin() -> None:
    """Put the route in, and take part in the shared time where that is wanted and possible."""
    settings = Settings(os.environ["SFCHAOS_CHILD"])
    line = Line(settings)
    route = Route(settings, line)
    _put_in(route)
    takes_part = settings.shares_time and sys.version_info >= SHARES_TIME_FROM and sys.implementation.name == "cpython"
    line.open(takes_part=takes_part)
    if takes_part:
        try:
            _shared(settings)(settings, line)
        except Exception as error:
            line.open(takes_part=False)
            line.say({"trouble": f"a Python process stayed in real time: {type(error).__name__}: {error}"})
    elif settings.shares_time:
        line.say({"trouble": f"a process of {KIND} stayed in real time: the shared time needs CPython 3.11"})


def _put_in(route: Route) -> None:
    def connect(sock: Any, address: Any) -> None:
        route.connect(sock, address)

    def connect_ex(sock: Any, address: Any) -> int:
        return int(route.connect_ex(sock, address))

    socket.getaddrinfo = route.getaddrinfo
    socket.socket.connect = connect  # type: ignore[method-assign]  # functions, so that they are bound
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]  # as above


def _shared(settings: Settings) -> Any:
    from importlib.abc import MetaPathFinder
    from importlib.machinery import PathFinder

    class Ours(MetaPathFinder):
        """Last resort for the two packages that the shared time needs and the child's Python may not have."""

        def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
            place = {"sfchaos": settings.home, "time_machine": settings.parts, "_time_machine": settings.parts}.get(fullname)
            return None if place is None else PathFinder.find_spec(fullname, [place])

    sys.meta_path.append(Ours())
    from sfchaos.vtime.child.shared import share

    return share
