"""Why somebody is not let in: one line per reason, with what OAuth, SOAP and LoginHistory say of it.

Sources: wire reference 2.4 and 2.7 (errors), 10.2 (Status of LoginHistory). Texts are K unless the line says more.
"""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.org.refusals import Refused, refuse

BAD_LOGIN = "Invalid username, password, security token; or user locked out."
NEEDS_TOKEN = (BAD_LOGIN + " Are you at a new location? When accessing Salesforce--either via a desktop client or the API--from outside of your company's "
               "trusted networks, you must add a security token to your password to log in.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """`error` and `description` of the token endpoint, `code` and `text` of a LoginFault, `status` of the row of LoginHistory."""

    error: str
    description: str
    code: str
    text: str
    status: str


REASONS = {
    "password": Reason("invalid_grant", "authentication failure", "INVALID_LOGIN", BAD_LOGIN, "Invalid Password"),
    "security-token": Reason("invalid_grant", "authentication failure", "LOGIN_MUST_USE_SECURITY_TOKEN", NEEDS_TOKEN, "Failed: API security token required"),
    "locked-out": Reason("invalid_grant", "authentication failure", "INVALID_LOGIN", BAD_LOGIN, "Password Lockout"),
    "rate": Reason("invalid_grant", "login rate exceeded", "LOGIN_RATE_EXCEEDED", "Login Rate Exceeded", "Login Rate Exceeded"),
    "inactive": Reason("invalid_grant", "inactive user", "INVALID_LOGIN", BAD_LOGIN, "User is Inactive"),  # U, restforce#303
    "frozen": Reason("invalid_grant", "inactive user", "INVALID_LOGIN", BAD_LOGIN, "User is Frozen"),  # a guess: told as inactive
    # the token endpoint's word for a password that has to be changed is a guess
    "password-expired": Reason("invalid_grant", "authentication failure", "INVALID_LOGIN", BAD_LOGIN, "Password Expired"),
    # the word of LoginHistory for a blocked flow is a guess
    "blocked": Reason("invalid_grant", "authentication failure", "INVALID_LOGIN", BAD_LOGIN, "Failed: Login flow blocked"),
    "ip": Reason("invalid_grant", "ip restricted", "LOGIN_DURING_RESTRICTED_DOMAIN", "cannot log in from current IP address", "Restricted IP"),
    "hours": Reason("invalid_grant", "IP restricted or invalid login hours", "LOGIN_DURING_RESTRICTED_TIME", "cannot log in at this time", "Restricted Time"),
    "not-admin-approved": Reason("invalid_app_access", "user is not admin approved to access this app", "CLIENT_NOT_ACCESSIBLE_FOR_USER",
                                 "user is not admin approved to access this app", "Failed: Not approved for access"),
    "not-approved": Reason("invalid_grant", "user hasn't approved this consumer", "CLIENT_NOT_ACCESSIBLE_FOR_USER", "user hasn't approved this consumer",
                           "Failed: Not approved for access"),
    "api-disabled": Reason("invalid_grant", "user does not have access to the API", "API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner",
                           "Failed: API is disabled"),
}  # fmt: skip


def not_admitted(reason: str) -> Refused:
    """A refusal in OAuth's words; its extra `reason` is the key of REASONS, for SOAP and LoginHistory."""
    found = REASONS[reason]
    return refuse(found.error, found.description, reason=reason)


def reason_of(refused: Refused) -> Reason | None:
    """The reason, when somebody was not admitted; None for any other refusal (a missing parameter, a wrong secret of the app)."""
    return REASONS.get(str(refused.refusals[0].extra.get("reason", "")))
