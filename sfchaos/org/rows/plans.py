"""What writing and reading an sObject takes, worked out once per schema and access digest.

A plan is a pure function of its key, so it needs no place in a reset.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sfchaos.org import access
from sfchaos.org.access.kinds import is_share
from sfchaos.org.formula import formula_sql
from sfchaos.org.refusals import refuse
from sfchaos.org.rows.masks import mask_sql
from sfchaos.org.rows.values import Coercer, coercer, shown
from sfchaos.org.schema.compounds import compound_parts
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.rows.own_rows import Order, Shape
    from sfchaos.org.rows.rules import RuleBook

_AUDIT = ("CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate")  # what Set Audit Fields upon Record Creation opens (D)
_STAMPED = ("ownerid",)  # filled by the org when a create leaves it out
_READ_PLANS = 400


@dataclass(frozen=True, slots=True)
class Column:
    field: Field
    coerce: Coercer
    on_create: bool
    on_update: bool


@dataclass(frozen=True, slots=True)
class WritePlan:
    """`columns` by name as written in the schema and in lower case. Fields without a column (compound, formula) are in it
    too, as ones that nobody can set."""

    sobject: SObject
    columns: dict[str, Column]
    required: tuple[Field, ...]
    unique: tuple[Field, ...]
    references: tuple[Field, ...]
    defaults: dict[str, Any]
    auto_numbers: tuple[Field, ...]
    names: frozenset[str]
    book: RuleBook
    filters: dict[str, str]  # by right: which rows the user may read, edit, delete (access/checks.py)
    guarded: frozenset[str]  # sObjects of which the user may not refer to every row
    stands_for_rights: bool = False  # shares and assignments (access/row_rules.py)

    def has(self, name: str) -> bool:
        return name in self.names


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """`sql` selects one row by Id; `render` turns its values into the body's keys after `attributes`."""

    sobject: SObject
    names: tuple[str, ...]
    sql: str
    booleans: tuple[str, ...]
    specials: tuple[tuple[str, Callable[[Sequence[Any], str], Any]], ...]

    def render(self, values: Sequence[Any], row_url: str) -> dict[str, Any]:
        body: dict[str, Any] = {"attributes": {"type": self.sobject.name, "url": row_url}}
        body.update(zip(self.names, values, strict=False))  # values go on with parts of compound fields
        for name in self.booleans:
            body[name] = bool(body[name])
        for name, make in self.specials:
            body[name] = make(values, row_url)
        return body


@dataclass(slots=True)
class Plans:
    org: Org
    _writes: dict[tuple[str, str, str], WritePlan] = field(default_factory=dict)
    _reads: dict[tuple[str, str, str, str], ReadPlan] = field(default_factory=dict)
    own_shapes: dict[tuple[str, str], Shape] = field(default_factory=dict)  # of own_rows.py
    own_orders: dict[tuple[str, str, tuple[str, ...]], Order] = field(default_factory=dict)  # of own_rows.py

    def write(self, name: str, user_id: str) -> WritePlan:
        """Raises Refused with INVALID_TYPE for an sObject that does not exist, or that the user may not read."""
        key = (self.org.schema.digest, name.lower(), access.access_digest(self.org, user_id))
        plan = self._writes.get(key)
        if plan is None:
            plan = self._writes[key] = _write_plan(self.org, sobject_of(self.org, name, user_id), user_id)
        return plan

    def read(self, sobject: SObject, user_id: str, wanted: str = "") -> ReadPlan:
        """`wanted` is a comma-separated list of fields, "" for all. Raises Refused with INVALID_FIELD for one not there."""
        key = (self.org.schema.digest, sobject.name, access.access_digest(self.org, user_id), wanted)
        plan = self._reads.get(key)
        if plan is None:
            if len(self._reads) > _READ_PLANS:
                self._reads.clear()  # clients may ask for any list of fields
            plan = self._reads[key] = _read_plan(self.org, sobject, user_id, wanted)
        return plan


