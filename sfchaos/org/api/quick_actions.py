"""/quickActions and /sobjects/X/quickActions: list, describe, and create the row that an action creates.

Source: wire reference 3.13; REST API Developer Guide, "Quick Actions" (D). The actions are the global ones of a new org.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sfchaos.core.messages import Response
from sfchaos.org.access import may, visible
from sfchaos.org.call import Call
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.refusals import Refused, no_such_resource, refuse
from sfchaos.org.routes import Route
from sfchaos.org.schema.model import SObject


@dataclass(frozen=True)
class QuickAction:
    """`target` is what it creates, `kind` as describe says it, `values` what it fills in by itself."""

    name: str
    label: str
    target: str
    kind: str = "Create"
    values: dict[str, Any] = field(default_factory=dict)


ACTIONS = (
    QuickAction("LogACall", "Log a Call", "Task", "LogACall", {"Status": "Completed", "Subject": "Call", "TaskSubtype": "Call"}),
    QuickAction("NewTask", "New Task", "Task"), QuickAction("NewEvent", "New Event", "Event"), QuickAction("NewContact", "New Contact", "Contact"),
    QuickAction("NewAccount", "New Account", "Account"), QuickAction("NewCase", "New Case", "Case"), QuickAction("NewLead", "New Lead", "Lead"),
    QuickAction("NewOpportunity", "New Opportunity", "Opportunity"),
)  # fmt: skip


def list_all(call: Call) -> Response:
    return call.reply([_listed(f"{call.base}/quickActions", action) for action in _known(call)])


def list_for(call: Call) -> Response:
    base = f"{call.base}/sobjects/{_context(call).name}/quickActions"
    return call.reply([_listed(base, action) for action in _known(call)])


def describe(call: Call) -> Response:
    action = _action(call)
    context = _context(call).name if "sobject" in call.params else None
    return call.reply({
        "accessLevelRequired": None, "canvasApplicationName": None, "colors": [], "contextSobjectType": context, "defaultValues": None, "height": None, "iconName": None,
        "iconUrl": None, "icons": [], "label": action.label, "layout": None, "miniIconUrl": None, "name": action.name, "targetParentField": None, "targetRecordTypeId": None,
        "targetSobjectType": action.target, "type": action.kind, "visualforcePageName": None, "visualforcePageUrl": None, "width": None,
    })  # fmt: skip


def execute(call: Call) -> Response:
    """201 with the new row's id; the row that the action is called on becomes its parent."""
    action = _action(call)
    body = call.json_row()
    record, context_id = body.get("record"), body.get("contextId")
    if record is not None and not isinstance(record, dict):
        raise refuse("JSON_PARSER_ERROR", "The record property must be an object")  # text is a guess
    target = call.org.schema.find(action.target)
    assert target is not None  # _action gave it
    values = {**{name: value for name, value in action.values.items() if target.find(name)}, **_parent(call, target, context_id), **(record or {})}
    [result] = call.org.dml.write("create", target.name, [values], user_id=call.user_id, call=call)
    if not result.ok:
        raise Refused(*result.refusals)
    return call.reply({"contextId": context_id, "errors": [], "feedItemIds": None, "id": result.id, "success": True, "successMessage": None}, 201)


def _parent(call: Call, target: SObject, context_id: Any) -> dict[str, str]:
    if not isinstance(context_id, str) or not context_id:
        return {}
    parent = call.org.schema.of_prefix(context_id[:3]) if is_id(context_id) else None
    if parent is None:
        raise refuse("MALFORMED_ID", f"malformed id {context_id}")  # text K
    links = [f for f in target.fields if parent.name in f.reference_to and f.createable]
    usual = next((f for f in links if f.name in ("WhatId", "WhoId", f"{parent.name}Id")), None)
    return {usual.name: to_18(context_id)} if usual else {}


def _known(call: Call) -> list[QuickAction]:
    """Those that create what the user may create (K)."""
    targets = {action.name: visible(call.org, call.user_id, action.target) for action in ACTIONS}
    return [action for action in ACTIONS if (target := targets[action.name]) is not None and may(call.org, call.user_id, target, "create")]


def _action(call: Call) -> QuickAction:
    if "sobject" in call.params:
        _context(call)
    found = next((action for action in _known(call) if action.name.lower() == call.params["name"].lower()), None)
    if found is None:
        raise no_such_resource()
    return found


def _context(call: Call) -> SObject:
    found = visible(call.org, call.user_id, call.params["sobject"])
    if found is None:
        raise no_such_resource()
    return found


def _listed(base: str, action: QuickAction) -> dict[str, Any]:
    here = f"{base}/{action.name}"
    urls = {"defaultValues": f"{here}/defaultValues", "quickAction": here, "describe": f"{here}/describe", "defaultValuesTemplate": f"{here}/defaultValues/{{ID}}"}
    return {"label": action.label, "name": action.name, "type": action.kind, "urls": urls}


_GLOBAL = "/services/data/{v}/quickActions"
_OBJECT = "/services/data/{v}/sobjects/{sobject}/quickActions"
_GUIDE = 'REST API Developer Guide, "Quick Actions"'
ROUTES = [
    route
    for base, listing in ((_GLOBAL, list_all), (_OBJECT, list_for))
    for route in (
        Route("GET", base, listing, source=_GUIDE),
        Route("GET", base + "/{name}", describe, source=_GUIDE),
        Route("GET", base + "/{name}/describe", describe, source=_GUIDE),
        Route("POST", base + "/{name}", execute, source=_GUIDE),
    )
]
