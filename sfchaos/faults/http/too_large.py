"""Requests that are larger than somebody on the way takes."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.at import At
from sfchaos.faults.params import count
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import refusal_reply
from sfchaos.org.request_size import MOST_BYTES, head_bytes, headers_refused, uri_bytes, uri_refused

_MOST_BODY_BYTES = 50_000_000  # of a REST request: wire reference 4.2 (K)


@fault("http.413", when="B", transient=False, weight=14)
@dataclass(frozen=True)
class BodyTooLarge:
    """413 for a body over `limit_bytes`; nothing is done. Smaller ones pass.

    Source: wire reference 4.2 (413, 50 MB, K); code and text are those that the org itself uses (a guess).
    Right: split it; the same body again can only be refused again.
    """

    limit_bytes: int = count(_MOST_BODY_BYTES, "the largest body that is taken")

    def applies(self, at: At) -> bool:
        return len(at.request.body) > self.limit_bytes

    def around(self, request: Request, forward: Handler) -> Response:
        text = f"Maximum size of request reached. Maximum size of request is {self.limit_bytes} bytes."
        return refusal_reply(request, Refusal("EXCEEDED_MAX_SIZE_REQUEST", text), status=413)


@fault("http.414", when="B", transient=False, weight=14)
@dataclass(frozen=True)
class UriTooLong:
    """414 for a URI over `limit_bytes`; nothing is done. Shorter ones pass.

    A SELECT with hundreds of ids in it meets it first.
    Source: wire reference 4.2 (16,384 bytes, D); page as in sfchaos.org.request_size (U).
    Right: fewer ids a request, or a POST; the same URI again can only be refused again.
    """

    limit_bytes: int = count(MOST_BYTES, "the longest URI that is taken")

    def applies(self, at: At) -> bool:
        return uri_bytes(at.request) > self.limit_bytes

    def around(self, request: Request, forward: Handler) -> Response:
        return uri_refused()


@fault("http.431", when="B", transient=False, weight=14)
@dataclass(frozen=True)
class HeadersTooLong:
    """431 when URI and headers together are over `limit_bytes`; nothing is done.

    Cookies that a client collects, and tokens of single sign-on, make headers grow until one day they are too long.
    Source: wire reference 4.2 (16,384 bytes, D); page as in sfchaos.org.request_size (U).
    Right: send less (no cookies, a shorter URI); the same again can only be refused again.
    """

    limit_bytes: int = count(MOST_BYTES, "the longest URI and headers together that are taken")

    def applies(self, at: At) -> bool:
        return head_bytes(at.request) > self.limit_bytes

    def around(self, request: Request, forward: Handler) -> Response:
        return headers_refused()
