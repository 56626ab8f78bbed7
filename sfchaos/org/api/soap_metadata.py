"""The Metadata API over SOAP. Source: Metadata API Developer Guide (D); shapes of replies as its WSDL has them (D)."""

from __future__ import annotations

import base64
import binascii
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sfchaos.core.messages import Response
from sfchaos.org.access import has_system
from sfchaos.org.call import Call
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.routes import Route
from sfchaos.org.soap.dialects import METADATA
from sfchaos.org.soap.envelope import Envelope, child_of, is_true, local, read_envelope, served, text_of, xsi_type
from sfchaos.org.soap.session import session_of
from sfchaos.org.soap.writing import element, elements, reply, result

if TYPE_CHECKING:
    from sfchaos.org.mdapi.calls import Told
    from sfchaos.org.mdapi.components import Kind
    from sfchaos.org.mdapi.parts import Component, Problem
    from sfchaos.org.mdapi.retrieves import Wanted
    from sfchaos.org.schema.sfdx.xml import Node

MOST_RECORDS = 10  # of one call to create, read, update, upsert or delete (D)
MOST_QUERIES = 3  # of listMetadata (D)


def soap(call: Call) -> Response:
    envelope = read_envelope(call.body)
    answer = served(envelope, METADATA, CALLS)
    session_of(call, envelope)
    if not any(has_system(call.org, call.user_id, name) for name in ("ModifyAllData", "ModifyMetadata")):
        raise refuse("INSUFFICIENT_ACCESS", "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions")  # U: several clients' issues
    return answer(call, envelope)


# ---------------------------------------------------------------------- what there is


def describe_metadata(call: Call, _envelope: Envelope) -> Response:
    from sfchaos.org.mdapi.components import KINDS, PARTS

    objects = [
        {"childXmlNames": [part.name for part in PARTS] if kind.name == "CustomObject" else [], "directoryName": kind.folder, "inFolder": False, "metaFile": False,
         "suffix": kind.suffix, "xmlName": kind.name} for kind in KINDS.values() if kind.folder
    ]  # fmt: skip
    return result(call, "describeMetadata", elements({"metadataObjects": sorted(objects, key=lambda one: str(one["xmlName"])), "organizationNamespace": "",
                                                      "partialSaveAllowed": True, "testRequired": False}))  # fmt: skip


def list_metadata(call: Call, envelope: Envelope) -> Response:
    """One `<result>` for each component; none for a type without any."""
    from sfchaos.org.mdapi.listing import listed
    from sfchaos.org.mdapi.parts import Problem

    queries = envelope.elements("queries")
    if len(queries) > MOST_QUERIES:  # text K
        raise refuse("INVALID_FIELD", f"listMetadata takes at most {MOST_QUERIES} queries")
    try:
        found = [one for query in queries for one in listed(call.org, text_of(query, "type"))]
    except Problem as problem:
        raise refused(problem) from None
    return reply(call, "listMetadata", "".join(element("result", dict(one)) for one in found))


# ---------------------------------------------------------------------- files


def deploy(call: Call, envelope: Envelope) -> Response:
    from sfchaos.org.mdapi.deploys import options_of

    options = child_of(envelope.body, "DeployOptions")
    tests = tuple((item.text or "").strip() for item in (options if options is not None else ()) if local(item) == "runTests" and item.text)
    said = {local(item): item.text or "" for item in (options if options is not None else ())}
    job = call.org.mdapi.deploy(_decoded(envelope.arguments.get("ZipFile", "")), options_of(said, tests), call.user_id)
    call.receipt.asked = call.receipt.changed = 1
    return result(call, "deploy", elements({"done": False, "id": job.id, "state": "Queued"}))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise refuse("INVALID_FIELD", "ZipFile: the value is not base64") from None  # text a guess


def check_deploy_status(call: Call, envelope: Envelope) -> Response:
    from sfchaos.org.mdapi.results import deploy_result

    job = call.org.mdapi.deployment(envelope.arguments.get("asyncProcessId", ""))
    return result(call, "checkDeployStatus", elements(deploy_result(call.org, job, details=is_true(envelope.arguments.get("includeDetails", "")))))


