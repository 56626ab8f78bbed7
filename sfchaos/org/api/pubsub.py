"""Pub/Sub API: topics, schemas, publishing, and the fetches that subscriptions consist of.

A gRPC message comes as a request `POST /eventbus.v1.PubSub/<Method>` with its bytes as body; metadata are headers, the access token among
them as `Authorization`. Of a stream every message is one request; where it stands in its stream the door says in `pubsub-*` headers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from sfchaos.core import chance
from sfchaos.core.errors import UsageError
from sfchaos.core.hosts import is_salesforce_host
from sfchaos.core.messages import Hold, Response
from sfchaos.org import access
from sfchaos.org.events import grpc_problem as problem
from sfchaos.org.events.avro import find_schema, remember, schema_of
from sfchaos.org.events.grpc_problem import Problem
from sfchaos.org.identity.scopes import opens
from sfchaos.org.refusals import Refused
from sfchaos.org.routes import Route
from sfchaos.pubsub_proto import PATH, messages, need

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.events.avro import AvroSchema
    from sfchaos.org.events.bus import Topic
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

KEEPALIVE_S = 260.0  # an empty reply comes "within 270 seconds" (proto file, FetchResponse, D)
SOURCE = "Pub/Sub API guide"
_SERVED = ("event", "change", "channel")  # kinds of topic; PushTopic and generic streaming have no Avro events (D)
Work = Callable[["Call", Any, str], Any]


def _served(work: Work) -> Callable[[Call], Response]:
    """Around each method: who calls, and what a refusal looks like."""

    def endpoint(call: Call) -> Response:
        rpc_id = _rpc_id(call.org)
        try:
            _need_extra()
            _admit(call)
            reply = work(call, messages(), rpc_id)
        except Problem as refused:
            call.receipt.error_codes = (refused.code,)
            return refused.response(rpc_id)
        return reply if isinstance(reply, Response) else _in_bytes(reply)

    return endpoint


def _in_bytes(message: Any) -> Response:
    return Response(200, message.SerializeToString(), (("Content-Type", "application/grpc+proto"),))


def _rpc_id(org: Org) -> str:
    return str(UUID(bytes=chance.digest_of(org.seed, "rpc", org.registers.next("rpc"), size=16), version=4))


def _need_extra() -> None:
    try:
        need("fastavro", "google.protobuf")
    except UsageError as missing:
        raise problem.not_served(f"{missing.message}; {missing.remedy}") from None


def _admit(call: Call) -> None:
    """The session, the org and the tenant that metadata name. Each of the three is needed. Source: proto file, service PubSub (D)."""
    org, request = call.org, call.request
    scheme, _, token = request.header("authorization").partition(" ")
    session = org.sessions.find(token.strip()) if scheme == "Bearer" else None
    if session is None or session.kind == "password-expired" or not opens(session.scopes, request.path):
        raise problem.not_authenticated()
    tenant = request.header("tenantid").rpartition("/")[2]  # also `CORE/prod/00D...`
    if tenant[:15] != org.org_id[:15] or not _is_of(org, request.header("instanceurl")):
        raise problem.not_authenticated()
    if not access.has_system(org, session.user_id, "ApiEnabled"):
        raise problem.not_authenticated()
    call.session = session
    call.receipt.user = org.running_user_id = session.user_id


def _is_of(org: Org, instance_url: str) -> bool:
    """This org's My Domain, or wherever it is served outside of Salesforce's hosts (`http://127.0.0.1:8700`)."""
    split = urlsplit(instance_url)
    if split.scheme not in ("http", "https") or not split.hostname:
        return False
    return not is_salesforce_host(split.hostname) or split.hostname == urlsplit(org.instance_url).hostname


def _asked(call: Call, message: Any) -> Any:
    from google.protobuf.message import DecodeError

    try:
        return message.FromString(call.request.body)
    except DecodeError:
        raise problem.bad_request("The request could not be read.") from None


def _topic(call: Call, name: str) -> Topic:
    topic = call.org.events.find_topic(name, call.user_id) if name else None
    if topic is None or topic.kind not in _SERVED:
        raise problem.no_such_topic(call.org.org_id, name)
    return topic


# ------------------------------------------------------------------ topics and schemas


def get_topic(call: Call, m: Any, rpc_id: str) -> Any:
    """Of a channel with events of several objects no schema is told: each event names its own."""
    topic = _topic(call, _asked(call, m.TopicRequest).topic_name)
    sobject = call.org.schema.find(topic.sobject) if topic.sobject else None
    return m.TopicInfo(
        topic_name=topic.name, tenant_guid=f"CORE/prod/{call.org.org_id}", can_publish=sobject is not None and _may_publish(call, topic, sobject), can_subscribe=True,
        schema_id=schema_of(call.org, sobject).id if sobject is not None else "", rpc_id=rpc_id,
    )  # fmt: skip


def get_schema(call: Call, m: Any, rpc_id: str) -> Any:
    schema_id = _asked(call, m.SchemaRequest).schema_id
    schema = find_schema(call.org, schema_id)
    if schema is None:
        raise problem.no_such_schema(schema_id)
    return m.SchemaInfo(schema_json=schema.text, schema_id=schema.id, rpc_id=rpc_id)


def _may_publish(call: Call, topic: Topic, sobject: SObject) -> bool:
    return topic.kind == "event" and access.may(call.org, call.user_id, sobject, "create")


# ------------------------------------------------------------------ publishing


def publish(call: Call, m: Any, rpc_id: str) -> Any:
    """One result an event, in order; an event that is refused does not hold up the others."""
    ask = _asked(call, m.PublishRequest)
    topic = _topic(call, _same_topic(call, ask.topic_name))
    sobject = call.org.schema.find(topic.sobject) if topic.sobject else None
    if sobject is None or not _may_publish(call, topic, sobject):
        raise problem.not_allowed_to_publish(topic.name)
    if not ask.events:
        raise problem.bad_request("The publish request has no events.")
    reply = m.PublishResponse(schema_id=schema_of(call.org, sobject).id, rpc_id=rpc_id)
    for event in ask.events:
        reply.results.append(_published(call, m, sobject, event))
    call.receipt.asked += sum(not result.replay_id for result in reply.results)
    return reply


def _published(call: Call, m: Any, sobject: SObject, event: Any) -> Any:
    from sfchaos.org.events.avro_values import NotReadable, decoded

    try:
        payload = decoded(_schema_for(call.org, sobject, event.schema_id), event.payload)
        replay_id, uuid = _stored(call, sobject, payload, event.id)
    except NotReadable as error:
        return _failed(m, event, f"The event could not be read with the schema {event.schema_id}: {error}")
    except Refused as refused:
        return _failed(m, event, "; ".join(f"{r.code}: {r.message}" for r in refused.refusals))
    return m.PublishResult(replay_id=replay_id, correlation_key=uuid)


def _failed(m: Any, event: Any, text: str) -> Any:
    return m.PublishResult(error=m.Error(code=1, msg=text), correlation_key=event.id)  # 1 is PUBLISH


def _schema_for(org: Org, sobject: SObject, schema_id: str) -> AvroSchema:
    """The schema that an event says it was written with: today's of its object, or an earlier one. Raises NotReadable for any other."""
    from sfchaos.org.events.avro_values import NotReadable

    schema = find_schema(org, schema_id)
    if schema is None or schema.name != sobject.name:
        raise NotReadable(f"it is no schema of {sobject.name}")
    return remember(org, schema)


