"""Replies compressed on their way out, for a client that asks. Whatever records a reply does so before, so journals hold plain bodies.

Source: REST API Developer Guide, "Compression Headers" (D): only when `Accept-Encoding` asks. From which size on is a guess. A reply that
a fault cuts short stays plain, so that what gets through can be read and the cut falls where it was set.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace

from sfchaos.core.messages import Request, Response, Stream

SMALLEST_BYTES = 2048
_LEVEL = 4
_WINDOW_BITS = {"gzip": 31, "deflate": 15}  # deflate as HTTP means it: with zlib's wrapping
_TEXTS = ("application/json", "application/xml", "text/")


def coded(request: Request, response: Response) -> Response:
    """The reply with the content coding that the request prefers, gzip first; the same one where none is asked for or worth it."""
    stream = response.stream
    if (stream is None and len(response.body) < SMALLEST_BYTES) or response.delivery.fate != "whole" or request.method == "HEAD":
        return response
    coding = wanted(request.header("accept-encoding"))
    if not coding or response.header("content-encoding") or not response.header("content-type").lower().startswith(_TEXTS):
        return response
    headers = (*(_tagged(pair, coding) for pair in response.headers if pair[0].lower() != "content-length"), ("Content-Encoding", coding))
    if stream is not None:
        return replace(response, headers=headers, stream=Stream(lambda: _compressed(stream, coding)))
    machine = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS[coding])
    return replace(response, body=machine.compress(response.body) + machine.flush(), headers=headers)


def _compressed(stream: Stream, coding: str) -> Iterator[bytes]:
    machine = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS[coding])
    for piece in stream.pieces():
        if packed := machine.compress(piece):
            yield packed
    yield machine.flush()


def wanted(accept_encoding: str) -> str:
    """`gzip`, `deflate`, or an empty text for neither; `;q=0` refuses one."""
    offered = [part.strip().lower().partition(";") for part in accept_encoding.split(",")]
    names = [name.strip() for name, _, weight in offered if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")]
    return next((coding for coding in _WINDOW_BITS if coding in names or (coding == "gzip" and "*" in names)), "")


def _tagged(pair: tuple[str, str], coding: str) -> tuple[str, str]:
    """An ETag says so: `"...-gzip"` (wire reference 1.7, D)."""
    name, value = pair
    return (name, f'{value[:-1]}-{coding}"') if name.lower() == "etag" and value.endswith('"') else pair
