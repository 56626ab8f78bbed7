"""`mutation { uiapi { AccountCreate(input: {Account: {...}}) { Record { Id } } } }` as DML.

Source: GraphQL API guide, "Mutations Schema" (D): all or none unless `uiapi(input: {allOrNone: false})` says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.org.graphql.document import Selected
from sfchaos.org.graphql.errors import GraphError, invalid, undefined
from sfchaos.org.graphql.records import Records
from sfchaos.org.ids import is_id
from sfchaos.org.parts.subrequests import attempt
from sfchaos.org.refusals import Refused
from sfchaos.org.schema.model import SObject

if TYPE_CHECKING:
    from sfchaos.core.gate import Verb
    from sfchaos.org.call import Call

_VERBS: dict[str, Verb] = {"Create": "create", "Update": "update", "Delete": "delete"}


def mutate(call: Call, asked: Selected, errors: list[GraphError]) -> dict[str, Any]:
    """The payloads by key; what fails is in `errors`, and its payload null. Raises GraphError for a field that is not there."""
    sent = asked.arguments.get("input")
    all_or_none = asked.arguments.get("allOrNone", sent.get("allOrNone", True) if isinstance(sent, dict) else True)
    records = Records(call)
    steps = [(s, *_what(records, s)) for s in asked.fields]
    payloads: dict[str, Any] = {}

    def work() -> bool:
        for s, verb, sobject in steps:
            path = ["uiapi", s.key]
            try:
                payloads[s.key] = _step(call, records, s, verb, sobject, path)
            except GraphError as error:
                errors.append(error)
                payloads[s.key] = None
                if all_or_none is not False:
                    return False
        return True

    if not attempt(call, work, "ALL_OR_NONE_OPERATION_ROLLED_BACK"):
        return {s.key: None for s, _, _ in steps}
    return payloads


def _what(records: Records, s: Selected) -> tuple[Verb, SObject | None]:
    """AccountCreate is a create of Account; RecordDelete deletes what its Id names."""
    for word, verb in _VERBS.items():
        if s.name.endswith(word):
            name = s.name.removesuffix(word)
            sobject = records.find(name)
            if sobject is not None or (name == "Record" and verb == "delete"):
                return verb, sobject
    raise undefined(s.name, "UIAPIMutations", s.node, ["uiapi", s.name])


def _step(call: Call, records: Records, s: Selected, verb: Verb, sobject: SObject | None, path: list[str]) -> dict[str, Any]:
    sent = s.arguments.get("input")
    if not isinstance(sent, Mapping):
        raise invalid(f"(MissingFieldArgument@[{s.name}]) : Missing field argument 'input'", s.node)
    target, row = _row(call, sent, verb, sobject, s)
    try:
        [result] = call.org.dml.write(verb, target.name, [row], user_id=call.user_id, call=call)
    except Refused as refused:
        raise GraphError("DataFetchingException", refused.refusals[0].message, s.node, path) from None
    if not result.ok:
        raise GraphError("DataFetchingException", result.refusals[0].message, s.node, path)
    return {t.key: _payload(records, t, verb, target, result.id, path) for t in s.fields}


def _row(call: Call, sent: Mapping[str, Any], verb: Verb, sobject: SObject | None, s: Selected) -> tuple[SObject, dict[str, Any]]:
    record_id = sent.get("Id")
    if verb != "create" and not isinstance(record_id, str):
        raise invalid(f"(WrongType@[{s.name}]) : argument 'input' is missing required fields '[Id]'", s.node)
    if sobject is None:
        sobject = call.org.schema.of_prefix(record_id[:3]) if isinstance(record_id, str) and is_id(record_id) else None
        if sobject is None:
            raise invalid(f"no object has the Id {record_id}", s.node)
    values = sent.get(sobject.name, {})
    if verb != "delete" and not isinstance(values, Mapping):
        raise invalid(f"(WrongType@[{s.name}]) : argument 'input.{sobject.name}' must be an object", s.node)
    own = dict(values) if verb != "delete" else {}
    unknown = next((name for name in own if sobject.find(name) is None), None)
    if unknown is not None:
        raise invalid(f"(WrongType@[{s.name}]) : argument 'input.{sobject.name}' contains a field not in '{sobject.name}{s.name.removeprefix(sobject.name)}Representation': '{unknown}'", s.node)
    return sobject, own if verb == "create" else {**own, "Id": record_id}


def _payload(records: Records, asked: Selected, verb: Verb, sobject: SObject, record_id: str, path: list[str]) -> Any:
    if asked.name == "__typename":
        return f"{sobject.name}{verb.capitalize()}Payload"
    if asked.name == "success" and verb == "update":
        return True
    if asked.name == "Id" and verb == "delete":
        return record_id
    if asked.name != "Record" or verb == "delete":
        raise undefined(asked.name, f"{sobject.name}{verb.capitalize()}Payload", asked.node, [*path, asked.name])
    return records.one(asked, sobject, record_id, [*path, asked.key])
