"""Which VirtualTime is on in this process: at most one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfchaos.vtime.virtual import VirtualTime

now: VirtualTime | None = None
