"""The headers that every reply of the org carries. Source: wire reference 1.3, as captured (R).

Which cookies come on which reply is captured (the data API of a version, the token endpoint), for clients that brought none.
That a client which sends its BrowserId back is not given it again is a guess: the usual way of cookies that mark a browser.
No `Warning` header: none of the versions that the org serves has been announced as deprecated.
"""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING

from sfchaos.core import chance
from sfchaos.core.messages import Headers, Response

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org
    from sfchaos.org.routes import Route


_FIRST: Headers = (
    ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-cache,must-revalidate,max-age=0,no-store,private"),
)
_ROBOTS = ("X-Robots-Tag", "none")
_LOGIN: Headers = (("X-Xss-Protection", "1; mode=block"), ("Expires", "Thu, 01 Jan 1970 00:00:00 GMT"), ("X-Readonlymode", "false"))
_NEVER_COMMON = frozenset({"content-type", "location", "etag"})  # what replies bring beside these
_LAST: Headers = (("Vary", "Accept-Encoding"), ("Server", "sfdcedge"))
_YEAR_S = 31_536_000
_BROWSER_ID = chance.ALPHANUMERIC + "-_"


def common_headers(org: Org, call: Call, route: Route | None, response: Response) -> Headers:
    """The reply's own headers between the common ones; Sforce-Limit-Info where the route counts."""
    number = org.registers.next("request")
    request_id = chance.digest_of(org.seed, "request", number, size=16).hex()
    surface = call.surface if route is None else route.surface
    at_s = int(org.now_s())
    head = [("Date", _date(at_s))]
    is_known = "BrowserId=" in call.request.header("cookie")
    if surface == "rest":
        if call.version and not is_known:
            head.extend(_cookies(org.seed, at_s, "0:1"))
        head.extend(_FIRST)
        head.append(_ROBOTS)
    elif surface == "oauth" and call.request.path.endswith("/token"):
        head.extend((*(() if is_known else _cookies(org.seed, at_s, "0:0")), *_FIRST, *_LOGIN))
    else:
        head.extend(_FIRST)
    if route is not None and route.counts:
        head.append(("Sforce-Limit-Info", org.limits.info(call)))
    if response.status == 401:
        head.append(("WWW-Authenticate", "Token"))
    own = {name.lower() for name, _ in response.headers}
    kept = head if own <= _NEVER_COMMON else [pair for pair in head if pair[0].lower() not in own]
    return (*kept, *response.headers, *_LAST, ("X-SFDC-Request-Id", request_id), ("X-Request-Id", request_id))


@lru_cache(maxsize=64)
def _date(at_s: int) -> str:
    return formatdate(at_s, usegmt=True)


@lru_cache(maxsize=64)
def _cookies(seed: int, at_s: int, consent: str) -> Headers:
    """As captured in 2024: `secure`, and SameSite=None on BrowserId. The browser's id is the same for all of a run."""
    browser = chance.token(22, seed, "browser", alphabet=_BROWSER_ID)
    until = f"expires={formatdate(at_s + _YEAR_S, usegmt=True)}; Max-Age={_YEAR_S}"
    return (
        ("Set-Cookie", f"BrowserId={browser}; domain=.salesforce.com; path=/; {until}; secure; SameSite=None"),
        ("Set-Cookie", f"CookieConsentPolicy={consent}; path=/; {until}; secure"),
        ("Set-Cookie", f"LSKey-c$CookieConsentPolicy={consent}; path=/; {until}; secure"),
    )  # fmt: skip
