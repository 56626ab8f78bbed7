"""What a target is played on, and what is known of every target: a Python callable here, or a program in any language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from sfchaos.core.clock import Clock
from sfchaos.core.errors import UnknownName
from sfchaos.core.history import Ending
from sfchaos.scenario.capture import note_line

if TYPE_CHECKING:
    from sfchaos.rig.rig import Rig

VIRTUAL_CAP_S = 7 * 86_400.0  # fault-model 5.2


@dataclass
class Stage:
    """What a target is played on. `env` is design 5.1's mapping; `rows` and `summary` are what it says on stdout; `troubles`
    are sentences on why it may not have reached the org; `held` counts its processes that could not go around the proxy, by what they are."""

    rig: Rig
    root: Path
    timeout_s: float
    env: Mapping[str, str]
    show_output: bool = False
    extra_env: Mapping[str, str] = field(default_factory=dict)
    allow_hosts: tuple[str, ...] = ()
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    summary: dict[str, str] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)
    route: str = "in-process"

    def heard(self, line: str) -> None:
        """A line of the target's stdout: `{"row": {...}}` is a sink row, `{"summary": {...}}` its claim; all of it is logged."""
        note_line(self.rig.note_log, "stdout", line)
        if not line.lstrip().startswith("{"):
            return
        try:
            data = json.loads(line)
        except ValueError:
            return
        if isinstance(data, dict) and isinstance(data.get("row"), Mapping):
            self.rows.append(data["row"])
        if isinstance(data, dict) and isinstance(data.get("summary"), Mapping):
            self.claimed(data["summary"])

    def claimed(self, summary: Mapping[str, Any]) -> None:
        self.summary.update({str(key): self.rig.scrubbed(str(value)) for key, value in summary.items()})

    def environment(self, more: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
        """`env` and `more`, with the configured names of the program's own: `{CRM_USER = "$SF_USERNAME"}`. Raises UnknownName."""
        given = {**self.env, **more}
        own: dict[str, str] = {}
        for name, value in self.extra_env.items():
            if value.startswith("$") and value[1:] not in given:
                raise UnknownName("variable", value[1:], given, where=f"sfchaos.toml: env.{name}: ", remedy="after `$` stands a variable that sfchaos hands to the target")
            own[name] = given[value[1:]] if value.startswith("$") else value
        return {**given, **own}


class Target(Protocol):
    in_process: bool

    def new_clock(self) -> Clock: ...
    def play(self, stage: Stage) -> Ending: ...
