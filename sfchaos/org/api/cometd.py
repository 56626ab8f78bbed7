"""`/cometd/<version>`: the Bayeux protocol over long polling, as Salesforce speaks it.

Keys and their order as recorded: wire reference 11 (R) and the logs of public clients (R); texts D (Streaming API guide, "Streaming API
Error Codes", "Handling Streaming API Errors"); what a batch with a connect does, and that the first connect is answered at once, as
CometD's server does it (K). Requests do not count against the API limit (K).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sfchaos.core.messages import Headers, Hold, Response
from sfchaos.org.call import Call, dumps, json_of
from sfchaos.org.events.clients import SILENT_S, StreamClient
from sfchaos.org.events.subscribing import NotSubscribed, subscription_of
from sfchaos.org.identity.sessions import bearer_of
from sfchaos.org.refusals import JSON_TYPE, Refused
from sfchaos.org.routes import Route

TIMEOUT_S = 110.0  # how long a connect is held (wire reference 11)
OLDEST = 37.0  # API version that CometD answers (D)
COOKIE = "BAYEUX_BROWSER"
_NO_MORE = {"interval": 0, "reconnect": "none"}
_AGAIN = {"interval": 0, "timeout": int(TIMEOUT_S * 1000), "reconnect": "retry"}
Message = dict[str, Any]


def exchange(call: Call) -> Response:
    """A list of messages, answered in their order; a connect that stands alone waits for events."""
    messages = _messages(call)
    if isinstance(messages, Response):
        return messages
    if len(messages) == 1 and messages[0].get("channel") == "/meta/connect":
        return _connect_alone(call, messages[0])
    replies: list[Message] = []
    headers: Headers = ()
    for message in messages:
        told, cookie = _answer(call, message)
        replies += told
        headers = cookie or headers
    return _reply(replies, headers)


def no_version(call: Call) -> Response:
    return _reply([_failed({}, "400::API version in the URI is mandatory. URI format: '/cometd/67.0'")])


def _messages(call: Call) -> list[Message] | Response:
    """The body's messages. What is no JSON, or no list of objects, is HTTP's 400 (K)."""
    try:
        sent = json_of(call.body)
    except Refused:
        return Response(400, b"", (("Content-Type", JSON_TYPE),))
    messages = [sent] if isinstance(sent, dict) else sent
    if not isinstance(messages, list) or not messages or not all(isinstance(message, dict) for message in messages):
        return Response(400, b"", (("Content-Type", JSON_TYPE),))
    return messages


def _reply(messages: list[Message], headers: Headers = ()) -> Response:
    return Response(200, dumps(messages), (("Content-Type", JSON_TYPE), *headers))


# ---------------------------------------------------------------------------- messages


def _answer(call: Call, message: Message) -> tuple[list[Message], Headers]:
    channel = message.get("channel")
    if channel == "/meta/handshake":
        return _handshake(call, message)
    client = _client_of(call, message)
    if not isinstance(client, StreamClient):
        return [client], ()
    answer = _ANSWERS.get(str(channel))
    if answer is None:  # clients may not publish over CometD (D); text of CometD's security policy (K)
        return [_failed(message, "403:denied_by_security_policy:publish_denied")], ()
    return answer(call, client, message), ()


def _handshake(call: Call, message: Message) -> tuple[list[Message], Headers]:
    refused = _version_error(call) or _session_error(call) or _crowd_error(call)
    if refused:
        head = {"ext": {"sfdc": {"failureReason": refused}}, "advice": {"reconnect": "none"}, "channel": "/meta/handshake"}
        return [{**head, **_id_of(message), "error": "403::Handshake denied", "successful": False}], ()
    kinds = message.get("supportedConnectionTypes") or ["long-polling"]
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "long-polling" not in kinds:
        return [_failed(message, f"400::Invalid connection type {', '.join(map(str, kinds))}", advice={"reconnect": "none"})], ()
    client = call.org.streams.open(call.user_id, bearer_of(call.request) or "", _version(call))
    call.receipt.user = call.user_id
    offered = {"ext": {"replay": True, "payload.format": True}, "minimumVersion": "1.0", "clientId": client.id, "supportedConnectionTypes": ["long-polling"]}
    secure = ";Secure" if call.request.scheme == "https" else ""
    cookie = (("Set-Cookie", f"{COOKIE}={client.browser};Path=/cometd/{secure};HttpOnly"),)
    return [{**offered, "channel": "/meta/handshake", **_id_of(message), "version": "1.0", "successful": True}], cookie


def _subscribe(call: Call, client: StreamClient, message: Message) -> list[Message]:
    wanted = message.get("subscription")
    ext = message.get("ext")
    replays = ext.get("replay") if isinstance(ext, dict) and isinstance(ext.get("replay"), dict) else {}
    head = {"clientId": client.id, "channel": "/meta/subscribe", **_id_of(message), "subscription": wanted}
    try:
        made = [subscription_of(call.org, client, channel, replays or {}) for channel in (wanted if isinstance(wanted, list) and wanted else [wanted])]
    except NotSubscribed as refused:
        return [{**head, "error": refused.text, "successful": False}]
    kept = {s.channel: s for s in (*client.subscriptions, *made)}
    call.org.streams.keep(replace(client, subscriptions=tuple(kept.values())))
    return [{**head, "successful": True}]


def _unsubscribe(call: Call, client: StreamClient, message: Message) -> list[Message]:
    wanted = message.get("subscription")
    names = wanted if isinstance(wanted, list) else [wanted]
    call.org.streams.keep(replace(client, subscriptions=tuple(s for s in client.subscriptions if s.channel not in names)))
    return [{"clientId": client.id, "channel": "/meta/unsubscribe", **_id_of(message), "subscription": wanted, "successful": True}]


def _disconnect(call: Call, client: StreamClient, message: Message) -> list[Message]:
    call.org.streams.close(client.id)
    return [{"clientId": client.id, "channel": "/meta/disconnect", **_id_of(message), "successful": True}]


def _connect(call: Call, client: StreamClient, message: Message) -> list[Message]:
    """Of a connect in a batch: what is there now."""
    client = _arrived(call, client)
    return _events(call, client, message) or [_connected(client, message, first=client.turn == 1)]


_ANSWERS: dict[str, Callable[[Call, StreamClient, Message], list[Message]]] = {
    "/meta/connect": _connect, "/meta/subscribe": _subscribe, "/meta/unsubscribe": _unsubscribe, "/meta/disconnect": _disconnect,
}  # fmt: skip


# ---------------------------------------------------------------------------- the long poll


def _connect_alone(call: Call, message: Message) -> Response:
    client = _client_of(call, message)
    if not isinstance(client, StreamClient):
        return _reply([client] if client["channel"] != "/meta/connect" or "401::" not in client["error"] else [{"channel": "/meta/disconnect"}, client])
    kind = message.get("connectionType", "long-polling")
    if kind != "long-polling":
        return _reply([_failed(message, f"400::Invalid connection type {kind}", advice={"reconnect": "none"})])
    client = _arrived(call, client)
    now = _events(call, client, message)
    wait_s = _patience_s(client, message)
    if now or wait_s <= 0:
        return _reply(now or [_connected(client, message, first=client.turn == 1)])
    until_s = call.org.now_s() + wait_s
    call.org.streams.keep(replace(call.org.registers.streams[client.id], dies_s=until_s + SILENT_S))
    return Response(200, hold=Hold(until_s, lambda: _look(call, client, message, until_s), lambda: _gone(call, client)))


def _patience_s(client: StreamClient, message: Message) -> float:
    """Seconds to hold a connect: none for a client's first, or what the client's advice says, at most 110."""
    advice = message.get("advice")
    asked = advice.get("timeout") if isinstance(advice, dict) else None
    if client.turn == 1:
        return 0.0
    return TIMEOUT_S if not isinstance(asked, int | float) or isinstance(asked, bool) else min(TIMEOUT_S, max(0.0, asked / 1000))


def _arrived(call: Call, client: StreamClient) -> StreamClient:
    return call.org.streams.keep(replace(client, turn=client.turn + 1, dies_s=call.org.now_s() + SILENT_S))


def _look(call: Call, client: StreamClient, message: Message, until_s: float) -> Response | None:
    """The reply of a held connect, if there is one by now."""
    org = call.org
    present = org.streams.find(client.id)
    if present is None:  # it disconnected meanwhile
        return _reply([{"clientId": client.id, "advice": _NO_MORE, "channel": "/meta/connect", **_id_of(message), "successful": True}])
    if org.sessions.find(client.token) is None:
        org.streams.close(client.id)
        return _reply([{"channel": "/meta/disconnect"}, _unauthorized(client, message)])
    is_last = present.turn == client.turn
    told = _events(call, present, message) if is_last else []
    if not told and is_last and org.now_s() < until_s:
        return None
    if is_last:
        org.streams.keep(replace(org.registers.streams[client.id], dies_s=org.now_s() + SILENT_S))
    return _reply(told or [_connected(present, message)])


def _gone(call: Call, client: StreamClient) -> None:
    """The line dropped while the connect was held: the client has 40 seconds to come back."""
    present = call.org.registers.streams.get(client.id)
    if present is not None and present.turn == client.turn:
        call.org.streams.keep(replace(present, dies_s=call.org.now_s() + SILENT_S))


def _events(call: Call, client: StreamClient, message: Message) -> list[Message]:
    """The events that wait, and the connect's own reply after them; nothing when none wait."""
    found = call.org.streams.take(client)
    if found is None:
        return [_failed(message, "403::Organization total events daily limit exceeded", advice=_NO_MORE, clientId=client.id)]  # D
    if not found:
        return []
    numbers = [_replay_of(event) for event in found]
    call.receipt.facts.update(events=len(found), replay_from=min(numbers), replay_to=max(numbers))
    return [*found, _connected(client, message)]


