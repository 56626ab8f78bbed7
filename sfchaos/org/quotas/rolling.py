"""A count that forgets: units per minute, and their sum over a window that rolls. Plain data in a register."""

from __future__ import annotations

from typing import Any

MINUTE_S = 60.0
DAY_MINUTES = 1440


class RollingCount:
    """Counts kept in `register` under `<name>|...`: one number a minute, their total, the oldest minute held.

    A unit stops counting when its minute lies `window_minutes` back.
    """

    def __init__(self, register: dict[str, Any], name: str, *, window_minutes: int = DAY_MINUTES) -> None:
        self._register = register
        self._window = window_minutes
        self._total, self._oldest, self._minute = f"{name}|total", f"{name}|oldest", f"{name}|minute|"

    def add(self, now_s: float, units: int = 1, *, minutes_ago: int = 0) -> None:
        """Count `units`, as if they had been used `minutes_ago`."""
        self.at(now_s)
        minute = int(now_s // MINUTE_S) - minutes_ago
        register, key = self._register, f"{self._minute}{minute}"
        register[key] = register.get(key, 0) + units
        register[self._total] = register.get(self._total, 0) + units
        register[self._oldest] = min(register.get(self._oldest, minute), minute)

    def at(self, now_s: float) -> int:
        """The units that still count."""
        register = self._register
        oldest = register.get(self._oldest)
        if oldest is None:
            return 0
        first = int(now_s // MINUTE_S) - self._window + 1
        if oldest < first:
            self._forget(oldest, first)
        return int(register.get(self._total, 0))

    def _forget(self, oldest: int, first: int) -> None:
        register = self._register
        for minute in range(oldest, min(first, oldest + 2 * self._window)):  # units lie within one window of the oldest
            register[self._total] -= register.pop(f"{self._minute}{minute}", 0)
        register[self._oldest] = first
