"""A person's browser at the login pages: cookies, a token against forged forms, the session behind the sid cookie."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

from sfchaos.core import chance
from sfchaos.core.messages import Headers
from sfchaos.org.identity.scopes import opens_pages
from sfchaos.org.identity.sessions import cookie

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.identity.sessions import Session

BROWSER_ID = "BrowserId_sec"  # `BrowserId` itself comes on every reply and says nothing of the browser
_LOCAL_PATH = re.compile(r"/(?![/\\])[!-~]*")
_BROWSER = re.compile(r"[A-Za-z0-9]{22}")


class Browser:
    """Of one request. `headers` are the cookies that its reply has to set."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.headers: Headers = ()
        found = cookie(call.request, BROWSER_ID)
        self._id = found if _BROWSER.fullmatch(found) else self._new_id()
        self.session = self._session()

    def _new_id(self) -> str:
        org = self._call.org
        number = chance.token(22, org.seed, "browser", org.registers.next("browser"))
        self.headers += (self._cookie(BROWSER_ID, number),)
        return number

    def _session(self) -> Session | None:
        """The live session of the sid cookie, if it may open pages."""
        org, token = self._call.org, cookie(self._call.request, "sid")
        session = org.sessions.find(token) if token else None
        return session if session and session.kind != "password-expired" and opens_pages(session.scopes, session.app_id) else None

    @property
    def csrf(self) -> str:
        """What a form of this browser has to bring back; another one once somebody has logged in."""
        return chance.token(32, self._call.org.seed, "csrf", self._id, self.session.token if self.session else "")

    def sent(self, form_token: str) -> bool:
        """Whether a form came from a page that this browser was shown."""
        return hmac.compare_digest(form_token.encode("utf-8", "surrogatepass"), self.csrf.encode())

    def log_in(self, session: Session) -> None:
        self.session = session
        self.headers += (self._cookie("sid", session.token),)

    def log_out(self) -> None:
        self.headers += (self._cookie("sid", "", more="; Max-Age=0"),)

    def _cookie(self, name: str, value: str, *, more: str = "") -> tuple[str, str]:
        secure = "; Secure" if self._call.request.scheme == "https" else ""
        return "Set-Cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}"


def local_path(text: str) -> str:
    """A path of this org to go on to; `/` for anything that would lead elsewhere."""
    return text if _LOCAL_PATH.fullmatch(text) else "/"
