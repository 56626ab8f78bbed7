"""JWT bearer assertions: read, verify, refuse in Salesforce's words. Source: wire reference 2.3 and 17."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.org.identity.trials import JWT_SKEW_S, LONGEST_ASSERTION_S
from sfchaos.org.refusals import refuse

if TYPE_CHECKING:
    from sfchaos.org.org import Org

LOGIN_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
MILLISECONDS_FROM = 10**11  # a number of seconds above this would lie past the year 5138: it is milliseconds (one client sends them)


@dataclass(frozen=True, slots=True)
class Assertion:
    """`expires_s` in org seconds; `facts` are what a judge wants to know of the assertion: strings and integers."""

    issuer: str
    username: str
    expires_s: float
    facts: Mapping[str, Any]


def read_assertion(text: str) -> Assertion:
    """The claims of an assertion, not yet verified. Raises Refused: invalid_grant / invalid assertion (K)."""
    import jwt

    try:
        header = jwt.get_unverified_header(text)
        claims = jwt.decode(text, options={"verify_signature": False})
    except (jwt.InvalidTokenError, RecursionError):  # the second for claims nested without end
        raise invalid_assertion() from None
    issuer, username = claims.get("iss"), claims.get("sub") or claims.get("prn")
    if not isinstance(issuer, str) or not isinstance(username, str):
        raise invalid_assertion()
    expires_s = _seconds(claims.get("exp"))
    facts = {"jwt_alg": str(header.get("alg", "")), "jwt_aud": " ".join(_audiences(claims)), "jwt_exp_s": int(expires_s), "jwt_jti": str(claims.get("jti", ""))}
    if "iat" in claims:
        facts["jwt_iat_s"] = int(_seconds(claims["iat"]))
    return Assertion(issuer, username, expires_s, facts)


def verify(text: str, assertion: Assertion, org: Org, *, origin: str) -> None:
    """Signature, audience and expiry. `origin` is the caller's own, an audience over plain HTTP.

    Raises Refused: `invalid assertion`, `audience is invalid` (D), or, for one that has expired, `expired authorization code`
    (so real orgs answer JWT and SAML assertions past their time: U, Salesforce Stack Exchange 282513 and 18039).
    """
    import jwt

    try:
        jwt.decode(text, org.credentials.public_key(), algorithms=["RS256"], options={"verify_aud": False, "verify_exp": False, "verify_iat": False,
                   "verify_nbf": False, "verify_iss": False, "verify_sub": False, "verify_jti": False})  # fmt: skip
    except jwt.InvalidTokenError:
        raise invalid_assertion() from None
    known = {*LOGIN_AUDIENCES, org.instance_url, origin}
    if not any(audience.rstrip("/") in known for audience in str(assertion.facts["jwt_aud"]).split()):
        raise refuse("invalid_grant", "audience is invalid")
    skew_s = org.registers.identity.get(JWT_SKEW_S, 0.0)
    if assertion.expires_s <= org.now_s() + skew_s:
        raise refuse("invalid_grant", "expired authorization code")
    if skew_s < 0 and assertion.expires_s > org.now_s() + skew_s + LONGEST_ASSERTION_S:
        raise invalid_assertion()


def invalid_assertion() -> Exception:
    return refuse("invalid_grant", "invalid assertion")


def _audiences(claims: Mapping[str, Any]) -> list[str]:
    """`aud` as a list. A token endpoint's own URL stands for its origin (some libraries send that; a guess that it passes)."""
    audience = claims.get("aud", ())
    texts = [audience] if isinstance(audience, str) else [a for a in audience if isinstance(a, str)] if isinstance(audience, list) else []
    return [text.removesuffix("/services/oauth2/token") for text in texts]


def _seconds(value: object) -> float:
    """`exp` or `iat` as seconds since 1970: a number or a string, in seconds or milliseconds (wire reference 17, m)."""
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else 0.0
    except (ValueError, OverflowError):
        number = 0.0
    if not 0 < number < 10**15:
        raise invalid_assertion()
    return number / 1000 if number >= MILLISECONDS_FROM else number
