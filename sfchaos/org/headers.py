"""The headers that every reply of the org carries. Source: wire reference 1.3, as captured (R)."""

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
_NEVER_COMMON = frozenset({"content-type", "location", "etag"})  # what replies bring beside these
_LAST: Headers = (("Vary", "Accept-Encoding"), ("Server", "sfdcedge"))


def common_headers(org: Org, call: Call, route: Route | None, response: Response) -> Headers:
    """The reply's own headers between the common ones; Sforce-Limit-Info where the route counts."""
    number = org.registers.next("request")
    request_id = chance.digest_of(org.seed, "request", number, size=16).hex()
    head = [("Date", _date(int(org.now_s()))), *_FIRST]
    if route is None or route.surface == "rest":
        head.append(_ROBOTS)
    if route is not None and route.counts:
        head.append(("Sforce-Limit-Info", org.limits.info()))
    if response.status == 401:
        head.append(("WWW-Authenticate", "Token"))
    own = {name.lower() for name, _ in response.headers}
    kept = head if own <= _NEVER_COMMON else [pair for pair in head if pair[0].lower() not in own]
    return (*kept, *response.headers, *_LAST, ("X-SFDC-Request-Id", request_id), ("X-Request-Id", request_id))


@lru_cache(maxsize=64)
def _date(at_s: int) -> str:
    return formatdate(at_s, usegmt=True)
