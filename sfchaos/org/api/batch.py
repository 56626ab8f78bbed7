"""/composite/batch: up to 25 independent requests in one, each of which counts. Source: wire reference 3.11 (D)."""

from __future__ import annotations

import json
import re
from typing import Any

from sfchaos.core.messages import Request, Response
from sfchaos.org.call import Call, dumps
from sfchaos.org.parts.subrequests import has_failed, need_version, note_refused
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route

MOST_PARTS = 25
SINCE = 34.0
MOST_WORK_S = 600.0  # after ten minutes the rest is not done (D)
METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
_KEYS = frozenset({"method", "url", "richInput", "binaryPartName", "binaryPartNameAlias"})
_URL = re.compile(r"/?(?:services/data/)?v(\d+\.\d)/(.+)", re.DOTALL)
_FAMILIES = frozenset({"limits", "sobjects", "query", "queryall", "search", "connect", "chatter", "actions"})  # D
_ACTIONS_SINCE = 35.0


def batch(call: Call) -> Response:
    """200 with `hasErrors` and `results`. The request itself counts as the first of its parts (that no call more is counted is a guess)."""
    need_version(call, SINCE)
    body = call.json_row()
    sent = body.get("batchRequests")
    if not isinstance(sent, list) or not sent or not all(isinstance(item, dict) for item in sent):
        raise refuse("JSON_PARSER_ERROR", "The batchRequests property must be a list of subrequests")  # text is a guess
    if len(sent) > MOST_PARTS:
        raise refuse("LIMIT_EXCEEDED", f"Number of subrequests {len(sent)} exceeds the limit of {MOST_PARTS}")  # limit D, text K
    requests = [_request(call, item) for item in sent]
    results = _results(call, requests, halt=body.get("haltOnError") is True)
    return call.reply({"hasErrors": any(result["statusCode"] >= 400 for result in results), "results": results})


def _results(call: Call, requests: list[Request], *, halt: bool) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    stopped = False
    for number, request in enumerate(requests):
        stopped = stopped or call.work_s > MOST_WORK_S
        if stopped:
            note_refused(call, request, "BATCH_PROCESSING_HALTED")
            results.append(_halted())
            continue
        response = _answer(call, request, number + 1)
        results.append({"statusCode": response.status, "result": json.loads(response.body) if response.body else None})
        stopped = halt and has_failed(response.status)
    return results


def _answer(call: Call, request: Request, number: int) -> Response:
    if request.path.split("/")[4].lower() not in _FAMILIES:
        note_refused(call, request, "NOT_FOUND")
        return Response(404, dumps([{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]))  # which resources: D; how it refuses: a guess
    response = call.org.dispatch(call, request, item=number, counted=number > 1)
    if response.body and "json" not in response.header("content-type"):
        return Response(400, dumps([{"message": "Binary data is not supported in a batch request", "errorCode": "INVALID_INPUT"}]))  # D that it is not; text is a guess
    return response


def _halted() -> dict[str, Any]:
    """Status and code D, text K."""
    return {"statusCode": 412, "result": [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}]}


def _request(call: Call, item: dict[str, Any]) -> Request:
    """Raises Refused: a part that cannot be read is 400 for the whole request, whatever haltOnError says (D; the texts are guesses)."""
    unknown = next((name for name in item if name not in _KEYS), None)
    if unknown is not None:
        raise refuse("JSON_PARSER_ERROR", f'Unrecognized field "{unknown}"')
    if item.get("binaryPartName") or item.get("binaryPartNameAlias"):
        raise refuse("INVALID_INPUT", "A part with a binary body needs a multipart request")
    method, url = item.get("method"), item.get("url")
    found = _URL.fullmatch(url) if isinstance(url, str) else None
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise refuse("JSON_PARSER_ERROR", f"Invalid value for method: {method}")
    if found is None:
        raise refuse("JSON_PARSER_ERROR", f"Invalid value for url: {url}")
    version = float(found[1])
    least = _ACTIONS_SINCE if found[2].lower().startswith("actions") else SINCE
    if not least <= version <= call.version_number:  # D: no older than 34.0, no newer than the request's own
        raise refuse("INVALID_INPUT", f"The version of a subrequest must be between {least} and {call.version_number}: {url}")
    entity = item.get("richInput")
    kept = tuple((name, value) for name, value in call.request.headers if name.lower() in ("accept", "authorization"))
    return Request(method.upper(), f"{call.origin}/services/data/v{found[1]}/{found[2]}", (*kept, ("Content-Type", "application/json")),
                   b"" if entity is None else dumps(entity), call.request.route, call.request.origin)  # fmt: skip


ROUTES = [Route("POST", "/services/data/{v}/composite/batch", batch, source='REST API Developer Guide, "Composite Batch"')]
