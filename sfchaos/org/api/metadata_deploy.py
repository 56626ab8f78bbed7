"""Deployments over REST: `/metadata/deployRequest`. Source: Metadata API Developer Guide, "Deploying with REST" (D)."""

from __future__ import annotations

from email.message import Message
from typing import Any

from sfchaos.core.messages import Response
from sfchaos.org.access import has_system
from sfchaos.org.call import Call, json_of
from sfchaos.org.files.multipart import parts_of
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.routes import Route


def start(call: Call) -> Response:
    """201 with the id; the zip is a part of a form, the options another. A JSON body asks to deploy what was validated before."""
    _check_rights(call)
    kind = call.request.header("content-type")
    if kind.lower().startswith("application/json"):
        return _quick(call)
    boundary = _boundary(kind)
    parts = list(parts_of(call.body, boundary))
    files = [part for part in parts if part.kind != "application/json"]
    options = next((part for part in parts if part.kind == "application/json"), None)
    if len(files) != 1 or options is None:
        raise _bad("A deploy request is a form of two parts: JSON with deployOptions, and the zip file")
    return _started(call, json_of(options.data), files[0].data)


def _started(call: Call, tree: Any, zip_bytes: bytes) -> Response:
    from sfchaos.org.mdapi.deploys import options_of
    from sfchaos.org.mdapi.results import deploy_result, options_shown

    said = tree.get("deployOptions") if isinstance(tree, dict) else None
    if not isinstance(said, dict):
        raise _bad("The JSON part has no deployOptions")
    tests = tuple(str(name) for name in said.get("runTests") or () if name)
    job = call.org.mdapi.deploy(zip_bytes, options_of({key: str(value) for key, value in said.items() if value is not None}, tests), call.user_id)
    call.receipt.asked = call.receipt.changed = 1
    url = f"{call.instance_url}{call.base}/metadata/deployRequest/{job.id}"
    return call.reply({"validatedDeployRequestId": None, "id": job.id, "url": url, "deployResult": deploy_result(call.org, job, details=False),
                       "deployOptions": options_shown(job.options)}, 201)  # fmt: skip


def _quick(call: Call) -> Response:
    """Only a validation that ran Apex tests can be deployed so (D); none does here. Text K."""
    call.org.mdapi.deployment(str(call.json_object().get("validatedDeployRequestId") or ""))
    raise refuse("INVALID_ID_FIELD", "The validation is not eligible for quick deploy: it ran no Apex tests, and this org has none")


def status(call: Call) -> Response:
    from sfchaos.org.mdapi.results import deploy_result, options_shown

    _check_rights(call)
    job = call.org.mdapi.deployment(call.params["id"])
    details = call.request.query.get("includeDetails", "").lower() == "true"
    url = f"{call.instance_url}{call.base}/metadata/deployRequest/{job.id}"
    return call.reply({"id": job.id, "url": url, "deployResult": deploy_result(call.org, job, details=details), "deployOptions": options_shown(job.options)})


def cancel(call: Call) -> Response:
    """202: the cancelling is accepted."""
    from sfchaos.org.mdapi.results import deploy_result

    _check_rights(call)
    call.require_json()
    result = call.json_object().get("deployResult")
    if not isinstance(result, dict) or result.get("status") != "Canceling":
        raise refuse("INVALID_FIELD", 'The only change of a deploy request is {"deployResult": {"status": "Canceling"}}')  # text a guess
    job = call.org.mdapi.cancel(call.params["id"], call.user_id)
    return call.reply({"id": job.id, "deployResult": deploy_result(call.org, job, details=False)}, 202)


def _check_rights(call: Call) -> None:
    if not any(has_system(call.org, call.user_id, name) for name in ("ModifyAllData", "ModifyMetadata")):
        raise refuse("INSUFFICIENT_ACCESS", "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions")  # U: several clients' issues


def _boundary(content_type: str) -> bytes:
    message = Message()
    message["Content-Type"] = content_type.replace("\r", " ").replace("\n", " ")
    boundary = message.get_boundary("") if content_type.lower().startswith("multipart/form-data") else ""
    if not boundary or len(boundary) > 200:
        raise _bad("The Content-Type header is not multipart/form-data with a boundary")
    return boundary.encode("utf-8", "surrogateescape")


def _bad(sentence: str) -> Refused:
    return refuse("INVALID_MULTIPART_REQUEST", sentence, status=400)


_PATH, _GUIDE = "/services/data/{v}/metadata/deployRequest", 'Metadata API Developer Guide, "Deploying and Retrieving with REST"'
ROUTES = [
    Route("POST", _PATH, start, source=_GUIDE), Route("GET", _PATH + "/{id}", status, source=_GUIDE), Route("PATCH", _PATH + "/{id}", cancel, source=_GUIDE),
]
