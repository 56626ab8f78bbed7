"""Request, Response and Delivery: the only things that pass between a client's door and an org.

A `Handler` turns a Request into a Response. An org is one, a rig is one, a stub of three lines is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

Headers = tuple[tuple[str, str], ...]
Fate = Literal["whole", "cut", "lost", "never", "unconnected"]
Close = Literal["reset", "fin"]
Connect = Literal[
    "", "dns", "refused", "unanswered", "tls_reset", "tls_expired", "tls_host", "tls_unknown_ca", "tls_old_version", "tls_new_version", "proxy_auth"
]
Chunks = Literal["", "unended", "bad_size"]
Befalls = Literal["", "killed", "frozen", "started_twice"]


def headers_of(pairs: Mapping[str, str] | Iterable[tuple[str, str]]) -> Headers:
    """Any headers as a tuple of (name, value) pairs, in the order given."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return tuple((str(name), str(value)) for name, value in items)


def find_header(headers: Headers, name: str, default: str = "") -> str:
    """The first value of a header, names compared without case."""
    wanted = name.lower()
    for key, value in headers:
        if key.lower() == wanted:
            return value
    return default


@dataclass(frozen=True, slots=True)
class Place:
    """An absolute URL in its parts, as `Request` shows them. URLs repeat, so the parts are kept."""

    scheme: str
    host: str
    authority: str
    path: str
    query_string: str


@lru_cache(maxsize=512)
def place_of(url: str) -> Place:
    split = urlsplit(url)
    path = split.path or "/"
    return Place(split.scheme, (split.hostname or "").lower(), split.netloc.rpartition("@")[2],
                 "/" + path.lstrip("/") if path.startswith("//") else path, split.query)  # fmt: skip