def sobject_of(org: Org, name: str, user_id: str = "") -> SObject:
    """Raises Refused with INVALID_TYPE, as a write to an unknown type is refused (wire reference 4.3, R), or to one that the user may
    not read (wire reference 10.1)."""
    sobject = access.visible(org, user_id, name)
    if sobject is None:
        raise refuse("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return sobject


def _write_plan(org: Org, sobject: SObject, user_id: str) -> WritePlan:
    from sfchaos.org.access.checks import filters_of, guarded_parents  # checks stand on plans

    columns: dict[str, Column] = {}
    audits = access.has_system(org, user_id, "CreateAuditFields")
    for f in sobject.fields:
        allowed = f.has_column and access.can_write(org, user_id, sobject, f)
        column = Column(f, coercer(f), allowed and (f.createable or (audits and f.name in _AUDIT)), allowed and f.updateable)
        columns[f.name] = columns[f.key] = column
    stored = [f for f in sobject.columns if f.name != "Id"]
    return WritePlan(
        sobject, columns,
        required=tuple(f for f in stored if f.required and f.key not in _STAMPED),
        unique=tuple(f for f in stored if f.unique),
        references=tuple(f for f in stored if f.type == "reference"),
        defaults={f.name: _default(f) for f in stored if f.default is not None or f.type == "boolean"},
        auto_numbers=tuple(f for f in stored if f.auto_number),
        names=frozenset(f.name for f in sobject.columns),
        book=_book(org, sobject),
        filters=filters_of(org, user_id, sobject),
        guarded=guarded_parents(org, user_id, sobject),
        stands_for_rights=is_share(sobject) or sobject.name == "PermissionSetAssignment",
    )  # fmt: skip


def _book(org: Org, sobject: SObject) -> RuleBook:
    from sfchaos.org.rows.rules import book_of  # rules stand on plans

    return book_of(org.schema, sobject)


def _default(f: Field) -> Any:
    return coercer(f)(f.default)


def _read_plan(org: Org, sobject: SObject, user_id: str, wanted: str) -> ReadPlan:
    fields = _wanted_fields(org, sobject, user_id, wanted)
    selected = [_selected(org, sobject, f) for f in fields]
    specials: list[tuple[str, Callable[[Sequence[Any], str], Any]]] = []
    for f in fields:
        special = _special(sobject, f, len(selected))
        if special is not None:
            parts, make = special
            selected += [quoted(part) for part in parts]
            specials.append((f.name, make))
    has_deleted = sobject.find("IsDeleted") is not None
    selected.append(quoted("IsDeleted") if has_deleted else "0")
    rows = access.row_filter(org, user_id, sobject, quoted(sobject.name))
    sql = f"SELECT {', '.join(selected)} FROM {quoted(sobject.name)} WHERE Id = ?{' AND ' + rows if rows else ''}"
    return ReadPlan(sobject, tuple(f.name for f in fields), sql, tuple(f.name for f in fields if f.type == "boolean"), tuple(specials))


def _selected(org: Org, sobject: SObject, f: Field) -> str:
    if f.is_compiled:
        return formula_sql(org.schema, sobject, f, quoted(sobject.name))
    if f.type == "encryptedstring":
        return mask_sql(quoted(f.name), f)
    return quoted(f.name) if f.has_column else "NULL"


def _wanted_fields(org: Org, sobject: SObject, user_id: str, wanted: str) -> list[Field]:
    """All readable fields in describe order; or those asked for, in that order, with Id at the end when not asked for."""
    readable = {f.key: f for f in access.readable(org, user_id, sobject)}
    if not wanted:
        return list(readable.values())
    found: dict[str, Field] = {}
    for name in (part.strip() for part in wanted.split(",")):
        f = readable.get(name.lower())
        if f is None:
            raise no_such_column(name, sobject)
        found[f.key] = f
    return list(found.values()) + ([readable["id"]] if "id" not in found else [])


def no_such_column(name: str, sobject: SObject) -> Exception:
    """Source: wire reference 3.6 (L restforce)."""
    return refuse("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")


def _special(sobject: SObject, f: Field, start: int) -> tuple[list[str], Callable[[Sequence[Any], str], Any]] | None:
    """Columns that a computed or compound field needs, and how it is made of the values from `start` on."""
    if f.type == "base64":
        return [], lambda _values, row_url: f"{row_url}/{f.name}"
    if f.holds_numbers:
        return [f.name], lambda values, _url: shown(f.type, values[start])
    if f.type == "anyType":
        return [f.name], lambda values, _url: shown("anyType", values[start])
    if f.formula == "person_name":
        return ["FirstName", "LastName"], lambda values, _url: person_name(values[start], values[start + 1])
    if f.type in ("address", "location"):
        keys, columns = compound_parts(sobject, f)
        return columns, lambda values, _url: compound_value(keys, values[start : start + len(keys)])
    return None


def compound_value(keys: Sequence[str], values: Sequence[Any]) -> dict[str, Any] | None:
    """The object of an address or location; null when all its parts are."""
    return dict(zip(keys, values, strict=True)) if any(value is not None for value in values) else None


def person_name(first: str | None, last: str | None) -> str | None:
    return " ".join(part for part in (first, last) if part) or None
