"""Requests too long for the front door: they reach no API, whatever they ask for.

A SELECT with hundreds of ids meets this long before the 100,000 characters of SOQL.
Source: limits and statuses wire reference 1.6 and 4.2 (D); body U (simple-salesforce#271, jsforce#1134); content type a guess.
"""

from __future__ import annotations

from sfchaos.core.messages import Request, Response

MOST_BYTES = 16_384  # of the URI; of URI and headers together
_PER_HEADER = 4  # colon, space, line end


def uri_bytes(request: Request) -> int:
    return len(request.path) + len(request.query_string) + 1


def head_bytes(request: Request) -> int:
    """Of URI and headers together."""
    return uri_bytes(request) + sum([len(name) + len(value) + _PER_HEADER for name, value in request.headers])


def too_long(request: Request) -> Response | None:
    """414 for a URI over the limit, 431 when URI and headers together are; None for all others."""
    if uri_bytes(request) > MOST_BYTES:
        return uri_refused()
    return headers_refused() if head_bytes(request) > MOST_BYTES else None


def uri_refused() -> Response:
    return _bad_message(414, "URI Too Long")


def headers_refused() -> Response:
    return _bad_message(431, "Request Header Fields Too Large")


def _bad_message(status: int, reason: str) -> Response:
    return Response(status, f"<h1>Bad Message {status}</h1><pre>reason: {reason}</pre>".encode(), (("Content-Type", "text/html;charset=iso-8859-1"),))