def cancel_deploy(call: Call, envelope: Envelope) -> Response:
    job = call.org.mdapi.cancel(envelope.arguments.get("id", "") or envelope.arguments.get("String", ""), call.user_id)
    return result(call, "cancelDeploy", elements({"done": job.is_done, "id": job.id}))


def deploy_recent_validation(call: Call, envelope: Envelope) -> Response:
    """Only a validation that ran Apex tests can be deployed without them again (D); none does here. Text K."""
    call.org.mdapi.deployment(envelope.arguments.get("validationId", ""))
    raise refuse("INVALID_ID_FIELD", "The validation is not eligible for quick deploy: it ran no Apex tests, and this org has none")


def retrieve(call: Call, envelope: Envelope) -> Response:
    request = child_of(envelope.body, "request")
    wanted, version = _wanted(child_of(request, "unpackaged"))
    packages = tuple((item.text or "").strip() for item in (request if request is not None else ()) if local(item) == "packageNames" and (item.text or "").strip())
    root = "" if is_true(text_of(request, "singlePackage")) else "unpackaged/"
    job = call.org.mdapi.retrieve(wanted, version or text_of(request, "apiVersion") or call.version, root, packages, call.user_id)
    return result(call, "retrieve", elements({"done": False, "id": job.id, "state": "Queued"}))


def _wanted(manifest: ET.Element | None) -> tuple[Wanted, str]:
    found: dict[str, list[str]] = {}
    for part in manifest if manifest is not None else ():
        if local(part) == "types":
            found.setdefault(text_of(part, "name"), []).extend((item.text or "").strip() for item in part if local(item) == "members")
    return tuple((kind, tuple(names)) for kind, names in found.items()), text_of(manifest, "version")


def check_retrieve_status(call: Call, envelope: Envelope) -> Response:
    job = call.org.mdapi.retrieval(envelope.arguments.get("asyncProcessId", ""))
    with_zip = job.is_done and is_true(envelope.arguments.get("includeZip") or "true")
    said = [("done", job.is_done), *(("fileProperties", dict(one)) for one in job.files), ("id", job.id),
            *(("messages", {"fileName": file, "problem": problem}) for file, problem in job.messages), ("status", job.status), ("success", job.status == "Succeeded"),
            *([("zipFile", base64.b64encode(job.zip_bytes).decode())] if with_zip else [])]  # fmt: skip
    return result(call, "checkRetrieveStatus", elements(said))


# ---------------------------------------------------------------------- single components


def create_metadata(call: Call, envelope: Envelope) -> Response:
    return _saved(call, envelope, "createMetadata", may_be_there=False, may_be_new=True)


def update_metadata(call: Call, envelope: Envelope) -> Response:
    return _saved(call, envelope, "updateMetadata", may_be_there=True, may_be_new=False)


def upsert_metadata(call: Call, envelope: Envelope) -> Response:
    return _saved(call, envelope, "upsertMetadata", may_be_there=True, may_be_new=True)


def _saved(call: Call, envelope: Envelope, name: str, *, may_be_there: bool, may_be_new: bool) -> Response:
    from sfchaos.org.mdapi.calls import all_of, save

    given = [_component(item) for item in envelope.elements("metadata")]
    _check_count(given)
    told = all_of(call.org, lambda one: save(call.org, one, call.user_id, may_be_there=may_be_there, may_be_new=may_be_new), given,
                  all_or_none=envelope.is_on("AllOrNoneHeader", "allOrNone"))  # fmt: skip

    def shown(one: Told) -> str:
        created = {"created": one.created} if name == "upsertMetadata" else {}
        return element("result", {**created, **_errors(one), "fullName": one.name, "success": one.ok})

    return _told(call, name, told, shown)


def delete_metadata(call: Call, envelope: Envelope) -> Response:
    from sfchaos.org.mdapi.calls import all_of, delete

    names, kind = envelope.texts("fullNames"), envelope.arguments.get("type", "").strip()
    _check_count(names)
    found = _kind(kind)
    told = all_of(call.org, lambda name: delete(call.org, found, name, call.user_id), names, all_or_none=envelope.is_on("AllOrNoneHeader", "allOrNone"))
    return _told(call, "deleteMetadata", told, lambda one: element("result", {**_errors(one), "fullName": one.name, "success": one.ok}))


