"""Passwords, sessions and the org's clock."""

from __future__ import annotations

from sfchaos.core.clock import iso_utc
from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.refusals import refuse
from sfchaos.org.soap.envelope import Envelope
from sfchaos.org.soap.session import session_of
from sfchaos.org.soap.writing import elements, result


def get_server_timestamp(call: Call, envelope: Envelope) -> Response:
    session_of(call, envelope)
    return result(call, "getServerTimestamp", elements({"timestamp": iso_utc(call.org.now_s(), milliseconds=True)}))


def set_password(call: Call, envelope: Envelope) -> Response:
    """A user's own password: the one call that a session with an expired password may make."""
    session = session_of(call, envelope, with_expired_password=True)
    user_id, password = envelope.arguments.get("userId", ""), envelope.arguments.get("password", "")
    if user_id[:15] != session.user_id[:15]:
        raise refuse("INSUFFICIENT_ACCESS", "insufficient access rights on object id")
    if len(password) < 8:  # the default password policy
        raise refuse("INVALID_NEW_PASSWORD", "Your password must be at least 8 characters long.")
    call.receipt.asked = call.receipt.changed = 1
    call.org.identity.set_password(session.user_id, password)
    call.org.sessions.lift_password_expiry(session)
    return result(call, "setPassword", "")
