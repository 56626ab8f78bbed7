"""SOAP: login and logout, and the two calls clients make to see whether a session lives. Source: wire reference 2.7 and 12.

Rows are not served here: every other call is refused with a fault that says so.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from sfchaos.core.clock import iso_utc
from sfchaos.core.gate import Refusal
from sfchaos.core.hosts import LOGIN_HOSTS
from sfchaos.core.messages import Response
from sfchaos.org.access import has_system
from sfchaos.org.call import Call
from sfchaos.org.identity.login_refusals import not_admitted, reason_of
from sfchaos.org.refusals import XML_TYPE, Refused, refuse, render
from sfchaos.org.routes import Route

if TYPE_CHECKING:
    from sfchaos.org.identity.identity import User
    from sfchaos.org.identity.sessions import Session

NO_LOGIN_FROM = 65.0  # SOAP login() ends with API 64.0 (wire reference 2.7, D release notes)
NAMESPACES = {"u": "urn:partner.soap.sforce.com", "c": "urn:enterprise.soap.sforce.com"}


@dataclass(frozen=True, slots=True)
class Envelope:
    """A SOAP request: the call's name, its simple arguments, the session id of its header ("" when there is none)."""

    name: str
    arguments: dict[str, str]
    session_id: str


class _NoDoctype(ET.TreeBuilder):
    """Refuses a document type before any entity of it can be expanded."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise bad_xml("DOCTYPE is not allowed")


def soap(call: Call) -> Response:
    """One door for all calls. Refusals are rendered here, so that the row of LoginHistory stays."""
    try:
        envelope = read_envelope(call.request.body)
        answer = CALLS.get(envelope.name)
        if answer is None:
            raise _unserved(envelope.name)
        return answer(call, envelope)
    except Refused as refused:
        call.receipt.error_codes = tuple(r.code for r in refused.refusals)
        return render("soap", refused.refusals)


def read_envelope(body: bytes) -> Envelope:
    """Names are compared without namespaces, as clients differ in them. Raises Refused for what is no SOAP envelope."""
    parser = ET.XMLParser(target=_NoDoctype())
    try:
        parser.feed(body)
        root = parser.close()
    except (ET.ParseError, LookupError, ValueError) as error:
        raise bad_xml(str(error)) from None
    content = _child(root, "Body")
    if _local(root) != "Envelope" or content is None or not len(content):
        raise bad_xml("no SOAP Body found")
    header = _child(root, "Header")
    session_header = _child(header, "SessionHeader") if header is not None else None
    session_id = _child(session_header, "sessionId") if session_header is not None else None
    arguments = {_local(item): item.text or "" for item in content[0]}
    return Envelope(_local(content[0]), arguments, (session_id.text or "").strip() if session_id is not None else "")


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _child(element: ET.Element, name: str) -> ET.Element | None:
    return next((child for child in element if _local(child) == name), None)


def bad_xml(what: str) -> Refused:
    """A guess at how the parser's complaint is told."""
    return refuse("UNKNOWN_EXCEPTION", f"XML document could not be read: {what}")


def _unserved(name: str) -> Refused:
    """Ours, not Salesforce's: real orgs serve these calls."""
    return refuse("FUNCTIONALITY_NOT_ENABLED", f"the SOAP call '{name}' is not served here; served are {', '.join(CALLS)}. Use the REST or Bulk API for rows")


# ---------------------------------------------------------------------- login


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
    inner = "".join(_element(name, value) for name, value in _login_result(call, user, session).items())
    return _reply(call, f"<loginResponse><result>{inner}</result></loginResponse>")


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


def _login_result(call: Call, user: User, session: Session) -> dict[str, str | None]:
    """Children of <result> in order. The org's own id closes both URLs, as in recorded replies (L)."""
    services, tail = f"{call.instance_url}/services/Soap", f"{call.version}/{call.org.org_id[:15]}"
    return {
        "metadataServerUrl": f"{services}/m/{tail}", "passwordExpired": _word(session.kind == "password-expired"),
        "sandbox": _word(".sandbox" in call.org.my_domain), "serverUrl": f"{services}/{_kind(call)}/{tail}", "sessionId": session.token,
        "userId": user.id, "userInfo": _user_info(call, user),
    }  # fmt: skip


