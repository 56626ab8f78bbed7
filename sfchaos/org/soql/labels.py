"""toLabel(): what a picklist value is called. Source: SOQL reference, "toLabel()" (D). Names of record types and the like are their own labels."""

from __future__ import annotations

from sfchaos.org.schema.model import Field
from sfchaos.org.soql.scope import Bound


def label_sql(bound: Bound) -> str:
    pairs = bound.field.picklist_labels
    if not pairs or not bound.sql:
        return bound.sql
    if bound.field.type == "multipicklist":
        return f"SF_LABELS({bound.sql}, {_text(chr(30).join(f'{value}{chr(31)}{label}' for value, label in pairs))}) COLLATE NOCASE"
    cases = " ".join(f"WHEN {_text(value)} THEN {_text(label)}" for value, label in pairs)
    return f"(CASE {bound.sql} {cases} ELSE {bound.sql} END) COLLATE NOCASE"


def setup_order(sql: str, f: Field) -> str:
    """Picklists sort in the order of their setup (SOQL reference, "ORDER BY", D); values that are not in it come last."""
    cases = " ".join(f"WHEN {_text(value)} THEN {number}" for number, value in enumerate(f.picklist))
    return f"CASE WHEN {sql} IS NOT NULL THEN CASE {sql} {cases} ELSE {len(f.picklist)} END END"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
