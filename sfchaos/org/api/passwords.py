"""`/sobjects/User/<id>/password`: is it expired, set it, have a new one made.

Source: REST API Developer Guide, "sObject User Password", "Manage User Passwords" (D: shapes, codes, 204; the first sentence of
INSUFFICIENT_ACCESS and of INVALID_NEW_PASSWORD). The policy is the default one: eight characters, letters and digits.
"""

from __future__ import annotations

from sfchaos.core import chance
from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.access.delegation_checks import may_administer
from sfchaos.org.call import Call
from sfchaos.org.refusals import no_such_resource, refuse
from sfchaos.org.routes import Route
from sfchaos.org.rows.read import not_found, record_id_of
from sfchaos.org.rows.row_checks import is_deleted

FEWEST_CHARACTERS = 8
_LETTERS, _DIGITS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
_MADE_CHARACTERS = 10
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
    _check_policy(password)
    call.org.identity.set_password(user_id, password)
    call.receipt.asked, call.receipt.changed = 1, 1
    return call.no_content()


def reset(call: Call) -> Response:
    """A made password, in the reply."""
    user_id = _user(call)
    password = _made(call)
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
    if user_id != call.user_id and not _manages(call, user_id):
        raise refuse("INSUFFICIENT_ACCESS", "You do not have permission to view this record.")
    return user_id


def _manages(call: Call, user_id: str) -> bool:
    """A delegated administrator needs the right to reset passwords besides (Salesforce Help 000385384, D)."""
    org, own = call.org, call.user_id
    return access.has_system(org, own, "ManageUsers") or (access.has_system(org, own, "ResetPasswords") and may_administer(org, own, user_id))


def _check_policy(password: str) -> None:
    if len(password) < FEWEST_CHARACTERS:
        raise refuse("INVALID_NEW_PASSWORD", f"Your password must be at least {FEWEST_CHARACTERS} characters long.")  # K
    if not any(char.isalpha() for char in password) or not any(char.isdigit() for char in password):
        raise refuse("INVALID_NEW_PASSWORD", "Your password must have a mix of letters and numbers.")


def _made(call: Call) -> str:
    number = call.org.registers.next("password")
    pool = [_LETTERS] * (_MADE_CHARACTERS - 2) + [_DIGITS] * 2
    return "".join(chars[chance.below(len(chars), call.org.seed, "password", number, place)] for place, chars in enumerate(pool))


_PATH = "/services/data/{v}/sobjects/User/{id}/password"
_SOURCE = 'REST API Developer Guide, "sObject User Password"'
ROUTES = [Route("GET", _PATH, look, source=_SOURCE), Route("POST", _PATH, change, source=_SOURCE), Route("DELETE", _PATH, reset, source=_SOURCE)]
