"""302: a page to log in, where data was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import html_page


@fault("http.302_login", when="B", weight=9)
@dataclass(frozen=True)
class LoginRedirect:
    """302 to the login page of the same host; nothing is done.

    It is what a moved or refreshed host answers. HTTP libraries follow it by themselves, with a GET: the client then sees
    200 and the HTML of a login form, also after a POST.
    Source: wire reference 4.4 (K); the address of the page and its `ec` are K too.
    Right: no success without the JSON that was asked for; log in again, take the new instance_url, repeat the request.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        page = html_page(302, "Redirecting", "Log in to go on.")
        where = f"{request.scheme}://{request.authority}/?ec=302&startURL={quote(request.path, safe='')}"
        return Response(302, page.body, (*page.headers, ("Location", where)))
