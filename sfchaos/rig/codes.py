"""Error codes in a reply, whatever surface it came from."""

from __future__ import annotations

import json
import re
from typing import Any

from sfchaos.core.messages import Response

_XML = re.compile(rb"<(?:\w+:)?exceptionCode>\s*([\w:]+)\s*<")
_FAULT = re.compile(rb"<faultcode>\s*([\w:]+)\s*<")  # of a fault without detail: those of the Metadata API, and of SOAP itself
_KEYS = ("errorCode", "error", "exceptionCode", "statusCode")


def codes_in(response: Response) -> tuple[str, ...]:
    """The codes that a refusal carries: REST, OAuth, Bulk 1.0 (JSON and XML), SOAP. Empty for a success, a page, an empty body."""
    if response.status < 400 or not response.body:
        return ()
    if response.body[:1] in (b"[", b"{"):
        try:
            return tuple(_from_json(json.loads(response.body)))
        except ValueError:
            return ()
    return tuple(dict.fromkeys(found.decode().rpartition(":")[2] for found in _XML.findall(response.body) or _FAULT.findall(response.body)))


def _from_json(value: Any) -> list[str]:
    codes = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            codes += [str(item[key]) for key in _KEYS if isinstance(item.get(key), str)][:1]
    return codes