def _replay_of(message: Message) -> int:
    return int(message["data"]["event"]["replayId"])


def _connected(client: StreamClient, message: Message, *, first: bool = False) -> Message:
    advice = {"advice": _AGAIN} if first else {}
    return {"clientId": client.id, **advice, "channel": "/meta/connect", **_id_of(message), "successful": True}


# ---------------------------------------------------------------------------- refusals


def _client_of(call: Call, message: Message) -> StreamClient | Message:
    """Who sent a message; or the reply that refuses it."""
    refused = _version_error(call)
    if refused:
        return _failed(message, refused, advice=_NO_MORE)
    client = call.org.streams.find(str(message.get("clientId") or ""))
    if client is None:
        return _failed(message, "403::Unknown client", advice={"interval": 0, "reconnect": "handshake"})
    if _session_error(call) or call.user_id != client.user_id:
        call.org.streams.close(client.id)
        return _unauthorized(client, message)
    call.receipt.user = call.user_id
    if call.request.scheme == "https" and f"{COOKIE}={client.browser}" not in call.request.header("cookie"):
        return _failed(message, f"400::Client {client.id} has established a session, but no {COOKIE} cookie present", clientId=client.id)
    return client


def _unauthorized(client: StreamClient, message: Message) -> Message:
    """Order of keys R (restforce#589)."""
    return {"clientId": client.id, "advice": _NO_MORE, **_failed(message, "401::Authentication invalid")}


