"""Formulas of a source that the org cannot compute are said once, when it is read, rather than at the first query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sfchaos.org.schema.model import NOT_COMPUTED, Schema


def without_unreadable_formulas(schema: Schema, leave: Callable[[str], None]) -> Schema:
    """Formula fields that cannot be computed show null, validation rules that cannot be computed are left out; each with its reason."""
    from sfchaos.org import formula  # heavy, and most orgs have none

    objects = dict(schema.objects)
    for key, sobject in schema.objects.items():
        made = sobject
        for f in sobject.fields:
            if f.is_compiled and f.formula != NOT_COMPUTED and (why := _why_not(formula.check_field, schema, sobject, f)):
                leave(f"{sobject.name}.{f.name}: its {'formula' if f.formula_text else 'roll-up'} is not computed and shows null: {why}")
                made = made.with_field(replace(f, formula=NOT_COMPUTED))
        kept = []
        for rule in sobject.validation_rules:
            why = _why_not(formula.check_rule, schema, sobject, rule)
            if why:
                leave(f"{sobject.name}: validation rule {rule.name} is not played: {why}")
            else:
                kept.append(rule)
        objects[key] = replace(made, validation_rules=tuple(kept)) if len(kept) < len(made.validation_rules) else made
    return replace(schema, objects=objects)


def _why_not(check: Callable[..., None], *what: object) -> str:
    """The first line of what is wrong with a formula; "" when nothing is."""
    from sfchaos.org.formula import FormulaError

    try:
        check(*what)
    except FormulaError as error:
        return error.what.partition("\n")[0]
    return ""
