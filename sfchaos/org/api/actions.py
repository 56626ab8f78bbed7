"""/actions: invocable actions. emailSimple is built in; a team's flows and Apex are played by Python functions.

Sources: wire reference 3.13; REST API Developer Guide, "Invocable Actions", and Actions Developer Guide (D).
"""

from __future__ import annotations

from typing import Any

from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Response
from sfchaos.org.apex import ACTION_KINDS, Action, ApexException, apex_call
from sfchaos.org.call import Call
from sfchaos.org.refusals import Refused, collection_item, no_such_resource, refuse
from sfchaos.org.routes import Route

_EMAIL = "emailSimple"
# name, label, type, required (Actions Developer Guide, "Send Email Actions")
_EMAIL_INPUTS = (
    ("emailBody", "Body", "TEXTAREA", True), ("emailAddresses", "Recipient Addresses (comma-separated)", "STRING", False),
    ("emailAddressesArray", "Recipient Addresses (collection)", "STRING", False), ("emailSubject", "Subject", "STRING", True),
    ("senderAddress", "Sender Email Address", "STRING", False), ("senderType", "Sender Type", "STRING", False),
)  # fmt: skip
_MOST_ADDRESSES = 5


def resources(call: Call) -> Response:
    return call.reply({"standard": f"{call.base}/actions/standard", "custom": f"{call.base}/actions/custom"})


def standard(call: Call) -> Response:
    return call.reply({"actions": [_listed(call, "Send Email", _EMAIL, "EMAILSIMPLE", f"standard/{_EMAIL}")]})


def custom(call: Call) -> Response:
    return call.reply({kind: f"{call.base}/actions/custom/{kind}" for kind in ACTION_KINDS})


def custom_of_kind(call: Call) -> Response:
    kind = _kind(call)
    known = [action for action in call.org.apex.actions.values() if action.kind == kind]
    return call.reply({"actions": [_listed(call, action.label, action.name, kind.upper(), f"custom/{kind}/{action.name}") for action in known]})


def describe_standard(call: Call) -> Response:
    if call.params["name"].lower() != _EMAIL.lower():
        raise no_such_resource()
    inputs = [_input(name, label, kind, required) for name, label, kind, required in _EMAIL_INPUTS]
    return call.reply(_described(_EMAIL, "Send Email", "EMAILSIMPLE", "Send an email where you specify the subject, body, and recipients.", inputs, standard=True))


def describe_custom(call: Call) -> Response:
    """The inputs of a function are not known, so none are listed."""
    action = _action(call)
    return call.reply(_described(action.name, action.label, action.kind.upper(), None, [], standard=False))


def run_standard(call: Call) -> Response:
    """Sends nothing, and counts one of SingleEmail for each input."""
    if call.params["name"].lower() != _EMAIL.lower():
        raise no_such_resource()
    return _results(call, [_result(_EMAIL, _send(call, sent)) for sent in _inputs(call)])


def run_custom(call: Call) -> Response:
    action = _action(call)
    return _results(call, [_run(call, action, sent) for sent in _inputs(call)])


# ---------------------------------------------------------------------------- parts


def _inputs(call: Call) -> list[dict[str, Any]]:
    """Raises Refused: the top-level key is `inputs`, a list of objects (D; texts are guesses)."""
    inputs = call.json_row().get("inputs")
    if not isinstance(inputs, list) or not inputs or not all(isinstance(item, dict) for item in inputs):
        raise refuse("INVALID_INPUT", "The inputs property must be a list of objects")
    return inputs