def rename_metadata(call: Call, envelope: Envelope) -> Response:
    """Ours: a real org renames some types. The call answers with an error of the record, as one does for types that cannot be renamed."""
    kind = _kind(envelope.arguments.get("type", "").strip())
    message = f"{kind.name} components are not renamed here: deploy one of the new name and delete the old one"
    return result(call, "renameMetadata", elements({"errors": {"message": message, "statusCode": "FUNCTIONALITY_NOT_ENABLED"},
                                                    "fullName": envelope.arguments.get("oldFullName", ""), "success": False}))  # fmt: skip


def read_metadata(call: Call, envelope: Envelope) -> Response:
    """A `<records>` for each name in order; nil for what is not there (D)."""
    from sfchaos.org.mdapi.components import read
    from sfchaos.org.mdapi.parts import inner_xml

    names = envelope.texts("fullNames")
    kind = _kind(envelope.arguments.get("type", "").strip())
    _check_count(names)
    said = []
    for name in names:
        tree = read(call.org, kind, name)
        full = (("fullName", name), *(pair for pair in tree if pair[0] != "fullName")) if tree is not None else ()
        said.append(f'<records xsi:type="{kind.name}">{inner_xml(full)}</records>' if full else '<records xsi:nil="true"/>')
    return result(call, "readMetadata", "".join(said))


def _told(call: Call, name: str, told: Iterable[Told], shown: Callable[[Told], str]) -> Response:
    results = list(told)
    call.receipt.asked, call.receipt.changed = len(results), sum(one.ok for one in results)
    return reply(call, name, "".join(shown(one) for one in results))


def _errors(one: Told) -> dict[str, object]:
    return {} if one.ok else {"errors": {"message": one.problem, "statusCode": one.code or "UNKNOWN_EXCEPTION"}}


def _check_count(given: list[str] | list[Component]) -> None:
    """Text U."""
    if len(given) > MOST_RECORDS:
        raise refuse("LIMIT_EXCEEDED", f"record limit reached. cannot submit more than {MOST_RECORDS} records into this call")


def _kind(name: str) -> Kind:
    from sfchaos.org.mdapi.components import kind_named
    from sfchaos.org.mdapi.parts import Problem

    try:
        return kind_named(name)
    except Problem as problem:
        raise refused(problem) from None


def refused(problem: Problem) -> Refused:
    return refuse(problem.code or "UNKNOWN_EXCEPTION", problem.message)


def _component(item: ET.Element) -> Component:
    from sfchaos.org.mdapi.parts import Component

    kind = xsi_type(item)
    if not kind:
        raise refuse("INVALID_TYPE", "Must specify a {http://www.w3.org/2001/XMLSchema-instance}type attribute value for the metadata element")  # text K
    return Component(kind, text_of(item, "fullName"), _node(item, kind))


def _node(item: ET.Element, file: str) -> Node:
    from sfchaos.org.schema.sfdx.xml import Node

    return Node(local(item), Path(file), 0, (item.text or "").strip(), [_node(child, file) for child in item])


CALLS: dict[str, Callable[[Call, Envelope], Response]] = {
    "describeMetadata": describe_metadata, "listMetadata": list_metadata, "deploy": deploy, "checkDeployStatus": check_deploy_status, "cancelDeploy": cancel_deploy,
    "deployRecentValidation": deploy_recent_validation, "retrieve": retrieve, "checkRetrieveStatus": check_retrieve_status, "createMetadata": create_metadata,
    "updateMetadata": update_metadata, "upsertMetadata": upsert_metadata, "deleteMetadata": delete_metadata, "renameMetadata": rename_metadata, "readMetadata": read_metadata,
}  # fmt: skip
# What follows the version makes no difference: clients add the org's id, or `deployRequest/<id>` (R: simple-salesforce)
ROUTES = [
    Route("POST", f"/services/Soap/m/{{v}}{more}", soap, METADATA.surface, False, False, 'Metadata API Developer Guide, "Metadata API Calls"')
    for more in ("", "/{org}", "/{org}/{id}")
]  # fmt: skip
