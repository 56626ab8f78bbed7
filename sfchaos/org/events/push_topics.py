"""PushTopics: a query, and which changes of its rows are told. Generic streaming's channels stand beside them.

Rules D (Streaming API guide, "PushTopic", "Event Notification Rules", "PushTopic Queries"); the words of refusals are guesses, but for
those of the query itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.org.events.bus import KEPT_LEGACY_S, Topic
from sfchaos.org.events.values import event_value, moment
from sfchaos.org.refusals import Refused
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.values import row_refusal, stored_instant

if TYPE_CHECKING:
    from sfchaos.core.gate import Verb
    from sfchaos.org.org import Org
    from sfchaos.org.rows.after import Saved
    from sfchaos.org.rows.row_work import Work
    from sfchaos.org.schema.model import SObject
    from sfchaos.org.soql import ast

_FLAGS: dict[Verb, str] = {"create": "NotifyForOperationCreate", "update": "NotifyForOperationUpdate", "delete": "NotifyForOperationDelete",
                           "undelete": "NotifyForOperationUndelete"}  # fmt: skip
_TYPES: dict[Verb, str] = {"create": "created", "update": "updated", "delete": "deleted", "undelete": "undeleted"}


@dataclass(frozen=True, slots=True)
class PushTopic:
    """An active one. `selected` and `where` are the lower-case names of fields in the query; `verbs` the operations it tells of."""

    id: str
    name: str
    query: str
    fields: str
    verbs: frozenset[Verb]
    selected: tuple[str, ...]
    where: frozenset[str]

    def concerns(self, changed: frozenset[str]) -> bool:
        """Whether a change of these fields (lower case) is told at all. Source: "NotifyForFields" (D)."""
        if self.fields == "All":
            return True
        watched = {"Select": frozenset(self.selected), "Where": self.where}.get(self.fields, frozenset(self.selected) | self.where)
        return bool(watched & changed)


def read_push_topics(org: Org) -> dict[str, tuple[PushTopic, ...]]:
    """The active ones by the lower-case name of their object."""
    found: dict[str, tuple[PushTopic, ...]] = {}
    names = ("Id", "Name", "Query", "NotifyForFields", *_FLAGS.values())
    for row in org.store.all(f"SELECT {', '.join(names)} FROM PushTopic WHERE IsActive = 1 ORDER BY Id"):
        held = dict(zip(names, row, strict=True))
        verbs = frozenset(verb for verb, flag in _FLAGS.items() if held[flag])
        query = _parsed(held["Query"])
        sobject = query.sources[0].path.parts[0].lower()
        made = PushTopic(held["Id"], held["Name"], held["Query"], held["NotifyForFields"] or "Referenced", verbs, _selected(query), _in_where(query))
        found[sobject] = (*found.get(sobject, ()), made)
    return found


def push_topic(org: Org, name: str) -> Topic | None:
    for sobject, topics in org.selection.chosen.push.items():
        for topic in topics:
            if topic.name == name:
                found = org.schema.find(sobject)
                return Topic(f"/topic/{name}", "push", (f"/topic/{name}",), found.name if found else "", KEPT_LEGACY_S, topic.id)
    return None


class PushNotices:
    """A follower of saves: publishes what active PushTopics tell."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def wants(self, sobject: SObject, verb: Verb) -> bool:
        return any(verb in topic.verbs for topic in self._org.selection.chosen.push.get(sobject.name.lower(), ()))

    def saved(self, org: Org, saved: Saved) -> None:
        for topic in org.selection.chosen.push.get(saved.sobject.name.lower(), ()):
            if saved.verb in topic.verbs and (saved.verb != "update" or topic.concerns(_changed(saved))):
                self._notify(topic, saved)

    def _notify(self, topic: PushTopic, saved: Saved) -> None:
        """Rows that the query does not find are not told of; of a deleted row the id is."""
        org = self._org
        row = self._row(topic, saved)
        if row is None:
            return
        told = {"Id": saved.id} if saved.verb == "delete" else row
        name = f"/topic/{topic.name}"
        event = {"createdDate": moment(stored_instant(int(org.now_s()))), "type": _TYPES[saved.verb]}
        org.events.publish(name, {"event": event, "sobject": told, "record": saved.id}, user_id=saved.user_id, kept_s=KEPT_LEGACY_S, of=saved.sobject.name)

    def _row(self, topic: PushTopic, saved: Saved) -> dict[str, Any] | None:
        from sfchaos.org.soql.run import run

        head, _, condition = _split(topic.query)
        where = f"({condition}) AND Id = '{saved.id}'" if condition else f"Id = '{saved.id}'"
        try:
            rows = list(run(self._org, f"{head} WHERE {where}", include_deleted=saved.verb == "delete", as_admin=True).rows)
        except Refused:  # a field of the query is gone since
            return None
        return _told(saved.sobject, rows[0]) if rows else None