def _send(call: Call, sent: dict[str, Any]) -> list[Refusal]:
    missing = [name for name, _, _, required in _EMAIL_INPUTS if required and not sent.get(name)]
    errors = [Refusal("REQUIRED_FIELD_MISSING", f"Missing required input parameter: {name}") for name in missing]  # code and text K
    unknown = [name for name in sent if name not in {name for name, *_ in _EMAIL_INPUTS}]
    errors += [Refusal("INVALID_API_INPUT", f"Parameter name {name} isn't valid for this action.") for name in unknown]  # code and text are guesses
    addresses = [text for text in str(sent.get("emailAddresses") or "").split(",") if text.strip()]
    listed = sent.get("emailAddressesArray")
    addresses += [str(text) for text in listed] if isinstance(listed, list) else []
    if not errors and not addresses:
        errors.append(Refusal("REQUIRED_FIELD_MISSING", "Missing required input parameter: emailAddresses"))  # text K
    if len(addresses) > _MOST_ADDRESSES:
        errors.append(Refusal("LIMIT_EXCEEDED", f"Only {_MOST_ADDRESSES} email addresses are allowed"))  # the limit D, code and text guesses
    if not errors and not call.org.limits.spend("SingleEmail"):
        errors.append(Refusal("SINGLE_EMAIL_LIMIT_EXCEEDED", "Daily limit for single emails reached for the organization."))  # code D (WSDL), text K
    call.receipt.asked += 1
    call.receipt.changed += not errors
    return errors


def _run(call: Call, action: Action, sent: dict[str, Any]) -> dict[str, Any]:
    from sfchaos.org.parts.subrequests import attempt

    told: list[dict[str, Any]] = []

    def work() -> bool:
        try:
            outputs = action.handler(apex_call(call, sent))
        except ApexException as error:
            told.append(_result(action.name, [Refusal("UNKNOWN_EXCEPTION", f"{error.kind}: {error.message}")]))  # code and text are guesses
        except Refused as refused:
            told.append(_result(action.name, list(refused.refusals)))
        else:
            told.append(_result(action.name, [], None if outputs is None else dict(outputs)))
        return bool(told[0]["isSuccess"])

    attempt(call, work, "UNKNOWN_EXCEPTION")
    return told[0]


def _result(name: str, errors: list[Refusal], outputs: dict[str, Any] | None = None) -> dict[str, Any]:
    """Keys and order: wire reference 3.13 (D)."""
    return {
        "actionName": name, "errors": [collection_item(error) for error in errors] or None, "isSuccess": not errors,
        "outputValues": None if errors else outputs, "sortOrder": -1, "version": 1,
    }  # fmt: skip


def _results(call: Call, results: list[dict[str, Any]]) -> Response:
    """400 as soon as one of them failed (K)."""
    return call.reply(results, 200 if all(result["isSuccess"] for result in results) else 400)


def _kind(call: Call) -> str:
    kind = next((kind for kind in ACTION_KINDS if kind.lower() == call.params["kind"].lower()), None)
    if kind is None:
        raise no_such_resource()
    return kind


def _action(call: Call) -> Action:
    action = call.org.apex.actions.get((_kind(call).lower(), call.params["name"].lower()))
    if action is None:
        raise no_such_resource()
    return action


def _listed(call: Call, label: str, name: str, kind: str, path: str) -> dict[str, str]:
    return {"label": label, "name": name, "type": kind, "url": f"{call.base}/actions/{path}"}


def _input(name: str, label: str, kind: str, required: bool) -> dict[str, Any]:
    return {
        "byteLength": 0, "description": None, "label": label, "maxOccurs": 1, "name": name, "picklistValues": None, "required": required,
        "sobjectType": None, "type": kind,
    }  # fmt: skip


def _described(name: str, label: str, kind: str, description: str | None, inputs: list[dict[str, Any]], *, standard: bool) -> dict[str, Any]:
    return {
        "description": description, "inputs": inputs, "label": label, "name": name, "outputs": [], "standard": standard, "targetEntityName": None, "type": kind,
    }  # fmt: skip


_BASE = "/services/data/{v}/actions"
_GUIDE = 'REST API Developer Guide, "Invocable Actions"'
ROUTES = [
    Route("GET", _BASE, resources, source=_GUIDE),
    Route("GET", _BASE + "/standard", standard, source=_GUIDE),
    Route("GET", _BASE + "/standard/{name}", describe_standard, source=_GUIDE),
    Route("POST", _BASE + "/standard/{name}", run_standard, source=_GUIDE),
    Route("GET", _BASE + "/custom", custom, source=_GUIDE),
    Route("GET", _BASE + "/custom/{kind}", custom_of_kind, source=_GUIDE),
    Route("GET", _BASE + "/custom/{kind}/{name}", describe_custom, source=_GUIDE),
    Route("POST", _BASE + "/custom/{kind}/{name}", run_custom, source=_GUIDE),
]
