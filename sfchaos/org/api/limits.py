"""GET /limits and /limits/recordCount. Source: wire reference 3.3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.schema.model import SObject


def limits(call: Call) -> Response:
    """Every key holds Max and Remaining. The call itself counts, and is refused like any other at the cap.

    It takes the right to view setup; the two storage keys, to manage users (wire reference 3.3, D).
    """
    if not access.has_system(call.org, call.user_id, "ViewSetup"):
        raise refuse("INSUFFICIENT_ACCESS", "You don't have permission to view this resource.")  # code and text are guesses
    table = call.org.limits.table()
    if not access.has_system(call.org, call.user_id, "ManageUsers"):
        table = {name: value for name, value in table.items() if name not in ("DataStorageMB", "FileStorageMB")}
    return call.reply(table)


def record_count(call: Call) -> Response:
    """Rows per object, in the order asked; unknown names are absent (R). Without `sObjects`, every object that has rows."""
    asked = call.request.query.get("sObjects", "")
    if asked:
        wanted = [found for name in asked.split(",") if (found := access.visible(call.org, call.user_id, name.strip()))]
    else:
        wanted = sorted((o for o in call.org.schema if access.may(call.org, call.user_id, o, "read")), key=lambda sobject: sobject.name)
    counts = [{"count": _count(call, sobject), "name": sobject.name} for sobject in wanted]
    return call.reply({"sObjects": counts if asked else [item for item in counts if item["count"]]})


def _count(call: Call, sobject: SObject) -> int:
    live = ' WHERE "IsDeleted" = 0' if sobject.find("IsDeleted") else ""
    found = call.org.store.one(f"SELECT COUNT(*) FROM {quoted(sobject.name)}{live}")
    return int(found[0]) if found else 0


ROUTES = [
    Route("GET", "/services/data/{v}/limits", limits, source="wire reference 3.3"),
    Route("GET", "/services/data/{v}/limits/recordCount", record_count, source="wire reference 3.3 (R)"),
]
