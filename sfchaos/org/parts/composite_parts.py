"""The parts of /composite and of a graph: read from the envelope, done in order, each with its reply.

Sources: REST API Developer Guide, "Composite Request Body", "Composite Subrequest Result", "allOrNone Parameters in Composite
and Collections Requests"; wire reference 3.11. Sentences without a source there are guesses and say so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sfchaos.core.messages import Request, Response
from sfchaos.org.call import dumps
from sfchaos.org.parts.references import References, Unresolved
from sfchaos.org.parts.subrequests import attempt, has_failed, note_refused
from sfchaos.org.refusals import JSON_TYPE, Refused, refuse

if TYPE_CHECKING:
    from sfchaos.org.call import Call

METHODS = frozenset({"POST", "PUT", "PATCH", "GET", "DELETE"})  # compared with case (D)
STRICT_NAMES_SINCE = 52.0  # before it an odd referenceId only fails the parts that refer to it (D)
ROLLED_BACK = "The transaction was rolled back since another operation in the same transaction failed."  # D, L django
SHOWN_HEADERS = frozenset({"location", "etag", "last-modified"})  # R (Location; ETag and Last-Modified with a describe)
_INHERITED = frozenset({"accept", "authorization", "content-type"})  # a part that names one of them fails the request (D)
_REFERENCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_KEYS = frozenset({"method", "url", "referenceId", "body", "httpHeaders"})
_DATA = re.compile(r"/services/data/v\d+\.\d/(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    method: str
    url: str
    reference: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def resource(self) -> tuple[str, ...]:
        """The path after the version, in lower case: ("sobjects", "account"). Empty for a URL of another kind."""
        found = _DATA.match(self.url)
        return tuple(part for part in found[1].partition("?")[0].lower().split("/") if part) if found else ()

    @property
    def asks_many(self) -> bool:
        """Collections and queries: at most five of them in a request (D)."""
        return self.resource[:1] in (("query",), ("queryall",)) or self.resource[:2] == ("composite", "sobjects")


Allowed = Callable[[Part], bool]


def malformed(message: str) -> Refused:
    return refuse("JSON_PARSER_ERROR", message)


def parts_of(call: Call, sent: Any) -> list[Part]:
    """The parts of `compositeRequest`. Raises Refused: 400 for the whole request."""
    if not isinstance(sent, list) or not sent or not all(isinstance(item, dict) for item in sent):
        raise malformed("The compositeRequest property must be a list of subrequests")  # text is a guess
    parts = [_part(call, item) for item in sent]
    seen: dict[str, None] = {}
    for part in parts:
        if part.reference in seen:
            raise malformed(f"Duplicate referenceId provided: {part.reference}")  # text is a guess
        seen[part.reference] = None
    return parts


def _part(call: Call, item: dict[str, Any]) -> Part:
    unknown = next((name for name in item if name not in _KEYS), None)
    if unknown is not None:
        raise malformed(f'Unrecognized field "{unknown}"')  # text K, Jackson's
    method, url, reference = item.get("method"), item.get("url"), item.get("referenceId")
    if method not in METHODS:
        raise malformed(f"Invalid value for method: {method}. Valid values are POST, PUT, PATCH, GET, DELETE")  # text is a guess
    if not isinstance(url, str) or not url:
        raise malformed("The url property is required in a subrequest")  # text is a guess
    if not isinstance(reference, str) or (call.version_number >= STRICT_NAMES_SINCE and not _REFERENCE_ID.fullmatch(reference)):
        raise malformed(f"Provided referenceId ('{'null' if reference is None else reference}') must start with a letter or a number, and it can contain only "
                        "letters, numbers and underscores ('_').")  # D  # fmt: skip
    return Part(method, url, reference, item.get("body"), _headers(item.get("httpHeaders")))


def _headers(sent: Any) -> dict[str, str]:
    if sent is None:
        return {}
    if not isinstance(sent, dict):
        raise malformed("The httpHeaders property must be an object of header names and values")  # text is a guess
    for name in sent:
        if name.lower() in _INHERITED:
            raise malformed(f"The {name} header cannot be specified in a subrequest")  # D for the 400, the text is a guess
    return {str(name): str(value) for name, value in sent.items()}


# ---------------------------------------------------------------------------- doing them


def run_parts(call: Call, parts: Sequence[Part], allowed: Allowed, *, all_or_none: bool, first: int = 1) -> tuple[list[dict[str, Any]], bool]:
    """The replies of the parts in order, and whether all went well. With `all_or_none` one failure undoes all of them, and the
    parts that are not its cause answer PROCESSING_HALTED. `first` is the number of the first part in the whole request."""
    items: list[dict[str, Any]] = []
    references = References(call.version_number)

    def work() -> bool:
        for number, part in enumerate(parts, start=first):
            item, failed = _run(call, part, references, allowed, all_or_none=all_or_none, number=number)
            items.append(item)
            if failed and all_or_none:
                return False
        return True

    if attempt(call, work, "PROCESSING_HALTED"):
        return items, not any(has_failed(item["httpStatusCode"]) for item in items)
    for part in parts[len(items) :]:
        note_refused(call, _request(call, part, part.url, part.body), "PROCESSING_HALTED")
    cause = len(items) - 1
    return [items[cause] if index == cause else halted(part, ROLLED_BACK) for index, part in enumerate(parts)], False


def _run(call: Call, part: Part, references: References, allowed: Allowed, *, all_or_none: bool, number: int) -> tuple[dict[str, Any], bool]:
    try:
        url, body = references.resolve_url(part.url), references.resolve(part.body)
        headers = {name: str(references.resolve(value)) for name, value in part.headers.items()}
    except Unresolved as error:
        note_refused(call, _request(call, part, part.url, part.body), "PROCESSING_HALTED")
        return halted(part, str(error)), True
    asked = Part(part.method, url, part.reference, body, headers)
    request = _request(call, asked, url, body)
    response = call.org.dispatch(call, request, item=number, all_or_none=all_or_none) if allowed(asked) else _refusal(call, asked)
    item = _item(part, response)
    failed = has_failed(response.status)
    if not failed:
        references.add(part.reference, item["body"], is_row=asked.resource[:1] == ("sobjects",) and len(asked.resource) > 2)
    return item, failed or (all_or_none and _some_rows_failed(asked, item["body"]))


def _request(call: Call, part: Part, url: str, body: Any) -> Request:
    """A part as a request of its own: Accept, Authorization and Content-Type are the caller's (D)."""
    outer = call.request
    inherited = tuple((name, value) for name, value in outer.headers if name.lower() in _INHERITED and name.lower() != "content-type")
    own = tuple(part.headers.items())
    entity = b"" if body is None else dumps(body)
    absolute = f"{call.origin}{url if url.startswith('/') else '/' + url}"
    return Request(part.method, absolute, (*inherited, ("Content-Type", "application/json"), *own), entity, outer.route, outer.origin)


