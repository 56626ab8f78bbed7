"""The Tooling API over SOAP, `/services/Soap/T/<v>`: what the REST Tooling API tells, as XML. Source: Tooling API guide, "SOAP" (D)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sfchaos.core.messages import Response
from sfchaos.org.apex_anonymous import execute
from sfchaos.org.call import Call
from sfchaos.org.metadata import COMPUTED, NO_ID
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route
from sfchaos.org.schema.describe import global_entry, object_describe
from sfchaos.org.schema.model import SObject
from sfchaos.org.soap import login, users
from sfchaos.org.soap.describing import in_wsdl_order
from sfchaos.org.soap.dialects import TOOLING
from sfchaos.org.soap.envelope import Envelope, read_envelope, served
from sfchaos.org.soap.records_out import Writer
from sfchaos.org.soap.session import session_of
from sfchaos.org.soap.writing import element, elements, reply, result

_UNSERVED = ("create", "update", "upsert", "delete", "retrieve", "search", "runTests", "runTestsAsynchronous", "describeWorkitemActions", "describeSOQL", "describeLayout",
             "describeValueTypes", "getDeleted", "getUpdated", "change", "rename", "invalidateSessions", "resetPassword", "undelete")  # fmt: skip


def soap(call: Call) -> Response:
    envelope = read_envelope(call.body)
    return served(envelope, TOOLING, CALLS)(call, envelope)


def query(call: Call, envelope: Envelope) -> Response:
    """All rows at once, as the REST resource answers. Children of QueryResult by name, as the WSDL has them (D)."""
    session_of(call, envelope)
    found = call.org.metadata.query(envelope.arguments.get("queryString", ""), call.user_id)
    writer = Writer(True, lambda _address: b"", own_id=NO_ID if found.sobject in COMPUTED else "")
    head = elements({"done": True, "entityTypeName": found.sobject, "queryLocator": None})
    return result(call, envelope.name, head + writer.records(found) + elements({"size": found.total, "totalSize": found.total}))


def query_more(call: Call, envelope: Envelope) -> Response:
    """Nothing is paged, so no locator was ever given out."""
    session_of(call, envelope)
    raise refuse("INVALID_QUERY_LOCATOR", "invalid query locator")


def describe_global(call: Call, envelope: Envelope) -> Response:
    session_of(call, envelope)
    entries = [in_wsdl_order(global_entry(sobject, call.base, call.version_number)) for sobject in sorted(call.org.metadata.schema, key=lambda one: one.name)]
    return result(call, envelope.name, elements([("encoding", "UTF-8"), ("maxBatchSize", 200), ("sobjects", entries)]))


def describe_sobject(call: Call, envelope: Envelope) -> Response:
    session_of(call, envelope)
    return result(call, envelope.name, elements(_described(call, envelope.arguments.get("type", "") or envelope.arguments.get("sObjectType", ""))))


def describe_sobjects(call: Call, envelope: Envelope) -> Response:
    session_of(call, envelope)
    names = envelope.texts("types") or envelope.texts("sObjectType")
    return reply(call, envelope.name, "".join(element("result", _described(call, name)) for name in names))


def execute_anonymous(call: Call, envelope: Envelope) -> Response:
    session_of(call, envelope)
    done = execute(call, next(iter(envelope.arguments.values()), ""))  # the WSDL calls it String, clients call it what they like
    return result(call, envelope.name, elements({
        "column": done.column, "compileProblem": done.compile_problem, "compiled": done.compiled, "exceptionMessage": done.exception_message,
        "exceptionStackTrace": done.exception_stack, "line": done.line, "success": done.success,
    }))  # fmt: skip


def unserved(call: Call, envelope: Envelope) -> Response:
    """Ours: nothing can be written through this API here."""
    session_of(call, envelope)
    raise refuse("FUNCTIONALITY_NOT_ENABLED", f"{envelope.name}: this org's Tooling API reads and describes; to change metadata use the Metadata API, deploy or createMetadata")


def _described(call: Call, name: str) -> dict[str, Any]:
    sobject: SObject | None = call.org.metadata.schema.find(name.strip())
    if sobject is None:
        raise refuse("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    tree = object_describe(sobject, sobject.fields, call.org.metadata.schema, base=call.base, instance_url=call.instance_url, version=call.version_number)
    return in_wsdl_order(tree)


CALLS: dict[str, Callable[[Call, Envelope], Response]] = {
    "login": login.login, "logout": login.logout, "getUserInfo": login.get_user_info, "getServerTimestamp": users.get_server_timestamp, "setPassword": users.set_password,
    "query": query, "queryAll": query, "queryMore": query_more, "describeGlobal": describe_global, "describeSObject": describe_sobject,
    "describeSObjects": describe_sobjects, "executeAnonymous": execute_anonymous, **dict.fromkeys(_UNSERVED, unserved),
}  # fmt: skip
ROUTES = [Route("POST", f"/services/Soap/T/{{v}}{org}", soap, TOOLING.surface, False, False, 'Tooling API guide, "SOAP"') for org in ("", "/{org}")]
