"""What an administrator's setup has against a row whose values are sound: record types, dependent picklists, validation and
duplicate rules. Whoever writes as the administrator passes all of it.

Order (wire reference 4.3, K): what the system checks, then validation rules, which report together, then duplicate rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Refusal
from sfchaos.org.formula import Conditions
from sfchaos.org.rows import duplicates, record_types
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.schema.derive import derived_values
from sfchaos.org.schema.metadata import DuplicateRule, ValidationRule
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.rows.row_work import Work

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """What is set up on one sObject, worked out once per schema. `applies` is False where nothing is: most saves ask no more."""

    validations: tuple[ValidationRule, ...]
    conditions: Conditions | None
    duplicates: tuple[DuplicateRule, ...]
    picklists: tuple[Field, ...]  # those whose values depend on another field or on the record type
    has_record_types: bool
    has_currency: bool

    @property
    def fills(self) -> bool:
        return self.has_record_types or self.has_currency

    @property
    def applies(self) -> bool:
        return bool(self.conditions or self.duplicates or self.picklists or self.has_record_types)


def book_of(schema: Schema, sobject: SObject) -> RuleBook:
    """Raises FormulaError for a validation rule that does not compile."""
    rules = tuple(rule for rule in sobject.validation_rules if rule.active)
    narrowed = {name.lower() for made in sobject.record_types for name, _ in made.picklists}
    return RuleBook(
        rules, Conditions.of(schema, sobject, [rule.formula for rule in rules]) if rules else None,
        tuple(rule for rule in sobject.duplicate_rules if rule.active),
        tuple(f for f in sobject.columns if f.restricted_picklist and (f.controller or f.key in narrowed)),
        bool(sobject.record_types) and sobject.find(record_types.FIELD) is not None,
        schema.find("CurrencyType") is not None and sobject.find("CurrencyIsoCode") is not None,
    )  # fmt: skip


def filled(work: Work, values: Row) -> dict[str, Any]:
    """What a new row gets besides plain defaults: a record type, and the currency of its user (wire reference 8.4)."""
    book, found = work.plan.book, dict[str, Any]()
    if book.has_record_types and values.get(record_types.FIELD) is None:
        found[record_types.FIELD] = record_types.default_id(work.org, work.plan.sobject, work.user_id)
    if book.has_currency and values.get("CurrencyIsoCode") is None:
        found["CurrencyIsoCode"] = _currency_of(work.org, work.user_id) or work.plan.defaults.get("CurrencyIsoCode")
    return {name: value for name, value in found.items() if value is not None}


def _currency_of(org: Org, user_id: str) -> str | None:
    user = org.schema.find("User")
    name = next((n for n in ("DefaultCurrencyIsoCode", "CurrencyIsoCode") if user is not None and user.find(n)), "")
    found = org.store.one(f"SELECT {quoted(name)} FROM User WHERE Id = ?", (user_id,)) if name else None
    return found[0] if found else None


def check_save(work: Work, values: Row, record_id: str) -> None:
    """Raises RowRefused. `record_id` is "" for a create."""
    if "OwnerId" in values:
        _check_owner(work, values["OwnerId"], record_id)
    book = work.plan.book
    if not book.applies and not work.org.registers.validations:
        return
    was = _stored(work, record_id) if record_id and book.applies else None
    now = _as_saved(work, values, was)
    if book.has_record_types and values.get(record_types.FIELD) is not None:
        _refuse(record_types.refusal(work.org, work.plan.sobject, values[record_types.FIELD], work.user_id))
    for f in book.picklists:
        if values.get(f.name) is not None:
            _check_choice(work, f, now)
    failed = [*_failed(work, book, now, was), *_armed(work, values, creating=not record_id)]
    if failed:
        raise RowRefused(*failed)
    for rule in book.duplicates:
        _refuse(duplicates.refusal(work, rule, now, values, record_id))


def _refuse(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise RowRefused(refusal)


def _stored(work: Work, record_id: str) -> dict[str, Any] | None:
    names = [f.name for f in work.plan.sobject.columns]
    found = work.org.store.one(f"SELECT {', '.join(map(quoted, names))} FROM {quoted(work.plan.sobject.name)} WHERE Id = ?", (record_id,))
    return dict(zip(names, found, strict=True)) if found else None


def _as_saved(work: Work, values: Row, was: Row | None) -> dict[str, Any]:
    """The row as it will be: rules see defaults and what follows from other fields."""
    if was is not None:
        now = {**was, **values}
    else:
        now = {**work.plan.defaults, "OwnerId": work.user_id, "CreatedDate": work.now, "CreatedById": work.user_id, **filled(work, values), **values}
    if work.plan.sobject.derived:
        now |= derived_values(work.plan.sobject, was or {}, values if was is not None else now, now=work.now)
    return now | {"LastModifiedDate": work.now, "LastModifiedById": work.user_id}


def _check_owner(work: Work, owner_id: str | None, record_id: str) -> None:
    """Nothing is given to an inactive user; what one owns may be changed. Text U (several clients), id with 15 characters K."""
    org, sobject = work.org, work.plan.sobject
    if not owner_id or not owner_id.startswith("005") or org.schema.find("User") is None:
        return
    found = org.store.one("SELECT IsActive FROM User WHERE Id = ?", (owner_id,))
    if found is None or found[0]:
        return
    held = org.store.one(f"SELECT OwnerId FROM {quoted(sobject.name)} WHERE Id = ?", (record_id,)) if record_id else None
    if held is None or held[0] != owner_id:
        text = f"operation performed with inactive user [{owner_id[:15]}] as owner of {sobject.label.lower()}"
        raise RowRefused(row_refusal("INACTIVE_OWNER_OR_USER", text, "OwnerId"))


def _check_choice(work: Work, f: Field, now: Row) -> None:
    """A restricted picklist takes what its controlling value and its record type offer (U: the API refuses with the same words)."""
    offered: set[str] | None = None
    if f.controller:
        offered = _valid_with(f, now.get(_canonical(work.plan.sobject, f.controller)), work.plan.sobject.find(f.controller))
    kind = record_types.of_id(work.org, work.plan.sobject, now.get(record_types.FIELD))
    for name, values in kind.picklists if kind else ():
        if name.lower() == f.key:
            of_type = {value.lower() for value in values}
            offered = of_type if offered is None else offered & of_type
    if offered is None:
        return
    for part in str(now[f.name]).split(";") if f.type == "multipicklist" else (str(now[f.name]),):
        if part.lower() not in offered:
            text = f"{f.label or f.name}: bad value for restricted picklist field: {part}"
            raise RowRefused(row_refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, f.name))


def _valid_with(f: Field, controlling: object, controller: Field | None) -> set[str]:
    """Lower-case values that may be chosen beside a value of the controlling field (a checkbox has `true` and `false`)."""
    if controller is not None and controller.type == "boolean":
        controlling = "true" if controlling else "false"
    chosen = str(controlling).lower()
    return {value.lower() for value, beside in f.valid_for if chosen in (b.lower() for b in beside)}


def _canonical(sobject: SObject, name: str) -> str:
    found = sobject.find(name)
    return found.name if found else name


def _failed(work: Work, book: RuleBook, now: Row, was: Row | None) -> Iterator[Refusal]:
    """The validation rules that are true. Source: wire reference 4.3 (L jsforce: fields [] or [field], several at once)."""
    if book.conditions is None:
        return
    work.org.running_user_id = work.user_id
    for rule, is_true in zip(book.validations, book.conditions.true_in(work.org.store, now, was), strict=True):
        if is_true:
            yield row_refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, *((rule.field,) if rule.field else ()))


def _armed(work: Work, values: Row, *, creating: bool) -> Iterator[Refusal]:
    """Rules that somebody armed from outside for a while."""
    now_s = work.org.now_s()
    for rule in work.org.registers.validations.values():
        if rule.sobject == work.plan.sobject.name and rule.until_s > now_s and (creating or not rule.field or rule.field in values):
            yield row_refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, *((rule.field,) if rule.field else ()))