def _refusal(call: Call, part: Part) -> Response:
    """A resource that composite requests do not take (which ones: D; code and text are guesses)."""
    note_refused(call, _request(call, part, part.url, part.body), "INVALID_INPUT")
    body = [{"message": f"The url is not supported in a composite request: {part.url}", "errorCode": "INVALID_INPUT"}]
    return Response(400, dumps(body), (("Content-Type", JSON_TYPE),))


def _item(part: Part, response: Response) -> dict[str, Any]:
    """body, httpHeaders, httpStatusCode, referenceId, in this order (R). A 304 has the body null (R)."""
    body = None
    if response.body:
        if "json" not in response.header("content-type"):
            response = Response(400, headers=())
            body = [{"message": "Binary data is not supported in a composite request", "errorCode": "INVALID_INPUT"}]  # D that it is not; a guess how it says so
        else:
            body = json.loads(response.body)
    headers = {name: value for name, value in response.headers if name.lower() in SHOWN_HEADERS}
    return {"body": body, "httpHeaders": headers, "httpStatusCode": response.status, "referenceId": part.reference}


def _some_rows_failed(part: Part, body: Any) -> bool:
    """The allOrNone of the composite goes before that of collections in it: one row that fails undoes everything (D)."""
    return part.resource[:2] == ("composite", "sobjects") and isinstance(body, list) and any(isinstance(row, dict) and row.get("success") is False for row in body)


def halted(part: Part, message: str) -> dict[str, Any]:
    """`errorCode` stands first here (D)."""
    return {"body": [{"errorCode": "PROCESSING_HALTED", "message": message}], "httpHeaders": {}, "httpStatusCode": 400, "referenceId": part.reference}
