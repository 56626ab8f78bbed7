"""Request bodies that come compressed. Source: REST API Developer Guide, "Compression Headers" (gzip and deflate)."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Any

from sfchaos.org.refusals import refuse

if TYPE_CHECKING:
    from sfchaos.core.messages import Request

MOST_BYTES = 150_000_000  # the largest upload there is, a Bulk 2.0 job (wire reference 7)
STEP_BYTES = 1 << 20
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}


def decoded(request: Request) -> bytes:
    """The body as it was before Content-Encoding. Raises Refused for a broken or oversized one (texts are guesses)."""
    coding = request.header("content-encoding").strip().lower()
    if not coding or coding == "identity":
        return request.body
    if coding not in _WINDOW_BITS:
        raise refuse("UNSUPPORTED_MEDIA_TYPE", f"Content-Encoding header specified in HTTP request is not supported: {coding}")
    try:
        return _inflated(request.body, zlib.decompressobj(_WINDOW_BITS[coding]))
    except zlib.error:
        raise refuse("MALFORMED_REQUEST", f"The HTTP entity body is not {coding}", status=400) from None


def _inflated(packed: bytes, machine: Any) -> bytes:
    """The bytes behind a zlib decompressor, collected so that they are held once. Raises Refused for too many or too few, zlib.error."""
    whole = io.BytesIO()
    view = memoryview(packed)
    for at in range(0, len(packed), STEP_BYTES):
        part: bytes | memoryview = view[at : at + STEP_BYTES]
        while part and not machine.eof:
            whole.write(machine.decompress(part, STEP_BYTES))
            part = machine.unconsumed_tail
            if whole.tell() > MOST_BYTES:
                raise refuse("REQUEST_TOO_LARGE", "The HTTP entity body is too large or incomplete", status=413)
    whole.write(machine.flush())
    if not machine.eof:
        raise refuse("MALFORMED_REQUEST", "The HTTP entity body is too large or incomplete", status=400)
    return whole.getvalue()
