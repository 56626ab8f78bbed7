"""What a program's own processes are given on top of design 5.1: our first module in Python, our preload in Node, and what both must know."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import sfchaos
from sfchaos.core.hosts import SUFFIXES

if TYPE_CHECKING:
    from sfchaos.doors.keeper import Keeper

CHILD = Path(sfchaos.__file__).parent / "vtime" / "child"


@dataclass(frozen=True)
class Children:
    """`door` is the port of the org, `services` the ports of its hosts (`name:port`) that listen elsewhere; `shares_time` says that waits
    of Python and Node take no real time."""

    keeper: Keeper
    door: int
    allow_hosts: Iterable[str] = ()
    services: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    shares_time: bool = True

    def environment(self, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
        """PYTHONPATH and NODE_OPTIONS keep what they had: ours comes first."""
        python = os.pathsep.join(filter(None, [str(CHILD / "path"), inherited.get("PYTHONPATH", "")]))
        node = " ".join(filter(None, [f"--require {_quoted(CHILD / 'preload.cjs')}", inherited.get("NODE_OPTIONS", "")]))
        return {"SFCHAOS_CHILD": self._settings(), "PYTHONPATH": python, "NODE_OPTIONS": node}

    def _settings(self) -> str:
        spec = find_spec("time_machine")
        parts = "" if spec is None or spec.origin is None else str(Path(spec.origin).parent.parent)
        return json.dumps({
            "keeper": self.keeper.port, "token": self.keeper.token, "door": self.door, "services": {name: port for name, (_, port) in self.services.items()},
            "hosts": list(SUFFIXES), "allow": [name.lower() for name in self.allow_hosts], "clock": self.shares_time,
            "home": str(CHILD.parent.parent.parent), "parts": parts,
        })  # fmt: skip


def _quoted(path: Path) -> str:
    """As NODE_OPTIONS wants it: in double quotes when there is a space in it."""
    text = str(path)
    return f'"{text}"' if " " in text else text
