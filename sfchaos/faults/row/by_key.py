"""A row that is addressed by an external id is there twice, or was being written by somebody else at the same moment."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sfchaos.core import chance
from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.at import At
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import refusal_reply
from sfchaos.org.ids import to_18
from sfchaos.org.schema.library import standard_schema

CUSTOM_PREFIX = "a00"  # how ids of custom objects begin
_KEYED_PARTS = 3  # Object/Field/value behind `sobjects/`


@fault("row.multi_match", when="B", transient=False, kinds=("idem", "read"), ops=("row.upsert", "row.get", "row.delete"), weight=45)
@dataclass(frozen=True)
class MultiMatch:
    """300 with a list of addresses: several records have this external id; nothing is done.

    The field is not unique, and an import or a person made a second record of it. Which records the list names is made up here.
    Source: wire reference 3.7.
    Right: no success: report the key, somebody must merge the records.
    """

    def applies(self, at: At) -> bool:
        return len(_keyed(at.request.path)) == _KEYED_PARTS

    def around(self, request: Request, forward: Handler) -> Response:
        base, _, rest = request.path.partition("/sobjects/")
        sobject = rest.partition("/")[0]
        known = standard_schema().find(sobject)
        prefix = known.key_prefix if known is not None else CUSTOM_PREFIX
        made = [to_18(prefix + chance.token(12, 0, "row.multi_match", request.path, n, alphabet="0123456789")) for n in range(2)]
        body = json.dumps([f"{base}/sobjects/{sobject}/{record_id}" for record_id in made], separators=(",", ":"))
        return Response(300, body.encode(), (("Content-Type", "application/json;charset=UTF-8"),))


@fault("row.upsert_race", when="A", nature="ambiguous", kinds=("idem",), ops=("row.upsert",), weight=46)
@dataclass(frozen=True)
class UpsertRace:
    """`DUPLICATE_VALUE` for an upsert of a new external id: another upsert of the same key was a moment earlier, and the record is there.

    An upsert looks first and writes then; two at once both find nothing.
    Source: wire reference 3.7 and 4.3 (DUPLICATE_VALUE).
    Right: the same upsert once more, which then updates; no create in its place.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        if reply.status != 201:
            return reply
        field = (*_keyed(request.path), "")[1]
        record_id = json.loads(reply.body).get("id", "")
        refusal = Refusal("DUPLICATE_VALUE", f"duplicate value found: {field} duplicates value on record with id: {record_id}", (field,) if field else ())
        return refusal_reply(request, refusal, status=400)


def _keyed(path: str) -> list[str]:
    return [part for part in path.partition("/sobjects/")[2].split("/") if part]
