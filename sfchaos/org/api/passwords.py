"""`/sobjects/User/<id>/password`: is it expired, set it, have a new one made.

Source: REST API Developer Guide, "sObject User Password", "Manage User Passwords" (D: shapes, codes, 204; the first sentence of
INSUFFICIENT_ACCESS).
"""

from __future__ import annotations

from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.identity.passwords import check_policy, made, manages
from sfchaos.org.refusals import no_such_resource, refuse
from sfchaos.org.routes import Route
from sfchaos.org.rows.read import not_found, record_id_of
from sfchaos.org.rows.row_checks import is_deleted

_BODY = "NewPassword"


def look(call: Call) -> Response:
    return call.reply({"isExpired": call.org.identity.is_password_expired(_user(call))})


def change(call: Call) -> Response:
    """204 without a body."""
    user_id = _user(call)
    row = call.json_row()
    unknown = [name for name in row if name.lower() != _BODY.lower()]
    if unknown:
        raise refuse("INVALID_FIELD", f"No such column '{unknown[0]}' on sobject of type User")  # a guess
    password = next(iter(row.values()), None)
    if not isinstance(password, str):
        raise refuse("MISSING_ARGUMENT", f"{_BODY} not specified")  # a guess
    check_policy(password)
    call.org.identity.set_password(user_id, password)
    call.receipt.asked, call.receipt.changed = 1, 1
    return call.no_content()


def reset(call: Call) -> Response:
    """A made password, in the reply."""
    user_id = _user(call)
    password = made(call.org)
    call.org.identity.set_password(user_id, password)
    call.receipt.asked, call.receipt.changed = 1, 1
    return call.reply({_BODY: password})


def _user(call: Call) -> str:
    """The user of the path, if the session may deal with their password: its own, or with the right to manage users."""
    sobject = access.visible(call.org, call.user_id, "User")
    if sobject is None:
        raise no_such_resource()
    user_id = record_id_of(sobject, call.params["id"])
    if is_deleted(call.org, call.org.plans.write(sobject.name, call.user_id), user_id) is None:
        raise not_found(call.params["id"])
    if user_id != call.user_id and not manages(call.org, call.user_id, user_id):
        raise refuse("INSUFFICIENT_ACCESS", "You do not have permission to view this record.")
    return user_id


_PATH = "/services/data/{v}/sobjects/User/{id}/password"
_SOURCE = 'REST API Developer Guide, "sObject User Password"'
ROUTES = [Route("GET", _PATH, look, source=_SOURCE), Route("POST", _PATH, change, source=_SOURCE), Route("DELETE", _PATH, reset, source=_SOURCE)]
