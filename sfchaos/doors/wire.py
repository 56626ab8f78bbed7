"""HTTP/1.1 bytes to values and back. No sockets here: bytes come in through `feed`, bytes go out of `head_of`.

The grammar is httptools' (llhttp). What is ours: one message at a time in order, CONNECT, and requests that ask for an upgrade nobody gives.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any

import httptools

from sfchaos.core.messages import REASONS, Headers, Response
from sfchaos.doors.common import has_body, rechunked

MAX_HEAD_BYTES = 1 << 20  # a guard of ours against endless headers; what Salesforce refuses is the org's business
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(:\d{1,5})?")
_BODILESS = frozenset({204, 304})


class Malformed(Exception):
    """Bytes that are no HTTP request. `status` is what to answer before the connection closes."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status, self.what = status, what


@dataclass(slots=True)
class Incoming:
    """One request as it came off the wire. `target` is as sent: a path, an absolute URL, `*`, or host:port of a CONNECT.

    `rest` are bytes that came right behind a CONNECT and belong to its tunnel. `fault` is set when this is no request at all.
    """

    method: str = ""
    target: str = ""
    version: str = "1.1"
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    keep_alive: bool = True
    rest: bytes = b""
    fault: Malformed | None = None

    def header(self, name: str) -> str:
        """The first value of a header (`name` in lower case), or an empty text."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return ""


class RequestReader:
    """Feeds bytes to the parser and gives back whole requests. One reader a connection."""

    def __init__(self) -> None:
        self._done: list[Incoming] = []
        self._first = b""  # part of the body, and mostly all of it
        self._all: io.BytesIO | None = None  # the parts together, from the second on
        self._current = Incoming()
        self._head_bytes = 0
        self._expects = False
        self._in_body = False
        self._parser: Any = httptools.HttpRequestParser(self)

    @property
    def wants_continue(self) -> bool:
        """True while a client waits for `100 Continue` before it sends a body."""
        return self._expects and self._in_body

    @property
    def is_amid(self) -> bool:
        """A request has begun and is not all here."""
        return self._in_body or self._head_bytes > 0

    def feed(self, data: bytes) -> list[Incoming]:
        """The requests that `data` completes, in order; the last may carry `fault` or, for a CONNECT, `rest`."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as stop:
            self._after_upgrade(data[stop.args[0] :])
        except httptools.HttpParserError as error:
            self._done.append(Incoming(keep_alive=False, fault=Malformed(400, str(error) or "not HTTP")))
        if self._head_bytes > MAX_HEAD_BYTES:
            self._done.append(Incoming(keep_alive=False, fault=Malformed(431, f"more than {MAX_HEAD_BYTES} bytes of headers")))
        done, self._done = self._done, []
        return done

    def _after_upgrade(self, rest: bytes) -> None:
        """The parser stops after the head of a CONNECT, and of any request with `Upgrade:` (Java's client offers h2c on each).

        Nothing is upgraded here, so the latter is read again without the offer: its body would be lost otherwise.
        """
        if self._current.method == "CONNECT":
            self._done[-1].rest = rest
            return
        refused = self._current
        kept = [(name, value) for name, value in refused.headers if name.lower() not in ("upgrade", "http2-settings", "connection")]
        if "close" in refused.header("connection").lower():
            kept.append(("Connection", "close"))
        lines = [f"{refused.method} {refused.target} HTTP/{refused.version}", *(f"{name}: {value}" for name, value in kept)]
        self._parser = httptools.HttpRequestParser(self)
        again = self.feed("\r\n".join([*lines, "", ""]).encode("latin-1") + rest)
        self._done.extend(again)

    # What httptools calls.

    def on_message_begin(self) -> None:
        self._current = Incoming()
        self._first, self._all = b"", None
        self._head_bytes = 1
        self._expects = False

    def on_url(self, part: bytes) -> None:
        self._head_bytes += len(part)
        self._current.target += part.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEAD_BYTES:
            return
        self._current.headers.append((name.decode("latin-1"), value.decode("latin-1")))
        if len(name) == 6 and name.lower() == b"expect" and value.lower() == b"100-continue":
            self._expects = True

    def on_headers_complete(self) -> None:
        current = self._current
        current.method = self._parser.get_method().decode("ascii")
        current.version = self._parser.get_http_version()
        self._head_bytes = 0
        self._in_body = True

    def on_body(self, part: bytes) -> None:
        if self._all is not None:
            self._all.write(part)
        elif self._first:
            self._all = io.BytesIO()
            self._all.write(self._first)
            self._all.write(part)
        else:
            self._first = part

    def on_message_complete(self) -> None:
        current = self._current
        self._in_body = False
        self._head_bytes = 0  # trailers count as head while they come
        if current.method != "CONNECT" and self._parser.should_upgrade():
            return
        current.body = self._first if self._all is None else self._all.getvalue()  # which shares the buffer: an upload is held once
        self._first, self._all = b"", None
        current.keep_alive = self._parser.should_keep_alive()
        self._done.append(current)


