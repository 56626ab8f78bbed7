"""/composite/graph: graphs of requests, each done whole or not at all. Source: wire reference 3.11; REST API Developer Guide,
"Composite Graph" and "Composite Graph Limits" (D)."""

from __future__ import annotations

import re
from typing import Any

from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.parts.composite_parts import Part, halted, malformed, parts_of, run_parts
from sfchaos.org.parts.references import names_in
from sfchaos.org.parts.subrequests import need_version
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route

SINCE = 50.0
MOST_GRAPHS, MOST_DEPTH, MOST_NODES, MOST_KINDS, MOST_FAILURES = 75, 15, 500, 15, 14
_GRAPH_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,39}")  # starts with a letter or number, unique, 40 characters at most (D; the other characters are a guess)
_METHODS = {2: {"POST"}, 3: {"DELETE", "GET", "PATCH"}, 4: {"DELETE", "GET", "PATCH", "POST"}}  # by parts of /sobjects/X/... (D)
_VERSION = re.compile(r"/services/data/v(\d+\.\d)/")
_STOPPED = "The graph was not processed: too many graphs of the request have failed."  # text is a guess

Graph = tuple[str, list[Part]]


def graph(call: Call) -> Response:
    need_version(call, SINCE)
    body = call.json_row()
    graphs = _graphs(call, body.get("graphs"))
    _check_limits(graphs)
    replies: list[dict[str, Any]] = []
    failures, number = 0, 1
    for name, parts in graphs:
        if failures > MOST_FAILURES:
            items, done = [halted(part, _STOPPED) for part in parts], False
        else:
            items, done = run_parts(call, parts, _is_allowed, all_or_none=True, first=number)
            failures += not done
        number += len(parts)
        replies.append({"graphId": name, "graphResponse": {"compositeResponse": items}, "isSuccessful": done})
    return call.reply({"graphs": replies})


def _graphs(call: Call, sent: Any) -> list[Graph]:
    """Raises Refused: 400 for the whole request (the texts are guesses)."""
    if not isinstance(sent, list) or not sent or not all(isinstance(item, dict) for item in sent):
        raise malformed("The graphs property must be a list of graphs")
    found: dict[str, list[Part]] = {}
    for item in sent:
        name = item.get("graphId")
        if not isinstance(name, str) or not _GRAPH_ID.fullmatch(name):
            raise malformed(f"Provided graphId ('{name}') must start with a letter or a number, and have at most 40 characters")
        if name in found:
            raise malformed(f"Duplicate graphId provided: {name}")
        found[name] = parts_of(call, item.get("compositeRequest"))
    return list(found.items())


def _check_limits(graphs: list[Graph]) -> None:
    """Numbers D, code and texts guesses."""
    nodes = sum(len(parts) for _, parts in graphs)
    kinds = len(dict.fromkeys((_version_of(part), part.method, part.resource[:2]) for _, parts in graphs for part in parts))
    depth = max(_depth(parts) for _, parts in graphs)
    for what, count, most in (("graphs", len(graphs), MOST_GRAPHS), ("nodes", nodes, MOST_NODES), ("different nodes", kinds, MOST_KINDS), ("levels", depth, MOST_DEPTH)):
        if count > most:
            raise refuse("LIMIT_EXCEEDED", f"Number of {what} {count} exceeds the limit of {most}")


def _version_of(part: Part) -> float:
    found = _VERSION.match(part.url)
    return float(found[1]) if found else 0.0


def _depth(parts: list[Part]) -> int:
    """Nodes on the longest chain of references."""
    depths: dict[str, int] = {}
    for part in parts:
        above = [depths.get(name, 0) for name in (*names_in(part.url), *names_in(part.body))]
        depths[part.reference] = 1 + max(above, default=0)
    return max(depths.values())


def _is_allowed(part: Part) -> bool:
    """Rows and rows by external id alone, in v50 and later (D)."""
    return part.resource[:1] == ("sobjects",) and part.method in _METHODS.get(len(part.resource), ()) and _version_of(part) >= SINCE


ROUTES = [Route("POST", "/services/data/{v}/composite/graph", graph, source='REST API Developer Guide, "Composite Graph"')]
