"""/composite/tree/X: parents with their children, created together or not at all. Source: wire reference 3.11; REST API Developer
Guide, "sObject Tree" (D); the sentences on reference ids and types: a client's notes of real replies (L SalesforceMultipleRecordInserter)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.parts.subrequests import attempt, need_version
from sfchaos.org.refusals import Refused, collection_item, no_such_resource, refuse
from sfchaos.org.routes import Route
from sfchaos.org.schema.model import SObject

MOST_RECORDS, MOST_LEVELS, MOST_TYPES = 200, 5, 5
SINCE = 34.0
_REFERENCE_ID = re.compile(r"[A-Za-z0-9].*", re.DOTALL)


@dataclass
class _Node:
    """A record of a tree. `link` is the field that names its parent; `values` what it is created with."""

    level: int
    reference: str
    sobject: SObject | None
    values: dict[str, Any]
    parent: _Node | None = None
    link: str = ""
    id: str = ""
    errors: list[Refusal] = field(default_factory=list)


def create(call: Call) -> Response:
    """201 with the ids level by level; 400 with the bad records alone, and nothing saved."""
    need_version(call, SINCE)
    root = access.visible(call.org, call.user_id, call.params["sobject"])
    if root is None:
        raise no_such_resource()
    nodes = _nodes(call, root, call.json_row())
    _check_names(nodes)
    if not any(node.errors for node in nodes):
        _check_limits(nodes)
        attempt(call, lambda: _save(call, nodes), "ALL_OR_NONE_OPERATION_ROLLED_BACK")
    bad = [node for node in nodes if node.errors]
    if bad:
        call.receipt.asked = max(call.receipt.asked, len(nodes))
        return call.reply({"hasErrors": True, "results": [_failed(node) for node in bad]}, 400)
    return call.reply({"hasErrors": False, "results": [{"referenceId": node.reference, "id": node.id} for node in nodes]}, 201)


def _failed(node: _Node) -> dict[str, Any]:
    return {"referenceId": node.reference, "errors": [collection_item(refusal) for refusal in node.errors]}


# ---------------------------------------------------------------------------- reading


def _nodes(call: Call, root: SObject, body: Mapping[str, Any]) -> list[_Node]:
    """All records, level by level; in a level in the order they stand. Raises Refused for what is no tree."""
    found: list[_Node] = []
    level = [_node(call, record, None, root) for record in _records(body)]
    while level:
        found += level
        if len(found) > MOST_RECORDS:
            raise _invalid(f"The request has more than {MOST_RECORDS} records")  # limit D, text is a guess
        level = [child for node, record in zip(level, [n.values for n in level], strict=True) for child in _children(call, node, record)]
        if level and level[0].level > MOST_LEVELS:
            raise _invalid(f"The request has more than {MOST_LEVELS} levels")  # limit D, text is a guess
    return found


def _records(holder: Any) -> list[dict[str, Any]]:
    records = holder.get("records") if isinstance(holder, dict) else None
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise refuse("JSON_PARSER_ERROR", "The records property must be a list of records")  # text is a guess
    return records


def _node(call: Call, record: dict[str, Any], parent: _Node | None, wanted: SObject, link: str = "") -> _Node:
    attributes = record.get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    reference, kind = attributes.get("referenceId"), attributes.get("type")
    if not isinstance(reference, str) or not reference:
        raise _invalid("Include a reference ID for each record in the request.")  # L
    node = _Node(parent.level + 1 if parent else 1, reference, None, {n: v for n, v in record.items() if n != "attributes"}, parent, link)
    if not isinstance(kind, str) or not kind:
        node.errors.append(Refusal("INVALID_INPUT", "Include an entity type for each record in the request."))  # L
        return node
    node.sobject = call.org.schema.find(kind)
    if node.sobject is not wanted:
        node.errors.append(Refusal("INVALID_INPUT", f"The entity type {kind} does not match the type {wanted.name} that is expected here."))  # text is a guess
    return node


def _children(call: Call, node: _Node, record: dict[str, Any]) -> list[_Node]:
    """The records under a node's child relationships, taken out of its own values."""
    found: list[_Node] = []
    for name, value in list(record.items()):
        if node.sobject is None or not isinstance(value, dict) or "records" not in value:
            continue
        pair = next(((child, f) for child, f in call.org.schema.children.get(node.sobject.name.lower(), ()) if f.child_relationship_name.lower() == name.lower()), None)
        if pair is None:
            node.errors.append(Refusal("INVALID_FIELD", f"No such column '{name}' on sobject of type {node.sobject.name}", (name,)))
        else:
            found += [_node(call, child, node, pair[0], pair[1].name) for child in _records(value)]
        del record[name]
    return found


def _check_names(nodes: list[_Node]) -> None:
    """One item for each instance of a referenceId that comes twice (D); text L."""
    seen: dict[str, list[_Node]] = {}
    for node in nodes:
        seen.setdefault(node.reference, []).append(node)
        if not _REFERENCE_ID.fullmatch(node.reference):
            node.errors.append(Refusal("INVALID_INPUT", f"The reference ID {node.reference} must start with a letter or a number."))  # D for the rule, the text is a guess
    for same in seen.values():
        if len(same) > 1:
            for node in same:
                node.errors.append(Refusal("INVALID_INPUT", "Duplicate ReferenceId provided in the request."))


def _check_limits(nodes: list[_Node]) -> None:
    if len(dict.fromkeys(node.sobject.name for node in nodes if node.sobject)) > MOST_TYPES:
        raise _invalid(f"The request has records of more than {MOST_TYPES} types")  # limit D, text is a guess


def _invalid(message: str) -> Refused:
    return refuse("INVALID_INPUT", message)


# ---------------------------------------------------------------------------- saving


def _save(call: Call, nodes: list[_Node]) -> bool:
    """Level by level, in a level type by type (D). A level with a bad record is the last."""
    position = 1
    for level in range(1, MOST_LEVELS + 1):
        here = [node for node in nodes if node.level == level]
        for name in dict.fromkeys(node.sobject.name for node in here if node.sobject):
            for node in here:
                if node.sobject is not None and node.sobject.name == name:
                    _create(call, node, name, position)
                    position += 1
        if any(node.errors for node in here):
            return False
    return True


def _create(call: Call, node: _Node, name: str, position: int) -> None:
    values = {**node.values, node.link: node.parent.id} if node.parent else node.values
    try:
        [result] = call.org.dml.write("create", name, [values], user_id=call.user_id, call=call, first_position=position)
    except Refused as refused:  # what refuses a whole request elsewhere is one record's trouble here
        node.errors += refused.refusals
    else:
        node.id = result.id
        node.errors += result.refusals


ROUTES = [Route("POST", "/services/data/{v}/composite/tree/{sobject}", create, source='REST API Developer Guide, "sObject Tree"')]
