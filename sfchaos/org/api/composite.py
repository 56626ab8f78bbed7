"""/composite: up to 25 requests in one, later ones using what earlier ones answered. Source: wire reference 3.11.

The reply is 200 once the envelope could be read, whatever became of the parts; the whole counts as one call. Parts are done in
the order given: collation (`collateSubrequests`) is taken and changes nothing here.
"""

from __future__ import annotations

from typing import Any

from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.parts.composite_parts import Part, malformed, parts_of, run_parts
from sfchaos.org.parts.subrequests import need_version
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route

MOST_PARTS = 25
MOST_ASKING_MANY = 5
SINCE = 38.0
COLLECTIONS_SINCE = 43.0
_KEYS = frozenset({"allOrNone", "collateSubrequests", "compositeRequest"})
_RESOURCES = ("tree", "batch", "sobjects", "graph")  # order D


def resources(call: Call) -> Response:
    return call.reply({name: f"{call.base}/composite/{name}" for name in _RESOURCES})


def composite(call: Call) -> Response:
    need_version(call, SINCE)
    return _composite(call, lambda part: is_allowed(call, part))


def tooling(call: Call) -> Response:
    """The same over the tooling resources: sobjects and query (Tooling API guide, "Improve Performance with the Composite Resource")."""
    need_version(call, SINCE)
    return _composite(call, lambda part: part.resource[:1] == ("tooling",) and part.resource[1:2] in (("sobjects",), ("query",)))


def is_allowed(call: Call, part: Part) -> bool:
    """sObject resources, query, queryAll, and collections since v43 (D)."""
    if part.resource[:2] == ("composite", "sobjects"):
        return call.version_number >= COLLECTIONS_SINCE
    return part.resource[:1] in (("sobjects",), ("query",), ("queryall",))


def _composite(call: Call, allowed: Any) -> Response:
    body = call.json_row()
    unknown = next((name for name in body if name not in _KEYS), None)
    if unknown is not None:
        raise malformed(f'Unrecognized field "{unknown}"')  # text K, Jackson's
    parts = parts_of(call, body.get("compositeRequest"))
    _check_counts(parts)
    items, _ = run_parts(call, parts, allowed, all_or_none=flag(body, "allOrNone"))
    return call.reply({"compositeResponse": items})


def flag(body: dict[str, Any], name: str) -> bool:
    """A boolean of the envelope; a text "true" is taken as Jackson takes it. Raises Refused for anything else."""
    value = body.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and value.lower() in ("true", "false", ""):
        return value.lower() == "true"
    raise malformed(f"Cannot deserialize instance of boolean from {value!r}")  # text is a guess, modelled on the one for fields


def _check_counts(parts: list[Part]) -> None:
    """Limits D; code and text K."""
    if len(parts) > MOST_PARTS:
        raise refuse("LIMIT_EXCEEDED", f"Number of subrequests {len(parts)} exceeds the limit of {MOST_PARTS}")
    many = sum(part.asks_many for part in parts)
    if many > MOST_ASKING_MANY:
        raise refuse("LIMIT_EXCEEDED", f"Number of sObject Collections and query subrequests {many} exceeds the limit of {MOST_ASKING_MANY}")


_GUIDE = "REST API Developer Guide, "
ROUTES = [
    Route("GET", "/services/data/{v}/composite", resources, source=_GUIDE + '"Get a List of Composite Resources"'),
    Route("POST", "/services/data/{v}/composite", composite, source=_GUIDE + '"Send Multiple Requests Using Composite"'),
    Route("POST", "/services/data/{v}/tooling/composite", tooling, source='Tooling API guide, "Improve Performance with the Composite Resource"'),
]