def _told(sobject: SObject, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: event_value(f, value) if (f := sobject.find(name)) is not None else value for name, value in row.items() if name != "attributes"}


def _changed(saved: Saved) -> frozenset[str]:
    return frozenset(name.lower() for name, value in saved.values.items() if value != saved.before.get(name))


# ---------------------------------------------------------------------------- what a PushTopic may be


def check_push_topic(work: Work, values: Mapping[str, Any]) -> None:
    """Raises RowRefused for a query that no PushTopic may have."""
    text = values.get("Query")
    if not isinstance(text, str):
        return
    try:
        query = _parsed(text)
    except Refused as refused:
        first = refused.refusals[0]
        raise RowRefused(row_refusal(first.code, first.message, "Query")) from None
    sobject = work.org.schema.find(query.sources[0].path.parts[0])
    why = _why_not(query)
    if sobject is None or sobject.event or sobject.flags.get("companionOf"):
        why = f"the entity {query.sources[0].path.text} is not supported for topics"
    elif not why:
        known = {*_selected(query), *_in_where(query)}
        missing = [name for name in sorted(known) if sobject.find(name) is None]
        why = f"No such column '{missing[0]}' on entity '{sobject.name}'" if missing else ""
    if why:
        raise RowRefused(row_refusal("INVALID_FIELD", f"The PushTopic query is invalid: {why}", "Query"))


def _why_not(query: ast.Query) -> str:
    if len(query.sources) > 1 or query.group or query.having is not None:
        return "aggregate queries and joins are not supported"
    if query.order or query.limit is not None or query.offset is not None:
        return "ORDER BY, LIMIT and OFFSET are not supported"
    names = _selected(query)
    if len(names) != len(query.items) or any("." in name for name in names):
        return "only fields of the object itself can be selected"
    return "" if "id" in names else "the Id field must be selected"


def _parsed(text: str) -> ast.Query:
    from sfchaos.org.soql.parse import parse

    return parse(text)


def _selected(query: ast.Query) -> tuple[str, ...]:
    from sfchaos.org.soql import ast

    paths = [item.what if hasattr(item, "what") else item for item in query.items]
    return tuple(path.text.lower() for path in paths if isinstance(path, ast.Path))


def _in_where(query: ast.Query) -> frozenset[str]:
    """All fields that stand in the condition."""
    from sfchaos.org.soql import ast

    found: set[str] = set()
    waiting: list[Any] = [query.where]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Path):
            found.add(node.text.lower())
        elif isinstance(node, tuple | list):
            waiting += node
        elif hasattr(node, "__dataclass_fields__"):
            waiting += [getattr(node, name) for name in node.__dataclass_fields__]
    return frozenset(found)


def _split(query: str) -> tuple[str, str, str]:
    """What stands before WHERE, and the condition. A PushTopic's query has no clause after it."""
    at = query.lower().find(" where ")
    return (query, "", "") if at < 0 else (query[:at], "where", query[at + 7 :])
