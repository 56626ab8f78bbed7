"""A reply of the handler as a gRPC status: what the org says in its headers, or what an HTTP status means where a fault answered.

Source: gRPC, "HTTP to gRPC Status Code Mapping", but for 400, 500 and REQUEST_LIMIT_EXCEEDED, which that page has no better word for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import unquote

from sfchaos.core.messages import Response

UNAVAILABLE = 14
LOST = "RST_STREAM closed stream"  # what clients see of a line that drops. Source: Pub/Sub API guide, "Handle Errors" (D)
_PREFIX = "sfdc.platform.eventbus.grpc."
# HTTP status -> (gRPC status, Salesforce's error code)
_MEANING = {
    400: (3, ""), 401: (16, "service.auth.error"), 403: (7, ""), 404: (12, ""), 408: (UNAVAILABLE, "service.unavailable"), 429: (8, ""),
    500: (13, ""), 501: (12, ""), 502: (UNAVAILABLE, "service.unavailable"), 503: (UNAVAILABLE, "service.unavailable"), 504: (UNAVAILABLE, "service.unavailable"),
}  # fmt: skip
_LIMITS = ("REQUEST_LIMIT_EXCEEDED", "TXN_SECURITY_METERING_ERROR")


@dataclass(frozen=True, slots=True)
class Status:
    """`number` is gRPC's; `trailers` are what goes with it."""

    number: int
    text: str
    trailers: tuple[tuple[str, str], ...] = ()


class Ended(Exception):
    """The call ends with a status."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.text)
        self.status = status


class GaveUp(Exception):
    """The client has ended the call, or the server is stopping."""


def status_of(response: Response) -> Status | None:
    """None for a reply that is the message asked for."""
    if response.delivery.fate != "whole" or response.status == 0:
        return Status(UNAVAILABLE, LOST)
    said = response.header("grpc-status")
    if said:
        names = ("error-code", "rpc-id")
        return Status(int(said), unquote(response.header("grpc-message")), tuple((name, response.header(name)) for name in names if response.header(name)))
    if response.status == 200:
        return None
    code, text = _error_of(response.body)
    number, ours = (8, "") if code in _LIMITS else _MEANING.get(response.status, (2, ""))
    return Status(number, f"{code}: {text}" if code else text or f"HTTP status code {response.status}", (("error-code", _PREFIX + ours),) if ours else ())


def _error_of(body: bytes) -> tuple[str, str]:
    """Code and message of a REST error; the beginning of any other text."""
    try:
        found = json.loads(body)
        first = found[0] if isinstance(found, list) and found else {}
        return str(first.get("errorCode", "")), str(first.get("message", ""))
    except (ValueError, AttributeError):
        return "", body[:200].decode("utf-8", "replace")
