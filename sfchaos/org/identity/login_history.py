"""Rows of LoginHistory: who logged in, by what, from where, and why not. Source: wire reference 10.2."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sfchaos.core.clock import iso_utc

if TYPE_CHECKING:
    from sfchaos.core.messages import Request
    from sfchaos.org.org import Org

OAUTH, BROWSER = "Remote Access 2.0", "Application"
_NOT_APPLICABLE = "N/A"
# Browser and Platform as Setup shows them, by what a User-Agent holds (words K; anything else is Unknown).
_BROWSERS = (("Edg/", "Edge"), ("Chrome/", "Chrome"), ("Firefox/", "Firefox"), ("Version/", "Safari"), ("Java/", "Java"))
_PLATFORMS = (("Windows NT 10", "Windows 10"), ("Android", "Android"), ("iPhone", "iPhone"), ("Mac OS X", "Mac OSX"), ("Linux", "Linux"))
_SOAP_DOOR = re.compile(r"/services/soap/(u|c)/(\d+\.\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One login. `login_type` as LoginHistory names it, `status` "Success" or the reason, `application` the app's name."""

    user_id: str
    login_type: str
    status: str
    application: str = ""


def note(org: Org, request: Request, attempt: Attempt) -> None:
    """Write the row, and on success the user's LastLoginDate. A login that names no user of the org leaves no row."""
    at = iso_utc(int(org.now_s()), milliseconds=True).replace("Z", "+0000")
    users, logins = org.schema.find("User"), org.schema.find("LoginHistory")
    if attempt.status == "Success" and users is not None and users.find("LastLoginDate"):
        org.store.update("User", attempt.user_id, {"LastLoginDate": at})
    if logins is None or not attempt.user_id:
        return
    secure = request.scheme == "https"
    agent = request.header("user-agent")
    row = {
        "Id": org.new_id(logins.key_prefix), "UserId": attempt.user_id, "LoginTime": at, "LoginType": attempt.login_type, "Status": attempt.status,
        "SourceIp": org.identity.policies.client_ip, "Application": attempt.application or _NOT_APPLICABLE, "LoginUrl": request.host,
        "TlsProtocol": "TLS 1.3" if secure else None, "CipherSuite": "TLS_AES_256_GCM_SHA384" if secure else None,
        "Browser": browser_of(agent), "Platform": platform_of(agent), "ClientVersion": _NOT_APPLICABLE, **_api_of(request.path), "IsDeleted": 0,
    }  # fmt: skip
    org.store.insert("LoginHistory", {f.name: row[f.name] for f in logins.columns if f.name in row})


def browser_of(agent: str) -> str:
    """`Chrome 120` and the like; `Unknown` for clients that are no browser."""
    for mark, name in _BROWSERS:
        found = re.search(re.escape(mark) + r"(\d+)", agent)
        if found:
            return f"{name} {found[1]}"
    return "Unknown"


def platform_of(agent: str) -> str:
    return next((name for mark, name in _PLATFORMS if mark in agent), "Unknown")


def _api_of(path: str) -> dict[str, str]:
    """ApiType and ApiVersion: of the SOAP door that was used, N/A for OAuth and pages."""
    found = _SOAP_DOOR.search(path)
    if found is None:
        return {"ApiType": _NOT_APPLICABLE, "ApiVersion": _NOT_APPLICABLE}
    return {"ApiType": "SOAP Partner" if found[1].lower() == "u" else "SOAP Enterprise", "ApiVersion": found[2]}
