"""JSON that breaks off, and JSON of another type than the documented."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from sfchaos.core.messages import Handler, Headers, Request, Response
from sfchaos.faults.cutting import cut, cut_at
from sfchaos.faults.http.reply_kinds import JSON_OPS
from sfchaos.faults.params import choice
from sfchaos.faults.registry import fault


def unmeasured(headers: Headers) -> Headers:
    """Headers of a reply whose body has another length now."""
    return tuple(pair for pair in headers if pair[0].lower() != "content-length")


@fault("http.json_truncated", when="A", nature="ambiguous", ops=JSON_OPS, weight=16)
@dataclass(frozen=True)
class JsonTruncated:
    """The JSON breaks off, and Content-Length agrees with what comes: no HTTP library complains; the work is done.

    A proxy that buffers cut the body and measured what it had.
    Source: wire reference 4.4 (JSON body truncated).
    Right: JSON that cannot be read is a failed reply: repeat a read, treat a write as one of unknown fate.
    """

    cut: str = cut("half", "how many bytes of the body come")

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        return replace(reply, body=reply.body[: cut_at(self.cut, len(reply.body))], headers=unmeasured(reply.headers))


@fault("http.json_wrong_type", when="A", nature="ambiguous", ops=JSON_OPS, weight=17)
@dataclass(frozen=True)
class JsonWrongType:
    """Sound JSON of the wrong type: an object where an array is documented, an array where an object is, or null; the work is done.

    Source: wire reference 4.1 (five shapes, and a bare object from newer services).
    Right: look at the type before its parts; a reply of an unknown shape is a failed reply.
    """

    body: str = choice("swapped", ("swapped", "null"), "what comes: object and array swapped (an array's first item, an object in an array), or null")

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        if not reply.body or "json" not in reply.header("content-type"):
            return reply
        return replace(reply, body=b"null" if self.body == "null" else _swapped(reply.body), headers=unmeasured(reply.headers))


def _swapped(body: bytes) -> bytes:
    value = json.loads(body)
    other = (value[0] if value else {}) if isinstance(value, list) else [value]
    return json.dumps(other, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
