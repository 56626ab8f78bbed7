"""Keeps one time for the org and the processes of a program that take part in it: all of them leap together, when none has anything to do.

A process that waits says until when it would wait (its wish). When every one does, time leaps to the earliest wish or to what the org
does next, whichever comes first. While a process waits for a reply, the leap waits too: 20 ms in which nothing came in or went out
(a reply that is under way must not become a time-out). Processes say the same thing in every language, a JSON object a line:

    to the keeper    {"hello": TOKEN, "pid": 7, "kind": "python", "clock": true}, {"wish": seconds or null, "io": true}, {"run": 1},
                     {"wait": ["time.sleep", seconds, "main"]}, {"egress": "host", "how": "connect"}, {"trouble": "text"}
    to the process   {"ahead": seconds ahead of the machine's monotonic clock}

Instants are in seconds of `SystemClock.shared_s`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from sfchaos.core.clock import SystemClock

if TYPE_CHECKING:
    from sfchaos.doors.following import FollowingLoop

QUIET_S = 0.02  # real
AFTER_LEAP_S = 0.001
LONGEST_LINE = 65_536  # bytes; who sends a longer line is no process of ours
MOST_TROUBLES = 20


class Keeper:
    """`activity()` counts what came in and went out, None in the midst of it; `dues` say when the org has something to do next, in seconds since 1970 on the clock.

    `on_wait(primitive, requested_s, origin)` and `on_egress(host, action, how)` are told what processes say; `kinds` counts the processes
    that said hello, by what they are. A process that takes no part in the time (`clock` false) is only heard.
    `furthest_s` (of the run) is where leaping ends; `went_furthest` says that somebody wants to go on.
    """

    def __init__(self, clock: SystemClock, token: str, *, furthest_s: float = float("inf"),
                 on_wait: Callable[[str, float, str], None] = lambda primitive, requested_s, origin: None,
                 on_egress: Callable[[str, str, str], None] = lambda host, action, how: None) -> None:  # fmt: skip
        self.clock, self.token, self.furthest_s = clock, token, furthest_s
        self.port = 0
        self.activity: Callable[[], int | None] = lambda: 0
        self.dues: list[Callable[[], float | None]] = []
        self.kinds: dict[str, int] = {}
        self.troubles: list[str] = []
        self.leaps = 0
        self.went_furthest = False
        self._on_wait, self._on_egress = on_wait, on_egress
        self._processes: dict[ProcessLine, None] = {}
        self._changes = 0
        self._loop: FollowingLoop | None = None
        self._looking = False

    async def listen(self, loop: FollowingLoop) -> asyncio.Server:
        """Listen on loopback, in `loop`, which acts out what the org says."""
        self._loop = loop
        listener = await loop.create_server(lambda: ProcessLine(self), "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        self.clock.moved.append(self._tell_from_anywhere)
        return listener

    def stop(self) -> None:
        if self._tell_from_anywhere in self.clock.moved:
            self.clock.moved.remove(self._tell_from_anywhere)
        for process in list(self._processes):
            process.drop()
        self._processes.clear()

    # What processes say.

    def joined(self, process: ProcessLine, said: dict[str, Any]) -> None:
        kind = str(said.get("kind", "?"))[:40]
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if said.get("clock"):
            self._processes[process] = None
            process.tell(self.clock.ahead_s)
            self.changed()

    def left(self, process: ProcessLine) -> None:
        if process in self._processes:
            del self._processes[process]
            self.changed()

    def heard(self, said: dict[str, Any]) -> None:
        """Raises ValueError, TypeError for what no process of ours says."""
        if "wait" in said:
            primitive, requested_s, origin = said["wait"]
            self._on_wait(str(primitive), float(requested_s), str(origin))
        elif "egress" in said:
            self._on_egress(str(said["egress"]), "refused", str(said.get("how", "connect")))
        elif "trouble" in said and len(self.troubles) < MOST_TROUBLES:
            self.troubles.append(str(said["trouble"]))

    # When time leaps.

    def changed(self) -> None:
        """A process came, went, waits or runs again."""
        self._changes += 1
        self._look()

    def _look(self) -> None:
        if self._looking or self._loop is None or not self._all_wait():
            return
        self._looking = True
        quiet_s = QUIET_S if any(process.io for process in self._processes) else 0.0
        seen = self._changes, self.activity()
        self._loop.call_unheeded(quiet_s, lambda: self._leap_unless_moved(seen))

    def _all_wait(self) -> bool:
        return bool(self._processes) and all(process.waits for process in self._processes)

    def _leap_unless_moved(self, seen: tuple[int, int | None]) -> None:
        self._looking = False
        if seen[1] is not None and seen == (self._changes, self.activity()) and self._all_wait():
            to_s = self._next_s()
            if to_s is None or to_s > self.furthest_s:
                self.went_furthest = to_s is not None
                return
            ahead_s = to_s - self.clock.elapsed_s()
            self.leaps += ahead_s > 0
            self.clock.advance(ahead_s)
        assert self._loop is not None
        self._loop.call_unheeded(AFTER_LEAP_S, self._look)  # what came due is done first

    def _next_s(self) -> float | None:
        """The next moment at which something happens, in seconds of the run."""
        assert self._loop is not None
        run_s = self.clock.shared_s() - self.clock.elapsed_s()  # what a run second is in shared seconds
        wishes = [process.until_s - run_s for process in self._processes if process.until_s is not None]
        if (event_s := self._loop.next_event_s()) is not None:
            wishes.append(event_s)
        epoch_s = self.clock.now_s() - self.clock.elapsed_s()
        wishes += [due_s - epoch_s for due in self.dues if (due_s := due()) is not None]
        return min(wishes, default=None)

    def _tell_from_anywhere(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        now_s = self.clock.shared_s()
        for process in list(self._processes):
            process.tell(self.clock.ahead_s)
            if process.until_s is not None and process.until_s <= now_s:
                process.waits = False  # it wakes now, and will say when it waits again
        self._changes += 1


class ProcessLine(asyncio.Protocol):
    """The line to one process. `until_s` is its wish (None: for ever) while it `waits`; `io` when one of its threads waits for a reply."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._known = False
        self.waits = self.io = False
        self.until_s: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        try:
            if len(self._rest) > LONGEST_LINE:
                raise ValueError("no line")
            for line in lines:
                self._take(json.loads(line))
        except (ValueError, TypeError, AttributeError):
            self.drop()

    def _take(self, said: dict[str, Any]) -> None:
        if not self._known:
            if said.get("hello") != self._keeper.token:
                raise ValueError("not one of ours")
            self._known = True
            self._keeper.joined(self, said)
        elif "wish" in said:
            self.waits, self.io = True, bool(said.get("io"))
            self.until_s = None if said["wish"] is None else float(said["wish"])
            self._keeper.changed()
        elif "run" in said:
            self.waits = False
            self._keeper.changed()
        else:
            self._keeper.heard(said)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._transport = None
        self._keeper.left(self)

    def tell(self, ahead_s: float) -> None:
        if self._transport is not None:
            self._transport.write(json.dumps({"ahead": ahead_s}).encode() + b"\n")

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()
