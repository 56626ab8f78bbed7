"""The integration may no longer see a field."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from sfchaos.core.errors import UsageError
from sfchaos.core.messages import Request
from sfchaos.core.soap_operations import call_of, statement_of
from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import text
from sfchaos.faults.registry import fault


@fault("perm.fls_removed", when="E", transient=False, kinds=("read", "idem", "nonidem"),
       ops=("row.*", "coll.*", "query.*", "tree.*", "meta.describe", "bulk2.upload", "bulk2q.create", "soap.create",
            "soap.update", "soap.upsert", "soap.query", "soap.retrieve"), holds=True, weight=45)  # fmt: skip
@dataclass(frozen=True)
class FieldHidden:
    """The field vanishes silently from full reads and from describe; naming it is `INVALID_FIELD`, writing it is refused.

    An administrator changed field-level security. A client that copies what it reads sees nothing where a value was.
    Source: wire reference 10.1 and 14.
    Right: describe again, stop and say which field is gone; never write null over good data downstream.
    """

    object: str = text("", "API name of the object; the point's own unless given")
    field: str = text("", "API name of the field; the last optional one that the request names unless given")

    def applies(self, at: At) -> bool:
        return bool((self.object or at.sobject) and (self.field or fields_named(at.request)))

    def strike(self, world: World, at: At) -> None:
        names = [self.field] if self.field else fields_named(at.request)
        for left, name in reversed([*enumerate(names)]):
            try:
                world.hide_field(self.object or at.sobject, name)
            except UsageError:  # a required field cannot be hidden, a name may be no field: the one before it then
                if not left:
                    raise
            else:
                return


_SELECT = re.compile(r"^\s*select\s+(.*?)\s+from\s", re.IGNORECASE | re.DOTALL)
_FIELD_LIST = re.compile(rb"fieldList(?:\s[^>]*)?>([^<]*)<")
_NAME = re.compile(r"[A-Za-z]\w*")


def fields_named(request: Request) -> list[str]:
    """The fields of the object itself that a SELECT list, a JSON body or a CSV header names, in their order."""
    return [name for name in _named(request) if _NAME.fullmatch(name) and name.lower() not in ("id", "attributes", "allornone", "records")]


def _named(request: Request) -> list[str]:
    selected = _selected(request.query.get("q", ""))
    if selected:
        return selected
    if request.query.get("fields"):
        return request.query["fields"].split(",")
    if "csv" in request.header("content-type").lower():
        return request.body[: request.body.find(b"\n") + 1 or None].decode("utf-8", "replace").strip().split(",")
    if request.path.lower().startswith("/services/soap/"):
        return _named_in_soap(request.body)
    return _named_in_json(request.body) if request.body[:1] == b"{" else []


def _named_in_soap(body: bytes) -> list[str]:
    from sfchaos.org.soap.addressed import fields_sent  # XML is read by few

    call = call_of(body)
    listed = _FIELD_LIST.search(body)
    return _selected(statement_of(call, body)) or (listed[1].decode("utf-8", "replace").split(",") if listed else fields_sent(body))


def _selected(soql: str) -> list[str]:
    found = _SELECT.match(soql)
    return [name.strip() for name in found[1].split(",")] if found else []


def _named_in_json(body: bytes) -> list[str]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if isinstance(value.get("query"), str):
        return _selected(value["query"])
    rows = value.get("records")
    return list(rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else value)
