"""What the org says about itself in rows: EntityDefinition, FieldDefinition and the other tooling objects.

They are computed from the schema when somebody first asks, into a small store of their own, and again when the schema has
changed: an org that nobody asks pays nothing. Nothing here can be written, so there is nothing to reset.
Source: Tooling API guide, "EntityDefinition", "FieldDefinition", "EntityParticle", "PicklistValueInfo" (D).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from sfchaos.org.refusals import refuse
from sfchaos.org.schema.model import Schema, SObject
from sfchaos.org.store import Store

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.soql.run import QueryResult

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
        self._built: tuple[str, _Shadow] | None = None

    @property
    def schema(self) -> Schema:
        return self._shadow().schema

    def serves(self, statement: str) -> bool:
        """Whether a statement for the ordinary query resource asks for rows that only stand here."""
        name = object_of(statement)
        if not name or self._org.schema.find(name) is not None:
            return False
        return name.lower() in _ORDINARY

    def query(self, statement: str, user_id: str) -> QueryResult:
        """All rows of a statement over the tooling objects. Raises Refused as any query does, and for a missing filter."""
        from sfchaos.org.soql.run import prepare

        shadow = self._shadow()
        asked = shadow.schema.find(object_of(statement))
        if asked is not None and asked.name in _REIFIED:
            _check_filter(asked, statement)
        return prepare(cast("Org", shadow), statement, user_id=user_id, as_admin=True).all()

    def _shadow(self) -> _Shadow:
        digest = self._org.schema.digest
        if self._built is None or self._built[0] != digest:
            self._built = (digest, _Shadow(self._org))
        return self._built[1]


class _Shadow:
    """An org as the query engine sees one: another schema and store, everything else the real org's."""

    def __init__(self, org: Org) -> None:
        from sfchaos.org.metadata_rows import ROWS, tooling_schema

        self._org = org
        self.schema = tooling_schema()
        self.store = Store()
        self.store.create_tables(self.schema)
        for name, rows in ROWS.items():
            for row in rows(org):
                self.store.insert(name, row)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._org, name)


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
