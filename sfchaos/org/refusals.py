"""Refusals: every error code once, with its HTTP status, and one renderer per surface of the API.

Code raises `Refused(Refusal(...))`; `Org.handle` renders it in the shape of the surface the request came in by.
Sources: REST API Developer Guide, "Status Codes and Error Responses"; partner WSDL enumerations; shapes as in the wire
reference, section 4.1.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Headers, Response
from sfchaos.org.soap.dialects import is_soap, of_path, of_surface
from sfchaos.org.soap.faults import escaped, soap_fault

escape = escaped  # for XML text, as everybody who writes some needs
JSON_TYPE = "application/json;charset=UTF-8"
XML_TYPE = "text/xml;charset=UTF-8"

# code -> HTTP status on REST. Codes that are not here answer 400. Source: wire reference 4.3 with its tags.
STATUS = {
    "INVALID_SESSION_ID": 401, "INVALID_AUTH_HEADER": 401,
    "REQUEST_LIMIT_EXCEEDED": 403, "API_DISABLED_FOR_ORG": 403, "API_CURRENTLY_DISABLED": 403, "FUNCTIONALITY_NOT_ENABLED": 403,
    "INSUFFICIENT_ACCESS_OR_READONLY": 403, "INSUFFICIENT_ACCESS": 403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD": 403,
    "CLIENT_NOT_ACCESSIBLE_FOR_USER": 403, "ORG_LOCKED": 403, "TRIAL_EXPIRED": 403,
    "NOT_FOUND": 404, "ENTITY_IS_DELETED": 404, "METHOD_NOT_ALLOWED": 405, "UNSUPPORTED_API_VERSION": 410,
    "UNSUPPORTED_MEDIA_TYPE": 415, "UNKNOWN_EXCEPTION": 500, "APEX_ERROR": 500,
    "SERVER_UNAVAILABLE": 503, "ORG_IN_MAINTENANCE": 503, "TOO_MANY_APEX_REQUESTS": 503, "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": 503,
}  # fmt: skip


class Refused(Exception):
    """One request refused, for one reason or several (two validation rules are two items)."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("; ".join(f"{r.code}: {r.message}" for r in refusals))
        self.refusals = refusals


def refuse(code: str, message: str, *fields: str, status: int | None = None, **extra: Any) -> Refused:
    """`raise refuse("NOT_FOUND", "The requested resource does not exist")`."""
    return Refused(Refusal(code, message, fields, status, extra))


def status_of(refusal: Refusal) -> int:
    return refusal.status or STATUS.get(refusal.code, 400)


SESSION_EXPIRED = "Session expired or invalid"


def session_expired(message: str = SESSION_EXPIRED) -> Refused:
    """401 with the exact text. Source: wire reference 1.2 (L restforce fixture)."""
    return refuse("INVALID_SESSION_ID", message)


def no_such_resource() -> Refused:
    """The plain 404, whose errorCode precedes its message. Source: wire reference 3.6 (R)."""
    return refuse("NOT_FOUND", "The requested resource does not exist", code_first=True)


def render(surface: str, refusals: Sequence[Refusal], headers: Headers = ()) -> Response:
    """A reply in the shape of the surface: rest, oauth, soap (and its dialects), bulk1 or bulk1json. The first refusal gives the status."""
    first = refusals[0]
    if surface == "oauth":
        body = json.dumps({"error": first.code, "error_description": first.message}, separators=(",", ":")).encode()
        status = 404 if first.code == "NOT_FOUND" else _http_status(first, first.status or 400)  # of a path that nothing serves
        return Response(status, body, (("Content-Type", JSON_TYPE), ("Cache-Control", "no-cache, no-store"), *headers))
    if is_soap(surface):
        return Response(_http_status(first, 500), soap_fault(first, of_surface(surface)), (("Content-Type", XML_TYPE), *headers))
    if surface == "bulk1":
        return Response(_bulk1_status(first), _bulk1_error(_in_bulk1(first)), (("Content-Type", "application/xml"), *headers))
    if surface == "bulk1json":
        spoken = _in_bulk1(first)
        body = json.dumps({"exceptionCode": spoken.code, "exceptionMessage": spoken.message}, separators=(",", ":")).encode()
        return Response(_bulk1_status(first), body, (("Content-Type", "application/json"), *headers))
    body = json.dumps([rest_item(r) for r in refusals], separators=(",", ":")).encode()
    return Response(status_of(first), body, (("Content-Type", JSON_TYPE), *headers))


