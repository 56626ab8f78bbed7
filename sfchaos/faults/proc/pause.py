"""The client's process stands still for a while."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Response
from sfchaos.faults.params import duration
from sfchaos.faults.registry import fault


@fault("proc.pause", when="E", weight=62)
@dataclass(frozen=True)
class Pause:
    """The client is frozen for `hold` before it reads the reply; its token, its locks and its locators age meanwhile.

    A long garbage collection, a paused virtual machine, a laptop's lid. Afterwards the client goes on as if nothing had been.
    Source: practice of operation (SIGSTOP, SIGCONT).
    Right: as after an expiry: a new session, a fresh look at what may have changed.
    """

    hold: float = duration("3h", "how long it stands still")

    def shape(self, response: Response) -> Response:
        return response.travelling(befalls="frozen", freeze_s=self.hold)
