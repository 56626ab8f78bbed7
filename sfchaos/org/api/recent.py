"""`/recent`: what the user looked at lately. Source: REST API Developer Guide, "Recently Viewed Items" (D)."""

from __future__ import annotations

from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route
from sfchaos.org.rows.recent import MOST_KEPT


def recent(call: Call) -> Response:
    text = call.request.query.get("limit", str(MOST_KEPT))
    if not text.isdecimal() or not text.isascii() or int(text[:9]) < 1:
        raise refuse("INVALID_FIELD", f"limit must be a positive number: {text}", status=400)  # code and text are guesses
    items = call.org.recent.items(call.user_id, call.base, limit=min(int(text[:9]), MOST_KEPT))
    for item in items:
        call.receipt.read.append((item["attributes"]["type"], ("Id", "Name"), (item["Id"],)))
    return call.reply(items)


ROUTES = [Route("GET", "/services/data/{v}/recent", recent, source='REST API Developer Guide, "Recently Viewed Items"')]
