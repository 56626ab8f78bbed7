"""Conditions over one row that is about to be saved: what validation rules ask.

The row is not in its table yet, so its values are bound to a one-row subselect: fields by name, `was <field>` as they are in the
table, `is new`. Fields of parents are read from the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.org.formula.compile import Compiler
from sfchaos.org.formula.errors import FormulaError
from sfchaos.org.formula.field import nested_in
from sfchaos.org.formula.references import NEW, WAS, References
from sfchaos.org.formula.sql import BOOLEAN, NULL
from sfchaos.org.formula.tree import parse
from sfchaos.org.schema.model import Schema, SObject
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.store import Store

_ROW = "r"


def condition_sql(schema: Schema, sobject: SObject, formula: str) -> tuple[str, dict[str, None]]:
    """A true-or-false formula over the row `r`, and the columns of it that it reads. Raises FormulaError."""
    references = References(schema, sobject, _ROW, lambda *_: "")
    nested_in(references)
    made = Compiler(formula, references, in_rule=True).compile(parse(formula))
    if made.type not in (BOOLEAN, NULL):
        raise FormulaError(formula, -1, f"Formula result is data type ({made.type}), incompatible with expected data type (Boolean).")  # U
    return f"COALESCE({made.text}, 0)", references.used


@dataclass(frozen=True, slots=True)
class Conditions:
    """Formulas of one sObject, asked together. `columns`: what they read of the row, in the order of the parameters."""

    sql: str
    columns: tuple[str, ...]

    @classmethod
    def of(cls, schema: Schema, sobject: SObject, formulas: Sequence[str]) -> Conditions:
        """Raises FormulaError."""
        parts, used = [], dict[str, None]()
        for formula in formulas:
            sql, columns = condition_sql(schema, sobject, formula)
            parts.append(sql)
            used.update(columns)
        names = tuple(used) or (NEW,)
        row = ", ".join(f"? AS {quoted(name)}" for name in names)
        return cls(f"SELECT {', '.join(parts)} FROM (SELECT {row}) {_ROW}", names)

    def true_in(self, store: Store, now: Mapping[str, Any], was: Mapping[str, Any] | None) -> list[bool]:
        """One answer for each formula. `now` is the row as it is to be, `was` as it is (None while it is new)."""
        values = {NEW: int(was is None), **now, **{WAS + name: value for name, value in (now if was is None else was).items()}}
        found = store.one(self.sql, [values.get(name) for name in self.columns])
        return [bool(answer) for answer in found or ()]
