"""A compressed reply that cannot be unpacked."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

from sfchaos.core.coding import wanted
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.at import At
from sfchaos.faults.cutting import cut, cut_at
from sfchaos.faults.http.json_broken import unmeasured
from sfchaos.faults.http.reply_kinds import BODY_OPS
from sfchaos.faults.params import choice
from sfchaos.faults.registry import fault

_TRAILER_BYTES = 8  # of gzip: CRC-32 and length (RFC 1952, 2.3.1)


@fault("http.gzip_corrupt", when="A", nature="ambiguous", ops=BODY_OPS, weight=17)
@dataclass(frozen=True)
class GzipCorrupt:
    """`Content-Encoding: gzip` over a body that is no gzip, has a wrong check sum, or breaks off; the work is done.

    Only clients that ask for gzip meet it. Many libraries notice the first two and hand out what they could unpack of the
    third without a word: the front of a CSV is a CSV.
    Source: wire reference 1.5 (D: compressed when asked for); RFC 1952; ContentDecodingError of requests.
    Right: a failed reply: repeat a read, treat a write as one of unknown fate; look for the end of what was unpacked.
    """

    damage: str = choice("not_gzip", ("not_gzip", "checksum", "cut"), "the plain body under the header, a wrong check sum, or the front of the packed body")
    cut: str = cut("half", "for damage cut: how many packed bytes come")

    def applies(self, at: At) -> bool:
        return wanted(at.request.header("accept-encoding")) == "gzip"

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        if not reply.body:
            return reply
        headers = tuple(pair for pair in unmeasured(reply.headers) if pair[0].lower() != "content-encoding")
        return replace(reply, body=self._damaged(reply.body), headers=(*headers, ("Content-Encoding", "gzip")))

    def _damaged(self, body: bytes) -> bytes:
        if self.damage == "not_gzip":
            return body
        machine = zlib.compressobj(wbits=31)
        packed = machine.compress(body) + machine.flush()
        if self.damage == "cut":
            return packed[: cut_at(self.cut, len(packed))]
        trailer = packed[-_TRAILER_BYTES:]
        return packed[:-_TRAILER_BYTES] + bytes(byte ^ 0xFF for byte in trailer[:4]) + trailer[4:]
