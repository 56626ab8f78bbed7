"""The connection dies and nothing was done."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import nothing


@fault("net.reset_before", when="B", weight=1)
@dataclass(frozen=True)
class ResetBefore:
    """The connection is reset before the org has seen the request.

    To the caller it looks exactly like a lost reply, only that this time nothing happened.
    Source: wire reference 4.4 (connection resets met by customers).
    Right: repeat with backoff what is idempotent; look before repeating a create.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return nothing()
