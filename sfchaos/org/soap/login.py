"""login and logout, and who the session's user is. Source: wire reference 2.7."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.core.messages import Response
from sfchaos.org.access import has_system
from sfchaos.org.call import Call
from sfchaos.org.identity.login_refusals import not_admitted, reason_of
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.soap.envelope import Envelope
from sfchaos.org.soap.session import dead_session, session_of
from sfchaos.org.soap.writing import dialect_of, elements, reply, result

if TYPE_CHECKING:
    from sfchaos.org.identity.identity import User
    from sfchaos.org.identity.sessions import Session

NO_LOGIN_FROM = 65.0  # SOAP login() ends with API 64.0 (wire reference 2.7, D release notes)


def login(call: Call, envelope: Envelope) -> Response:
    username, secret = envelope.arguments.get("username", "").strip(), envelope.arguments.get("password", "")
    call.receipt.asked = 1
    call.receipt.facts["grant"] = "soap-login"
    _check_login_version(call)
    _label(call, username, secret)
    user = _admitted(call, username, secret)
    expired = call.org.identity.is_password_expired(user.id)
    session = call.org.sessions.open(user.id, grant="soap-login", kind="password-expired" if expired else "api")
    call.receipt.changed = 1
    call.receipt.user = user.id
    call.receipt.facts["issued"] = call.org.secrets.label(session.token)
    call.receipt.facts["scopes"] = " ".join(session.scopes)
    call.org.identity.note_login(call.request, user.id, _login_type(call), "Success", "")
    return result(call, "login", _login_result(call, user, session))


def _check_login_version(call: Call) -> None:
    if call.version_number >= NO_LOGIN_FROM:  # a guess: wire reference 2.7
        raise refuse("UNSUPPORTED_API_VERSION", f"login() is not available in API version {call.version}; 64.0 is the last that has it")


def _label(call: Call, username: str, secret: str) -> None:
    password = secret.removesuffix(call.org.credentials.security_token_of(username)) or secret
    if password:
        call.receipt.facts["credential"] = call.org.secrets.label(password, "password")


def _login_type(call: Call) -> str:
    return "Partner Product" if "/u/" in call.request.path.lower() else "Other Apex API"  # as LoginHistory names them (K)


def _admitted(call: Call, username: str, secret: str) -> User:
    """The user, or the LoginFault that fits the reason (codes D, texts K but for INVALID_LOGIN)."""
    identity = call.org.identity
    try:
        user = identity.admitted_by_password(username, secret)
        if not has_system(call.org, user.id, "ApiEnabled"):
            raise not_admitted("api-disabled")
    except Refused as refused:
        reason = reason_of(refused)
        if reason is None:
            raise
        identity.note_failure(call.request, username, _login_type(call), reason.status, "")
        raise refuse(reason.code, reason.text, fault="LoginFault") from None
    return user


def _login_result(call: Call, user: User, session: Session) -> str:
    """Children of <result> in order. The org's own id closes both URLs, as in recorded replies (L)."""
    services, tail = f"{call.instance_url}/services/Soap", f"{call.version}/{call.org.org_id[:15]}"
    return elements({
        "metadataServerUrl": f"{services}/m/{tail}", "passwordExpired": session.kind == "password-expired",
        "sandbox": ".sandbox" in call.org.my_domain, "serverUrl": f"{services}/{dialect_of(call).letter}/{tail}", "sessionId": session.token,
        "userId": user.id, "userInfo": user_info(call, user),
    })  # fmt: skip


def user_info(call: Call, user: User) -> dict[str, str | bool | None]:
    """Children of userInfo in order."""
    row = user.row
    currency = str(row.get("DefaultCurrencyIsoCode") or "") or None
    return {
        "accessibilityMode": False, "chatterExternal": False, "currencySymbol": "$", "orgAttachmentFileSizeLimit": "5242880",
        "orgDefaultCurrencyIsoCode": "USD", "orgDefaultCurrencyLocale": "en_US", "orgDisallowHtmlAttachments": False, "orgHasPersonAccounts": False,
        "organizationId": call.org.org_id, "organizationMultiCurrency": False, "organizationName": _organization_name(call),
        "profileId": str(row.get("ProfileId") or ""), "roleId": str(row.get("UserRoleId") or "") or None,
        "sessionSecondsValid": str(int(call.org.sessions.timeout_s)), "userDefaultCurrencyIsoCode": currency, "userEmail": str(row.get("Email") or ""),
        "userFullName": " ".join(str(part) for part in (row.get("FirstName"), row.get("LastName")) if part), "userId": user.id,
        "userLanguage": str(row.get("LanguageLocaleKey") or "en_US"), "userLocale": str(row.get("LocaleSidKey") or "en_US"), "userName": user.username,
        "userTimeZone": str(row.get("TimeZoneSidKey") or "America/Los_Angeles"), "userType": "Standard", "userUiSkin": "Theme3",
    }  # fmt: skip


def _organization_name(call: Call) -> str:
    found = call.org.store.one('SELECT "Name" FROM "Organization"') if call.org.schema.find("Organization") else None
    return str(found[0]) if found else call.org.my_domain


# ---------------------------------------------------------------------- with a session


def logout(call: Call, envelope: Envelope) -> Response:
    session = session_of(call, envelope, with_expired_password=True)
    call.receipt.asked = call.receipt.changed = 1
    call.org.sessions.end(session.token, "logout")
    return reply(call, "logout", "")


def get_user_info(call: Call, envelope: Envelope) -> Response:
    user = call.org.identity.user(session_of(call, envelope).user_id)
    if user is None:
        raise dead_session()
    return result(call, "getUserInfo", elements(user_info(call, user)))
