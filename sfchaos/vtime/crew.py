"""Which threads belong to the code under test, and whether one of them could still do something.

Threads that were there before virtual time began are outsiders (a progress bar, pytest-xdist's channel): they live in
real time, except the one that begins it. An outsider that sends a request through a door belongs to the target after all.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection
from pathlib import Path
from threading import get_ident

_TASKS = Path("/proc/self/task")
SEES_STATES = _TASKS.is_dir()  # Linux tells a thread that waits from one that only was not scheduled yet

Posture = tuple[tuple[int, int, int], ...]


class Crew:
    """Threads of the target while virtual time is on."""

    def __init__(self) -> None:
        here = threading.current_thread()
        self._outsiders = {thread.ident or 0: thread for thread in threading.enumerate() if thread is not here}

    def is_outsider(self) -> bool:
        """Whether the calling thread lives in real time."""
        known = self._outsiders.get(get_ident())
        if known is None:
            return False
        if known is threading.current_thread():
            return True
        del self._outsiders[get_ident()]  # that thread is gone and its ident was given again
        return False

    def adopt(self) -> None:
        """The calling thread belongs to the target from now on."""
        self._outsiders.pop(get_ident(), None)

    def is_alone(self, *, among_outsiders: bool = False) -> bool:
        """Whether no other thread of the target is alive (or no other thread at all)."""
        if threading.active_count() == 1:
            return True
        return len(self.apart_from((), among_outsiders=among_outsiders)) == 1

    def apart_from(self, parked: Collection[int], *, among_outsiders: bool = False) -> list[threading.Thread]:
        """Living threads whose idents are not in `parked`, those just being started included."""
        alive = [thread for thread in threading.enumerate() if thread.ident is None or thread.ident not in parked]
        return alive if among_outsiders else [thread for thread in alive if self._outsiders.get(thread.ident or 0) is not thread]


def posture_of(threads: list[threading.Thread]) -> Posture | None:
    """Where each thread stands in its code; None when one of them is certainly running.

    Two equal postures with a pause between them mean that nobody moved: all are blocked in something that is not replaced.
    """
    frames = sys._current_frames()
    found = []
    for thread in threads:
        if thread.ident is None or _is_running(thread.native_id):
            return None
        frame = frames.get(thread.ident)
        found.append((thread.ident, id(frame), frame.f_lasti if frame is not None else -1))
    return tuple(found)


def _is_running(native_id: int | None) -> bool:
    """Whether the kernel has the thread on a processor, in a queue for one, or in disk I/O. False where that cannot be asked."""
    if not SEES_STATES or native_id is None:
        return False
    try:
        stat = (_TASKS / str(native_id) / "stat").read_bytes()
    except OSError:  # it ended meanwhile
        return False
    return stat.rpartition(b")")[2].split(None, 1)[0] in (b"R", b"D")
