"""Fields that Salesforce fills from others of the same row: IsClosed from a stage, Fiscal from a close date.

What a picklist value stands for is data (`derived` in the standard files); what needs arithmetic is here.
Source: Object Reference, "Opportunity", "Case", "Task" (D); the fiscal year is the calendar year unless an org changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sfchaos.org.schema.model import SObject

# sObject -> fields that its arithmetic reads
_INPUTS = {
    "Opportunity": ("StageName", "Amount", "Probability", "CloseDate"),
    "Case": ("Status", "ClosedDate"),
    "Task": ("Status", "CompletedDateTime"),
}
_CLOSED_AT = {"Case": "ClosedDate", "Task": "CompletedDateTime"}


def inputs_of(sobject: SObject) -> tuple[str, ...]:
    """The stored fields that `derived_values` wants to see in `before`; empty when the sObject derives nothing."""
    if not sobject.derived:
        return ()
    return tuple(name for name in _INPUTS.get(sobject.name, ()) if sobject.find(name))


def derived_values(sobject: SObject, before: Mapping[str, Any], changes: Mapping[str, Any], *, now: str) -> dict[str, Any]:
    """What follows from a write: more stored values by field name.

    `before` is the stored row (empty for a create), `changes` what is about to be stored, defaults included for a create.
    `now` is the org's time as stored text. A field that the caller may write (Probability) is left alone when it changes.
    """
    row = {**before, **changes}
    found: dict[str, Any] = {}
    for f in sobject.derived:
        values = dict(f.derived_values)
        if f.derived_from in changes and row[f.derived_from] in values and not (f.updateable and f.name in changes):
            found[f.name] = values[row[f.derived_from]]
    if sobject.name == "Opportunity":
        found |= _opportunity({**row, **found}, changes, now)
    elif "IsClosed" in found and sobject.name in _CLOSED_AT:
        closed_at = _CLOSED_AT[sobject.name]
        found[closed_at] = (row.get(closed_at) or now) if found["IsClosed"] else None
    return {name: value for name, value in found.items() if sobject.find(name)}


def _opportunity(row: Mapping[str, Any], changes: Mapping[str, Any], now: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "StageName" in changes:
        found["LastStageChangeDate"] = now
    amount, probability = row.get("Amount"), row.get("Probability")
    found["ExpectedRevenue"] = None if amount is None or probability is None else round(amount * probability / 100, 2)
    close = row.get("CloseDate")
    if close:
        year, quarter = int(close[:4]), (int(close[5:7]) + 2) // 3
        found |= {"FiscalYear": year, "FiscalQuarter": quarter, "Fiscal": f"{year} {quarter}"}
    return found
