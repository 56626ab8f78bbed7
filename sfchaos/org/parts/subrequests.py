"""Requests inside a request: what a part did goes on the caller's receipt, and may be undone with the parts around it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from sfchaos.core.gate import RowTouch, Verb
from sfchaos.org.refusals import no_such_resource

if TYPE_CHECKING:
    from sfchaos.core.messages import Request, Response
    from sfchaos.org.call import Call

FIRST_FAILURE = 300  # a part with this status or a greater one did not do what it was to do; 304 is an answer


def need_version(call: Call, since: float) -> None:
    """Raises Refused with the plain 404 in a version that does not have the resource."""
    if call.version_number < since:
        raise no_such_resource()


def has_failed(status: int) -> bool:
    return status >= FIRST_FAILURE and status != 304


def absorb(call: Call, part: Call, response: Response) -> None:
    """Put what a part did on its caller's receipt. A write that was refused before it came to a row counts as one row refused."""
    outer, inner = call.receipt, part.receipt
    if has_failed(response.status) and not inner.rows:
        note_refused(call, part.request, inner.error_codes[0] if inner.error_codes else str(response.status))
    outer.asked += inner.asked if inner.rows or not has_failed(response.status) else 0
    outer.changed += inner.changed
    outer.rows += inner.rows
    outer.read += inner.read
    outer.facts.update(inner.facts)
    call.work_s += response.work_s


def note_refused(call: Call, request: Request, code: str) -> None:
    """A write that never came to a row, in the words of a receipt. Reads leave nothing."""
    if request.method in ("GET", "HEAD"):
        return
    call.receipt.asked += 1
    touch = _touch_of(call, request, code)
    if touch is not None:
        call.receipt.rows.append(touch)


_VERBS: dict[str, Verb] = {"POST": "create", "PATCH": "update", "DELETE": "delete"}


def _touch_of(call: Call, request: Request, code: str) -> RowTouch | None:
    parts = [unquote(part) for part in request.path.strip("/").split("/")]
    sobject = call.org.schema.find(parts[4]) if len(parts) > 4 and parts[3].lower() == "sobjects" else None
    verb = _VERBS.get(request.method)
    if sobject is None or verb is None:
        return None
    rest = parts[5:]
    key_field, key = (rest[0], rest[1]) if len(rest) == 2 else ("", "")
    f = sobject.find(key_field) if key_field else None
    sent = _fields(request.body)
    values = {found.name: value for name, value in sent.items() if (found := sobject.find(name)) is not None and not isinstance(value, dict | list)}
    record_id = rest[0] if len(rest) == 1 and "@{" not in rest[0] else ""
    return RowTouch("upsert" if key_field and verb == "update" else verb, sobject.name, record_id, False, code, f.name if f else "", key, False, values)


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


class _Undone(Exception):
    """Leaves the savepoint of an attempt."""


def attempt(call: Call, work: Callable[[], bool], code: str) -> bool:
    """Do `work` in a savepoint. When it returns False, what it did is undone: rows, events, and the receipt, on which a row that
    had been written now failed with `code`."""
    org, receipt = call.org, call.receipt
    mark, first, changed = org.events_kept, len(receipt.rows), receipt.changed
    try:
        with org.store.unit():
            if not work():
                raise _Undone
    except _Undone:
        org.drop_events(mark)
        receipt.changed = changed
        receipt.rows[first:] = [replace(touch, ok=False, code=touch.code or code) for touch in receipt.rows[first:]]
        return False
    return True
