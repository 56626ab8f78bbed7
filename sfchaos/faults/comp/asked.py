"""What a request of several items asks for: how many, which of them write, whether they stand or fall together."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sfchaos.core.messages import Request

WRITES = ("comp.*", "coll.create", "coll.update", "coll.upsert", "coll.delete", "tree.create")


@dataclass(frozen=True)
class Asked:
    """`groups` has a True for each item that writes: one group, or one a graph. Items are numbered from 1 through all groups.

    `together`: a group is done whole or not at all. `halts`: what follows a failure is not done.
    """

    groups: tuple[tuple[bool, ...], ...] = ()
    together: bool = False
    halts: bool = False

    @property
    def items(self) -> tuple[bool, ...]:
        return tuple(writes for group in self.groups for writes in group)

    def writes_at(self, item: int) -> bool:
        return item <= len(self.items) and self.items[item - 1]

    def fails_alone(self, item: int) -> bool:
        """Whether others are done although this item fails."""
        if self.together:
            return len(self.groups) > 1
        return len(self.items) > 1 and not (self.halts and item == 1)

    def fails_all(self) -> bool:
        """Whether one failure undoes everything, and there is more than one item."""
        return self.together and len(self.groups) == 1 and len(self.items) > 1

    def begins_before(self, item: int) -> bool:
        """Whether something stays done when this item and all after it fail."""
        first = len(self.groups[0]) if self.groups and self.together else 1
        return first < item <= len(self.items) and not (self.together and len(self.groups) == 1)


def asked_of(op: str, request: Request) -> Asked:
    """Empty for a request that is none of several items, or cannot be read."""
    body = _object(request.body)
    if op == "comp.composite":
        return Asked((_parts(body, "compositeRequest"),), _is_true(body.get("allOrNone")))
    if op == "comp.batch":
        return Asked((_parts(body, "batchRequests"),), halts=_is_true(body.get("haltOnError")))
    if op == "comp.graph":
        return Asked(tuple(_parts(graph, "compositeRequest") for graph in _objects(body.get("graphs"))), together=True)
    if op == "tree.create":
        return Asked(((True,) * _records_in(body),), together=True)
    if op.startswith("coll."):
        ids = [text for text in request.query.get("ids", "").split(",") if text.strip()]
        count = len(ids) or len(_objects(body.get("records"))) or _count(body.get("ids"))
        return Asked(((op != "coll.get",) * count,), _is_true(body.get("allOrNone", request.query.get("allOrNone"))))
    return Asked()


def _parts(holder: dict[str, Any], name: str) -> tuple[bool, ...]:
    return tuple(str(part.get("method", "")).upper() not in ("GET", "HEAD", "") for part in _objects(holder.get(name)))


def _records_in(holder: dict[str, Any]) -> int:
    """Records of a tree, with all that hang below them."""
    count, level = 0, _objects(holder.get("records"))
    while level:
        count += len(level)
        level = [below for record in level for value in record.values() if isinstance(value, dict) for below in _objects(value.get("records"))]
    return count


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_true(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _count(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0
