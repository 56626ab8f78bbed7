"""The results come in another order than the items were sent in."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.at import At
from sfchaos.faults.comp.asked import asked_of
from sfchaos.faults.registry import fault


@fault("comp.reordered", when="R", ops=("comp.composite", "comp.graph", "tree.create", "coll.get", "coll.update", "coll.delete"), weight=26)
@dataclass(frozen=True)
class Reordered:
    """Results in reversed order, each with its referenceId, graphId or id; the work is done as asked.

    Only where a client can tell whose each result is: not in a batch, nor in collections that create or upsert, whose ids are
    new, nor where a row was not found.
    Source: wire reference 3.11 (referenceId, graphId and ids in the results, R); a defensive case, never seen of Salesforce.
    Right: match results by referenceId or id, never by position.
    """

    def applies(self, at: At) -> bool:
        return len(asked_of(at.op, at.request).items) > 1

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        if not 200 <= reply.status < 300 or not reply.body:
            return reply
        body = json.dumps(_reversed(json.loads(reply.body)), ensure_ascii=False, separators=(",", ":"))
        return replace(reply, body=body.encode("utf-8", "surrogatepass"), headers=tuple(pair for pair in reply.headers if pair[0].lower() != "content-length"))


def _reversed(body: Any) -> Any:
    if isinstance(body, list):
        return body[::-1] if all(isinstance(item, dict) and (item.get("id") or item.get("Id")) for item in body) else body
    if not isinstance(body, dict):
        return body
    turned = {name: value[::-1] if name in ("compositeResponse", "results", "graphs") else value for name, value in body.items()}
    for graph in turned.get("graphs", ()):
        graph["graphResponse"] = _reversed(graph["graphResponse"])
    return turned