@lru_cache(maxsize=512)
def query_of(query_string: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        found.setdefault(name, value)
    return MappingProxyType(found)


OVERRIDE = "_HttpMethod"  # the query parameter that names another method


@dataclass(frozen=True)
class Request:
    """One HTTP request as the org sees it.

    `url` is absolute. `body` is the whole entity, transfer coding undone, content coding as sent.
    `route` says how it came: "direct" or "tunnel" (through CONNECT); clients retry differently in each.
    `origin` is an alias of the client's thread or connection ("main", "t2", "c3"), never a real id.
    `timeout_s` is the client's own read time-out where a door knows it.
    `connected` says that the line was made before anybody saw the request (a socket): a line that never was can then only be approximated.
    `took` says what was wrong with that line (Delivery.connect), when the client went on all the same.
    `verifies` is False when the client is known to take any certificate, `tls` are the oldest and newest versions of TLS it speaks.
    """

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    route: str = "direct"
    origin: str = "main"
    timeout_s: float | None = None
    connected: bool = False
    took: Connect = ""
    verifies: bool = True
    tls: tuple[str, str] = ("1.2", "1.3")

    @property
    def scheme(self) -> str:
        return place_of(self.url).scheme

    @property
    def host(self) -> str:
        """Host name in lower case, without the port."""
        return place_of(self.url).host

    @property
    def authority(self) -> str:
        """Host with its port as written: `127.0.0.1:8700`."""
        return place_of(self.url).authority

    @property
    def path(self) -> str:
        """Path as sent (still percent-encoded), a doubled leading slash made one."""
        return place_of(self.url).path

    @property
    def query_string(self) -> str:
        return place_of(self.url).query_string

    @property
    def query(self) -> Mapping[str, str]:
        """Decoded query parameters; of a repeated name the first counts."""
        return query_of(self.query_string)

    @property
    def effective_method(self) -> str:
        """`POST ...?_HttpMethod=PATCH` is a PATCH, for clients that cannot send one. Source: REST API Developer Guide, "Update a
        Record" (D)."""
        if self.method == "POST" and OVERRIDE in self.query_string:
            return self.query.get(OVERRIDE, "POST").upper()
        return self.method

    def header(self, name: str, default: str = "") -> str:
        """The first value of a header, names compared without case. Asked a dozen times a request, so an index is kept."""
        index: dict[str, str] | None = self.__dict__.get("_index")
        if index is None:
            index = self.__dict__["_index"] = {key.lower(): value for key, value in reversed(self.headers)}
        return index.get(name.lower(), default)

    def with_headers(self, **changed: str) -> Request:
        """A copy with headers added or replaced; underscores in names become dashes."""
        names = {key.replace("_", "-").lower(): value for key, value in changed.items()}
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in names)
        return replace(self, headers=kept + tuple(names.items()))


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a reply's bytes reach the caller. Doors act it out; faults only describe it.

    fate   whole: all of it.  cut: head and `cut_after` body bytes, then the line drops.
           lost: the line drops before a byte.  never: silence for `hold_s`, then the line drops.
           unconnected: there was no line to send the request on; `connect` says why.
    close  how it drops: "reset" (RST) or "fin" (clean close).
    delay_s       seconds before the first byte, on top of the org's own `work_s`.
    bytes_per_s   rate of the body; None is at once.
    piece_bytes   with a `gap_s` above 0 the body comes in pieces of that many bytes, `gap_s` seconds apart.
    chunks        broken framing, of a body that is then sent chunked: "unended" closes without the last chunk, "bad_size" sends
                  a chunk size that is no number after `cut_after` bytes of the body.
    connect       dns: the name is not found.  refused: nobody listens.  unanswered: SYN gets no answer for `hold_s`.
                  tls_*: the handshake is reset, shows a certificate that is expired, another host's or nobody's, or offers
                  only old (1.0, 1.1) or only new (1.3) versions.  proxy_auth: the proxy answers 407.
                  With another fate: the client took what it should have refused, and the line was made.
    befalls       what happens to the client's process before it reads a byte of this reply: killed, frozen for `freeze_s`,
                  or a second copy of it is started.
    """

    fate: Fate = "whole"
    close: Close = "reset"
    delay_s: float = 0.0
    hold_s: float = 0.0
    cut_after: int = 0
    bytes_per_s: float | None = None
    piece_bytes: int = 1
    gap_s: float = 0.0
    chunks: Chunks = ""
    connect: Connect = ""
    befalls: Befalls = ""
    freeze_s: float = 0.0


WHOLE = Delivery()


@dataclass(frozen=True, slots=True)
class Stream:
    """A body too large to be held at once. `pieces` makes it anew, some thousand bytes at a time, out of values that never change:
    whoever sends it needs no lock, and may do so long after the handler has returned."""

    pieces: Callable[[], Iterator[bytes]]


HOLD_LOOK_S = 0.05  # how often a door asks whether a held request has its reply


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """A request that is answered later (a long poll). The door asks `resume()` every HOLD_LOOK_S until it gives the reply, which it
    does at `until_s` (seconds since 1970 on the handler's clock) at the latest. `dropped()` is called instead of a last `resume`
    when the client is gone.
    """

    until_s: float
    resume: Callable[[], Response | None]
    dropped: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP reply. `work_s` is the org's service time (it counts for concurrency); `delivery` is the wire's part.

    `stream` stands in for `body` (which is empty then): who must look at the bytes asks `whole()` for them.
    With a `hold` this is no reply yet: only what the hold gives later is.
    """

    status: int
    body: bytes = b""
    headers: Headers = ()
    work_s: float = 0.05
    delivery: Delivery = field(default=WHOLE)
    hold: Hold | None = None
    stream: Stream | None = None

    def header(self, name: str, default: str = "") -> str:
        return find_header(self.headers, name, default)

    def whole(self) -> Response:
        """The same reply with all of its bytes in `body`."""
        return self if self.stream is None else replace(self, body=b"".join(self.stream.pieces()), stream=None)

    def travelling(self, **how: object) -> Response:
        """The same reply with another delivery: `reply.travelling(fate="lost")`."""
        return replace(self, delivery=replace(self.delivery, **how))  # type: ignore[arg-type]  # keys are Delivery's own


Handler = Callable[[Request], Response]

REASONS = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 300: "Multiple Choices", 302: "Found", 304: "Not Modified",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
    407: "Proxy Authentication Required", 409: "Conflict", 410: "Gone", 412: "Precondition Failed", 413: "Request Entity Too Large", 414: "URI Too Long",
    415: "Unsupported Media Type", 420: "Enhance Your Calm", 428: "Precondition Required", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout",
}  # fmt: skip
