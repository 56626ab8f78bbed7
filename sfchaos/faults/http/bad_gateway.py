"""502: the edge did not understand the instance behind it, or got no word from it."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.http.server_error import WRITES
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import html_page


def bad_gateway() -> Response:
    return html_page(502, "502 Bad Gateway", "The server received an invalid response from an upstream server.")


@fault("http.502_html.pre", when="B", aliases=("http.502_html",), weight=5)
@dataclass(frozen=True)
class BadGatewayBefore:
    """502 with an HTML page from the edge; nothing is done.

    Salesforce Edge could not reach the instance.
    Source: wire reference 4.2 (502, D) and 4.4; the words of the page are our own.
    Right: look at the status before the body; repeat what is idempotent, after a wait.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return bad_gateway()


@fault("http.502_html.post", when="A", nature="ambiguous", kinds=WRITES, weight=12)
@dataclass(frozen=True)
class BadGatewayAfter:
    """502 with an HTML page from the edge, after the instance had done the work.

    The line between edge and instance broke before the reply came through.
    Source: wire reference 4.2 (502, D) and 14, "lost response"; the words of the page are our own.
    Right: treat it as of unknown fate: repeat what is idempotent, look before repeating a create.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        forward(request)
        return bad_gateway()
