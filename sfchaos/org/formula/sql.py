"""A compiled part of a formula: SQL with the type that the formula language gives it."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.org.schema.model import Field

TEXT, NUMBER, BOOLEAN, DATE, DATETIME, TIME = "Text", "Number", "Boolean", "Date", "Date/Time", "Time"
PICKLIST, MULTIPICKLIST, NULL = "Picklist", "Multipicklist", "Null"

# describe's type -> the formula language's; a type that is not here cannot stand in a formula
TYPE_OF = {
    **dict.fromkeys(("string", "textarea", "phone", "url", "email", "combobox", "id", "reference"), TEXT),
    **dict.fromkeys(("double", "currency", "percent", "int", "long"), NUMBER),
    "boolean": BOOLEAN, "date": DATE, "datetime": DATETIME, "time": TIME, "picklist": PICKLIST, "multipicklist": MULTIPICKLIST,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sql:
    """`text` is an SQL expression that stands for itself (in parentheses where it must). `field` is the one that it reads, if it is just
    that; `literal` the value that a literal has. `chain` says what joins the parts of a `(a + b - c)`, "" for anything else. `is_full`: a text that is never null."""

    text: str
    type: str
    field: Field | None = None
    literal: object = None
    chain: str = ""
    is_full: bool = False

    @property
    def words(self) -> str:
        """A text that is never null: in formulas an empty text is ''."""
        return self.text if isinstance(self.literal, str) or self.is_full else f"COALESCE({self.text}, '')"


def quote_text(value: str) -> str:
    return "'" + value.replace("\0", "").replace("'", "''") + "'"
