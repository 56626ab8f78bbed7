"""The org's Pub/Sub API on a socket: gRPC over HTTP/2, in clear or with the run's certificates (tier real). Needs the extra `pubsub`.

The HTTP/2 is grpcio's; every message becomes a Request for the same handler that HTTP clients reach, so that journal, faults and judges see it.
What this door cannot act out is a connection cut inside a message: any delivery but a whole one ends the call with UNAVAILABLE. Delays are real seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

from sfchaos.core.clock import Clock, VirtualClock
from sfchaos.core.errors import HarnessError, UsageError
from sfchaos.core.messages import HOLD_LOOK_S, Handler, Hold, Request, Response
from sfchaos.doors.acting import pause_before_reply_s
from sfchaos.doors.grpc_status import LOST, UNAVAILABLE, Ended, GaveUp, Status, status_of
from sfchaos.doors.pubsub_stream import PublishStream, Subscription
from sfchaos.doors.tls import Authority
from sfchaos.pubsub_proto import HOST, METHODS, PATH, PORT, Method, need

SERVICE = PATH.strip("/")
URL = f"https://{HOST}:{PORT}{PATH}/"
NAMES = ("localhost", "127.0.0.1", "::1", HOST, "api.deu.pubsub.salesforce.com")  # the second endpoint: Pub/Sub API guide (D)
MOST_CALLS = 500  # at once; each has a thread
LARGEST_BYTES = 4 << 20  # of a message: gRPC's own limit, which Salesforce keeps (D)
STOP_S = 10.0
_NOT_HEADERS = ("accesstoken", "authorization")


class PubSubServer:
    """Serves `handler` between `start` and `stop`; use it as a context manager. The handler is called by one thread at a time.

    With an `authority` the port speaks TLS, with a certificate for loopback and for Salesforce's Pub/Sub hosts; without one, clear text.
    """

    def __init__(self, handler: Handler, *, clock: Clock, host: str = "127.0.0.1", port: int = 0, authority: Authority | None = None) -> None:
        need("grpc")
        self._handler, self._clock, self._host, self.port = handler, clock, host, port
        self._authority = authority
        self._lock = threading.Lock()
        self._origins: dict[str, str] = {}
        self._server: Any = None
        self._pool: ThreadPoolExecutor | None = None
        self._readers: list[threading.Thread] = []
        self.stopping = threading.Event()
        self.errors: list[BaseException] = []

    @property
    def address(self) -> str:
        """`127.0.0.1:7443`: what SFCHAOS_PUBSUB says."""
        return f"{self._host}:{self.port}"

    @property
    def services(self) -> dict[str, tuple[str, int]]:
        """Where tunnels to Salesforce's own Pub/Sub hosts lead, for the CONNECT proxy. None without certificates: clients expect TLS there."""
        return {} if self._authority is None else {f"{host}:{PORT}": (self._host, self.port) for host in NAMES if host.endswith(".com")}

    def environment(self, bundle: Path | None = None) -> dict[str, str]:
        """What a client needs to know: the address, and for TLS the file that gRPC libraries in C and Node.js read their roots from."""
        trust = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(bundle)} if bundle is not None and self._authority is not None else {}
        return {"SFCHAOS_PUBSUB": self.address, **trust}

    def __enter__(self) -> PubSubServer:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> PubSubServer:
        """Listen, then return. Raises UsageError when the address cannot be had."""
        import grpc

        if self._server is not None:
            raise HarnessError("this Pub/Sub server is running already", remedy="use one PubSubServer for one `with` block")
        self.stopping.clear()
        self._pool = ThreadPoolExecutor(MOST_CALLS, thread_name_prefix="sfchaos-pubsub")
        options = [("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", LARGEST_BYTES)]
        server = grpc.server(self._pool, options=options, maximum_concurrent_rpcs=MOST_CALLS)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {m.name: self._method(m) for m in METHODS}),))
        where = f"{self._host}:{self.port}"
        try:
            self.port = self._listen(server, where)
        except RuntimeError as error:
            self._pool.shutdown()
            raise UsageError(f"cannot listen on {where} for Pub/Sub: {error}", remedy="choose another port; 0 picks a free one") from None
        server.start()
        self._server = server
        return self

    def _listen(self, server: Any, where: str) -> int:
        import grpc

        if self._authority is None:
            return int(server.add_insecure_port(where))
        key, chain = self._authority.leaf_pem(NAMES)
        return int(server.add_secure_port(where, grpc.ssl_server_credentials([(key, chain)])))

    def stop(self) -> None:
        """End every call, close the port, join the threads. Safe to call twice."""
        server, self._server = self._server, None
        if server is None:
            return
        self.stopping.set()
        server.stop(0).wait(STOP_S)
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        for reader in self._readers:
            reader.join(STOP_S)

    # ------------------------------------------------------------------ calls

    def _method(self, method: Method) -> Any:
        import grpc

        if not method.streams:
            return grpc.unary_unary_rpc_method_handler(lambda body, context: self._call(context, lambda call: call.message(method.name, body)))
        kind = PublishStream if method.asks == "PublishRequest" else Subscription
        return grpc.stream_stream_rpc_method_handler(lambda bodies, context: self._stream(context, kind, method.name, bodies))

    def _call(self, context: Any, work: Callable[[RemoteCall], bytes]) -> bytes:
        call = RemoteCall(self, context)
        try:
            return work(call)
        except GaveUp:
            call.end(Status(UNAVAILABLE, LOST))
        except Ended as ended:
            call.end(ended.status)
        except Exception as error:
            self._note(call, error)
        return b""

    def _stream(self, context: Any, kind: type[PublishStream] | type[Subscription], name: str, bodies: Iterator[bytes]) -> Iterator[bytes]:
        call = RemoteCall(self, context)
        stream = kind(call, name)
        reader = threading.Thread(target=stream.read, args=(bodies,), name="sfchaos-pubsub-reader", daemon=True)
        self._readers = [thread for thread in self._readers if thread.is_alive()] + [reader]
        reader.start()
        try:
            yield from stream.replies()
        except GaveUp:
            call.end(Status(UNAVAILABLE, LOST))
        except Ended as ended:
            call.end(ended.status)
        except Exception as error:
            self._note(call, error)
        finally:
            stream.close()

    def _note(self, call: RemoteCall, error: Exception) -> None:
        self.errors.append(error)
        call.end(Status(13, "An internal error occurred."))

    def handle(self, request: Request) -> Response:
        with self._lock:
            return self._handler(request).whole()

    def resume(self, hold: Hold) -> Response | None:
        with self._lock:
            response = hold.resume()
        return response.whole() if response is not None else None

    def drop(self, hold: Hold) -> None:
        with self._lock:
            hold.dropped()

    def took(self, response: Response) -> None:
        """A virtual clock moves only by what is acted out; a real one has moved already."""
        if isinstance(self._clock, VirtualClock):
            self._clock.advance(response.work_s + response.delivery.delay_s)

    def origin_of(self, peer: str) -> str:
        """`g1`, `g2` ...: an alias for each connection."""
        with self._lock:
            return self._origins.setdefault(peer, f"g{len(self._origins) + 1}")


