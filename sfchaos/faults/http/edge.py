"""What the edge in front of the org says when it has no org to ask."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import html_page


@fault("http.200_html", when="B", weight=8)
@dataclass(frozen=True)
class MaintenanceAsSuccess:
    """200 with the HTML maintenance page; nothing is done.

    Old edges sent the page with this status. A client that looks at the status alone takes it for success.
    Source: wire reference 4.4 (U Force.com-Toolkit-for-NET#160).
    Right: what is no JSON (XML, CSV) where one was asked for is a failure; then as for 503.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return html_page(200, "Down for maintenance", "We are down for maintenance. Sorry for the inconvenience. We'll be back shortly.")


@fault("http.420_html", when="B", window_s=300, weight=6)
@dataclass(frozen=True)
class SettingUp:
    """420 with the HTML page "We are setting things up"; nothing is done.

    Salesforce Edge has no route for the host yet: an org that is new, or being moved.
    Source: wire reference 4.2 (420, D) and 4.4 (text, L airbyte).
    Right: as 503: wait and repeat, a bounded number of times.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        text = "This process can take a few minutes. This page will auto-refresh when ready."
        return html_page(420, "We are setting things up.", text)


@fault("http.406_empty", when="B", weight=7)
@dataclass(frozen=True)
class NotAcceptable:
    """406 with an empty body, whatever the client accepts; nothing is done.

    It was met on long runs, on requests like all others.
    Source: wire reference 4.2 (L airbyte, tap-salesforce: both repeat it).
    Right: repeat after a wait; no crash over the missing body.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return Response(406)


@fault("http.404_host", when="B", transient=False, weight=9)
@dataclass(frozen=True)
class UnknownHost:
    """404 with an HTML page: nobody knows this host; nothing is done.

    The My Domain was renamed or its org is gone; a new login may name another instance_url.
    Source: wire reference 4.4 (K); the words of the page are our own.
    Right: log in again, once; then stop and name the host. It is no word about the record asked for.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return html_page(404, "URL No Longer Exists", f"There is no Salesforce org at {request.host}.")
