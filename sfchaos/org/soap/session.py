"""Whose SOAP call it is: the session of SessionHeader, admitted as a request is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.core.hosts import LOGIN_HOSTS
from sfchaos.org.access import has_system
from sfchaos.org.call import Call
from sfchaos.org.identity.scopes import API
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.soap.envelope import Envelope

if TYPE_CHECKING:
    from sfchaos.org.identity.sessions import Session


def session_of(call: Call, envelope: Envelope, *, with_expired_password: bool = False) -> Session:
    """The live session, which becomes the call's; the call counts as one. Raises Refused as SOAP words it.

    `with_expired_password`: setPassword and logout may be called by a session that can do nothing else.
    """
    if call.request.host in LOGIN_HOSTS:  # wire reference 1.1; text as in rforce#27 (U)
        raise refuse("UNKNOWN_EXCEPTION", "Destination URL not reset. The URL returned from login must be set in the SforceService")
    session = call.org.sessions.find(envelope.session_id)
    if session is None or API.isdisjoint(session.scopes):
        raise dead_session()
    if session.kind == "password-expired" and not with_expired_password:
        raise refuse("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "The users password has expired, you must call SetPassword before attempting any other "
                     "API operations")  # fmt: skip
    call.session = session
    call.receipt.user = call.org.running_user_id = session.user_id
    call.org.sessions.current = session.token
    if not has_system(call.org, session.user_id, "ApiEnabled"):
        raise refuse("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner")  # code D, text K
    call.org.limits.admit(call)  # a call like any other (wire reference 12, end: the fault of a spent limit, U); that login does not count is a guess
    call.facts["counted"] = True
    return session


def dead_session() -> Refused:
    """Wire reference 2.7, end (L, K)."""
    return refuse("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session")
