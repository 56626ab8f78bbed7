"""CometD by aiosfstream-ng: a platform event, a PushTopic and change events as they happen, replay from an id and of everything kept, refusals."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiosfstream_ng import Client, RefreshTokenAuthenticator, ReplayOption
from aiosfstream_ng.auth import AuthenticatorBase
from aiosfstream_ng.exceptions import AiosfstreamException

# the client makes its sessions itself, and none of them looks at HTTPS_PROXY
_plain = aiohttp.ClientSession.__init__
aiohttp.ClientSession.__init__ = lambda self, *args, **named: _plain(self, *args, **{"trust_env": True, **named})
WAIT_S = 20


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


class Session(AuthenticatorBase):
    """The session that stands in the environment."""

    async def _authenticate(self) -> tuple[int, dict[str, Any]]:
        return 200, {"access_token": os.environ["SF_ACCESS_TOKEN"], "token_type": "Bearer", "instance_url": os.environ["SF_INSTANCE_URL"]}


async def rest(method: str, path: str, body: Any = None) -> Any:
    url, mine = f"{os.environ['SF_INSTANCE_URL']}/services/data/v62.0{path}", {"Authorization": f"Bearer {os.environ['SF_ACCESS_TOKEN']}"}
    async with aiohttp.ClientSession(headers=mine) as session, session.request(method, url, json=body) as reply:
        return await reply.json() if reply.status != 204 else None


async def heard(client: Client, count: int) -> list[dict[str, Any]]:
    return [await asyncio.wait_for(client.receive(), WAIT_S) for _ in range(count)]


async def refused(act: Callable[[], Awaitable[Any]]) -> list[str]:
    try:
        await act()
    except AiosfstreamException as error:
        return [type(error).__name__, error.args[1]["error"]]
    return ["nothing was refused"]


async def main() -> None:
    account = await live()
    await replays()
    await changes(account)
    await refusals()


async def live() -> str:
    """Subscribe, then publish and write, then hear of it in order."""
    topic = {"Name": "Names", "Query": "SELECT Id, Name FROM Account", "ApiVersion": 62.0, "NotifyForFields": "Referenced"}
    told("push_topic", (await rest("POST", "/sobjects/PushTopic", topic))["success"])
    async with Client(RefreshTokenAuthenticator(os.environ["SF_CLIENT_ID"], os.environ["SF_CLIENT_SECRET"], os.environ["SF_REFRESH_TOKEN"])) as client:
        await client.subscribe("/event/Order__e")
        await client.subscribe("/topic/Names")
        told("subscriptions", sorted(client.subscriptions))
        published = await rest("POST", "/sobjects/Order__e", {"Order_Number__c": "S-1", "Amount__c": 1.5})
        told("published", [published["success"], published["id"][:3], published["errors"][0]["statusCode"]])
        (event,) = await heard(client, 1)
        payload = event["data"]["payload"]
        told("event", [event["channel"], payload["Order_Number__c"], payload["Amount__c"], sorted(payload), sorted(event["data"]), sorted(event["data"]["event"])])
        account = (await rest("POST", "/sobjects/Account", {"Name": "Streamed"}))["id"]
        await rest("PATCH", f"/sobjects/Account/{account}", {"Phone": "1"})  # no field of the query
        await rest("PATCH", f"/sobjects/Account/{account}", {"Name": "Streamed again"})
        made, changed = await heard(client, 2)
        told("topic", [[one["channel"], one["data"]["event"]["type"], one["data"]["sobject"]["Name"], one["data"]["sobject"]["Id"] == account] for one in (made, changed)])
        await client.unsubscribe("/topic/Names")
        await rest("PATCH", f"/sobjects/Account/{account}", {"Name": "Nobody hears"})
        await rest("POST", "/sobjects/Order__e", {"Order_Number__c": "S-2"})
        (event,) = await heard(client, 1)
        told("after_unsubscribe", [event["channel"], event["data"]["payload"]["Order_Number__c"]])
    return str(account)


async def replays() -> None:
    """Those who come later hear what was kept: all of it, or what came after an id."""
    async with Client(Session(), replay=ReplayOption.ALL_EVENTS) as client:
        await client.subscribe("/event/Order__e")
        both = await heard(client, 2)
        told("replay_all", [event["data"]["payload"]["Order_Number__c"] for event in both])
    first = both[0]["data"]["event"]["replayId"]
    told("replay_ids_grow", both[1]["data"]["event"]["replayId"] > first)
    marks: dict[str, Any] = {}
    async with Client(Session(), replay=marks, replay_fallback=ReplayOption.ALL_EVENTS) as client:
        await client.subscribe("/event/Order__e")
        await rest("POST", "/sobjects/Order__e", {"Order_Number__c": "S-3"})
        await heard(client, 1)
    await rest("POST", "/sobjects/Order__e", {"Order_Number__c": "S-4"})
    async with Client(Session(), replay=marks) as client:
        await client.subscribe("/event/Order__e")
        told("replay_after_mark", [event["data"]["payload"]["Order_Number__c"] for event in await heard(client, 1)])


async def changes(account: str) -> None:
    async with Client(Session()) as client:
        await client.subscribe("/data/AccountChangeEvent")
        await rest("PATCH", f"/sobjects/Account/{account}", {"Name": "Captured"})
        await rest("DELETE", f"/sobjects/Account/{account}")
        events = [one["data"]["payload"] for one in await heard(client, 2)]
        told("changes", [[one["ChangeEventHeader"]["changeType"], one["ChangeEventHeader"]["recordIds"] == [account], one.get("Name")] for one in events])
        told("changed_fields", sorted(events[0]["ChangeEventHeader"]["changedFields"]))


async def refusals() -> None:
    async with Client(Session()) as client:
        told("unknown_channel", await refused(lambda: client.subscribe("/event/Nothing__e")))
        told("unknown_topic", await refused(lambda: client.subscribe("/topic/Nothing")))


if __name__ == "__main__":
    asyncio.run(main())
