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
from sfchaos.org.refusals import no_such_resource
from sfchaos.org.routes import Route
from sfchaos.org.schema.describe import global_entry, object_describe
from sfchaos.org.schema.model import SObject

MAX_BATCH_ROWS = 200


def describe_global(call: Call) -> Response:
    entries = [global_entry(sobject, call.base, call.version_number) for sobject in call.org.schema]
    entries.sort(key=lambda entry: str(entry["name"]))
    return _dated(call, {"encoding": "UTF-8", "maxBatchSize": MAX_BATCH_ROWS, "sobjects": entries})


def basic_information(call: Call) -> Response:
    """The object's entry. `recentItems` lists rows looked at in the user interface, which an API-only org has none of."""
    entry = global_entry(_named(call), call.base, call.version_number)
    return call.reply({"objectDescribe": entry, "recentItems": []})


def describe(call: Call) -> Response:
    """Fields that the user may not read are left out (wire reference 3.4, D/K)."""
    sobject = _named(call)
    fields = access.readable(call.org, call.user_id, sobject)
    tree = object_describe(
        sobject, fields, call.org.schema, base=call.base, instance_url=call.instance_url, version=call.version_number
    )  # fmt: skip
    return _dated(call, tree)


def _named(call: Call) -> SObject:
    sobject = call.org.schema.find(call.params["sobject"])
    if sobject is None:
        raise no_such_resource()
    return sobject


def _dated(call: Call, tree: Any) -> Response:
    """With ETag and Last-Modified (R); 304 without a body when nothing changed since If-Modified-Since (wire reference 1.7, D)."""
    changed_s = _changed_s(call)
    reply = call.reply(tree)
    headers = (("ETag", f'"{sha256_hex(dumps(tree))[:8]}"'), ("Last-Modified", formatdate(changed_s, usegmt=True)))
    since_s = _instant(call.request.header("if-modified-since"))
    if since_s is not None and changed_s <= since_s:
        return Response(304, b"", headers, call.work_s)
    return Response(reply.status, reply.body, (*reply.headers, *headers), reply.work_s)


def _changed_s(call: Call) -> int:
    """When the schema was last changed, in whole seconds: when the org was made."""
    row = call.org.store.one('SELECT "CreatedDate" FROM "Organization" LIMIT 1')
    return int(datetime.strptime(row[0], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()) if row and row[0] else 0


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
