"""From what a client sent for one row to the values that the store keeps, or the refusal.

Order of checks, wire reference 4.3 (K): JSON types and unknown columns (the whole request), rights to fields, values,
required fields. Parents and duplicates come later, in dml.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from sfchaos.core.gate import Refusal
from sfchaos.org.refusals import refuse
from sfchaos.org.rows.plans import WritePlan, no_such_column
from sfchaos.org.rows.values import BadValue, coercer, json_token, row_refusal
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org

Form = Literal["json", "csv", "soap"]
NULL_CELL = "#N/A"  # nulls a field in a Bulk CSV; an empty cell leaves it alone (wire reference 16, line 27)


class RowRefused(Exception):
    """One row is refused; the others of the request go on."""

    def __init__(self, *refusals: Refusal, record_id: str = "") -> None:
        super().__init__(refusals[0].message)
        self.refusals, self.record_id = refusals, record_id


def take(org: Org, plan: WritePlan, row: Mapping[str, Any], *, creating: bool, form: Form, admin: bool = False, skip: str = "") -> dict[str, Any]:
    """Stored values by canonical field name. `skip` is a field that is dealt with elsewhere (the key of an upsert).

    Raises Refused for what makes the whole request unreadable, RowRefused for what concerns this row.
    """
    values: dict[str, Any] = {}
    denied: list[str] = []
    bad: BadValue | None = None
    columns = plan.columns
    for name, value in row.items():
        column = columns.get(name) or columns.get(name.lower())
        if column is None:
            if name != "attributes":
                _take_parent(org, plan, name, value, values, denied, creating=creating, form=form)
            continue
        if column.field.name == skip or (form == "csv" and value == ""):
            continue
        if not (column.on_create if creating else column.on_update) and not (admin and column.field.has_column):
            if column.field.name == "Id":
                raise RowRefused(row_refusal("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", "Id"))  # K
            denied.append(column.field.name)
            continue
        try:
            values[column.field.name] = column.coerce(cell_value(column.field, value) if form == "csv" else value)
        except BadValue as error:
            if error.kind == "type" and form == "json":
                raise _unparsed(column.field, value) from None
            bad = bad or error
    if denied:
        raise RowRefused(not_writable(denied))
    if bad is not None:
        raise RowRefused(bad.refusal)
    return values


_WORDS = {"yes": "true", "y": "true", "on": "true", "no": "false", "n": "false", "off": "false"}


def cell_value(f: Field, text: str) -> str | None:
    """What a cell of a Bulk CSV stands for: null, more words for booleans, dates with a Z. Source: Async guide, "Valid CSV
    Record Rows" (words K) and the date of its sample file, `1940-06-07Z` (D)."""
    if text == NULL_CELL:
        return None
    if f.type == "boolean":
        return _WORDS.get(text.strip().lower(), text)
    return text[:-1] if f.type == "date" and len(text) == 11 and text[-1] == "Z" else text


def not_writable(names: list[str]) -> Refusal:
    """Text K: wire reference 4.3."""
    return row_refusal("INVALID_FIELD_FOR_INSERT_UPDATE", f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and "
                       "verify that it is read/write for your profile or permission set.", *names)  # fmt: skip


def check_required(plan: WritePlan, values: Mapping[str, Any], *, creating: bool) -> None:
    """A create needs all required fields; an update must not null one. Text L (jsforce): wire reference 4.3."""
    missing = [f.name for f in plan.required if values.get(f.name) is None and (creating or f.name in values)]
    if missing:
        raise RowRefused(row_refusal("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", *missing))


def _unparsed(f: Field, value: Any) -> Exception:
    """Text K, type name and token as in U (regican/Salesforce#2); the position is not that of the real parser."""
    return refuse("JSON_PARSER_ERROR", f"Cannot deserialize instance of {f.type} from {json_token(value)} or request may be missing a required field at [line:1, column:1]")


def _take_parent(org: Org, plan: WritePlan, name: str, value: Any, values: dict[str, Any], denied: list[str], *, creating: bool, form: Form) -> None:
    """A parent named by one of its external ids: `{"Account": {"Ext__c": "A-1"}}`, or the CSV column `Account.Ext__c`."""
    head, _, tail = name.partition(".")
    kind, _, relationship = head.rpartition(":")
    f = plan.sobject.by_relationship.get(relationship.lower())
    nested = isinstance(value, dict) or value is None
    if f is None or (not tail and (form == "csv" or not nested)):
        raise no_such_column(name, plan.sobject)
    column = plan.columns[f.name]
    if form == "csv" and value == "":
        return
    if not (column.on_create if creating else column.on_update):
        denied.append(f.name)
        return
    values[f.name] = _parent_id(org, f, kind, _parent_key(tail, value, form))


