"""Records as SOAP shows them, partner and enterprise.

Partner (R: recordings of WWW-Salesforce, soapforce and a PHP bug report): `xsi:type="sf:sObject"`, the type, an Id that is nil when it was
not selected and there twice when it was; null is nil. Enterprise (R: the Salesforce Python Toolkit's notes): the type is the xsi:type, there
is no Id of its own, and what is null is left out. Values of an aggregate name their XML type (R: an SSH-menu's shell client); which that is
for others than a count is K, as are the types of compound fields.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sfchaos.org.call import Call
from sfchaos.org.rows.values import shown
from sfchaos.org.soap.writing import dialect_of, element, text
from sfchaos.org.soql.paging import Page
from sfchaos.org.soql.plan import Cases, Children, Column, Compound, Shape
from sfchaos.org.soql.results import ID_CHARS, Family, QueryResult

Row = Sequence[Any]
More = Callable[[tuple[str, ...], str, int], str]
_NIL = ' xsi:nil="true"/>'
_XSD = {"boolean": "xsd:boolean", "int": "xsd:int", "long": "xsd:long", "date": "xsd:date", "datetime": "xsd:dateTime", "time": "xsd:time",
        "double": "xsd:double", "currency": "xsd:double", "percent": "xsd:double", "id": "ID", "reference": "ID"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Writer:
    """`enterprise` leaves out what is null. `of_blob` gives the bytes at a blob's address, `more` the locator of a child set that is cut.
    `own_id` is what rows that stand in no table say their Id is."""

    enterprise: bool
    of_blob: Callable[[str], bytes]
    more: More | None = None
    own_id: str = ""

    # ------------------------------------------------------------------ records

    def records(self, result: QueryResult, tag: str = "records") -> str:
        return "".join([self.record(tag, result.plan.shape, row, result.families) for row in result.sql_rows])

    def record(self, tag: str, shape: Shape, row: Row, families: Mapping[str, Family]) -> str:
        row_id = row[shape.id_index] if shape.id_index >= 0 else None
        kind = row[shape.type_index] if shape.type_index >= 0 else shape.sobject
        kind = shape.type_shown or kind
        members = "".join([self._member(member, shape, row, families) for member in shape.members])
        if self.enterprise:
            return f'<{tag} xsi:type="sf:{kind}">{members}</{tag}>'
        shown_id = ((self.own_id if not shape.key else "") or row_id) if any(isinstance(m, Column) and m.key == "Id" for m in shape.members) else None
        return f'<{tag} xsi:type="sf:sObject"><sf:type>{kind}</sf:type>{element("sf:Id", shown_id)}{members}</{tag}>'

    def _member(self, member: Column | Compound | Children | Shape | Cases, shape: Shape, row: Row, families: Mapping[str, Family]) -> str:
        name = f"sf:{member.key}"
        if isinstance(member, Column):
            return self._column(name, member, shape, row)
        if isinstance(member, Compound):
            return self._compound(name, member, row)
        if isinstance(member, Children):
            family = families.get(member.key)
            return self._family(name, family, row[0]) if family is not None else self._null(name)
        inner = member.of(row[member.type_index]) if isinstance(member, Cases) else member
        return self._null(name) if row[inner.id_index] is None else self.record(name, inner, row, {})

    def _column(self, name: str, column: Column, shape: Shape, row: Row) -> str:
        value = row[column.index]
        if column.style is not None:
            return self._simple(name, column.style.shown(value, row))
        if value is None and column.type != "boolean":
            return self._null(name)
        if self.own_id and column.key == "Id" and not shape.key:
            value = self.own_id
        written = self.value(column.type, value)
        typed = f' xsi:type="{_XSD.get(column.type, "xsd:string")}"' if shape.id_index < 0 else ""
        return f"<{name}{typed}>{written}</{name}>"

    def _simple(self, name: str, value: Any) -> str:
        return self._null(name) if value is None else element(name, value)

    def _null(self, name: str) -> str:
        return "" if self.enterprise else f"<{name}{_NIL}"

    def value(self, kind: str, value: Any) -> str:
        """A stored value as XML text: datetimes end in `.000Z` (wire reference 12), files are base64."""
        if kind == "datetime":
            return str(value).replace("+0000", "Z")
        if kind == "base64":
            return b64encode(self.of_blob(str(value))).decode()
        return text(shown(kind, value))

    def _compound(self, name: str, compound: Compound, row: Row) -> str:
        parts = {part: row[index] for part, index in compound.parts}
        if all(value is None for value in parts.values()):
            return self._null(name)
        kind = "location" if parts.keys() <= {"latitude", "longitude"} else "address"
        inner = "".join([self._simple(part, value) for part, value in parts.items()])
        return f'<{name} xsi:type="{kind}">{inner}</{name}>'

    # ------------------------------------------------------------------ children

    def _family(self, name: str, family: Family, parent_id: str) -> str:
        rows = family.by_parent.get(parent_id)
        if not rows:
            return self._null(name)
        ids = family.cuts.get(parent_id)
        locator = self.more(family.path, ids, len(rows)) if ids is not None and self.more is not None else ""
        total = len(ids) // ID_CHARS if ids is not None and locator else len(rows)
        records = "".join([self.record("records", family.plan.shape, row, family.families) for row in rows])
        return f'<{name} xsi:type="QueryResult">{envelope(records, total, locator)}</{name}>'


def envelope(records: str, size: int, locator: str) -> str:
    """Children of a QueryResult in order (wire reference 12, R)."""
    return f"<done>{'false' if locator else 'true'}</done>{element('queryLocator', locator or None)}{records}<size>{size}</size>"


def writer_of(call: Call, page: Page | None = None) -> Writer:
    """What writes records of the call's dialect; a page keeps locators for child sets that are cut."""
    more = None if page is None else lambda path, ids, count: page.children(call, path, ids, count)
    return Writer(dialect_of(call).letter == "c", call.org.blobs.get, more)
