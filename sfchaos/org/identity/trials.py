"""What faults change about logins: names in the register of identities, and the replies that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sfchaos.core.messages import Request, Response

if TYPE_CHECKING:
    from sfchaos.org.org import Org

PUNISH_REUSE = "trial:punish_refresh_reuse"
JWT_SKEW_S = "trial:jwt_skew_s"
NO_PASSWORDS = "trial:no_password_logins"
ONE_SESSION = "trial:one_session"
RETIRED = "trial:retired"  # API versions up to this one are retired
API_OFF = "trial:api_off"
LOGINS_SPENT_S = "trial:logins_spent_s"  # until when every login by user is refused
LOCKOUT = "trial:lockout"  # (wrong logins that lock a user, seconds of the lock)
MY_DOMAIN = "trial:my_domain"
MOVED = "trial:moved"
LONGEST_ASSERTION_S = 300.0  # an assertion that lives longer than this is refused under skew; how real orgs word it is a guess


@dataclass(frozen=True, slots=True)
class Moved:
    """The host that was, until when it goes on as before (org seconds), and the status it answers then."""

    host: str
    until_s: float
    answer: int


def from_old_host(org: Org, request: Request) -> Response | None:
    """What a host that the org has left answers; None for any other. Bodies are a guess."""
    moved: Moved | None = org.registers.identity.get(MOVED)
    if moved is None or request.host != moved.host or org.now_s() < moved.until_s:
        return None
    headers = (("Content-Type", "text/html; charset=UTF-8"), ("Server", "sfdcedge"))
    if moved.answer == 302:
        return Response(302, b"", (*headers, ("Location", f"https://login.salesforce.com/?startURL={request.path}")))
    words = {404: "The host cannot be found", 420: "We are setting things up"}[moved.answer]
    return Response(moved.answer, f"<html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>".encode(), headers)
