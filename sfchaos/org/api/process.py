"""/process/rules and /process/approvals of an org that has neither workflow rules nor approval processes.

Source: REST API Developer Guide, "Process Rules" and "Process Approvals" (shapes D).
"""

from __future__ import annotations

from typing import Any

from sfchaos.core.messages import Response
from sfchaos.org.access import visible
from sfchaos.org.call import Call
from sfchaos.org.refusals import no_such_resource, refuse
from sfchaos.org.routes import Route


def rules(call: Call) -> Response:
    return call.reply({"rules": {}})


def rules_of(call: Call) -> Response:
    sobject = visible(call.org, call.user_id, call.params["sobject"])
    if sobject is None:
        raise no_such_resource()
    return call.reply({"rules": {sobject.name: []}})


def trigger_rules(call: Call) -> Response:
    """Nothing is triggered, which is a success."""
    _list_of(call.json_row(), "contextIds", str)
    return call.reply({"errors": None, "success": True})


def approvals(call: Call) -> Response:
    return call.reply({"approvals": {}})


def submit(call: Call) -> Response:
    """No process fits any record: NO_APPLICABLE_PROCESS (code D, text K)."""
    requests = _list_of(call.json_row(), "requests", dict)
    call.receipt.asked += len(requests)
    error = {"statusCode": "NO_APPLICABLE_PROCESS", "message": "No applicable approval process was found.", "fields": []}
    return call.reply([
        {"actorIds": None, "entityId": request.get("contextId"), "errors": [error], "instanceId": None, "instanceStatus": None, "newWorkitemIds": None, "success": False}
        for request in requests
    ], 400)  # fmt: skip


def _list_of(body: dict[str, Any], name: str, kind: type) -> list[Any]:
    value = body.get(name)
    if not isinstance(value, list) or not value or not all(isinstance(item, kind) for item in value):
        raise refuse("JSON_PARSER_ERROR", f"The {name} property must be a list")  # text is a guess
    return value


_BASE = "/services/data/{v}/process"
_GUIDE = "REST API Developer Guide, "
ROUTES = [
    Route("GET", _BASE + "/rules", rules, source=_GUIDE + '"Process Rules"'),
    Route("POST", _BASE + "/rules", trigger_rules, source=_GUIDE + '"Process Rules"'),
    Route("GET", _BASE + "/rules/{sobject}", rules_of, source=_GUIDE + '"Process Rules"'),
    Route("GET", _BASE + "/approvals", approvals, source=_GUIDE + '"Process Approvals"'),
    Route("POST", _BASE + "/approvals", submit, source=_GUIDE + '"Process Approvals"'),
]
