"""describeGlobal, describeSObject and describeSObjects: REST's describe as XML.

Elements stand in the order of the WSDL, which is that of their names, and what is null is left out, as the WSDL lets it (D; jsforce's
schema of the WSDL). Keys that only REST has are dropped, `urls` become three elements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.described import record_types_of
from sfchaos.org.refusals import refuse
from sfchaos.org.schema.describe import global_entry, object_describe
from sfchaos.org.schema.model import SObject
from sfchaos.org.soap.envelope import Envelope
from sfchaos.org.soap.records_in import no_such_type
from sfchaos.org.soap.session import session_of
from sfchaos.org.soap.writing import elements, reply, result
from sfchaos.org.versions import knows

MOST_TYPES = 100  # of describeSObjects (D)
MAX_BATCH_ROWS = 200
_REST_ONLY = frozenset({"urls", "listviewable", "lookupLayoutable", "sobjectDescribeOption"})
_ADDRESSES = (("urlDetail", "uiDetailTemplate"), ("urlEdit", "uiEditTemplate"), ("urlNew", "uiNewRecord"))
_OF_WSDL = {"idEnabled": False}  # in the WSDL and not in REST; false but for a kind of metadata that the org lacks (K)


def describe_global(call: Call, asked: Envelope) -> Response:
    session_of(call, asked)
    seen = sorted((sobject for sobject in call.org.schema if _sees(call, sobject)), key=lambda sobject: sobject.name)
    entries = [in_wsdl_order({**global_entry(access.as_seen(call.org, call.user_id, sobject), call.base, call.version_number), **_OF_WSDL}) for sobject in seen]
    return result(call, asked.name, elements([("encoding", "UTF-8"), ("maxBatchSize", MAX_BATCH_ROWS), ("sobjects", entries)]))


def describe_sobject(call: Call, asked: Envelope) -> Response:
    session_of(call, asked)
    return result(call, asked.name, elements(_described(call, asked.arguments.get("sObjectType", "").strip())))


def describe_sobjects(call: Call, asked: Envelope) -> Response:
    """A result for each type, in order."""
    session_of(call, asked)
    names = asked.texts("sObjectType")
    if len(names) > MOST_TYPES:
        raise refuse("EXCEEDED_MAX_TYPES_LIMIT", f"cannot describe more than {MOST_TYPES} types in one call")  # code and text are guesses
    return reply(call, asked.name, "".join(f"<result>{elements(_described(call, name))}</result>" for name in names))


def _described(call: Call, name: str) -> dict[str, Any]:
    """Raises Refused INVALID_TYPE for what is not there for the user."""
    sobject = access.visible(call.org, call.user_id, name)
    if sobject is None or not _sees(call, sobject):
        raise no_such_type(name)
    seen = access.as_seen(call.org, call.user_id, sobject)
    tree = object_describe(
        seen, seen.fields, call.org.schema, base=call.base, instance_url=call.instance_url, version=call.version_number,
        record_types=record_types_of(call.org, call.user_id, sobject), sees=lambda child: _sees(call, child),
    )  # fmt: skip
    addresses = {name: tree["urls"][key] for name, key in _ADDRESSES if tree.get("urls", {}).get(key)}
    return in_wsdl_order({**tree, **addresses, **_OF_WSDL})


def _sees(call: Call, sobject: SObject) -> bool:
    return knows(sobject, call.version_number) and access.may(call.org, call.user_id, sobject, "read")


def in_wsdl_order(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is null, and what is REST's own; elements in order, at every level."""
    return {key: _value(tree[key]) for key in sorted(tree) if tree[key] is not None and key not in _REST_ONLY}


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return in_wsdl_order(value)
    return [_value(item) for item in value] if isinstance(value, list | tuple) else value


CALLS: dict[str, Callable[[Call, Envelope], Response]] = {
    "describeGlobal": describe_global, "describeSObject": describe_sobject, "describeSObjects": describe_sobjects,
}  # fmt: skip
