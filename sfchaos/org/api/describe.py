"""`/sobjects`, `/sobjects/X`, `/sobjects/X/describe`.

Sources: REST API Developer Guide, "Describe Global", "sObject Basic Information", "sObject Describe"; wire reference 3.4 and 1.7.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

from sfchaos.core.canonical import sha256_hex
from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call, dumps
from sfchaos.org.described import named, record_types_of
from sfchaos.org.routes import Route
from sfchaos.org.schema.describe import global_entry, object_describe
from sfchaos.org.schema.model import SObject
from sfchaos.org.versions import knows

MAX_BATCH_ROWS = 200


def describe_global(call: Call) -> Response:
    """The objects that the user may read and the version knows, by name."""
    seen = sorted((sobject for sobject in call.org.schema if _sees(call, sobject)), key=lambda sobject: sobject.name)
    entries = [global_entry(access.as_seen(call.org, call.user_id, sobject), call.base, call.version_number) for sobject in seen]
    return _dated(call, {"encoding": "UTF-8", "maxBatchSize": MAX_BATCH_ROWS, "sobjects": entries})


def basic_information(call: Call) -> Response:
    """The object's entry. `recentItems` lists rows that the user looked at; an API client looks at none by itself."""
    sobject = access.as_seen(call.org, call.user_id, named(call, call.params["sobject"]))
    return call.reply({"objectDescribe": global_entry(sobject, call.base, call.version_number), "recentItems": call.org.recent.items(call.user_id, call.base, sobject=sobject)})


def describe(call: Call) -> Response:
    """Fields, and children, that the user may not read are left out (wire reference 3.4, D/K)."""
    sobject = named(call, call.params["sobject"])
    seen = access.as_seen(call.org, call.user_id, sobject)
    tree = object_describe(
        seen, seen.fields, call.org.schema, base=call.base, instance_url=call.instance_url, version=call.version_number,
        record_types=record_types_of(call.org, call.user_id, sobject), sees=lambda child: _sees(call, child),
    )  # fmt: skip
    return _dated(call, tree)


def _sees(call: Call, sobject: SObject) -> bool:
    return knows(sobject, call.version_number) and access.may(call.org, call.user_id, sobject, "read")


def _dated(call: Call, tree: Any) -> Response:
    """With ETag and Last-Modified (R); 304 without a body when nothing changed since If-Modified-Since (wire reference 1.7, D)."""
    changed_s = _changed_s(call)
    headers = (("ETag", f'"{sha256_hex(dumps(tree))[:8]}"'), ("Last-Modified", formatdate(changed_s, usegmt=True)))
    since_s = _instant(call.request.header("if-modified-since"))
    if since_s is not None and changed_s <= since_s:
        return Response(304, b"", headers, call.work_s)
    reply = call.reply(tree)
    return Response(reply.status, reply.body, (*reply.headers, *headers), reply.work_s)


def _changed_s(call: Call) -> int:
    """When what the user is shown last changed, in whole seconds: when the org was made, or when a describe first met another
    schema or other rights. Two changes within a second are told apart by counting the second as two."""
    org = call.org
    digest = f"{org.schema.digest} {org.access_digest(call.user_id)}"
    before = org.registers.described.get(call.user_id)
    if before is None:
        made = org.store.one('SELECT "CreatedDate" FROM "Organization" LIMIT 1')
        at_s = int(datetime.strptime(made[0], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()) if made and made[0] else 0
    elif before[0] != digest:
        at_s = max(int(org.now_s()), before[1] + 1)
    else:
        return before[1]
    org.registers.described[call.user_id] = (digest, at_s)
    return at_s


def _instant(header: str) -> float | None:
    """Seconds since 1970 of an HTTP date; None when there is none or it is not one (a date nobody can read is ignored, K)."""
    try:
        return parsedate_to_datetime(header).timestamp() if header else None
    except ValueError:
        return None


_GUIDE = "REST API Developer Guide, "
ROUTES = [
    Route("GET", "/services/data/{v}/sobjects", describe_global, source=_GUIDE + "Describe Global"),
    Route("GET", "/services/data/{v}/sobjects/{sobject}", basic_information, source=_GUIDE + "sObject Basic Information"),
    Route("GET", "/services/data/{v}/sobjects/{sobject}/describe", describe, source=_GUIDE + "sObject Describe"),
]