def _stored(call: Call, sobject: SObject, payload: dict[str, Any], uuid: str) -> tuple[bytes, str]:
    """Publish as a create by REST does. Raises Refused. CreatedDate and CreatedById are the org's to say, whatever the client wrote (a guess)."""
    row = {name: value for name, value in payload.items() if name not in ("CreatedDate", "CreatedById")}
    result = call.org.dml.write("create", sobject.name, [row], user_id=call.user_id, call=call)[0]
    if not result.ok:
        raise Refused(*result.refusals)
    last = call.org.events.last_replay_id
    return last.to_bytes(8, "big"), uuid or call.org.registers.events[last].uuid


# ------------------------------------------------------------------ subscribing


def subscribe(call: Call, m: Any, rpc_id: str) -> Any:
    """A message of the stream, or the door's own pull for the events that were asked for earlier: as many as there are, at most what was
    asked for; without any, the reply waits for the first or for the keepalive."""
    from sfchaos.org.events import subscription

    ask = _asked(call, m.FetchRequest)
    topic = _topic(call, _same_topic(call, ask.topic_name))
    if ask.num_requested < 1:
        raise problem.no_events_requested(ask.num_requested)
    stage = call.request.header("pubsub-stage")
    if stage == "more":  # of the client, while an earlier fetch is waiting: only looked at
        return Response(200, b"", (("Content-Type", "application/grpc+proto"),), 0.0)
    if stage == "pull":
        after = int(call.request.header("pubsub-after") or 0)
        most = int(call.request.header("pubsub-pending") or ask.num_requested)
    else:
        after = subscription.start_after(call.org, topic, ask.replay_preset, ask.replay_id)
        most = min(ask.num_requested, subscription.MOST_REQUESTED)
    return subscription.fetched(call.org, m, call.user_id, topic, after, most, rpc_id) or _waiting(call, m, topic, after, most, rpc_id)


def _waiting(call: Call, m: Any, topic: Topic, after: int, most: int, rpc_id: str) -> Response:
    from sfchaos.org.events import subscription

    org, until_s = call.org, call.org.now_s() + KEEPALIVE_S

    def resume() -> Response | None:
        try:
            _admit(call)
            reply = subscription.fetched(org, m, call.user_id, topic, after, most, rpc_id)
        except Problem as refused:
            return refused.response(rpc_id)
        if reply is None and org.now_s() < until_s:
            return None
        return _in_bytes(reply or subscription.keepalive(org, m, topic, after, most, rpc_id))

    return Response(200, headers=(("Content-Type", "application/grpc+proto"),), hold=Hold(until_s, resume))


def managed(_call: Call, _m: Any, _rpc_id: str) -> Any:
    raise problem.not_served("Managed event subscriptions are not served here. Use Subscribe, and keep the replay ID yourself.")


def _same_topic(call: Call, name: str) -> str:
    """The topic of the stream, which its first message named; later ones may leave it out but not change it."""
    first = call.request.header("pubsub-topic")
    if first and name and first != name:
        raise problem.topic_changed(first, name)
    return first or name


_METHODS: dict[str, Work] = {
    "GetTopic": get_topic, "GetSchema": get_schema, "Publish": publish, "PublishStream": publish, "Subscribe": subscribe, "ManagedSubscribe": managed,
}  # fmt: skip
ROUTES = [Route("POST", f"{PATH}/{name}", _served(work), auth=False, counts=False, source=SOURCE) for name, work in _METHODS.items()]
