"""Writers on asyncio: httpx and aiohttp, with a token that they were given."""

import asyncio
import os

import aiohttp
import httpx
from clients import people

TIMES = (1, 2, 4, 8)


def place(row, verb):
    base = f"{os.environ['SF_INSTANCE_URL']}/services/data/v62.0/sobjects/Contact"
    return ("PATCH", f"{base}/External_Id__c/{row['External_Id__c']}") if verb == "upsert" else ("POST", base)


def fields_of(row, verb):
    fields = {name: value for name, value in row.items() if name != "External_Id__c"}
    return fields if verb == "upsert" else {**fields, "Legacy_Id__c": row["External_Id__c"]}


async def patiently(call, passing):
    for wait_s in (*TIMES, None):
        try:
            return await call()
        except passing:
            if wait_s is None:
                raise
            await asyncio.sleep(wait_s)
    return None


def token():
    return {"Authorization": f"Bearer {os.environ['SF_ACCESS_TOKEN']}"}


async def writes_by_httpx(verb):
    async with httpx.AsyncClient(headers=token(), timeout=30) as client:
        async def write(row):
            method, url = place(row, verb)
            reply = await client.request(method, url, json=fields_of(row, verb))
            reply.raise_for_status()

        for row in people(6):
            await patiently(lambda row=row: write(row), (httpx.TransportError, httpx.HTTPStatusError))


async def writes_by_aiohttp(verb):
    """All at once: six tasks, each with waits of its own."""
    async with aiohttp.ClientSession(headers=token(), timeout=aiohttp.ClientTimeout(total=30), raise_for_status=True) as client:
        async def write(row):
            method, url = place(row, verb)
            async with client.request(method, url, json=fields_of(row, verb)) as reply:
                await reply.read()

        rows = people(6)
        await asyncio.gather(*(patiently(lambda row=row: write(row), (aiohttp.ClientError, TimeoutError)) for row in rows))


def httpx_upserts():
    asyncio.run(writes_by_httpx("upsert"))


def httpx_creates():
    asyncio.run(writes_by_httpx("create"))


def aiohttp_upserts():
    asyncio.run(writes_by_aiohttp("upsert"))


async def aiohttp_creates():
    await writes_by_aiohttp("create")
