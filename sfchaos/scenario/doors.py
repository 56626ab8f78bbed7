"""The doors that are open around a target in this process: one for each library that speaks HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Literal

from sfchaos.core.clock import Clock
from sfchaos.core.errors import UnknownName
from sfchaos.core.messages import Handler

Tier = Literal["fast", "wire"]
TIERS = ("fast", "wire")


def checked_tier(name: str) -> Tier:
    """Raises UnknownName for a tier that is none in process."""
    if name not in TIERS:
        raise UnknownName("tier", name, TIERS, remedy='"fast" or "wire"; for sockets take the fixture rig_server, or `sfchaos run`')
    return "wire" if name == "wire" else "fast"


@contextmanager
def doors_in_process(handler: Handler, *, clock: Clock, on_other_host: Callable[[str], None], tier: Tier = "fast") -> Iterator[None]:
    """Serve Salesforce hosts from `handler` to every HTTP library of this process that is known here.

    Tier "fast" answers urllib3 below its Retry; "wire" gives it bytes, over a line in memory. What is on bare http.client, httpx and aiohttp
    has the line in both; the doors of the latter two open when the target imports them.
    """
    from sfchaos.doors.when_imported import when_imported
    from sfchaos.doors.wire_door import wire_door

    def httpx() -> AbstractContextManager[None]:
        from sfchaos.doors.httpx import httpx_door

        return httpx_door(handler, clock=clock, on_other_host=on_other_host)

    def aiohttp() -> AbstractContextManager[None]:
        from sfchaos.doors.aiohttp import aiohttp_door

        return aiohttp_door(handler, clock=clock, on_other_host=on_other_host)

    with ExitStack() as stack:
        stack.enter_context(when_imported("httpx", httpx))
        stack.enter_context(when_imported("aiohttp", aiohttp))
        stack.enter_context(wire_door(handler, clock=clock, on_other_host=on_other_host, with_urllib3=tier == "wire"))
        if tier == "fast":
            from sfchaos.doors.urllib3 import urllib3_door

            stack.enter_context(urllib3_door(handler, clock=clock, on_other_host=on_other_host))
        yield
