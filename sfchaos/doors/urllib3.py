"""The default door: requests, simple-salesforce and everything else on urllib3 reach the handler in process.

While a door is open, urllib3's `HTTPConnectionPool._make_request` asks the handler for Salesforce hosts. That is below
`urllib3.Retry`, redirects, content decoding and connection pools: those are the client's real code. No socket is opened
and no TLS made, also where a proxy is configured. What stands lower than this cannot be shown here: connect and TLS
faults, broken chunking, bytes that are not HTTP, and the prints of `http.client`'s debuglevel.
"""

from __future__ import annotations

import inspect
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from urllib3 import HTTPHeaderDict
from urllib3._version import __version__ as urllib3_version
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, InsecureRequestWarning, ReadTimeoutError
from urllib3.response import HTTPResponse
from urllib3.util import SKIP_HEADER, Timeout
from urllib3.util.request import body_to_chunks

from sfchaos.core.clock import Clock
from sfchaos.core.errors import HarnessError
from sfchaos.core.hosts import is_salesforce_host
from sfchaos.core.messages import REASONS, Handler, Headers, Request, Response
from sfchaos.core.origins import Origins
from sfchaos.doors.common import Body, arrival_of, ask, closed_without_reply, connection_reset, framed_headers, joined
from sfchaos.doors.streamed import body_of
from sfchaos.doors.urllib3_line import tls_versions, unconnected, verifies

_log = logging.getLogger("urllib3.connectionpool")  # the real function writes there, with path and query: leaks are found in it

_SEAM = ("conn", "method", "url", "body", "headers", "retries", "timeout", "chunked", "response_conn", "preload_content",
         "decode_content", "enforce_content_length")  # fmt: skip
_RESPONSE_WORDS = frozenset(inspect.signature(HTTPResponse.__init__).parameters)  # version_string came with urllib3 2.3
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, eq=False)
class _Door:
    handler: Handler
    clock: Clock
    origins: Origins
    hosts: Callable[[str], bool]
    on_other_host: Callable[[str], None] | None


@contextmanager
def urllib3_door(
    handler: Handler,
    *,
    clock: Clock,
    hosts: Callable[[str], bool] = is_salesforce_host,
    on_other_host: Callable[[str], None] | None = None,
    quick_env: bool = False,
) -> Iterator[None]:
    """Serve `hosts` from `handler` to all of urllib3 until the block ends. Doors nest: the last opened is asked first.

    Other hosts go where they always went, after `on_other_host(host)`. Requests carry the thread's alias as `origin` and
    the client's read time-out; replies take their `work_s` and delivery on `clock`.
    `quick_env` takes requests' look into the environment and .netrc away (about 40 % of a fast run); the client then sees
    neither proxies nor netrc logins.
    Raises HarnessError when this urllib3 has another seam than the one known here.
    """
    door = _Door(handler, clock, getattr(clock, "origins", None) or Origins(), hosts, on_other_host)
    _SEAMS.open(door, quick_env=quick_env)
    try:
        yield
    finally:
        _SEAMS.close(door, quick_env=quick_env)


class _Seams:
    """The replaced functions: put in with the first door, taken out with the last."""

    def __init__(self) -> None:
        self.doors: tuple[_Door, ...] = ()
        self._lock = threading.Lock()
        self._quick = 0
        self._saved: list[tuple[Any, str, Any]] = []
        self._saved_env: list[tuple[Any, str, Any]] = []
        self.make_request: Callable[..., Any] = HTTPConnectionPool._make_request
        self.prepare_proxy: Callable[..., Any] = HTTPSConnectionPool._prepare_proxy

    def open(self, door: _Door, *, quick_env: bool) -> None:
        with self._lock:
            if not self.doors:
                self._put_in()
            self.doors = (*self.doors, door)
            self._quick += quick_env
            if quick_env and self._quick == 1:
                self._quicken()

    def close(self, door: _Door, *, quick_env: bool) -> None:
        with self._lock:
            self.doors = tuple(other for other in self.doors if other is not door)
            self._quick -= quick_env
            if quick_env and not self._quick:
                _restore(self._saved_env)
            if not self.doors:
                _restore(self._saved)

    def door_for(self, host: str) -> _Door | None:
        for door in reversed(self.doors):
            if door.hosts(host):
                return door
        return None

    def _put_in(self) -> None:
        if HTTPConnectionPool._make_request is not _make_request:
            check_seam(HTTPConnectionPool._make_request)
            self.make_request = HTTPConnectionPool._make_request
            _replace(self._saved, HTTPConnectionPool, "_make_request", _make_request)
        if HTTPSConnectionPool._prepare_proxy is not _prepare_proxy:
            self.prepare_proxy = HTTPSConnectionPool._prepare_proxy
            _replace(self._saved, HTTPSConnectionPool, "_prepare_proxy", _prepare_proxy)
        self._spare_proxies()

    def _spare_proxies(self) -> None:
        """requests looks through the whole environment for a proxy at every call (about 0.1 ms); our hosts never go through
        one, so for them the look is left out. Other hosts get the answer they always got."""
        sessions = sys.modules.get("requests.sessions")
        if sessions is None:
            return
        original = sessions.get_environ_proxies

        def get_environ_proxies(url: str, no_proxy: Any = None) -> Any:
            return {} if self.door_for(urlsplit(url).hostname or "") is not None else original(url, no_proxy)

        _replace(self._saved, sessions, "get_environ_proxies", get_environ_proxies)

    def _quicken(self) -> None:
        from requests import sessions

        _replace(self._saved_env, sessions, "get_environ_proxies", lambda url, no_proxy=None: {})
        _replace(self._saved_env, sessions, "get_netrc_auth", lambda url, raise_errors=False: None)


