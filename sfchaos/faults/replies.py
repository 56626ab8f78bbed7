"""Replies that a fault makes itself, in the shape of the surface the request came in by."""

from __future__ import annotations

from dataclasses import replace

from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Connect, Delivery, Headers, Request, Response
from sfchaos.org.refusals import render, surface_of

NO_REPLY = 0  # status of a reply that never was: the connection died before anybody answered
HTML_TYPE = "text/html; charset=UTF-8"


def refusal_reply(request: Request, refusal: Refusal, *, status: int, headers: Headers = ()) -> Response:
    """A refusal as REST, SOAP, Bulk 1.0 or OAuth word it, with this status on every surface."""
    surface = surface_of(request.path, request.header("content-type"))
    return replace(render(surface, (refusal,), headers), status=status)


def unavailable(request: Request, headers: Headers = ()) -> Response:
    """503: code and text of wire reference 4.3 (U); the token endpoint has a code of its own (wire reference 2.4, D).

    That Bulk 1.0 and SOAP bodies carry the same code is a guess.
    """
    if request.path.startswith("/services/oauth2/"):
        return refusal_reply(request, Refusal("temporarily_unavailable", "the service is temporarily unavailable"), status=503, headers=headers)
    return refusal_reply(request, Refusal("SERVER_UNAVAILABLE", "Server too busy"), status=503, headers=headers)


def html_page(status: int, title: str, text: str, *, server: str = "sfdcedge") -> Response:
    """A page from the edge, not from the API: no Sforce-Limit-Info, no JSON."""
    page = f"<!DOCTYPE html>\n<html>\n<head><title>{title}</title></head>\n<body><h1>{title}</h1><p>{text}</p></body>\n</html>\n"
    return Response(status, page.encode(), (("Content-Type", HTML_TYPE), ("Cache-Control", "no-cache"), ("Server", server)))


def nothing(*, fate_close: str = "reset") -> Response:
    """No reply at all, and no work done: the line drops before a byte."""
    return Response(NO_REPLY, work_s=0.0, delivery=Delivery(fate="lost", close="fin" if fate_close == "fin" else "reset"))


def no_line(why: Connect, *, hold_s: float = 0.0) -> Delivery:
    """An attempt to connect that comes to nothing."""
    return Delivery(fate="unconnected", connect=why, hold_s=hold_s)


def unconnected(line: Delivery) -> Response:
    """No line at all: the request was never sent."""
    return Response(NO_REPLY, work_s=0.0, delivery=line)
