"""Cursors. Verbs of an administrator, for faults that change the org between requests."""

from __future__ import annotations

from dataclasses import replace

from sfchaos.org.world.part import WorldPart


class QueriesWorld(WorldPart):
    """Cursors."""

    def kill_locator(self, locator: str) -> None:
        """A query locator, with or without its `-<offset>`, is invalid from now on; "*" means all that are open."""
        held = self._org.registers.locators
        wanted = locator.partition("-")[0]
        for name, entry in list(held.items()):
            if locator == "*" or name in (locator, wanted):
                held[name] = replace(entry, dead=True)