def _replace(saved: list[tuple[Any, str, Any]], owner: Any, name: str, new: Any) -> None:
    saved.append((owner, name, vars(owner)[name]))
    setattr(owner, name, new)


def _restore(saved: list[tuple[Any, str, Any]]) -> None:
    while saved:
        owner, name, original = saved.pop()
        setattr(owner, name, original)


def check_seam(function: Callable[..., Any]) -> None:
    """Raise HarnessError unless `function` takes what urllib3 2's `_make_request` takes."""
    known = set(inspect.signature(function).parameters)
    missing = [name for name in _SEAM if name not in known]
    if missing:
        raise HarnessError(
            f"urllib3 {urllib3_version} has another HTTPConnectionPool._make_request than the in-process door knows (no {', '.join(missing)})",
            remedy="install urllib3>=2.0.7,<3, or test over sockets with the rig_server fixture or `sfchaos run`",
        )


def _make_request(pool: Any, conn: Any, method: str, url: str, *args: Any, **keywords: Any) -> Any:
    host = _destination(pool, url)
    door = _SEAMS.door_for(host)
    if door is not None:
        return _serve(door, pool, conn, method, url, *args, **keywords)
    for other in reversed(_SEAMS.doors):
        if other.on_other_host is not None:
            other.on_other_host(host)
            break
    return _SEAMS.make_request(pool, conn, method, url, *args, **keywords)


def _prepare_proxy(pool: Any, conn: Any) -> None:
    """CONNECT happens before `_make_request`: for our hosts nothing may leave the machine, so it does not happen."""
    if _SEAMS.door_for(str(pool.host).lower()) is None:
        _SEAMS.prepare_proxy(pool, conn)


def _serve(
    door: _Door,
    pool: Any,
    conn: Any,
    method: str,
    url: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    retries: Any = None,
    timeout: Any = None,
    chunked: bool = False,
    response_conn: Any = None,
    preload_content: bool = True,
    decode_content: bool = True,
    enforce_content_length: bool = True,
    **newer: Any,
) -> HTTPResponse:
    """What the real `_make_request` does, with the handler in the place of the network."""
    pool.num_requests += 1
    timeouts = pool._get_timeout(timeout)
    timeouts.start_connect()
    conn._has_connected_to_proxy = True  # past the proxy: errors are then judged as on a direct line
    _warn_if_unverified(pool, conn)
    sent_headers, sent_body = _as_sent(pool, method, url, body, headers, chunked)
    read_timeout_s = Timeout.resolve_default_timeout(timeouts.read_timeout)
    if read_timeout_s == 0:
        raise _read_timed_out(pool, url, read_timeout_s)
    request = Request(method, _absolute(pool, url), sent_headers, sent_body, origin=door.origins.alias(), timeout_s=read_timeout_s,
                      verifies=verifies(pool), tls=tls_versions(pool))  # fmt: skip
    reply = ask(door.handler, request, door.clock)
    _wait_for(reply, door.clock, pool, conn, url, timeouts)
    framed = framed_headers(reply, method)
    response = urllib3_response(
        reply, framed, body_of(reply, framed, method, door.clock, read_timeout_s), request_method=method, request_url=url,
        preload_content=preload_content, decode_content=decode_content, enforce_content_length=enforce_content_length,
    )  # fmt: skip
    response.retries = retries
    response._connection = response_conn
    response._pool = pool
    if _log.isEnabledFor(logging.DEBUG):
        _log.debug('%s://%s:%s "%s %s %s" %s %s', pool.scheme, pool.host, pool.port, method, url, "HTTP/1.1", reply.status,
                   response.length_remaining)  # fmt: skip
    return response


