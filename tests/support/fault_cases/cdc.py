"""Faults named cdc.*: a CometD client that listens to changes of accounts."""

from __future__ import annotations

from typing import Any

import requests
from fault_case import Case, Client, Pair, Seen

TOPIC = "/data/AccountChangeEvent"


def bayeux(client: Client, client_id: str, message: dict[str, Any]) -> Any:
    known = {"clientId": client_id} if client_id else {}
    try:
        reply = client.session.post(f"{client.base}/cometd/62.0", json=[{**known, "id": "1", **message}], timeout=0.5, headers={"Authorization": f"Bearer {client.known.access_token}"})
    except requests.RequestException as error:
        return type(error).__name__
    return reply.json()


def opened(client: Client, replay: int = -1) -> str:
    client.rig.org.create("PlatformEventChannelMember", EventChannel="ChangeEvents", SelectedEntity="AccountChangeEvent")
    client_id: str = bayeux(client, "", {"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"], "ext": {"replay": True}})[0]["clientId"]
    bayeux(client, client_id, {"channel": "/meta/subscribe", "subscription": TOPIC, "ext": {"replay": {TOPIC: replay}}})
    bayeux(client, client_id, {"channel": "/meta/connect", "connectionType": "long-polling"})
    return client_id


def told(messages: Any) -> list[Seen]:
    """Kinds of change and names, or what the connect says."""
    if isinstance(messages, str):
        return [messages]
    events = [message["data"]["payload"] for message in messages if "data" in message]
    seen: list[Seen] = [(event["ChangeEventHeader"]["changeType"], event.get("Name", ""), len(event["ChangeEventHeader"]["changedFields"])) for event in events]
    return seen or [message.get("error", "") for message in messages if message["channel"] == "/meta/connect"]


def follows(client: Client) -> list[Seen]:
    client_id = opened(client)
    client.rig.org.create("Account", Name="Acme")
    client.rig.org.create("Account", Name="Beta")
    return told(bayeux(client, client_id, {"channel": "/meta/connect", "connectionType": "long-polling"}))


def comes_back(client: Client) -> list[Seen]:
    """Listens, goes away, and subscribes again from the last id that it saw."""
    client_id = opened(client)
    client.rig.org.create("Account", Name="Acme")
    messages = bayeux(client, client_id, {"channel": "/meta/connect", "connectionType": "long-polling"})
    last = messages[0]["data"]["event"]["replayId"]
    client_id = bayeux(client, "", {"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"], "ext": {"replay": True}})[0]["clientId"]
    reply = bayeux(client, client_id, {"channel": "/meta/subscribe", "subscription": TOPIC, "ext": {"replay": {TOPIC: last}}})[0]
    return [reply["successful"], reply.get("error", "").partition("{")[0]]


BOTH: list[Seen] = [("CREATE", "Acme", 0), ("CREATE", "Beta", 0)]
LATER = "event.connect/*#1~2"
CASES = [
    Case("cdc.401", "E", "no", follows, LATER, ["401::Authentication invalid"], BOTH),
    Case("cdc.403_unknown_client", "E", "no", follows, LATER, ["403::Unknown client"], BOTH),
    Case("cdc.disconnect", "B", "no", follows, LATER, ["ConnectionError"], BOTH, (("hold", "100ms"),)),
    Case("cdc.gap", "S", "no", follows, LATER, [("GAP_CREATE", "", 0)] * 2, BOTH),
    Case("cdc.overflow", "S", "no", follows, LATER, [("GAP_OVERFLOW", "", 0)] * 2, BOTH),
    Case("cdc.duplicate", "D", "no", follows, LATER, [BOTH[0], BOTH[0], BOTH[1], BOTH[1]], BOTH),
    Case("cdc.reordered", "R", "no", follows, LATER, BOTH[::-1], BOTH),
    Case("cdc.replay_lost", "E", "no", comes_back, "event.subscribe/*#2", [False, "400::The replayId "], [True, ""]),
]  # fmt: skip
CARE = "cdc_clients:mirrors_with_care"
LOST = ("SFC-INT-01", "row-lost")
AT = {"on": "event.connect/*#2~1"}
PAIRS = [
    *(Pair(name, CARE, "cdc_clients:mirrors_until_something_happens", AT, LOST, config="cdc.toml") for name in ("cdc.401", "cdc.403_unknown_client", "cdc.disconnect", "cdc.gap", "cdc.overflow")),
    Pair("cdc.duplicate", CARE, "cdc_clients:counts_every_event", AT, ("SFC-INT-03", "row-corrupted"), config="cdc.toml"),
    Pair("cdc.reordered", CARE, "cdc_clients:mirrors_as_it_comes", AT, ("SFC-INT-03", "row-corrupted"), config="cdc.toml"),
    Pair("cdc.replay_lost", "cdc_clients:resumes_and_reads", "cdc_clients:resumes_from_now", {"on": "event.subscribe/*#2~1"}, ("SFC-INT-03", "row-corrupted"), config="cdc.toml"),
]  # fmt: skip