def _user_info(call: Call, user: User) -> str:
    """Inner XML of userInfo, children in order."""
    row = user.row
    currency = str(row.get("DefaultCurrencyIsoCode") or "") or None
    values: dict[str, str | None] = {
        "accessibilityMode": "false", "chatterExternal": "false", "currencySymbol": "$", "orgAttachmentFileSizeLimit": "5242880",
        "orgDefaultCurrencyIsoCode": "USD", "orgDefaultCurrencyLocale": "en_US", "orgDisallowHtmlAttachments": "false", "orgHasPersonAccounts": "false",
        "organizationId": call.org.org_id, "organizationMultiCurrency": "false", "organizationName": _organization_name(call),
        "profileId": str(row.get("ProfileId") or ""), "roleId": str(row.get("UserRoleId") or "") or None,
        "sessionSecondsValid": str(int(call.org.sessions.timeout_s)), "userDefaultCurrencyIsoCode": currency, "userEmail": str(row.get("Email") or ""),
        "userFullName": " ".join(str(part) for part in (row.get("FirstName"), row.get("LastName")) if part), "userId": user.id,
        "userLanguage": str(row.get("LanguageLocaleKey") or "en_US"), "userLocale": str(row.get("LocaleSidKey") or "en_US"), "userName": user.username,
        "userTimeZone": str(row.get("TimeZoneSidKey") or "America/Los_Angeles"), "userType": "Standard", "userUiSkin": "Theme3",
    }  # fmt: skip
    return "".join(_element(name, value) for name, value in values.items())


def _organization_name(call: Call) -> str:
    found = call.org.store.one('SELECT "Name" FROM "Organization"') if call.org.schema.find("Organization") else None
    return str(found[0]) if found else call.org.my_domain


# ---------------------------------------------------------------------- calls with a session


def logout(call: Call, envelope: Envelope) -> Response:
    session = _session(call, envelope)
    call.receipt.asked = call.receipt.changed = 1
    call.org.sessions.end(session.token, "logout")
    return _reply(call, "<logoutResponse/>")


def get_user_info(call: Call, envelope: Envelope) -> Response:
    session = _usable(_session(call, envelope))
    user = call.org.identity.user(session.user_id)
    if user is None:
        raise _dead_session()
    return _reply(call, f"<getUserInfoResponse><result>{_user_info(call, user)}</result></getUserInfoResponse>")


def get_server_timestamp(call: Call, envelope: Envelope) -> Response:
    _usable(_session(call, envelope))
    now = iso_utc(call.org.now_s(), milliseconds=True)
    return _reply(call, f"<getServerTimestampResponse><result><timestamp>{now}</timestamp></result></getServerTimestampResponse>")


def set_password(call: Call, envelope: Envelope) -> Response:
    """A user's own password: the one call that a session with an expired password may make."""
    session = _session(call, envelope)
    user_id, password = envelope.arguments.get("userId", ""), envelope.arguments.get("password", "")
    if user_id[:15] != session.user_id[:15]:
        raise refuse("INSUFFICIENT_ACCESS", "insufficient access rights on object id")
    if len(password) < 8:  # the default password policy
        raise refuse("INVALID_NEW_PASSWORD", "Your password must be at least 8 characters long.")
    call.receipt.asked = call.receipt.changed = 1
    call.org.identity.set_password(session.user_id, password)
    call.org.sessions.lift_password_expiry(session)
    return _reply(call, "<setPasswordResponse><result/></setPasswordResponse>")


def _session(call: Call, envelope: Envelope) -> Session:
    if call.request.host in LOGIN_HOSTS:  # wire reference 1.1; text as in rforce#27 (U)
        raise refuse("UNKNOWN_EXCEPTION", "Destination URL not reset. The URL returned from login must be set in the SforceService")
    session = call.org.sessions.find(envelope.session_id)
    if session is None:
        raise _dead_session()
    call.receipt.user = session.user_id
    call.org.limits.admit(call)  # a call like any other (wire reference 12, end: the fault of a spent limit, U); that login does not count is a guess
    return session


def _usable(session: Session) -> Session:
    if session.kind == "password-expired":
        raise refuse("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "The users password has expired, you must call SetPassword before attempting any other "
                     "API operations")  # fmt: skip
    return session


def _dead_session() -> Refused:
    """Wire reference 2.7, end (L, K)."""
    return Refused(Refusal("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session"))


CALLS: dict[str, Callable[[Call, Envelope], Response]] = {
    "login": login, "logout": logout, "getUserInfo": get_user_info, "getServerTimestamp": get_server_timestamp, "setPassword": set_password,
}  # fmt: skip


# ---------------------------------------------------------------------- writing XML


def _kind(call: Call) -> str:
    return "c" if call.request.path.lower().startswith("/services/soap/c/") else "u"


def _word(truth: bool) -> str:
    return "true" if truth else "false"


def _element(name: str, value: str | None) -> str:
    """`userInfo` holds elements already; None is xsi:nil."""
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    return f"<{name}>{value if name == 'userInfo' else escape(value)}</{name}>"


def _reply(call: Call, inner: str) -> Response:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns="{NAMESPACES[_kind(call)]}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>'
    )
    return Response(200, text.encode(), (("Content-Type", XML_TYPE),), call.work_s)


ROUTES = [
    Route("POST", f"/services/Soap/{kind}/{{v}}{org}", soap, "soap", False, False, "wire reference 2.7")
    for kind in ("u", "c") for org in ("", "/{org}")
]  # fmt: skip
