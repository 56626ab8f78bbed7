"""Passwords, sessions and the org's clock. Codes as on REST; which ids are refused how is K."""

from __future__ import annotations

from collections.abc import Callable

from sfchaos.core.clock import iso_utc
from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.identity.passwords import check_policy, made, manages
from sfchaos.org.ids import to_18
from sfchaos.org.refusals import refuse
from sfchaos.org.soap.envelope import Envelope
from sfchaos.org.soap.records_in import checked_id
from sfchaos.org.soap.saving import errors
from sfchaos.org.soap.session import session_of
from sfchaos.org.soap.writing import element, elements, reply, result


def get_server_timestamp(call: Call, envelope: Envelope) -> Response:
    session_of(call, envelope)
    return result(call, envelope.name, elements({"timestamp": iso_utc(call.org.now_s(), milliseconds=True)}))


def set_password(call: Call, envelope: Envelope) -> Response:
    """One's own password, or another's. It is the one call that a session with an expired password may make, for itself."""
    session = session_of(call, envelope, with_expired_password=True)
    user_id = _user(call, envelope, others=session.kind != "password-expired")
    password = envelope.arguments.get("password", "")
    check_policy(password)
    call.receipt.asked = call.receipt.changed = 1
    call.org.identity.set_password(user_id, password)
    if user_id == session.user_id:
        call.org.sessions.lift_password_expiry(session)
    return result(call, envelope.name, "")


def reset_password(call: Call, envelope: Envelope) -> Response:
    """A made password, in the reply."""
    session_of(call, envelope)
    user_id = _user(call, envelope, others=True)
    password = made(call.org)
    call.receipt.asked = call.receipt.changed = 1
    call.org.identity.set_password(user_id, password)
    return result(call, envelope.name, element("password", password))


def _user(call: Call, envelope: Envelope, *, others: bool) -> str:
    """The user whose password it is. Raises Refused INSUFFICIENT_ACCESS for another's without the right."""
    user_id = to_18(checked_id(envelope.arguments.get("userId", "").strip()))
    if user_id != call.user_id and not (others and manages(call.org, call.user_id, user_id)):
        raise refuse("INSUFFICIENT_ACCESS", "insufficient access rights on object id")
    if call.org.identity.user(user_id) is None:
        raise refuse("INVALID_ID_FIELD", f"invalid user id: {user_id}")  # code and text are guesses
    return user_id


def invalidate_sessions(call: Call, envelope: Envelope) -> Response:
    """A result for each session id, 200 at most (D); the caller's own is ended last, as the call still needs it."""
    session = session_of(call, envelope)
    tokens = envelope.texts("sessionIds")
    if len(tokens) > 200:
        raise refuse("EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records into this call")
    call.receipt.asked = len(tokens)
    ended = [_may_end(call, token) and call.org.sessions.end(token, "invalidated") for token in tokens if token != session.token]
    left = iter(ended)
    outcomes = [next(left) if token != session.token else True for token in tokens]
    call.receipt.changed = sum(outcomes)
    answer = reply(call, envelope.name, "".join(f"<result>{_ended(ok)}</result>" for ok in outcomes))
    if session.token in tokens:
        call.org.sessions.end(session.token, "invalidated")
    return answer


def _may_end(call: Call, token: str) -> bool:
    """Another user's sessions are a matter of who manages users."""
    found = call.org.sessions.find(token)
    return found is not None and (found.user_id == call.user_id or access.has_system(call.org, call.user_id, "ManageUsers"))


def _ended(ok: bool) -> str:
    """Code and text of a failure are guesses (that it is a result and no fault is R: the Python toolkit's tests)."""
    refusals = () if ok else (Refusal("INVALID_SESSION_ID", "Invalid session id"),)
    return errors(refusals) + element("success", ok)


CALLS: dict[str, Callable[[Call, Envelope], Response]] = {
    "getServerTimestamp": get_server_timestamp, "setPassword": set_password, "resetPassword": reset_password, "invalidateSessions": invalidate_sessions,
}  # fmt: skip
