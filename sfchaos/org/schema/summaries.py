"""The names that roll-up fields mention, looked up once all objects are there: a parent is read before its details."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sfchaos.core.errors import did_you_mean
from sfchaos.org.schema.metadata import Summary
from sfchaos.org.schema.model import NOT_COMPUTED, Field, SObject

OPERATIONS = ("count", "sum", "min", "max")
Bad = Callable[[SObject, Field, str], None]


def with_summaries(objects: Mapping[str, SObject], bad: Bad) -> dict[str, SObject]:
    """The same objects, their roll-ups with canonical names and the type of what they look at.

    `bad` is told of one that cannot be followed, and why; if it returns, that field shows null.
    """
    found = dict(objects)
    for key, sobject in objects.items():
        for f in sobject.fields:
            if f.summary is not None:
                found[key] = found[key].with_field(_resolved(sobject, f, f.summary, objects, bad))
    return found


def _resolved(sobject: SObject, f: Field, summary: Summary, objects: Mapping[str, SObject], bad: Bad) -> Field:
    child = objects.get(summary.sobject.lower())
    lost = replace(f, formula=NOT_COMPUTED)
    if child is None:
        bad(sobject, f, f"there is no object {summary.sobject}{did_you_mean(summary.sobject, [o.name for o in objects.values()])}")
        return lost
    by = child.find(summary.foreign_key)
    if by is None or sobject.name not in by.reference_to:
        pointing = [one.name for one in child.fields if sobject.name in one.reference_to]
        bad(sobject, f, f"{child.name}.{summary.foreign_key} does not refer to {sobject.name}{did_you_mean(summary.foreign_key, pointing)}")
        return lost
    for name in (summary.field, *(one.field for one in summary.filters)):
        if name and child.find(name) is None:
            bad(sobject, f, f"{child.name} has no field {name}{did_you_mean(name, [one.name for one in child.fields])}")
            return lost
    seen = child.find(summary.field) if summary.field else None
    known = replace(summary, sobject=child.name, foreign_key=by.name, field=seen.name if seen else "")
    if seen is None:
        return replace(f, summary=known, type="double", precision=18, scale=0)
    precision = 18 if summary.operation == "sum" and seen.precision else seen.precision  # (K)
    return replace(f, summary=known, type=seen.type, precision=precision, scale=seen.scale, length=0)
