"""Aliases of the client's threads: `main` for the first that is seen, then `t2`, `t3` ... in order of first use.

Real thread ids never reach a journal: the same run must give the same bytes. Doors and virtual time share the
Origins of their clock, so that a request and the wait before it name the same thread alike.
"""

from __future__ import annotations

import threading


class Origins:
    """Hands out aliases. `clear` starts again at `main`; a thread keeps its alias until then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._local = threading.local()
        self._generation = 0
        self._seen = 0

    def alias(self) -> str:
        """The alias of the thread that calls."""
        local = self._local
        if getattr(local, "generation", -1) != self._generation:
            with self._lock:
                self._seen += 1
                local.alias = "main" if self._seen == 1 else f"t{self._seen}"
                local.generation = self._generation
        return str(local.alias)

    def clear(self) -> None:
        with self._lock:
            self._generation += 1
            self._seen = 0
