"""A daily limit of 24 hours, waited out by the libraries that people wait with: in well under a second, with as many requests as arithmetic says.

Waits double from 1 s to an hour: 1 + 2 + ... + 2,048 s are 4,095 s, 23 of 3,600 s end at 86,895 s. That makes 36 tries.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time

import aiohttp
import backoff
import httpx
import pytest
import requests
import tenacity
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from sfchaos.core.clock import VirtualClock
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig
from sfchaos.scenario.doors import TIERS, doors_in_process
from sfchaos.vtime.virtual import virtual_time

REAL_S = 0.5


class Spent(Exception):
    """The allowance is spent."""


class Day:
    """An org whose allowance is spent for a day from its first request on."""

    def __init__(self):
        self.clock = VirtualClock()
        self.org = Org(seed=7, clock=self.clock)
        self.rig = Rig(self.org)
        self.rig.inject("limit.daily", on="*/*", for_="24h")

    def ask(self, session=requests, resource="sobjects"):
        reply = session.get(f"{self.org.instance_url}/services/data/v62.0/{resource}", headers={"Authorization": f"Bearer {self.org.credentials.access_token}"}, timeout=30)
        if reply.status_code == 403:
            raise Spent(reply.text)
        return reply.status_code


def played(client, tier):
    """(status that the client ends with, requests, virtual hours), and the real seconds that it took."""
    day = Day()
    with virtual_time(day.clock), doors_in_process(day.rig.handle, clock=day.clock, on_other_host=lambda host: None, tier=tier):
        began_s = os.times().elapsed  # not one of the clocks that virtual time replaces
        status = client(day)
        took_s = os.times().elapsed - began_s
    return (status, day.rig.requests, round(day.clock.elapsed_s() / 3600, 1)), took_s


def by_hand(day, resource="sobjects"):
    pause_s = 1.0
    while True:
        try:
            return day.ask(resource=resource)
        except Spent:
            time.sleep(pause_s)
            pause_s = min(3600.0, pause_s * 2)


def by_tenacity(day):
    patient = tenacity.Retrying(wait=tenacity.wait_exponential(multiplier=1, min=1, max=3600), retry=tenacity.retry_if_exception_type(Spent))
    return patient(day.ask)


def by_backoff(day):
    return backoff.on_exception(backoff.expo, Spent, max_value=3600, jitter=None)(day.ask)()


def by_retry(day):
    """urllib3 repeats at once, then after 2, 4 ... seconds: 36 tries as well."""
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(total=60, status_forcelist=[403], backoff_factor=1, backoff_max=3600)))
    with session:
        return day.ask(session)


def by_four_threads(day):
    """Each asks for something else: 20 refused repeats of one request within a minute are a storm, from however many threads."""
    ended = []
    resources = [f"sobjects/{name}" for name in ("Account", "Contact", "Lead", "Case")]
    threads = [threading.Thread(target=lambda resource: ended.append(by_hand(day, resource)), args=(resource,)) for resource in resources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == [200] * 4
    return 200


async def doubling(day, ask):
    headers = {"Authorization": f"Bearer {day.org.credentials.access_token}"}
    pause_s = 1.0
    while (status := await ask(f"{day.org.instance_url}/services/data/v62.0/sobjects", headers)) == 403:
        await asyncio.sleep(pause_s)
        pause_s = min(3600.0, pause_s * 2)
    return status


def by_asyncio_and_httpx(day):
    async def client():
        async with httpx.AsyncClient(timeout=30) as session:
            async def ask(url, headers):
                return (await session.get(url, headers=headers)).status_code

            return await doubling(day, ask)

    return asyncio.run(client())


def by_asyncio_and_aiohttp(day):
    async def client():
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            async def ask(url, headers):
                async with session.get(url, headers=headers) as reply:
                    await reply.read()
                    return reply.status

            return await doubling(day, ask)

    return asyncio.run(client())


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(("client", "count"), [(by_asyncio_and_httpx, 36), (by_asyncio_and_aiohttp, 36), (by_hand, 36), (by_tenacity, 36), (by_backoff, 36), (by_retry, 36), (by_four_threads, 4 * 36)])
def test_a_day_s_limit_is_waited_out_in_no_time(client, count, tier):
    plays = [played(client, tier) for _ in range(3)]
    assert {story for story, _ in plays} == {(200, count, 24.1)}
    assert min(took_s for _, took_s in plays) < REAL_S  # the fastest: the machine has other things to do
