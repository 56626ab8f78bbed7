"""The right text, in other bytes than the header says."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.http.json_broken import unmeasured
from sfchaos.faults.http.reply_kinds import TEXT_OPS
from sfchaos.faults.params import choice
from sfchaos.faults.registry import fault

_CHARSET = re.compile(r";\s*charset=[^;\s]*", re.IGNORECASE)


@fault("http.wrong_charset", when="A", ops=TEXT_OPS, weight=18)
@dataclass(frozen=True)
class WrongCharset:
    """The body is UTF-8 and the header says ISO-8859-1, or the header says UTF-8 and the bytes are ISO-8859-1; the work is done.

    A proxy that takes itself for clever coded the reply anew, or its label. Who believes the one reads mojibake, who repairs
    the other reads U+FFFD, and writes it on.
    Source: fault model 3.2; RFC 8259, 8.1 (JSON between systems is UTF-8, whatever a header says).
    Right: decode JSON as UTF-8, strictly; treat bytes that are none as a failed reply.
    """

    wrong: str = choice("header", ("header", "body"), "header: charset=ISO-8859-1 over UTF-8; body: ISO-8859-1 under charset=UTF-8 (what it lacks becomes ?)")

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        if not reply.body:
            return reply
        if self.wrong == "header":
            return replace(reply, headers=tuple((name, _mislabelled(name, value)) for name, value in reply.headers))
        recoded = reply.body.decode("utf-8", "replace").encode("iso-8859-1", "replace")
        return replace(reply, body=recoded, headers=unmeasured(reply.headers))


def _mislabelled(name: str, value: str) -> str:
    return _CHARSET.sub("", value) + ";charset=ISO-8859-1" if name.lower() == "content-type" else value
