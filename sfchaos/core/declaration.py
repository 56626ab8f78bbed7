"""What the team declares about its integration: flows, scopes, grants, limits. The `D` that judges measure against.

Read from sfchaos.toml by the scenario layer; kept in the bundle, so that a run can be judged again elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

DEFAULT_GRANTS = ("jwt-bearer", "client-credentials", "web-server", "refresh-token")  # controls AUTH-09


@dataclass(frozen=True)
class Flow:
    """One data transfer. `fields` maps Salesforce field to the column of source (writes) or sink (reads)."""

    id: str
    direction: str  # "to-salesforce" | "from-salesforce"
    sobject: str
    external_id: str = ""
    operations: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    sensitive: tuple[str, ...] = ()
    has_source: bool = False
    has_sink: bool = False
    has_rejects: bool = False
    owner: str = ""
    reviewed: str = ""
    controls: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        return self.direction == "to-salesforce"


@dataclass(frozen=True)
class NotApplicable:
    objective: str
    reason: str
    owner: str


@dataclass(frozen=True)
class Waiver:
    """An overlay on a verdict, never a verdict. `expires` is an ISO date."""

    objective: str
    reason: str
    approver: str
    ticket: str
    expires: str


@dataclass(frozen=True)
class Declaration:
    name: str = "integration"
    flows: tuple[Flow, ...] = ()
    scopes: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()  # () = not declared: DEFAULT_GRANTS apply where a judge needs them
    hosts: tuple[str, ...] = ()
    revokes: bool = False
    concurrency: int = 0  # 0 = not declared
    conflict: str = "detect"
    on_log_failure: str = "stop"
    critical_fields: tuple[str, ...] = ()
    soc2_categories: tuple[str, ...] = ("security",)
    rto_s: int = 0  # 0 = not declared
    alert_s: int = 0
    thresholds: Mapping[str, float] = field(default_factory=dict)
    thresholds_file: str = ""
    not_applicable: tuple[NotApplicable, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    def flows_of(self, sobject: str) -> tuple[Flow, ...]:
        return tuple(f for f in self.flows if f.sobject.lower() == sobject.lower())

    @property
    def write_flows(self) -> tuple[Flow, ...]:
        return tuple(f for f in self.flows if f.writes)

    @property
    def read_flows(self) -> tuple[Flow, ...]:
        return tuple(f for f in self.flows if not f.writes)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: tuples as lists, thresholds as text (no floats)."""
        out: dict[str, Any] = _listed(asdict(self))
        out["thresholds"] = {name: f"{value:g}" for name, value in sorted(self.thresholds.items())}
        return out


def declaration_from(data: Mapping[str, Any]) -> Declaration:
    """A Declaration from `as_dict` output; unknown keys (of a newer version) are ignored."""
    plain = {key: value for key, value in data.items() if key in {f.name for f in fields(Declaration)}}
    plain["flows"] = tuple(_flow(item) for item in data.get("flows", ()))
    plain["not_applicable"] = tuple(NotApplicable(**item) for item in data.get("not_applicable", ()))
    plain["waivers"] = tuple(Waiver(**item) for item in data.get("waivers", ()))
    plain["thresholds"] = {name: float(value) for name, value in data.get("thresholds", {}).items()}
    for key in ("scopes", "grants", "hosts", "critical_fields", "soc2_categories"):
        if key in plain:
            plain[key] = tuple(plain[key])
    return Declaration(**plain)


def _flow(item: Mapping[str, Any]) -> Flow:
    known = {f.name for f in fields(Flow)}
    tuples = {"operations", "sensitive", "controls"}
    plain: dict[str, Any] = {key: tuple(value) if key in tuples else value for key, value in item.items() if key in known}
    return Flow(**plain)


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value
