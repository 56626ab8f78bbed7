"""The org as its administrator sees it: no faults, no limits, no field-level security. What a test holds as `rig.org`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.core.gate import OrgEvent, Verb
from sfchaos.org.refusals import Refused
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.values import BadValue, coercer, shown
from sfchaos.org.schema.library import SETUP
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.rows.dml import RowResult
    from sfchaos.org.schema.model import Field, SObject

# What an integration does not load or read as its data: who may do what, and what the org writes about itself.
SETUP_OBJECTS = frozenset({
    *SETUP, "ApexClass", "ApexTrigger", "AsyncApexJob", "CronTrigger", "DuplicateRule", "Folder", "MatchingRule", "RecentlyViewed",
    "PlatformEventChannel", "PlatformEventChannelMember", "PushTopic", "StreamingChannel",
})  # fmt: skip


class Admin:
    """Rows are mappings of field name to value, as REST shows values. Names are taken in any case, ids with 15 or 18 characters.

    Raises UnknownName for objects and fields that the org does not have, UsageError for what Salesforce would refuse.
    """

    def __init__(self, org: Org) -> None:
        self._org = org

    def create(self, sobject: str, **fields: Any) -> str:
        """The new row's id."""
        return self.create_many(sobject, [fields])[0]

    def create_many(self, sobject: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        return self._write("create", sobject, rows)

    def update(self, sobject: str, record_id: str, **fields: Any) -> None:
        self._write("update", sobject, [{**fields, "Id": record_id}])

    def delete(self, sobject: str, record_id: str) -> None:
        """Into the recycle bin."""
        self._write("delete", sobject, [{"Id": record_id}])

    def rows(self, sobject: str, **equal: Any) -> list[dict[str, Any]]:
        """The live rows whose fields have these values, oldest first, all stored fields in each."""
        found = self._sobject(sobject)
        where, parameters = self._where(found, equal)
        return [dict(row) for row in self._read(found, where, parameters)]

    def count(self, sobject: str, **equal: Any) -> int:
        found = self._sobject(sobject)
        where, parameters = self._where(found, equal)
        row = self._org.store.one(f"SELECT COUNT(*) FROM {quoted(found.name)} WHERE {where}", parameters)
        return int(row[0]) if row else 0

    def query(self, soql: str) -> list[dict[str, Any]]:
        """Rows of a SOQL query, without `attributes`."""
        from sfchaos.org.soql import run

        try:
            return list(run(self._org, soql, user_id=self._org.admin_user_id, as_admin=True).rows)
        except Refused as refused:
            raise UsageError(f"query refused: {refused}", remedy="check the query against the org's schema") from None

    def populate(self, sobject: str, n: int, *, profile: str = "plain", **fixed: Any) -> list[str]:
        """`n` synthetic rows, the same for the same seed; `fixed` fields are equal in all of them. Their ids.

        `profile` is one of plain, skewed, hostile, sparse, large (`populate_profiles.py`).
        """
        from sfchaos.org.synthetic.synthesis import populate

        found = self._sobject(sobject)
        with self._org.store.unit():
            ids = populate(self._org, found, n, profile=profile, **fixed)
        self._tell(OrgEvent("populated", {"sobject": found.name, "count": n, "generator": "faker", "profile": profile, "seed": self._org.seed}))
        return ids

    def write_synthetic(self, sobject: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Create generated rows without an event of their own: `populated` tells of them."""
        return self._written("create", sobject, rows)

    def is_synthetic(self, sobject: str, record_id: str) -> bool:
        """Whether `populate` made the row: its values are nobody's."""
        from sfchaos.org.synthetic.synthesis import is_synthetic

        return is_synthetic(self._org, self._sobject(sobject).name, record_id)

    def all_rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every live row of the objects that an integration works on, as (sObject name, row), by object and then by id."""
        for sobject in self._org.schema:
            if sobject.name not in SETUP_OBJECTS and not sobject.flags.get("companionOf"):
                for row in self._read(sobject, _live(sobject), ()):
                    if not (sobject.name == "Pricebook2" and row.get("IsStandard")):  # every org has it
                        yield sobject.name, row

    def field_types(self, sobject: str) -> dict[str, str]:
        """Describe's type of each field, by canonical name."""
        return {f.name: f.type for f in self._sobject(sobject).fields}

    def external_id_fields(self, sobject: str) -> tuple[str, ...]:
        return tuple(f.name for f in self._sobject(sobject).fields if f.external_id)

    # ------------------------------------------------------------------ parts

    def _write(self, verb: Verb, sobject: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        found = self._sobject(sobject)
        with self._org.store.unit():
            ids = self._written(verb, found.name, rows)
        self._tell(OrgEvent("admin_write", {"verb": verb, "sobject": found.name, "ids": ids}))
        return ids

    def _written(self, verb: Verb, sobject: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        org = self._org
        try:
            results = org.dml.write(verb, sobject, rows, user_id=org.admin_user_id, as_admin=True)
        except Refused as refused:
            raise UsageError(f"{verb} {sobject}: {refused}", remedy=_remedy(refused.refusals[0].code)) from None
        return [self._id_of(verb, sobject, result) for result in results]

    def _id_of(self, verb: str, sobject: str, result: RowResult) -> str:
        if not result.ok:
            first = result.refusals[0]
            raise UsageError(f"{verb} {sobject}: {first.code}: {first.message}", remedy=_remedy(first.code))
        return result.id

    def _tell(self, event: OrgEvent) -> None:
        self._org.emit(event)
        self._org.send_events()

    def _sobject(self, name: str) -> SObject:
        found = self._org.schema.find(name)
        if found is None:
            raise UnknownName("sObject", name, [o.name for o in self._org.schema], remedy="an org file or SFDX source adds objects")
        self._org.freshen(found.name)
        return found

    def _field(self, sobject: SObject, name: str) -> Field:
        f = sobject.find(name)
        if f is None or not f.has_column:
            raise UnknownName(f"stored field of {sobject.name}", name, [c.name for c in sobject.columns])
        return f

    def _where(self, sobject: SObject, equal: Mapping[str, Any]) -> tuple[str, list[Any]]:
        terms, parameters = [_live(sobject)], []
        for name, value in equal.items():
            f = self._field(sobject, name)
            try:
                stored = coercer(f)(value)
            except (BadValue, RowRefused) as error:
                raise UsageError(f"{sobject.name}.{f.name}: {error}", remedy=f"the field's type is {f.type}") from None
            terms.append(f"{quoted(f.name)} IS ?")
            parameters.append(stored)
        return " AND ".join(terms), parameters

    def _read(self, sobject: SObject, where: str, parameters: Iterable[Any]) -> Iterator[dict[str, Any]]:
        columns = sobject.columns
        names = ", ".join(quoted(f.name) for f in columns)
        for row in self._org.store.all(f"SELECT {names} FROM {quoted(sobject.name)} WHERE {where} ORDER BY Id", tuple(parameters)):
            yield {f.name: shown(f.type, value) for f, value in zip(columns, row, strict=True)}


def _live(sobject: SObject) -> str:
    return "IsDeleted = 0" if sobject.find("IsDeleted") else "1"


def _remedy(code: str) -> str:
    return {
        "INVALID_FIELD": "`field_types(sobject)` shows the fields there are",
        "REQUIRED_FIELD_MISSING": "give the required fields",
        "DUPLICATE_VALUE": "use another value: the field is unique",
        "INVALID_CROSS_REFERENCE_KEY": "create the row (or the parent) first",
    }.get(code, "Salesforce would refuse this write too; change the values")
