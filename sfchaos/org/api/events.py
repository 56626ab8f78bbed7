"""Events by REST, besides publishing: schemas, generic streaming, and the members of event channels.

Sources: Platform Events guide, "Get the Event Schema"; Streaming API guide, "Push to a generic streaming channel"; Tooling API guide,
"PlatformEventChannelMember" (D).
"""

from __future__ import annotations

from typing import Any

from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.events.avro import find_schema, in_rest, schema_of
from sfchaos.org.events.generic import push
from sfchaos.org.refusals import no_such_resource, refuse
from sfchaos.org.routes import Route
from sfchaos.org.rows.row_calls import single


def schema_of_object(call: Call) -> Response:
    """The schema of an event's object as it is now."""
    sobject = access.visible(call.org, call.user_id, call.params["sobject"])
    if sobject is None or not sobject.event:
        raise no_such_resource()
    return call.reply(in_rest(schema_of(call.org, sobject)))


def schema_by_id(call: Call) -> Response:
    found = find_schema(call.org, call.params["id"])
    if found is None:
        raise no_such_resource()
    return call.reply(in_rest(found))


def push_events(call: Call) -> Response:
    """`{"pushEvents": [{"payload": "...", "userIds": []}]}`: one entry an event; with -1 for events that go to all subscribers (D)."""
    return call.reply(push(call.org, call.params["id"], call.json_object(), call.user_id))


_TREES = {"platformeventchannelmember": ("PlatformEventChannelMember", {"eventChannel": "EventChannel", "selectedEntity": "SelectedEntity"}),
          "platformeventchannel": ("PlatformEventChannel", {"channelType": "ChannelType", "label": "MasterLabel"})}  # fmt: skip


def create_setup(call: Call) -> Response:
    """A channel or a member of one, in the Tooling API's form: `{"FullName": ..., "Metadata": {...}}` (D)."""
    name, keys = _TREES[call.request.path.rstrip("/").rpartition("/")[2].lower()]
    sent = call.json_object()
    metadata = sent.get("Metadata")
    if not isinstance(metadata, dict) or not sent.get("FullName"):
        raise refuse("REQUIRED_FIELD_MISSING", "Required fields are missing: [FullName, Metadata]", "FullName", "Metadata")
    row: dict[str, Any] = {"DeveloperName": sent["FullName"], **{column: metadata[key] for key, column in keys.items() if key in metadata}}
    row.setdefault("MasterLabel", sent["FullName"])
    result = single(call.org.dml.write("create", name, [row], user_id=call.user_id, call=call))
    return call.reply({"id": result.id, "success": True, "errors": [], "warnings": [], "infos": []}, 201)


def delete_setup(call: Call) -> Response:
    name, _ = _TREES[call.request.path.rstrip("/").split("/")[-2].lower()]
    single(call.org.dml.write("delete", name, [{"Id": call.params["id"]}], user_id=call.user_id, call=call))
    return call.no_content()


_DATA = "/services/data/{v}"
_GUIDE = 'Platform Events guide, "Get the Event Schema"'
_TOOLING = 'Tooling API guide, "PlatformEventChannelMember"'
ROUTES = [
    Route("GET", _DATA + "/sobjects/{sobject}/eventSchema", schema_of_object, source=_GUIDE),
    Route("GET", _DATA + "/event/eventSchema/{id}", schema_by_id, source=_GUIDE),
    Route("POST", _DATA + "/sobjects/StreamingChannel/{id}/push", push_events, source='Streaming API guide, "Streaming Channel Push"'),
    Route("POST", _DATA + "/tooling/sobjects/PlatformEventChannelMember", create_setup, source=_TOOLING),
    Route("POST", _DATA + "/tooling/sobjects/PlatformEventChannel", create_setup, source=_TOOLING),
    Route("DELETE", _DATA + "/tooling/sobjects/PlatformEventChannelMember/{id}", delete_setup, source=_TOOLING),
    Route("DELETE", _DATA + "/tooling/sobjects/PlatformEventChannel/{id}", delete_setup, source=_TOOLING),
]
