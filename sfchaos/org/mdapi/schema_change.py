"""Another schema under a running org: tables follow it, and all of it is undone with the unit it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sfchaos.core.errors import did_you_mean
from sfchaos.org.access.full import write_out
from sfchaos.org.mdapi.parts import Problem
from sfchaos.org.schema.companions import history_name, share_name, with_companions
from sfchaos.org.schema.model import NOT_COMPUTED, Field, Schema, SObject
from sfchaos.org.schema.summaries import with_summaries
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org

_NUMBERS = frozenset({"double", "currency", "percent"})


def install(org: Org, objects: Mapping[str, SObject]) -> None:
    """Let the org's objects be these, by lower-case name. Raises Problem for formulas and roll-ups that cannot be computed, and for a
    field whose type cannot change because rows have values of it."""
    before = org.schema
    after = replace(before, objects=_with_followers(before, objects))
    _check(before, after)
    write_out(org)  # who has rights to everything has them to what there is now: a new field is nobody's until it is granted (K)
    for sobject in after:
        known = before.find(sobject.name)
        if known is None:
            org.store.create_table(sobject)
        elif known is not sobject:
            _alter(org, known, sobject)
    for sobject in before:
        if after.find(sobject.name) is None:
            org.store.run(f"DROP TABLE {quoted(sobject.name)}")
    org.schema = after
    org.store.on_undo(lambda: _put_back(org, before))
    org.rights.forget()


def _put_back(org: Org, schema: Schema) -> None:
    org.schema = schema
    org.rights.forget()


def _with_followers(before: Schema, objects: Mapping[str, SObject]) -> dict[str, SObject]:
    """With roll-ups looked up, and with the history and share objects that the objects have now."""
    found = with_summaries(objects, _bad_summary)
    for key, sobject in objects.items():
        known = before.find(key)
        if known is None or known is sobject or sobject.flags.get("companionOf"):
            continue
        if _tracked(known) != _tracked(sobject):
            found.pop(history_name(sobject.name).lower(), None)
        if sobject.custom and known.sharing != sobject.sharing:
            found.pop(share_name(sobject.name).lower(), None)
    gone = {o.name for o in before} - {o.name for o in found.values()}
    return with_companions({key: o for key, o in found.items() if o.flags.get("companionOf") not in gone})


def _tracked(sobject: SObject) -> list[str]:
    return [f.name for f in sobject.fields if f.tracked]


def _bad_summary(_sobject: SObject, f: Field, why: str) -> None:
    if f.formula != NOT_COMPUTED:
        raise Problem(f"Roll-up {f.name}: {why}")


# ---------------------------------------------------------------------- formulas


def _check(before: Schema, after: Schema) -> None:
    """Every formula of a changed object, and of those that look at one. Raises Problem."""
    from sfchaos.org import formula  # heavy, and most changes have none

    for sobject in after:
        same = before.find(sobject.name) is sobject
        for f in sobject.fields:
            if f.is_compiled and f.formula != NOT_COMPUTED and not (same and "." not in f.formula_text and f.summary is None):
                _tell(formula.check_field, after, sobject, f)
        for rule in () if same else sobject.validation_rules:
            _tell(formula.check_rule, after, sobject, rule)


def _tell(check: object, *what: object) -> None:
    from sfchaos.org.formula import FormulaError

    assert callable(check)
    try:
        check(*what)
    except FormulaError as error:
        raise Problem(error.what.partition("\n")[0], code="FIELD_INTEGRITY_EXCEPTION") from None


# ---------------------------------------------------------------------- tables


def _alter(org: Org, known: SObject, wanted: SObject) -> None:
    old, new = {f.key: f for f in known.columns}, {f.key: f for f in wanted.columns}
    for key, f in old.items():
        if key not in new or (_affinity(f) != _affinity(new[key]) and _may_retype(org, known, f)):
            org.store.run(f"DROP INDEX IF EXISTS {quoted(f'ix_{known.name}_{f.name}')}")
            org.store.run(f"ALTER TABLE {quoted(known.name)} DROP COLUMN {quoted(f.name)}")
    for key, f in new.items():
        if key not in old or _affinity(old[key]) != _affinity(f):
            org.store.add_column(wanted, f)
            if f.type == "boolean":  # the one type without null: rows that are there get the default (K)
                org.store.run(f"UPDATE {quoted(wanted.name)} SET {quoted(f.name)} = ?", (int(bool(f.default)),))
    org.store.create_table(wanted)  # the indexes of new columns


def _affinity(f: Field) -> str:
    kind = "number" if f.type in _NUMBERS else f.type if f.type in ("boolean", "int", "long") else "text"
    return f"{kind} {f.is_text and not f.case_sensitive}"


def _may_retype(org: Org, sobject: SObject, f: Field) -> bool:
    """A field without values may be of any type. Text of the refusal: a guess."""
    if org.store.one(f"SELECT 1 FROM {quoted(sobject.name)} WHERE {quoted(f.name)} IS NOT NULL LIMIT 1"):
        raise Problem(f"Cannot change the type of {sobject.name}.{f.name}: there are rows with values of it")
    return True


def named(schema: Schema, name: str) -> SObject:
    """Raises Problem."""
    found = schema.find(name)
    if found is None:
        raise Problem(f"Entity of type 'CustomObject' named '{name}' cannot be found{did_you_mean(name, [o.name for o in schema])}", code="INVALID_CROSS_REFERENCE_KEY")
    return found
