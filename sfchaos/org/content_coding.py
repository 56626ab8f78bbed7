"""Request bodies that come compressed. Source: REST API Developer Guide, "Compression Headers" (gzip and deflate)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from sfchaos.org.refusals import refuse

if TYPE_CHECKING:
    from sfchaos.core.messages import Request

MOST_BYTES = 150_000_000  # the largest upload there is, a Bulk 2.0 job (wire reference 7)
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}


def decoded(request: Request) -> bytes:
    """The body as it was before Content-Encoding. Raises Refused for a broken or oversized one (texts are guesses)."""
    coding = request.header("content-encoding").strip().lower()
    if not coding or coding == "identity":
        return request.body
    if coding not in _WINDOW_BITS:
        raise refuse("UNSUPPORTED_MEDIA_TYPE", f"Content-Encoding header specified in HTTP request is not supported: {coding}")
    machine = zlib.decompressobj(_WINDOW_BITS[coding])
    try:
        body = machine.decompress(request.body, MOST_BYTES)
    except zlib.error:
        raise refuse("MALFORMED_REQUEST", f"The HTTP entity body is not {coding}", status=400) from None
    if machine.unconsumed_tail or not machine.eof:
        raise refuse("REQUEST_TOO_LARGE" if machine.unconsumed_tail else "MALFORMED_REQUEST", "The HTTP entity body is too large or incomplete", status=413 if machine.unconsumed_tail else 400)
    return body
