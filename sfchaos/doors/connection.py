"""One client connection: requests in order, each answered by the handler and acted out before the next begins.

The same class serves a plain connection, the inside of a CONNECT tunnel, and TLS in either. Measured on asyncio, not documented
by it: `start_tls` does not call `connection_made`, and bytes can arrive before it returns; so early bytes are held here.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import TYPE_CHECKING, cast

from sfchaos.core.messages import WHOLE, Connect, Delivery, Headers, Request, Response
from sfchaos.doors.acting import FREE_WORK_S, Actor, pause_before_reply_s, reset
from sfchaos.doors.streamed import Pour, chunked_head, is_streamed
from sfchaos.doors.wire import Incoming, Malformed, RequestReader, frame, url_of

if TYPE_CHECKING:
    from sfchaos.doors.site import Site

MAX_WAITING = 16  # pipelined requests held before we stop reading
TLS_RECORD = 0x16  # first byte of a TLS handshake; no HTTP method begins so
LINGER_S = 1.0  # how long a refused client may keep sending before the connection is dropped
HANDSHAKE_S = 20.0
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(asyncio.Protocol):
    """`tunnel` is the host:port of the CONNECT that this is inside of; `secure` says TLS was spoken, `flaw` what was wrong with it."""

    def __init__(self, site: Site, *, origin: str = "", tunnel: str = "", secure: bool = False, flaw: Connect = "") -> None:
        self._site = site
        self._flaw: Connect = "" if flaw == "tls_new_version" else flaw  # who speaks the new one does nothing wrong
        self._origin = origin
        self.tunnel = tunnel
        self._secure = secure
        self.peer_host = self.local_host = ""
        self._transport: asyncio.Transport | None = None
        self._raw: asyncio.Transport | None = None
        self._reader = RequestReader()
        self._queue: deque[Incoming] = deque()
        self._early: list[bytes] = []
        self._actor: Actor | None = None
        self._pour: Pour | None = None
        self._fresh = not secure
        self._busy = self._pumping = self._full = self._closing = self._client_done = self._gone = self._on_hold = False

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.begin(cast(asyncio.Transport, transport), cast(asyncio.Transport, transport))

    def begin(self, transport: asyncio.Transport, raw: asyncio.Transport) -> None:
        """Take over `transport` (over `raw`, when TLS lies between), and read what came early."""
        if self._gone:
            transport.abort()
            return
        self._transport, self._raw = transport, raw
        self.peer_host, self.local_host = _host_of(raw, "peername"), _host_of(raw, "sockname")
        self._origin = self._origin or self._site.next_origin()
        self._site.connections[self] = None
        early, self._early = b"".join(self._early), []
        if early:
            self.data_received(early)

    def data_received(self, data: bytes) -> None:
        self._site.moves += 1
        if self._transport is None:
            self._early.append(data)
        elif self._closing:
            return
        elif self._fresh and data[0] == TLS_RECORD and (self.tunnel or self._site.https or self._site.proxy is not None):
            self._go_tls(data)
        else:
            self._fresh = False
            self._read(data)

    def eof_received(self) -> bool | None:
        """A client that closed its sending side may still be reading, unless it waits for a reply that never comes."""
        self._client_done = True
        if self._closing or (self._actor is not None and self._actor.is_silent) or self._site.holding.waits(self):
            return None
        return bool(self._busy or self._queue) and not self._secure

    def connection_lost(self, exc: BaseException | None) -> None:
        self._gone = self._closing = True
        self._site.connections.pop(self, None)
        self._queue.clear()
        if self._pour is not None:
            self._pour.stop()
        if self._actor is not None:
            self._actor.stop()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        if self._pour is not None:
            self._pour.go()
        else:
            self._pump()

    def abort(self) -> None:
        """Drop the connection now, whatever it is doing."""
        self._closing = True
        if self._pour is not None:
            self._pour.stop()
        if self._actor is not None:
            self._actor.stop()
        if self._transport is not None:
            self._transport.abort()

    # Reading.

    def _read(self, data: bytes) -> None:
        self._queue.extend(self._reader.feed(data))
        if self._reader.wants_continue and not self._busy and not self._queue and self._transport is not None:
            self._transport.write(CONTINUE)
        self._pump()

    def _pump(self) -> None:
        """Answer what has arrived, one after the other. Entered once, however the answers come back."""
        if self._pumping or self._transport is None:
            return
        self._pumping = True
        try:
            while self._queue and not (self._busy or self._full or self._closing):
                self._start(self._queue.popleft())
        finally:
            self._pumping = False
        self._mind_the_flow()

    def _mind_the_flow(self) -> None:
        if self._closing or self._on_hold or self._transport is None:
            return
        if self._client_done and not self._busy and not self._queue:
            self._close()
        elif len(self._queue) > MAX_WAITING or (self._queue and self._queue[-1].method == "CONNECT"):
            self._transport.pause_reading()
        elif len(self._queue) <= MAX_WAITING // 2 and not self._transport.is_reading():
            self._transport.resume_reading()

    # Answering.

    def _start(self, incoming: Incoming) -> None:
        self._busy = True
        try:
            if incoming.fault is not None:
                raise incoming.fault
            if self._site.proxy is not None and self._site.proxy.takes(self, incoming):
                return
            request = self._request_of(incoming)
        except Malformed as fault:
            self.refuse(fault.status, f"sfchaos: {fault.what}\n")
            return
        self._site.submit(request, self, self.peer_host, lambda response: self._answer(incoming, response))

    def _request_of(self, incoming: Incoming) -> Request:
        site = self._site
        if site.https and not (self._secure or self.tunnel or incoming.target.startswith("http")):
            raise Malformed(400, "this port speaks HTTPS; the request came in clear HTTP")
        if incoming.method == "CONNECT":
            raise Malformed(405, "CONNECT needs the proxy, and this server is none")
        url = url_of(incoming, scheme="https" if self._secure else "http", own=self.tunnel or site.address)
        if "://" in incoming.target and site.is_foreign(url, self.local_host):
            raise Malformed(421, f"{url.split('/')[2]} is not served here")
        route = "tunnel" if self.tunnel else "direct"
        return Request(incoming.method, url, tuple(incoming.headers), incoming.body, route, self._origin, connected=True, took=self._flaw,
                       verifies=self._flaw in ("", "tls_old_version"), tls=("1.0" if self._flaw == "tls_old_version" else "1.2", "1.3"))  # fmt: skip

    def _answer(self, incoming: Incoming, response: Response) -> None:
        transport, raw = self._transport, self._raw
        self._site.moves += 1
        if self._closing or transport is None or raw is None:
            return
        if is_streamed(response, method=incoming.method, version=incoming.version):
            self._pour_out(transport, incoming, response)
            return
        response = response.whole()
        framed = frame(response, method=incoming.method, version=incoming.version, keep_alive=incoming.keep_alive)
        delivery = response.delivery
        if (delivery is WHOLE or delivery == WHOLE) and response.work_s <= FREE_WORK_S:
            self._write(framed.head, framed.body)
            self._finished(framed.closes)
            return
        self._actor = Actor(transport, raw, framed, delivery, lambda: self._finished(framed.closes))
        self._actor.play(pause_before_reply_s(response.work_s, delivery))

    def _pour_out(self, transport: asyncio.Transport, incoming: Incoming, response: Response) -> None:
        assert response.stream is not None
        framed = frame(chunked_head(response), method=incoming.method, keep_alive=incoming.keep_alive)
        self._pour = Pour(transport, response.stream.pieces(), lambda: self._full, lambda: self._finished(framed.closes), self._spilt)
        self._pour.begin(framed.head, pause_before_reply_s(response.work_s, response.delivery))

    def _spilt(self, error: Exception) -> None:
        """A stream broke off in the midst: the client must not take what it got for the whole."""
        self._site.errors.append(error)
        self.abort()

    def _write(self, head: bytes, body: bytes) -> None:
        """One segment for what is small: two would cost a system call and a wake-up of the client each."""
        assert self._transport is not None
        if len(body) < 65536:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._transport.write(body)

    def _finished(self, closes: bool) -> None:
        self._actor = self._pour = None
        self._busy = False
        if closes:
            self._close()
        else:
            if self._reader.wants_continue and not self._queue and self._transport is not None:
                self._transport.write(CONTINUE)
            self._pump()

    def _close(self) -> None:
        self._closing = True
        self._queue.clear()
        if self._transport is not None:
            self._transport.close()

    def refuse(self, status: int, text: str, headers: Headers = ()) -> None:
        """Answer with a short text and end the connection, giving the client time to read it before the line drops."""
        transport = self._transport
        if transport is None or self._closing:
            return
        framed = frame(Response(status, text.encode(), (("Content-Type", "text/plain; charset=utf-8"), *headers)), keep_alive=False)
        transport.write(framed.head + framed.body)
        self._closing = True
        self._queue.clear()
        if not self._secure and transport.can_write_eof() and not transport.is_closing():
            transport.write_eof()
            asyncio.get_running_loop().call_later(LINGER_S, transport.abort)
        else:
            transport.close()

    # What the proxy asks for.

    @property
    def is_amid(self) -> bool:
        """A request is on its way in."""
        return self._reader.is_amid

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._closing

    def open_tunnel(self, authority: str, rest: bytes, answer: bytes) -> None:
        """Answer a CONNECT with `answer` and go on as the host it named; whether in TLS or in clear, its first byte will tell."""
        assert self._transport is not None
        self._transport.write(answer)
        self.tunnel, self._fresh, self._busy = authority, True, False
        self._reader = RequestReader()
        if rest:
            self.data_received(rest)

    def hold(self) -> None:
        """Read no further: what the client sends now is for somebody else."""
        self._on_hold = True
        if self._transport is not None:
            self._transport.pause_reading()

    def hand_over(self) -> asyncio.Transport:
        """The transport, for somebody else to serve; this connection is done with it."""
        assert self._transport is not None
        transport = self._transport
        self._closing = True
        self._site.connections.pop(self, None)
        return transport

    # TLS.

    def _go_tls(self, first: bytes) -> None:
        line = self._site.connecting(self._tls_host, "tls" if self.tunnel else "direct")
        if line is not None and not line.connect.startswith("tls_"):
            self.deny(line)
            return
        raw = self.hand_over()
        if line is not None and line.connect == "tls_reset":
            reset(raw)
            return
        flaw: Connect = line.connect if line is not None else ""
        inner = Connection(self._site, origin=self._origin, tunnel=self.tunnel, secure=True, flaw=flaw)
        raw.pause_reading()
        self._site.keep(speak_tls(self._site, raw, inner, first, flaw))

    @property
    def _tls_host(self) -> str:
        return self.tunnel.rpartition(":")[0].strip("[]") or self._site.host

    def deny(self, line: Delivery) -> None:
        """Act as if there were no line: a reset, after silence where nobody was to answer."""
        self._closing = True
        self._queue.clear()
        transport = self._transport
        if transport is not None:
            asyncio.get_running_loop().call_later(line.hold_s if line.connect == "unanswered" else 0.0, reset, transport)


async def speak_tls(site: Site, raw: asyncio.Transport, inner: Connection, first: bytes, flaw: Connect = "") -> None:
    """Take the server's part of a handshake whose first bytes have been read already, then let `inner` serve the clear side.

    The bytes are handed to asyncio's SSL protocol by its own entrance for buffers, after the loop has told it of its transport
    (the second turn) and before the loop reads the socket again.
    """
    loop = asyncio.get_running_loop()
    host = inner.tunnel.rpartition(":")[0].strip("[]") or site.host
    context = site.context_for(host, flaw)
    handshake = asyncio.ensure_future(loop.start_tls(raw, inner, context, server_side=True, ssl_handshake_timeout=HANDSHAKE_S))
    secure = None
    try:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        _give_early(raw.get_protocol(), first)
        secure = await handshake
    except (OSError, ssl.SSLError) as error:
        if not flaw:  # else it was to fail
            site.handshakes_failed.append(f"{host}: {error}")
    finally:
        if secure is None:  # also when the server stops in the midst of it: then start_tls closes the socket
            handshake.cancel()
    if secure is not None:
        inner.begin(secure, raw)


def _host_of(transport: asyncio.Transport, end: str) -> str:
    name = transport.get_extra_info(end)
    return str(name[0]) if name else ""


def _give_early(protocol: asyncio.BaseProtocol, data: bytes) -> None:
    if not isinstance(protocol, asyncio.BufferedProtocol):
        raise ConnectionAbortedError("the TLS layer did not take over")
    view = memoryview(data)
    while view:
        space = memoryview(protocol.get_buffer(len(view)))
        taken = min(len(space), len(view))
        space[:taken] = view[:taken]
        protocol.buffer_updated(taken)
        view = view[taken:]
