"""`/sobjects/X/updated` and `/sobjects/X/deleted`. Source: wire reference 3.10."""

from __future__ import annotations

from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.refusals import no_such_resource, refuse
from sfchaos.org.routes import Route
from sfchaos.org.rows.replication import get_deleted, get_updated, instant_of
from sfchaos.org.schema.model import SObject


def updated(call: Call) -> Response:
    sobject, (start_s, end_s) = _sobject(call), _span(call)
    found = get_updated(call.org, sobject, start_s, end_s, user_id=call.user_id)
    if found.ids:
        call.receipt.read.append((sobject.name, ("Id",), found.ids))
    return call.reply({"ids": list(found.ids), "latestDateCovered": found.covered})


def deleted(call: Call) -> Response:
    sobject, (start_s, end_s) = _sobject(call), _span(call)
    found = get_deleted(call.org, sobject, start_s, end_s, user_id=call.user_id)
    rows = [{"deletedDate": when, "id": record_id} for record_id, when in found.rows]
    return call.reply({"deletedRecords": rows, "earliestDateAvailable": found.earliest, "latestDateCovered": found.covered})


def _sobject(call: Call) -> SObject:
    found = access.visible(call.org, call.user_id, call.params["sobject"])
    if found is None:
        raise no_such_resource()
    return found


def _span(call: Call) -> tuple[float, float]:
    return _instant(call, "start"), _instant(call, "end")


def _instant(call: Call, name: str) -> float:
    """An offset's `+` must be encoded as %2B: else it is read as a space, and the date is none. Codes and texts are guesses."""
    text = call.request.query.get(name, "")
    if not text:
        raise refuse("MISSING_ARGUMENT", f"Required parameter {name} is missing")
    at_s = instant_of(text)
    if at_s is None:
        raise refuse("INVALID_REPLICATION_DATE", f"{name} is not a date and time: {text}")
    return at_s


_GUIDE = "REST API Developer Guide, "
ROUTES = [
    Route("GET", "/services/data/{v}/sobjects/{sobject}/updated", updated, source=_GUIDE + '"sObject Get Updated"'),
    Route("GET", "/services/data/{v}/sobjects/{sobject}/deleted", deleted, source=_GUIDE + '"sObject Get Deleted"'),
]