def _wait_for(reply: Response, clock: Clock, pool: Any, conn: Any, url: str, timeouts: Timeout) -> None:
    """Pass the time until the first byte; raise what the socket would when there is none."""
    read_timeout_s = Timeout.resolve_default_timeout(timeouts.read_timeout)
    connect_timeout_s = Timeout.resolve_default_timeout(timeouts.connect_timeout)
    arrival = arrival_of(reply, read_timeout_s, connect_timeout_s)
    clock.wait(arrival.after_s)
    if arrival.kind == "timeout":
        raise _read_timed_out(pool, url, read_timeout_s)
    if arrival.kind == "reset":
        raise connection_reset()
    if arrival.kind == "fin":
        raise closed_without_reply()
    if arrival.kind == "connect_timeout":
        raise ConnectTimeoutError(conn, f"Connection to {conn.host} timed out. (connect timeout={connect_timeout_s})")
    if arrival.kind == "unconnected":
        raise unconnected(reply.delivery, conn)


def _read_timed_out(pool: Any, url: str, read_timeout_s: float | None) -> ReadTimeoutError:
    return ReadTimeoutError(pool, url, f"Read timed out. (read timeout={read_timeout_s})")


def urllib3_response(reply: Response, headers: Headers, body: Body, **how: Any) -> HTTPResponse:
    """A real urllib3 response that reads from `body`; `how` are further words of its constructor."""
    if "version_string" in _RESPONSE_WORDS:
        how["version_string"] = "HTTP/1.1"
    return HTTPResponse(
        body=body,  # type: ignore[arg-type]  # reads like http.client's response
        headers=HTTPHeaderDict(headers), status=reply.status, version=11, reason=REASONS.get(reply.status, ""),
        original_response=body,  # type: ignore[arg-type]  # has msg, isclosed and close, which is what is asked of it
        **how,
    )  # fmt: skip


def _destination(pool: Any, url: str) -> str:
    """The host asked for: that of an absolute URL (a forwarding proxy's pool has the proxy's host), else the pool's."""
    if url[:1] != "/" and "://" in url:
        return (urlsplit(url).hostname or "").lower()
    return str(pool.host).lower()


def _authority(pool: Any) -> str:
    host = f"[{pool.host}]" if ":" in pool.host else pool.host
    return host if pool.port in (None, _DEFAULT_PORTS.get(pool.scheme)) else f"{host}:{pool.port}"


def _absolute(pool: Any, url: str) -> str:
    return f"{pool.scheme}://{_authority(pool)}{url}" if url.startswith("/") else url


def _as_sent(pool: Any, method: str, url: str, body: Any, headers: Mapping[str, str] | None, chunked: bool) -> tuple[Headers, bytes]:
    """Headers and body as urllib3 would put them on the wire. The body is read here, once."""
    given = [_plain(name, value) for name, value in headers.items()] if headers else []
    names = {name.lower() for name, _ in given}
    data, length = _read_once(body, method)
    sent: list[tuple[str, str]] = []
    if "host" not in names:
        sent.append(("Host", _authority(pool) if url.startswith("/") else urlsplit(url).netloc))
    if "accept-encoding" not in names:
        sent.append(("Accept-Encoding", "identity"))
    if "user-agent" not in names:
        sent.append(("User-Agent", f"python-urllib3/{urllib3_version}"))
    if "transfer-encoding" not in names and (chunked or (length is None and body is not None and "content-length" not in names)):
        sent.append(("Transfer-Encoding", "chunked"))
    elif length is not None and not chunked and "content-length" not in names and "transfer-encoding" not in names:
        sent.append(("Content-Length", str(length)))
    return (*sent, *(pair for pair in given if pair[1] != SKIP_HEADER)), data


def _read_once(body: Any, method: str) -> tuple[bytes, int | None]:
    """All bytes of a body, and the length that urllib3 would announce (None: not known before it is read)."""
    if type(body) is bytes:
        return body, len(body)
    chunks, length = body_to_chunks(body, method=method, blocksize=16384)
    return joined(chunks or ()), length


def _plain(name: Any, value: Any) -> tuple[str, str]:
    """One header as text. A value that http.client would refuse raises the client's own UnicodeEncodeError."""
    if type(name) is str and type(value) is str and value.isascii():
        return name, value
    text = _text(value)
    text.encode("latin-1")
    return _text(name), text


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _warn_if_unverified(pool: Any, conn: Any) -> None:
    """The warning that a client without certificate verification gets from the real function."""
    if pool.scheme == "https" and not verifies(pool):
        warnings.warn(
            f"Unverified HTTPS request is being made to host '{conn.host}'. Adding certificate verification is strongly advised. "
            "See: https://urllib3.readthedocs.io/en/latest/advanced-usage.html#tls-warnings",
            InsecureRequestWarning,
            stacklevel=2,
        )


_SEAMS = _Seams()