def _http_status(refusal: Refusal, plain: int) -> int:
    """A surface's usual status, but for a wrong method: that is HTTP's own matter, 405 everywhere (wire reference 4.2, D)."""
    return status_of(refusal) if refusal.code == "METHOD_NOT_ALLOWED" else plain


def rest_item(refusal: Refusal) -> dict[str, Any]:
    """`message` before `errorCode`, except in the plain NOT_FOUND; `fields` only in DML errors (extra `fields=True`)."""
    extra = dict(refusal.extra)
    if "duplicateResut" in extra:  # so spelt, first, and without fields (R, see duplicates.py)
        return {"duplicateResut": extra["duplicateResut"], "errorCode": refusal.code, "message": refusal.message}
    if extra.pop("code_first", False):
        return {"errorCode": refusal.code, "message": refusal.message}
    item: dict[str, Any] = {"message": refusal.message, "errorCode": refusal.code}
    if extra.pop("dml", False) or refusal.fields:
        item["fields"] = list(refusal.fields)
    item.update(extra)
    return item


def collection_item(refusal: Refusal) -> dict[str, Any]:
    """An error inside a 200 of the collections: `statusCode`, not `errorCode`. Source: wire reference 3.11."""
    return {"statusCode": refusal.code, "message": refusal.message, "fields": list(refusal.fields)}


def bulk_error(refusal: Refusal) -> str:
    """sf__Error of Bulk results: `CODE:message:FIELD1,FIELD2 --`; nothing between colon and dashes without fields.

    Source: wire reference 5.5 (L jsforce against a live org; U).
    """
    fields = ",".join(refusal.fields) + " " if refusal.fields else ""
    return f"{refusal.code}:{refusal.message}:{fields}--"


# What the Bulk API 1.0 calls codes of the platform, and its sentence where that is known. Source: wire reference 5.7 (D), 6 (L for the session, K for quotas);
# which code of the others becomes which is a guess.
_BULK1_WORDS = {
    "INVALID_SESSION_ID": ("InvalidSessionId", "Invalid session id"), "INVALID_AUTH_HEADER": ("InvalidSessionId", "Invalid session id"),
    "REQUEST_LIMIT_EXCEEDED": ("ExceededQuota", ""), "API_CURRENTLY_DISABLED": ("FeatureNotEnabled", "Async API not enabled"),
    "API_DISABLED_FOR_ORG": ("FeatureNotEnabled", "Async API not enabled"), "NOT_FOUND": ("InvalidUrl", ""),
    "METHOD_NOT_ALLOWED": ("MethodNotAllowed", ""), "UNSUPPORTED_API_VERSION": ("InvalidVersion", "Invalid Api version specified on URL"),
    "UNSUPPORTED_MEDIA_TYPE": ("ClientInputError", ""), "MALFORMED_REQUEST": ("ClientInputError", ""), "REQUEST_TOO_LARGE": ("ClientInputError", ""),
}  # fmt: skip


def _in_bulk1(refusal: Refusal) -> Refusal:
    code, message = _BULK1_WORDS.get(refusal.code, (refusal.code, ""))
    return Refusal(code, message or refusal.message)


def _bulk1_status(refusal: Refusal) -> int:
    """400 for all but a wrong method and what is not the client's fault (wire reference 6, L: a lost session too)."""
    usual = status_of(refusal)
    return refusal.status or (usual if usual == 405 or usual >= 500 else 400)


def _bulk1_error(refusal: Refusal) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><error\n   xmlns="http://www.force.com/2009/06/asyncapi/dataload">\n'
        f" <exceptionCode>{escape(refusal.code)}</exceptionCode>\n <exceptionMessage>{escape(refusal.message)}</exceptionMessage>\n</error>"
    ).encode()


def surface_of(path: str, content_type: str = "") -> str:
    """The surface a path belongs to, for replies made without a route (faults, unknown paths)."""
    lowered = path.lower()
    if lowered.startswith("/services/soap/"):
        return of_path(path).surface
    if lowered.startswith("/services/oauth2/"):
        return "oauth"
    if lowered.startswith("/services/async/"):
        return "bulk1json" if "json" in content_type else "bulk1"
    return "rest"
