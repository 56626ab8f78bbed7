"""Replaces functions by identity in the globals of every loaded module, so that `from time import sleep` is reached too.

The first time costs a walk through all modules (about 4 ms for 770); afterwards only the places found, and modules that
are new. References held elsewhere (default arguments, class attributes, closures, C) are not reached.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

HARNESS = frozenset({"sfchaos", "_pytest", "pytest", "pluggy", "hypothesis", "execnet", "xdist", "coverage", "pytest_timeout", "time_machine"})
TARGETS_OF_OURS = ("sfchaos._library.", "sfchaos.scenario.selfcheck.")  # example integrations travel inside our package, and the clients that prove our judges


def is_harness(module: str) -> bool:
    """Whether a module of this name keeps real time: it tests, and is not tested."""
    return module.partition(".")[0] in HARNESS and not module.startswith(TARGETS_OF_OURS)


@dataclass(frozen=True, slots=True)
class _Spot:
    namespace: dict[str, Any]
    name: str
    original: Any
    stand_in: Any


class Replacements:
    """A fixed table original -> stand-in, put in and taken out any number of times."""

    def __init__(self, table: Mapping[Callable[..., Any], Callable[..., Any]]) -> None:
        self._pairs: dict[int, tuple[Any, Any]] = {}
        self._spots: list[_Spot] = []
        self._seen: dict[str, int] = {}  # module name -> id of its namespace
        self.extend(table)

    def extend(self, table: Mapping[Callable[..., Any], Callable[..., Any]]) -> None:
        """Further pairs; the next `put_in` walks all modules again. Only while nothing is put in."""
        pairs = {id(original): (original, stand_in) for original, stand_in in table.items()}
        pairs |= {id(stand_in): (original, stand_in) for original, stand_in in table.items()}
        if not pairs.keys() <= self._pairs.keys():
            self._pairs |= pairs
            self._spots, self._seen = [], {}

    def put_in(self) -> None:
        self._look_for_spots()
        for spot in self._spots:
            if spot.namespace.get(spot.name) is spot.original:  # else somebody patched it: theirs stays
                spot.namespace[spot.name] = spot.stand_in

    def take_out(self) -> None:
        """Put every original back, also where a module imported meanwhile took a stand-in for the real thing."""
        self._look_for_spots()
        for spot in self._spots:
            if spot.namespace.get(spot.name) is spot.stand_in:
                spot.namespace[spot.name] = spot.original

    def _look_for_spots(self) -> None:
        modules = list(sys.modules.items())
        if len(self._seen) > len(modules):
            self._forget_the_gone()
        for name, module in modules:
            namespace = getattr(module, "__dict__", None)
            if isinstance(namespace, dict) and self._seen.get(name) != id(namespace):
                self._seen[name] = id(namespace)
                if not is_harness(name):
                    self._spots += self._spots_in(namespace)

    def _spots_in(self, namespace: dict[str, Any]) -> Iterator[_Spot]:
        wanted = self._pairs
        for name, value in list(namespace.items()):
            pair = wanted.get(id(value))
            if pair is not None:
                yield _Spot(namespace, name, *pair)

    def _forget_the_gone(self) -> None:
        living = {id(getattr(module, "__dict__", None)) for module in list(sys.modules.values())}
        self._spots = [spot for spot in self._spots if id(spot.namespace) in living]
        self._seen = {name: seen for name, seen in self._seen.items() if seen in living}