def split_authority(text: str, default_port: int) -> tuple[str, int]:
    """`login.salesforce.com:443` as (host in lower case, port); brackets of IPv6 dropped. Raises Malformed(400)."""
    if not _AUTHORITY.fullmatch(text):
        raise Malformed(400, f"{text!r} is no host")
    host, _, port = text.rpartition(":")
    if not host or port.endswith("]"):
        host, port = text, ""
    number = int(port) if port else default_port
    if number > 65535:
        raise Malformed(400, f"port {number} of {text!r} is above 65535")
    return host.strip("[]").lower(), number


def url_of(incoming: Incoming, *, scheme: str, own: str) -> str:
    """The absolute URL that the client meant. `own` stands in for a missing Host (HTTP/1.0). Raises Malformed(400)."""
    target = incoming.target
    if target.startswith(("http://", "https://")):
        authority = target.split("://", 1)[1].partition("/")[0].partition("?")[0].rpartition("@")[2]
        split_authority(authority, 0)
        return target
    host = incoming.header("host")
    if not host:
        if incoming.version != "1.0":
            raise Malformed(400, "an HTTP/1.1 request needs a Host header")
        host = own
    split_authority(host, 0)
    path = target if target.startswith("/") else f"/{target}"
    return f"{scheme}://{host}{path}"


def is_chunked(headers: Headers) -> bool:
    return any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in headers)


@dataclass(frozen=True, slots=True)
class Framed:
    """A reply as bytes. `lead` bytes of `body` are framing before the first byte of the entity; `closes` says the connection ends with it."""

    head: bytes
    body: bytes
    lead: int
    closes: bool


def frame(response: Response, *, method: str = "GET", version: str = "1.1", keep_alive: bool = True) -> Framed:
    """A reply framed as its headers say: with Content-Length unless they ask for chunks. A length that lies is sent as it stands, and then closes."""
    broken = response.delivery.chunks if has_body(method, response.status) and version != "1.0" else ""
    headers = rechunked(response.headers) if broken else response.headers
    chunked = version != "1.0" and is_chunked(headers)
    bodiless = response.status in _BODILESS or response.status < 200
    body = b"" if bodiless or method == "HEAD" else response.body
    lines = [f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Unknown')}"]
    closes, said, length = not keep_alive, False, -1
    for name, value in headers:
        lowered = name.lower()
        if lowered == "connection":
            said, closes = True, closes or "close" in value.lower()
        elif lowered == "content-length":
            if bodiless:
                continue
            length = int(value) if value.strip().isdigit() else -2
        elif lowered == "transfer-encoding" and (bodiless or not chunked):
            continue
        lines.append(f"{name}: {value}")
    if not bodiless and not chunked and length == -1:
        length = len(response.body)
        lines.append(f"Content-Length: {length}")
    if length not in (-1, len(response.body)) and method != "HEAD":
        closes = True
    closes = closes or bool(broken)
    if closes and not said and not broken:
        lines.append("Connection: close")
    elif version == "1.0" and not closes and not said:
        lines.append("Connection: keep-alive")
    head = _head_bytes(lines)
    if chunked and method != "HEAD" and not bodiless:
        if broken:
            return _broken(head, body, response)
        lead = f"{len(body):x}\r\n".encode() if body else b""
        return Framed(head, lead + body + (b"\r\n" if body else b"") + b"0\r\n\r\n", len(lead), closes)
    return Framed(head, body, 0, closes)


def _broken(head: bytes, body: bytes, response: Response) -> Framed:
    """Chunks that break off: without the last one, or with a size that is no number."""
    how = response.delivery
    sent = body if how.chunks == "unended" else body[: how.cut_after]
    lead = f"{len(sent):x}\r\n".encode() if sent else b""
    tail = b"" if how.chunks == "unended" else b"sfchaos\r\n"
    return Framed(head, lead + sent + (b"\r\n" if sent else b"") + tail, len(lead), True)


def _head_bytes(lines: list[str]) -> bytes:
    """Status line and headers. Line ends inside a value would split the reply: they become spaces."""
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        text = "\r\n".join(line.replace("\r", " ").replace("\n", " ") for line in lines)
    try:
        return f"{text}\r\n\r\n".encode("latin-1")
    except UnicodeEncodeError:
        return f"{text}\r\n\r\n".encode()
