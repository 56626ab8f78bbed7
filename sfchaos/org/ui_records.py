"""Rows as the UI API shows them: every field with its value and what a page would display. Used by /ui-api and /graphql.

Sources: wire reference 3.13; User Interface API guide, "Record", "Field Value" (keys D). How numbers and dates are displayed
follows en_US; that part is K.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sfchaos.core.canonical import canonical_value, sha256_hex
from sfchaos.org import access
from sfchaos.org.call import dumps
from sfchaos.org.refusals import refuse
from sfchaos.org.schema.describe import MASTER_RECORD_TYPE
from sfchaos.org.schema.model import Field, SObject

if TYPE_CHECKING:
    from sfchaos.org.call import Call

_STAMPS = ("Id", "LastModifiedById", "LastModifiedDate", "SystemModstamp")


@dataclass
class Tree:
    """Which fields of a row to show: its own, and those of its parents by relationship name."""

    sobject: SObject
    fields: dict[str, Field] = field(default_factory=dict)
    parents: dict[str, tuple[Field, Tree]] = field(default_factory=dict)

    def add(self, call: Call, path: str) -> None:
        """`Owner.Name`. Raises Refused for what is not there for the user (code D, text a guess)."""
        head, _, rest = path.partition(".")
        if not rest:
            f = self.sobject.find(head)
            if f is None or not access.can_read(call.org, call.user_id, self.sobject, f):
                raise refuse("INVALID_FIELD", f"No such column '{head}' on entity '{self.sobject.name}'")
            self.fields[f.name] = f
            return
        link = self.sobject.by_relationship.get(head.lower())
        parent = call.org.schema.find(link.reference_to[0]) if link is not None and link.reference_to else None
        if link is None or parent is None:
            raise refuse("INVALID_FIELD", f"Didn't understand relationship '{head}' in field path {path}")
        self.parents.setdefault(link.relationship_name, (link, Tree(parent)))[1].add(call, rest)

    def paths(self, prefix: str = "", only_common: bool = False) -> list[str]:
        """What SOQL has to select. A parent of several types has no stamps of its own to select."""
        names = {name: None for name in (("Id",) if only_common else _STAMPS) if self.sobject.find(name)}
        names.update(dict.fromkeys(self.fields))
        found = [prefix + name for name in names]
        for name, (link, tree) in self.parents.items():
            found += tree.paths(f"{prefix}{name}.", len(link.reference_to) > 1)
        return found


def tree_of_all(call: Call, sobject: SObject) -> Tree:
    """All readable fields."""
    return Tree(sobject, {f.name: f for f in access.readable(call.org, call.user_id, sobject)})


def read_records(call: Call, tree: Tree, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Representations by id, of the rows that are there for the user."""
    from sfchaos.org.soql import run

    listed = ", ".join(f"'{record_id}'" for record_id in ids)
    result = run(call.org, f"SELECT {', '.join(tree.paths())} FROM {tree.sobject.name} WHERE Id IN ({listed})", user_id=call.user_id)
    call.receipt.read.extend(result.reads())
    return {row["Id"]: representation(call, tree, row) for row in result.records(call.base)}


def representation(call: Call, tree: Tree, row: dict[str, Any]) -> dict[str, Any]:
    """Keys and order R (a published sample of a reply)."""
    fields: dict[str, Any] = {name: field_value(f, row.get(name)) for name, f in tree.fields.items()}
    for name, (_, parent) in tree.parents.items():
        inner = row.get(name)
        if inner is None:
            fields[name] = {"displayValue": None, "value": None}
            continue
        named = inner.get("attributes", {}).get("type", parent.sobject.name)
        shown = representation(call, Tree(call.org.schema.find(named) or parent.sobject, parent.fields, parent.parents), inner)
        fields[name] = {"displayValue": inner.get("Name"), "value": shown}
    stamp = row.get("SystemModstamp")
    return {
        "apiName": tree.sobject.name, "childRelationships": {}, "eTag": sha256_hex(dumps(row))[:32], "fields": dict(sorted(fields.items())), "id": row.get("Id"),
        "lastModifiedById": row.get("LastModifiedById"), "lastModifiedDate": zulu(row.get("LastModifiedDate")),
        "recordTypeId": row.get("RecordTypeId") or MASTER_RECORD_TYPE, "recordTypeInfo": None, "systemModstamp": zulu(stamp), "weakEtag": millis(stamp),
    }  # fmt: skip


def field_value(f: Field, value: Any) -> dict[str, Any]:
    return {"displayValue": display_value(f, value), "value": zulu(value) if f.type == "datetime" else value}


def zulu(value: Any) -> Any:
    return value.replace("+0000", "Z") if isinstance(value, str) else value


def millis(value: Any) -> int:
    return int(canonical_value(value, "datetime") or 0) if isinstance(value, str) else 0


def display_value(f: Field, value: Any) -> str | None:
    """What a page shows, where that is not the value itself."""
    if value is None:
        return None
    if f.type in ("picklist", "multipicklist"):
        labels = dict(f.picklist_labels)
        return ";".join(labels.get(part, part) for part in str(value).split(";"))
    if f.type in ("double", "currency", "percent"):
        number = f"{value:,.{f.scale}f}"
        return f"${number}" if f.type == "currency" else f"{number}%" if f.type == "percent" else number
    if f.type in ("int", "long"):
        return f"{value:,}"
    if f.type == "date":
        day = datetime.strptime(value, "%Y-%m-%d")
        return f"{day.month}/{day.day}/{day.year}"
    if f.type == "datetime":
        at = datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z")
        return f"{at.month}/{at.day}/{at.year}, {at.hour % 12 or 12}:{at.minute:02d} {'PM' if at.hour > 11 else 'AM'}"
    return None
