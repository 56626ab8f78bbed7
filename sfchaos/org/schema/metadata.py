"""What an administrator sets up on an sObject besides its fields: record types, validation rules, duplicate rules; and roll-ups.

Names are the Metadata API's, in Python's spelling.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordType:
    """`picklists`: (field, values that the record type offers) pairs; a picklist that is not named offers all of its values."""

    developer_name: str
    label: str = ""
    description: str = ""
    active: bool = True
    default: bool = False
    picklists: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """A save is refused while `formula` is true. `field` is where the page shows the message, "" for its top."""

    name: str
    formula: str
    message: str
    field: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """Rows that agree in all of `fields` (blank values agree with nothing) are duplicates; text compares without case.

    `on_create`, `on_update`: "block", "allow" (reported, may be saved with allowSave), or "" for not asked.
    """

    name: str
    fields: tuple[str, ...]
    label: str = ""
    on_create: str = "allow"
    on_update: str = ""
    message: str = "Use one of these records?"
    active: bool = True


# Source: Metadata API Developer Guide, "CustomField", FilterOperation (D). "within" compares distances and is not among them.
FILTER_OPERATIONS = ("equals", "notEqual", "lessThan", "greaterThan", "lessOrEqual", "greaterOrEqual", "contains", "notContain", "startsWith", "includes", "excludes")


@dataclass(frozen=True, slots=True)
class SummaryFilter:
    """A condition on the details that a roll-up takes. `operation` is the Metadata API's FilterOperation; `value` as it stands there:
    several values of "equals" are separated by commas, a text in quotes may hold some."""

    field: str
    operation: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """A roll-up summary field: `operation` ("count", "sum", "min", "max") over the rows of `sobject` whose `foreign_key` names this row.

    `field` is what is summed or compared, "" for a count. All filters must hold.
    """

    operation: str
    sobject: str
    foreign_key: str
    field: str = ""
    filters: tuple[SummaryFilter, ...] = ()
