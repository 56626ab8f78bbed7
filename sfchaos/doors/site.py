"""What all connections of one server share: the handler, the names it answers to, and who is connected just now."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from sfchaos.core.coding import coded
from sfchaos.core.hosts import is_loopback, is_salesforce_host
from sfchaos.core.messages import Connect, Delivery, Handler, Request, Response
from sfchaos.doors.holding import Holding, Waiter
from sfchaos.doors.tls import Authority

if TYPE_CHECKING:
    from sfchaos.doors.connection import Connection
    from sfchaos.doors.proxy import Proxy

CONTROL_PREFIX = "/__sfchaos/"
Control = Callable[[Request], Response | None]
Stage = Literal["direct", "proxy", "tls"]
Connecting = Callable[[str, Stage], Delivery | None]


@dataclass(eq=False)
class Site:
    """`host` and `port` are where it listens. `answered` is called after each reply of the handler (time and due work may have moved).

    `connecting(host, stage)` is asked before a line is made: of a TLS hello ("direct"), of a CONNECT ("proxy"), of the hello inside its
    tunnel ("tls"). What it gives is acted in the place of the line.
    """

    handler: Handler
    host: str = "127.0.0.1"
    port: int = 0
    https: bool = False
    authority: Authority | None = None
    proxy: Proxy | None = None
    control: Control | None = None
    pool: Executor | None = None
    answered: Callable[[Response], None] = lambda response: None
    connecting: Connecting = lambda host, stage: None
    errors: list[BaseException] = field(default_factory=list)
    handshakes_failed: list[str] = field(default_factory=list)
    connections: dict[Connection, None] = field(default_factory=dict)
    tasks: dict[asyncio.Task[None], None] = field(default_factory=dict)
    origins_given: int = 0
    moves: int = 0  # what came in and what was answered, counted
    holding: Holding = field(default_factory=Holding)

    @property
    def reachable_host(self) -> str:
        """The host to write into URLs: loopback when we listen on every address."""
        return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self.host, self.host)

    @property
    def address(self) -> str:
        host = self.reachable_host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    def next_origin(self) -> str:
        self.origins_given += 1
        return f"c{self.origins_given}"

    def activity(self) -> int | None:
        """What came in and was answered so far; None while something is on its way in."""
        return None if self.tasks or any(connection.is_amid for connection in self.connections) else self.moves

    def is_own(self, host: str, port: int, local_host: str = "") -> bool:
        """True for this server's own address, which clients that ignore NO_PROXY ask the proxy for (wire reference 17).

        `local_host` is the address that the client's connection came in at: other machines know the server by that.
        """
        return port == self.port and (is_loopback(host) or host in (self.host, local_host))

    def is_foreign(self, url: str, local_host: str) -> bool:
        """True when an absolute URL names neither Salesforce nor this server."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        return not is_salesforce_host(host) and not self.is_own(host, parts.port or 80, local_host)

    def context_for(self, host: str, flaw: Connect = "") -> ssl.SSLContext:
        if self.authority is None:
            self.authority = Authority()
        return self.authority.context_for(host, flaw)

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` as a task that is not collected while it runs; what it raises is kept in `errors`."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks[task] = None
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self.tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.errors.append(error)

    def submit(self, request: Request, waiter: Waiter, peer_host: str, done: Callable[[Response], None]) -> None:
        """Answer `request`, then call `done` in the loop: at once, when a worker thread has the answer, or when what is held gets its reply."""

        def answered(response: Response) -> None:
            self._finish(request, waiter, response, done)

        if self.pool is None:
            answered(self._answer(request, peer_host))
            return
        waiting = asyncio.get_running_loop().run_in_executor(self.pool, self._answer, request, peer_host)
        waiting.add_done_callback(lambda ready: None if ready.cancelled() else answered(ready.result()))

    def _finish(self, request: Request, waiter: Waiter, response: Response, done: Callable[[Response], None]) -> None:
        if response.hold is not None:
            self.holding.add(waiter, response.hold, lambda reply: self._finish(request, waiter, coded(request, reply), done))
            return
        self.answered(response)
        done(response)

    def _answer(self, request: Request, peer_host: str) -> Response:
        try:
            if self.control is not None and request.path.startswith(CONTROL_PREFIX):
                if not is_loopback(peer_host):
                    return _text(403, "sfchaos: the control API answers loopback only\n")
                reply = self.control(request)
                if reply is not None:
                    return reply
            response = self.handler(request)
            return response if response.hold is not None else coded(request, response)
        except Exception as error:
            self.errors.append(error)
            return _text(500, f"sfchaos: the handler failed: {type(error).__name__}: {error}\n")


def _text(status: int, text: str) -> Response:
    return Response(status, text.encode(), (("Content-Type", "text/plain; charset=utf-8"),))
