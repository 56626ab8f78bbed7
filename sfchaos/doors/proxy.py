"""The proxy's judgement: Salesforce is the org, hosts the user allowed are really reached, every other host is refused and noted.

Never an open proxy: what is relayed is what the user named, and loopback for clients that are on loopback themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from sfchaos.core.hosts import is_loopback, is_salesforce_host
from sfchaos.core.messages import Delivery
from sfchaos.doors.wire import Incoming, Malformed, split_authority, url_of

if TYPE_CHECKING:
    from sfchaos.doors.connection import Connection
    from sfchaos.doors.site import Site

CONNECT_S = 10.0
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_HOP_BY_HOP = frozenset({"connection", "proxy-connection", "proxy-authorization", "keep-alive", "transfer-encoding", "te", "content-length", "expect"})
OnEgress = Callable[[str, str, str], None]
Services = Mapping[str, tuple[str, int]]


class Proxy:
    """`on_egress(host, action, how)`: action "refused" or "allowed", how "connect" or "absolute"; told for every host that is not the org.

    `services` are parts of the org that listen elsewhere: `api.pubsub.salesforce.com:7443` -> host and port of the gRPC server.
    """

    def __init__(self, site: Site, *, allow_hosts: Iterable[str] = (), on_egress: OnEgress | None = None, services: Services | None = None) -> None:
        self._services = services or {}
        self._site = site
        self._allowed = tuple(name.lower() for name in allow_hosts)
        self._on_egress = on_egress or (lambda host, action, how: None)
        self.relays: dict[RelayEnd, None] = {}

    def takes(self, connection: Connection, incoming: Incoming) -> bool:
        """True when the request is none for the org and has been dealt with. Raises Malformed for a target that is no host."""
        if connection.tunnel:
            if incoming.method == "CONNECT":
                raise Malformed(405, "CONNECT inside a tunnel")
            return False
        if incoming.method == "CONNECT":
            self._connect(connection, incoming)
            return True
        if not incoming.target.startswith(("http://", "https://")):
            return False
        url = urlsplit(url_of(incoming, scheme="http", own=self._site.address))
        host, port = split_authority(url.netloc.rpartition("@")[2], 443 if url.scheme == "https" else 80)
        if self._is_org(connection, host, port):
            return False
        if self._judge(connection, host, port, "absolute") and self._speaks_clear(connection, url.scheme):
            path = url._replace(scheme="", netloc="").geturl() or "/"
            self._relay(connection, host, port, _request_bytes(incoming, path, url.netloc), answer_connect=False)
        return True

    def _connect(self, connection: Connection, incoming: Incoming) -> None:
        host, port = split_authority(incoming.target, 443)
        service = self._services.get(f"{host.lower()}:{port}")
        if service is not None:
            self._relay(connection, *service, incoming.rest, answer_connect=True)
        elif self._is_org(connection, host, port):
            line = self._site.connecting(host, "proxy")
            if line is not None:
                self._deny(connection, line, host)
                return
            connection.open_tunnel(incoming.target, incoming.rest, ESTABLISHED)
        elif self._judge(connection, host, port, "connect"):
            self._relay(connection, host, port, incoming.rest, answer_connect=True)

    def _deny(self, connection: Connection, line: Delivery, host: str) -> None:
        """As proxies say that they have no line to a host: 502, 504 after silence, 407 when they want to know who asks (RFC 9110, 15.5.8, 15.6)."""
        if line.connect == "proxy_auth":
            connection.refuse(407, "Proxy Authentication Required\n", (("Proxy-Authenticate", 'Basic realm="proxy"'),))
        elif line.connect == "unanswered":
            asyncio.get_running_loop().call_later(line.hold_s, connection.refuse, 504, f"{host} does not answer\n")
        else:
            connection.refuse(502, f"{host} cannot be reached\n")

    def _is_org(self, connection: Connection, host: str, port: int) -> bool:
        return is_salesforce_host(host) or self._site.is_own(host, port, connection.local_host)

    def _speaks_clear(self, connection: Connection, scheme: str) -> bool:
        if scheme == "https":
            connection.refuse(501, "sfchaos: ask for https hosts by CONNECT\n")
        return scheme != "https"

    def _judge(self, connection: Connection, host: str, port: int, how: str) -> bool:
        allowed = self.allows(host, port, peer_host=connection.peer_host)
        self._on_egress(host, "allowed" if allowed else "refused", how)
        if not allowed:
            connection.refuse(403, f"sfchaos: {host} is not a Salesforce host and not allowed.\n  remedy: add it to `hosts` in sfchaos.toml\n")
        return allowed

    def allows(self, host: str, port: int, *, peer_host: str) -> bool:
        """Entries of `allow_hosts` are `host`, `host:port` or `*.domain`. Loopback ports are open to loopback clients, who could reach them anyway."""
        if is_loopback(host) and is_loopback(peer_host):
            return True
        return any(entry in (host, f"{host}:{port}") or (entry.startswith("*.") and host.endswith(entry[1:])) for entry in self._allowed)

    def _relay(self, connection: Connection, host: str, port: int, first: bytes, *, answer_connect: bool) -> None:
        connection.hold()
        self._site.keep(self._connect_and_relay(connection, host, port, first, answer_connect=answer_connect))

    async def _connect_and_relay(self, connection: Connection, host: str, port: int, first: bytes, *, answer_connect: bool) -> None:
        far = RelayEnd(self)
        try:
            await asyncio.wait_for(asyncio.get_running_loop().create_connection(lambda: far, host, port), CONNECT_S)
        except (OSError, TimeoutError) as error:
            connection.refuse(502, f"sfchaos: {host}:{port} could not be reached: {error or 'no answer'}\n")
            return
        if not connection.is_open:
            far.abort()
            return
        transport = connection.hand_over()
        near = RelayEnd(self)
        transport.set_protocol(near)
        near.connection_made(transport)
        if answer_connect:
            near.write(ESTABLISHED)
        near.join(far)  # after our 200: a host that greets first must not be heard before it
        far.write(first)
        transport.resume_reading()


class RelayEnd(asyncio.Protocol):
    """One side of a relay: what it hears, the other side says, no faster than the other side takes it."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._transport: asyncio.Transport | None = None
        self._other: RelayEnd | None = None
        self._held: list[bytes] = []
        self._ended = self._lost = False

    def join(self, other: RelayEnd) -> None:
        self._other, other._other = other, self
        for end in (self, other):
            end._catch_up()

    def _catch_up(self) -> None:
        """Pass on what was heard before the other side was there (a greeting, an early end)."""
        held, self._held = self._held, []
        for data in held:
            self.data_received(data)
        if self._ended:
            self.eof_received()
        if self._lost:
            self.connection_lost(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._proxy.relays[self] = None

    def data_received(self, data: bytes) -> None:
        if self._other is None:
            self._held.append(data)
        else:
            self._other.write(data)

    def eof_received(self) -> bool:
        self._ended = True
        if self._other is not None and self._other._transport is not None and not self._other._transport.is_closing():
            self._other._transport.write_eof()
        return not (self._other is not None and self._other._ended)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._lost = True
        self._proxy.relays.pop(self, None)
        if self._other is not None and self._other._transport is not None:
            self._other._transport.close()

    def pause_writing(self) -> None:
        if self._other is not None and self._other._transport is not None:
            self._other._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._other is not None and self._other._transport is not None:
            self._other._transport.resume_reading()

    def write(self, data: bytes) -> None:
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _request_bytes(incoming: Incoming, path: str, authority: str) -> bytes:
    """The request as the far server wants it: path only, its own Host, whole body, one answer and then close."""
    kept = [(name, value) for name, value in incoming.headers if name.lower() not in _HOP_BY_HOP and name.lower() != "host"]
    lines = [f"{incoming.method} {path} HTTP/1.1", f"Host: {authority.rpartition('@')[2]}", *(f"{name}: {value}" for name, value in kept)]
    if incoming.body or incoming.method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(incoming.body)}")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + incoming.body