def _parent_key(tail: str, value: Any, form: Form) -> tuple[str, str, Any] | None:
    """(type that attributes name, field, value), or None for no parent."""
    if tail:
        return None if value in (None, NULL_CELL) else ("", tail, value)
    if value is None:
        return None
    kind = value["attributes"].get("type", "") if isinstance(value.get("attributes"), dict) else ""
    for name, part in value.items():
        if name != "attributes":
            return str(kind), name, part
    return None


def _parent_id(org: Org, f: Field, kind: str, key: tuple[str, str, Any] | None) -> str | None:
    if key is None:
        return None
    named, field_name, value = key
    found = key_parent(org, f, kind or named, field_name)
    if found is not None:
        return _only_match(org, *found, value)
    raise refuse("INVALID_FIELD", f"{field_name} is not an External ID or indexed field for {kind or named or f.reference_to[0]}")  # text is a guess


def key_parent(org: Org, f: Field, kind: str, field_name: str) -> tuple[SObject, Field] | None:
    """The sObject and the external id field by which a reference's parent is named; `kind` is "" where the first that has it is meant."""
    for parent_name in (kind,) if kind else f.reference_to:
        parent = org.schema.find(parent_name)
        key_field = parent.find(field_name) if parent else None
        if parent is not None and key_field is not None and is_key(key_field):
            return parent, key_field
    return None


def _only_match(org: Org, parent: SObject, f: Field, value: Any) -> str:
    found = matches(org, parent, f, key_value(f, value))
    if len(found) == 1:
        return found[0]
    if found:
        raise RowRefused(several_matches(f, found))
    # text K: wire reference 3.7
    raise RowRefused(row_refusal("INVALID_FIELD", f"Foreign key external ID: {str(value).lower()} not found for field {f.name} in entity {parent.name}"))


def several_matches(f: Field, ids: list[str]) -> Refusal:
    return row_refusal("DUPLICATE_EXTERNAL_ID", f"{f.name}: more than one record found for external id field: [{', '.join(ids)}]")


def is_key(f: Field) -> bool:
    """Whether an upsert or a URL may name a row by this field. Source: wire reference 3.7 (R for Contact/Email)."""
    return f.external_id or f.id_lookup or f.name == "Id"


def key_value(f: Field, value: Any) -> Any:
    """The stored form of an external id value. Raises RowRefused when it cannot be one."""
    try:
        return coercer(f)(value)
    except BadValue as error:
        raise RowRefused(error.refusal) from None


def matches(org: Org, sobject: SObject, f: Field, value: Any, *, at_most: int = 20, rows: str = "") -> list[str]:
    """Ids of the live rows whose `f` is `value`, oldest first. `rows` is a condition over the alias `t`: those the user may see."""
    if value is None or not f.has_column:
        return []
    live = (" AND t.IsDeleted = 0" if sobject.find("IsDeleted") else "") + (f" AND {rows}" if rows else "")
    equal, parameters = _equal(f, value)
    found = org.store.all(f"SELECT t.Id FROM {quoted(sobject.name)} AS t WHERE {equal}{live} ORDER BY t.Id LIMIT {at_most}", parameters)
    return [str(row[0]) for row in found]


_MOST_SPELLINGS = 64


def _equal(f: Field, value: Any) -> tuple[str, list[Any]]:
    """SQLite folds the case of ASCII alone: other letters are asked for in both cases while these are few, so that the index serves."""
    column = f"t.{quoted(f.name)}"
    if not isinstance(value, str) or value.isascii() or f.case_sensitive or not f.is_text:
        return f"{column} = ?", [value]
    spellings = [""]
    for char in value:
        cases = (char,) if char.isascii() else tuple(dict.fromkeys((char, char.lower(), char.upper())))
        spellings = [start + case for start in spellings for case in cases]
        if len(spellings) > _MOST_SPELLINGS:
            return f"sf_fold({column}) = ?", [value.casefold()]
    return f"{column} IN ({', '.join('?' * len(spellings))})", list(spellings)


