"""The org on a socket: HTTP/1.1, HTTPS and the CONNECT proxy on one port (tier real).

Ours to the socket, because a reset, a cut body or a slow drip cannot be said to an application server. Delays are real seconds.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from sfchaos.core.clock import Clock, SystemClock, VirtualClock
from sfchaos.core.errors import HarnessError, UsageError
from sfchaos.core.messages import Handler, Response
from sfchaos.doors.connection import Connection
from sfchaos.doors.following import FollowingLoop, call_unheeded
from sfchaos.doors.holding import Holding
from sfchaos.doors.keeper import Keeper
from sfchaos.doors.proxy import OnEgress, Proxy, RelayEnd, Services
from sfchaos.doors.site import Connecting, Control, Site
from sfchaos.doors.tls import Authority

BACKLOG = 512
SETTLE_LOOK_S = 0.5  # due work is looked for at least this often while there is any
STOP_S = 10.0


class Server:
    """Serves `handler` from a thread of its own between `start` and `stop`; use it as a context manager.

    handler      called in the loop's thread, one request at a time; with `workers`, in that many threads (for handlers that wait, such as an upstream)
    https        the port speaks TLS (and clear HTTP only for CONNECT, when `proxy` is set)
    proxy        CONNECT and absolute URLs are understood; Salesforce hosts are served by the handler, `allow_hosts` relayed, others refused with 403
    services     hosts of Salesforce that something else serves: `host:port` as asked for -> where a tunnel to it leads
    control      asked first for paths under `/__sfchaos/`, for clients on loopback; None from it means the handler is asked
    connecting   asked before a line is made, and acted in its place (see Site)
    keeper       keeps one time for the org and the processes that use it: delays and holds follow its clock when that leaps
    settle       called when the org's `next_due_s()` (org seconds) comes, so that jobs go on while nobody asks
    """

    def __init__(
        self,
        handler: Handler,
        *,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int = 0,
        authority: Authority | None = None,
        proxy: bool = False,
        https: bool = False,
        allow_hosts: Iterable[str] = (),
        on_egress: OnEgress | None = None,
        services: Services | None = None,
        control: Control | None = None,
        settle: Callable[[], object] | None = None,
        next_due_s: Callable[[], float | None] | None = None,
        connecting: Connecting | None = None,
        keeper: Keeper | None = None,
        workers: int = 0,
    ) -> None:
        self._clock = clock
        self._settle, self._next_due_s = settle, next_due_s
        self._workers, self._keeper = workers, keeper
        self._site = Site(handler, host, port, https, authority, control=control, answered=self._after_reply, holding=Holding(clock))
        if connecting is not None:
            self._site.connecting = connecting
        self._site.proxy = Proxy(self._site, allow_hosts=allow_hosts, on_egress=on_egress, services=services) if proxy else None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due_s: float | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    @property
    def port(self) -> int:
        """The port that is listened on: the one asked for, or the one the system picked."""
        return self._site.port

    @property
    def address(self) -> str:
        """`127.0.0.1:8700`"""
        return self._site.address

    @property
    def url(self) -> str:
        return f"{'https' if self._site.https else 'http'}://{self.address}"

    @property
    def proxy_url(self) -> str:
        """What HTTPS_PROXY is set to: always http, clients speak to the proxy in clear until CONNECT is answered."""
        return f"http://{self.address}"

    @property
    def authority(self) -> Authority:
        """The run's CA, made when first needed."""
        if self._site.authority is None:
            self._site.authority = Authority()
        return self._site.authority

    @property
    def errors(self) -> list[BaseException]:
        """What the handler or the door raised; the client got a 500 for each of the handler's."""
        return self._site.errors

    @property
    def handshakes_failed(self) -> list[str]:
        """`host: reason` of TLS handshakes that did not complete: most often a client that does not trust the run's CA."""
        return self._site.handshakes_failed

    @property
    def connections_seen(self) -> int:
        """How many connections were accepted since the start."""
        return self._site.origins_given

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> Server:
        """Listen, then return. Raises UsageError when the address cannot be had."""
        if self._thread is not None:
            raise HarnessError("this server is running already", remedy="use one Server for one `with` block")
        if self._site.https or self._site.proxy is not None:
            self._site.authority = self.authority
        self._ready.clear()
        self._failure = None
        self._thread = threading.Thread(target=self._run, name="sfchaos-server", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            self._thread = None
            where = f"{self._site.host}:{self._site.port}"
            raise UsageError(f"cannot listen on {where}: {self._failure}", remedy="choose another --port; 0 picks a free one") from self._failure
        return self

    def stop(self) -> None:
        """Drop every connection, close the port, join the thread. Safe to call twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        loop, stopping = self._loop, self._stopping
        if loop is not None and stopping is not None and not loop.is_closed():
            loop.call_soon_threadsafe(stopping.set)
        thread.join(STOP_S)
        if thread.is_alive():
            raise HarnessError(f"the server did not stop within {STOP_S:g} s: its handler is still at work")

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._new_loop) as runner:
                runner.run(self._serve())
        except BaseException as error:  # a thread has nobody to tell but us
            self._failure = error
        finally:
            self._ready.set()

    def _new_loop(self) -> asyncio.AbstractEventLoop:
        return FollowingLoop(self._clock) if isinstance(self._clock, SystemClock) else asyncio.SelectorEventLoop()

    async def _serve(self) -> None:
        site = self._site
        loop = self._loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._note)
        self._stopping = asyncio.Event()
        listener = await loop.create_server(lambda: Connection(site), site.host or None, site.port, backlog=BACKLOG)
        site.port = listener.sockets[0].getsockname()[1]
        site.pool = ThreadPoolExecutor(self._workers, thread_name_prefix="sfchaos-worker") if self._workers else None
        keeping = await self._kept(loop)
        self._look_ahead()
        self._ready.set()
        try:
            await self._stopping.wait()
        finally:
            listener.close()
            if keeping is not None and self._keeper is not None:
                keeping.close()
                self._keeper.stop()
            await self._drop_all()
            if site.pool is not None:
                site.pool.shutdown(wait=True, cancel_futures=True)

    async def _kept(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server | None:
        if self._keeper is None or not isinstance(loop, FollowingLoop):
            return None
        self._keeper.activity = self._site.activity
        self._keeper.dues += [self._site.holding.next_s, *([self._next_due_s] if self._next_due_s is not None else [])]
        return await self._keeper.listen(loop)

    async def _drop_all(self) -> None:
        """End all there is, and let the loop close the sockets: a transport left to the collector is a leak."""
        site = self._site
        if self._timer is not None:
            self._timer.cancel()
        site.holding.stop()
        for task in list(site.tasks):
            task.cancel()
        await asyncio.gather(*site.tasks, return_exceptions=True)
        relays = site.proxy.relays if site.proxy is not None else {}
        for _ in range(100):
            ends: list[Connection | RelayEnd] = [*site.connections, *relays]
            for end in ends:
                end.abort()
            await asyncio.sleep(0)
            if not (site.connections or relays):
                break
        await asyncio.sleep(0)

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        self._site.errors.append(error if isinstance(error, BaseException) else HarnessError(str(context.get("message"))))

    # Time.

    def _after_reply(self, response: Response) -> None:
        """A virtual clock moves only by what is acted out; a real one has moved already. Either may have brought due work nearer."""
        if isinstance(self._clock, VirtualClock):
            self._clock.advance(response.work_s + response.delivery.delay_s)
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Set the timer to the org's next due moment. In virtual time there is none to wait for: the next request settles."""
        if self._next_due_s is None or self._settle is None or self._loop is None or isinstance(self._clock, VirtualClock):
            return
        due_s = self._next_due_s()
        if due_s == self._timer_due_s and self._timer is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_due_s = due_s
        if due_s is not None:
            wait_s = min(SETTLE_LOOK_S, max(0.0, due_s - self._clock.now_s()))
            self._timer = call_unheeded(self._loop, wait_s, self._settle_now)

    def _settle_now(self) -> None:
        self._timer = None
        due_s = self._next_due_s() if self._next_due_s is not None else None
        try:
            if self._settle is not None and due_s is not None and due_s <= self._clock.now_s():
                self._settle()
        except Exception as error:  # a failing step must not end the service
            self._site.errors.append(error)
            return
        self._look_ahead()
