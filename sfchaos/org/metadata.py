"""What the org says about itself in rows: EntityDefinition, FieldDefinition and the other tooling objects.

They are computed from what the asking user sees of the schema, into a small store of their own that is kept for users who see the
same: an org that nobody asks pays nothing. Nothing here can be written, so there is nothing to reset.
Source: Tooling API guide, "EntityDefinition", "FieldDefinition", "EntityParticle", "PicklistValueInfo" (D).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from sfchaos.org import access
from sfchaos.org.refusals import refuse
from sfchaos.org.schema.model import Schema, SObject
from sfchaos.org.store import Store

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.soql.run import Prepared, QueryResult

NO_ID = "000000000000000AAA"  # what the Id of a computed row is (U)
_FROM = re.compile(r"\bfrom\s+(\w+)", re.IGNORECASE)
_INNER = re.compile(r"\([^()]*\)")
# computed objects that must be filtered, and by what (texts and lists U)
_REIFIED = {
    "FieldDefinition": ("EntityDefinitionId", "DurableId"), "EntityParticle": ("EntityDefinitionId", "FieldDefinitionId", "DurableId"),
    "PicklistValueInfo": ("EntityParticleId", "DurableId"),
}  # fmt: skip
COMPUTED = frozenset({"EntityDefinition", *_REIFIED})


class Metadata:
    """The tooling objects of one org."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._seen: dict[tuple[str, str], Schema] = {}  # by schema and access digest
        self._built: dict[str, _Shadow] = {}

    @property
    def schema(self) -> Schema:
        from sfchaos.org.metadata_rows import tooling_schema

        return tooling_schema()

    def serves(self, statement: str) -> bool:
        """Whether a statement for the ordinary query resource asks for rows that only stand here."""
        name = object_of(statement)
        if not name or self._org.schema.find(name) is not None:
            return False
        return name.lower() in _ORDINARY

    def query(self, statement: str, user_id: str) -> QueryResult:
        """All rows of a statement over the tooling objects. Raises Refused as any query does, and for a missing filter."""
        return self._prepared(statement, user_id).all()

    def columns(self, statement: str, user_id: str) -> dict[str, Any]:
        """What the statement would return, for `columns=true`. Raises Refused as `query` does."""
        from sfchaos.org.soql.columns import column_metadata

        return column_metadata(self._prepared(statement, user_id).plan, self.schema)

    def _prepared(self, statement: str, user_id: str) -> Prepared:
        from sfchaos.org.soql.run import prepare

        shadow = self._shadow(user_id)
        asked = shadow.schema.find(object_of(statement))
        if asked is not None and asked.name in _REIFIED:
            _check_filter(asked, statement)
        return prepare(cast("Org", shadow), statement, user_id=user_id, as_admin=True)

    def _shadow(self, user_id: str) -> _Shadow:
        seen = self._schema_of(user_id)
        digest = seen.digest + (repr(self._org.delegation.all()) if self._org.registers.delegates else "")
        if digest not in self._built:
            if len(self._built) >= _MOST_KEPT:
                self._built.clear()
            self._built[digest] = _Shadow(self._org, seen)
        return self._built[digest]

    def _schema_of(self, user_id: str) -> Schema:
        """The objects that the user may read, with the fields that the user may read."""
        key = (self._org.schema.digest, access.access_digest(self._org, user_id))
        if key not in self._seen:
            if len(self._seen) >= _MOST_KEPT:
                self._seen.clear()
            objects = {name: access.as_seen(self._org, user_id, o) for name, o in self._org.schema.objects.items() if access.may(self._org, user_id, o, "read")}
            self._seen[key] = replace(self._org.schema, objects=objects)
        return self._seen[key]


class _Over:
    """An org of which some attributes are others."""

    def __init__(self, org: Org, schema: Schema) -> None:
        self._org, self.schema = org, schema

    def __getattr__(self, name: str) -> Any:
        return getattr(self._org, name)


class _Shadow(_Over):
    """An org as the query engine sees one: another schema and store, everything else the real org's."""

    def __init__(self, org: Org, seen: Schema) -> None:
        from sfchaos.org.metadata_rows import ROWS, tooling_schema

        super().__init__(org, tooling_schema())
        self.store = Store()
        self.store.create_tables(self.schema)
        for name, rows in ROWS.items():
            for row in rows(cast("Org", _Over(org, seen))):
                self.store.insert(name, row)


_MOST_KEPT = 8
_ORDINARY = frozenset(name.lower() for name in COMPUTED)


def object_of(statement: str) -> str:
    """The object of the outermost FROM; "" when there is none."""
    previous = ""
    while previous != statement:
        previous, statement = statement, _INNER.sub(" ", statement)
    found = _FROM.search(statement)
    return found[1] if found else ""


def _check_filter(asked: SObject, statement: str) -> None:
    columns = _REIFIED[asked.name]
    _, _, where = statement.lower().partition("where")
    parents = [name.removesuffix("Id") + "." for name in columns if name != "DurableId"]
    if not any(name.lower() in where for name in (*columns, *parents)):
        raise refuse("MALFORMED_QUERY", f"{asked.name}: a filter on a reified column is required [{','.join(columns)}]")  # U


def shown(result: QueryResult, base: str) -> list[dict[str, Any]]:
    """Records of a query with the Id that computed rows have."""
    records = result.records(base)
    for record in records if result.sobject in COMPUTED else ():
        if "Id" in record:
            record["Id"] = NO_ID
    return records