def _failed(message: Message, error: str, *, advice: dict[str, Any] | None = None, **head: Any) -> Message:
    subscription = {"subscription": message["subscription"]} if "subscription" in message else {}
    return {**head, **({"advice": advice} if advice else {}), "channel": message.get("channel"), **_id_of(message), **subscription, "error": error,
            "successful": False}  # fmt: skip


def _id_of(message: Message) -> Message:
    return {"id": message["id"]} if "id" in message else {}


def _version_error(call: Call) -> str:
    from sfchaos.org.org import NEWEST_VERSION  # the org stands on its routes

    if OLDEST <= _version(call) <= NEWEST_VERSION:
        return ""
    return f"400::Unsupported API version. Only API versions '{OLDEST}' and above are supported. URI format: '/cometd/{NEWEST_VERSION}'"


def _version(call: Call) -> float:
    """The path's, without a `v`; 0 for what is no number."""
    text = call.params.get("version", "")
    return float(text) if text.replace(".", "", 1).isdecimal() else 0.0


def _session_error(call: Call) -> str:
    """The session of the request becomes the call's; why there is none, if so."""
    if not bearer_of(call.request):
        return "401::Request requires authentication"  # K
    try:
        call.session = call.org.sessions.of_request(call.request)
    except Refused:
        return "401::Authentication invalid"
    return ""


def _crowd_error(call: Call) -> str:
    return "403::Organization concurrent user limit exceeded" if call.org.streams.is_full() else ""  # U: wire reference 11


_GUIDE = 'Streaming API guide, "Using the Bayeux Protocol and CometD"'
ROUTES = [
    Route("POST", "/cometd/{version}", exchange, auth=False, counts=False, source=_GUIDE),
    Route("POST", "/cometd/{version}/{step}", exchange, auth=False, counts=False, source=_GUIDE),
    Route("POST", "/cometd", no_version, auth=False, counts=False, source=_GUIDE),
]