class RemoteCall:
    """One gRPC call, as a stream sees it."""

    def __init__(self, server: PubSubServer, context: Any) -> None:
        self._server, self._context = server, context
        self.stopping = server.stopping
        self._origin = server.origin_of(context.peer())
        self._headers = _headers(context.invocation_metadata())

    @property
    def is_open(self) -> bool:
        return bool(self._context.is_active()) and not self.stopping.is_set()

    def message(self, name: str, body: bytes) -> bytes:
        """The reply to one message. Raises Ended, GaveUp."""
        return self.settled(self.ask(name, body))

    def ask(self, name: str, body: bytes, **place: str) -> Response:
        """What the handler says to one message; `place` says where in its stream it stands (`stage`, `topic`, `after`, `pending`). It may be held."""
        headers = (*self._headers, *((f"pubsub-{key}", value) for key, value in place.items()))
        return self._server.handle(Request("POST", URL + name, headers, body, origin=self._origin, timeout_s=self._context.time_remaining()))

    def look(self, hold: Hold) -> Response | None:
        """The reply to a held message, when it is there by now."""
        return self._server.resume(hold)

    def drop(self, hold: Hold) -> None:
        self._server.drop(hold)

    def settled(self, response: Response) -> bytes:
        """The message of a reply, after what its delivery takes. Raises Ended for one that is none."""
        while response.hold is not None:
            response = self._look_again(response.hold)
        pause_s = pause_before_reply_s(response.work_s, response.delivery)
        if response.delivery.fate == "never":
            pause_s += response.delivery.hold_s
        self._wait(pause_s)
        self._server.took(response)
        status = status_of(response)
        if status is not None:
            raise Ended(status)
        return response.body

    def _look_again(self, hold: Hold) -> Response:
        while self.is_open:
            response = self.look(hold)
            if response is not None:
                return response
            self.stopping.wait(HOLD_LOOK_S)
        self.drop(hold)
        raise GaveUp

    def _wait(self, seconds: float) -> None:
        while seconds > 0:
            if not self.is_open:
                raise GaveUp
            step_s = min(seconds, HOLD_LOOK_S)
            self.stopping.wait(step_s)
            seconds -= step_s

    def end(self, status: Status) -> None:
        import grpc

        if not self._context.is_active():
            return
        code = next(code for code in grpc.StatusCode if code.value[0] == status.number)
        self._context.set_trailing_metadata(status.trailers)
        self._context.set_code(code)
        self._context.set_details(status.text)


def _headers(metadata: Any) -> tuple[tuple[str, str], ...]:
    """Metadata as headers, the access token where every other API has it."""
    found = [(name.lower(), value) for name, value in metadata or () if isinstance(value, str)]
    token = next((value for name, value in found if name == "accesstoken"), "")
    bearer = (("authorization", f"Bearer {token}"),) if token else ()
    return (*bearer, ("content-type", "application/grpc"), *((name, value) for name, value in found if name not in _NOT_HEADERS and not name.startswith("pubsub-")))
