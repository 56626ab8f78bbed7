"""503 as the edge says it: a page for people."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import html_page


@fault("http.503_html", when="B", window_s=7200, weight=4)
@dataclass(frozen=True)
class MaintenancePage:
    """503 with an HTML maintenance page; nothing is done.

    It comes from the edge in front of the org, on every surface alike, so a client that parses errors as JSON crashes.
    Source: wire reference 4.4 (U); the words of the page are our own.
    Right: look at the status before the body; long backoff; name the status page in the alert.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return html_page(503, "Down for maintenance", "This instance is being maintained and will be back shortly.")
