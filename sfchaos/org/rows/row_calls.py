"""One row read, changed or deleted by a request, however its path named it. Source: wire reference 3.6 and 3.7."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sfchaos.core.messages import Response
from sfchaos.org.files.multipart import incoming_row
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.rows.conditions import unchanged, validators
from sfchaos.org.rows.read import not_found, row_body

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.rows.relationships import Row
    from sfchaos.org.rows.row_work import RowResult
    from sfchaos.org.schema.model import SObject


ID_IN_BODY = "The Id field should not be specified in the sobject data."  # K


def method_of(call: Call) -> str:
    """What is asked for; HEAD is a GET without its body."""
    method = call.request.effective_method
    return "GET" if method == "HEAD" else method


def at_row(call: Call, found: Row | Response) -> Response:
    """What the request wants of the row that its path led to; a reply that is there already stays."""
    if isinstance(found, Response):
        return found
    method = method_of(call)
    if method == "PATCH":
        return change(call, found.sobject, lambda: found.id)
    return remove(call, found.sobject, found.id) if method == "DELETE" else show(call, found.sobject, found.id)


def show(call: Call, sobject: SObject, record_id: str) -> Response:
    wanted = call.request.query.get("fields", "") if call.request.query_string else ""
    body = row_body(call.org, sobject, record_id, user_id=call.user_id, base=call.base, wanted=wanted, receipt=call.receipt)
    if body is None:
        raise not_found(call.params.get("id", record_id))
    if unchanged(call, sobject, record_id):
        return Response(304, b"", validators(call, sobject, record_id), call.work_s)
    return call.reply(body, headers=validators(call, sobject, record_id))


def change(call: Call, sobject: SObject, name_row: Callable[[], str]) -> Response:
    """204 and no body. The body is looked at before the id is."""
    row = incoming_row(call, sobject)
    if any(name.lower() == "id" for name in row):
        raise refuse("INVALID_FIELD", ID_IN_BODY)
    record_id = name_row()
    unchanged(call, sobject, record_id)
    results = call.org.dml.write("update", sobject.name, [{**row, "Id": record_id}], user_id=call.user_id, call=call)
    if results[0].refusals and results[0].refusals[0].code == "INVALID_CROSS_REFERENCE_KEY" and results[0].refusals[0].status == 404:
        raise not_found(call.params.get("id", record_id))
    single(results)
    call.org.recent.written(call, sobject, record_id)
    return call.no_content()


def remove(call: Call, sobject: SObject, record_id: str) -> Response:
    single(call.org.dml.write("delete", sobject.name, [{"Id": record_id}], user_id=call.user_id, call=call))
    return call.no_content()


def single(results: list[RowResult]) -> RowResult:
    """The one result; its refusals become the reply, and nothing of the request stays."""
    if not results[0].ok:
        raise Refused(*results[0].refusals)
    return results[0]


def several(call: Call, sobject: SObject, found: list[str]) -> Response:
    """300: the paths of all rows that have the key (L restforce, D). Nothing was written."""
    if method_of(call) != "GET":
        call.receipt.asked += 1
    return call.reply([f"{call.base}/sobjects/{sobject.name}/{record_id}" for record_id in found], 300)
