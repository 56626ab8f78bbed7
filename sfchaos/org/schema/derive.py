"""Fields that Salesforce fills from another field of the same row: IsClosed of a stage, Fiscal of a close date.

What a picklist value stands for is data (`derived` in the standard files); what needs arithmetic is here.
Source: Object Reference, "Opportunity", "Case", "Task" (D); the fiscal year is the calendar year unless an org changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sfchaos.org.schema.model import SObject


def derived_values(sobject: SObject, row: Mapping[str, Any], sent: Mapping[str, Any], *, now: str) -> dict[str, Any]:
    """What follows from a write. `row` is the whole row after it, `sent` the fields that the caller set or that had defaults.

    `now` is the org's time as stored text. A field that the caller may write itself (Probability) is left alone when it was sent.
    """
    found: dict[str, Any] = {}
    for f in sobject.derived:
        if f.derived_from in sent and f.name not in sent:
            values = dict(f.derived_values)
            if row.get(f.derived_from) in values:
                found[f.name] = values[row[f.derived_from]]
    if sobject.name == "Opportunity":
        found.update(_opportunity({**row, **found}, sent, now))
    elif sobject.name == "Case" and "IsClosed" in found:
        found["ClosedDate"] = (row.get("ClosedDate") or now) if found["IsClosed"] else None
    elif sobject.name == "Task" and "IsClosed" in found:
        found["CompletedDateTime"] = (row.get("CompletedDateTime") or now) if found["IsClosed"] else None
    return found


def _opportunity(row: Mapping[str, Any], sent: Mapping[str, Any], now: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "StageName" in sent:
        found["LastStageChangeDate"] = now
    amount, probability = row.get("Amount"), row.get("Probability")
    found["ExpectedRevenue"] = None if amount is None or probability is None else round(amount * probability / 100, 2)
    close = row.get("CloseDate")
    if close:
        year, quarter = int(close[:4]), (int(close[5:7]) + 2) // 3
        found |= {"FiscalYear": year, "FiscalQuarter": quarter, "Fiscal": f"{year} {quarter}"}
    return found
