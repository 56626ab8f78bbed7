"""sfchaos.toml (or `[tool.sfchaos]` in pyproject.toml): what is tested, and what the team declares about it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sfchaos.core.declaration import Declaration, Flow, NotApplicable, Waiver
from sfchaos.core.errors import BadFile, UnknownName, UsageError
from sfchaos.org.schema.volume import PROFILES, Volume
from sfchaos.scenario.reader import Place, Reader, line_finder, read_text, toml_lines

FILE_NAME = "sfchaos.toml"
GRANTS = ("password", "soap-login", "client-credentials", "jwt-bearer", "refresh-token", "web-server", "device")
OPERATIONS = ("create", "update", "upsert", "delete", "query")
_PORT_KINDS = ("csv", "jsonl", "sqlite", "python")


@dataclass(frozen=True)
class Port:
    """Where rows of a flow stand: `kind` csv, jsonl, sqlite or python; `place` a path or "module:function"; `key` the column that
    names a row; `table` for sqlite."""

    kind: str
    place: str
    key: str
    table: str = ""


@dataclass(frozen=True)
class FlowPorts:
    source: Port | None = None
    sink: Port | None = None
    rejects: Port | None = None


@dataclass(frozen=True)
class OrgChoice:
    """What the org holds at the start: a schema (path of an org file or folder), rows per object (paths), synthetic rows per object;
    `apexrest` are functions (`module:function`) that register handlers for Apex REST and custom actions."""

    schema: str = ""
    rows: Mapping[str, str] = field(default_factory=dict)
    populate: Mapping[str, Volume] = field(default_factory=dict)
    apexrest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Config:
    """The file as values. Relative paths start at `root`, which is the target's working folder."""

    root: Path
    file: Path | None = None
    target: str = ""
    command: tuple[str, ...] = ()
    timeout_s: float = 120.0
    real_time: bool = False  # a command's waits take the time they take
    pubsub: int | None = None  # port of the Pub/Sub API for a command, 0 for a free one; None without it
    source_paths: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    ports: Mapping[str, FlowPorts] = field(default_factory=dict)  # by flow id
    org: OrgChoice = field(default_factory=OrgChoice)
    env: Mapping[str, str] = field(default_factory=dict)
    declaration: Declaration = field(default_factory=Declaration)
    tree: Mapping[str, Any] = field(default_factory=dict)  # as read, for the bundle
    lines: Mapping[Place, int] = field(default_factory=dict)  # of the file, by place in it
    at: Place = ()  # where in the file the configuration stands: ("tool", "sfchaos") in pyproject.toml

    def line_of(self, place: Place) -> int:
        return line_finder(self.lines)((*self.at, *place))



def find_config(start: Path) -> Path | None:
    """sfchaos.toml, or a pyproject.toml with `[tool.sfchaos]`, in `start` or the nearest folder above it."""
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
        project = folder / "pyproject.toml"
        if project.is_file() and b"[tool.sfchaos" in project.read_bytes():
            return project
    return None


def load_config(path: Path | None, *, start: Path | None = None) -> Config:
    """The configuration at `path`, or the nearest one above `start`, or an empty one. Raises BadFile with the line of a mistake."""
    folder = (start or Path.cwd()).resolve()
    found = path or find_config(folder)
    if found is None:
        return Config(root=folder)
    text = read_text(found, "configuration file")
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile(found, _line_in(str(error)), f"not TOML: {error}", remedy="check quotes and brackets near that line") from None
    lines = toml_lines(text)
    at: tuple[str, ...] = ()
    if found.name == "pyproject.toml":
        at = ("tool", "sfchaos")
        tree = tree.get("tool", {}).get("sfchaos", {})
    top = Reader(tree, file=_shown(found, folder), line_of=line_finder(lines), at=at, remedy="`sfchaos explain config` shows every key")
    return replace(_read(top, found.resolve()), lines=lines, at=at)


def _shown(path: Path, folder: Path) -> Path:
    try:
        return path.resolve().relative_to(folder)
    except ValueError:
        return path


def _line_in(message: str) -> int:
    _, _, tail = message.partition("at line ")
    number = tail.partition(",")[0]
    return int(number) if number.isdigit() else 0


def _read(top: Reader, file: Path) -> Config:
    target, command = top.text("target", ""), top.texts("command")
    if target and command:
        raise top.bad("command", "both `target` and `command` are given", "keep one: a callable (`target`) or a program (`command`)")
    if target and ":" not in target:
        raise top.bad("target", f"target: {target!r} is not of the form module:function", 'write `target = "acme.sync:push_contacts"`')
    flows, ports = _flows(top)
    config = Config(
        root=file.parent, file=file, target=target, command=command, timeout_s=top.number("timeout_s", 120, least=0.1),
        real_time=top.flag("real_time"), pubsub=0 if top.flag("pubsub") else None, source_paths=top.texts("source_paths"), logs=top.texts("logs"), ports=ports, org=_org(top), env=top.mapping("env"),
        declaration=_declaration(top, flows, file), tree=dict(top.tree),
    )  # fmt: skip
    top.done()
    return config


def _flows(top: Reader) -> tuple[tuple[Flow, ...], dict[str, FlowPorts]]:
    flows: list[Flow] = []
    ports: dict[str, FlowPorts] = {}
    for part in top.tables("flow"):
        source, sink, rejects = (_port(part, name) for name in ("source", "sink", "rejects"))
        flow = Flow(
            id=part.text("id"), direction=part.text("direction", one_of=("to-salesforce", "from-salesforce")), sobject=part.text("sobject"),
            external_id=part.text("external_id", ""), operations=part.texts("operations", one_of=OPERATIONS), fields=part.mapping("fields"),
            sensitive=part.texts("sensitive"), has_source=source is not None, has_sink=sink is not None, has_rejects=rejects is not None,
            owner=part.text("owner", ""), reviewed=str(part.raw("reviewed", "")), controls=part.texts("controls"),
        )  # fmt: skip
        part.done()
        if flow.id in ports:
            raise part.bad("id", f"two flows are called {flow.id!r}", "give each flow an id of its own")
        flows.append(flow)
        ports[flow.id] = FlowPorts(source, sink, rejects)
    return tuple(flows), ports


def _port(flow: Reader, name: str) -> Port | None:
    if not flow.has(name):
        return None
    table = flow.table(name)
    given = [kind for kind in _PORT_KINDS if table.has(kind)]
    if len(given) != 1:
        raise flow.bad(name, f"{flow.name_of(name)} needs exactly one of {', '.join(_PORT_KINDS)}", f'write `{name} = {{csv = "rows.csv", key = "id"}}`')
    kind = given[0]
    port = Port(kind, table.text(kind), table.text("key"), table.text("table", "") if kind == "sqlite" else "")
    if kind == "sqlite" and not port.table:
        raise flow.bad(name, f"{flow.name_of(name)} names no table", 'write `{sqlite = "store.db", table = "contacts", key = "id"}`')
    table.done()
    return port


def _org(top: Reader) -> OrgChoice:
    part = top.table("org")
    choice = OrgChoice(part.text("schema", ""), part.mapping("rows"), _volumes(part), part.texts("apexrest"))
    part.done()
    return choice


def _volumes(part: Reader) -> dict[str, Volume]:
    """`populate = {Contact = 5000, Account = {rows = 200, profile = "skewed"}}`."""
    tree = part.raw("populate", {})
    if not isinstance(tree, Mapping) or not all(isinstance(value, Mapping) or (type(value) is int and value >= 0) for value in tree.values()):
        raise part.bad("populate", f"org.populate: {tree!r} is not a table of counts", "write `populate = {Contact = 5000}`")
    found: dict[str, Volume] = {}
    inner = part.table("populate")
    for name, value in tree.items():
        if isinstance(value, Mapping):
            table = inner.table(name)
            rows = table.raw("rows")
            if type(rows) is not int or rows < 0:
                raise table.bad("rows", f"{table.name_of('rows')}: {rows!r} is not a whole number from 0 up", 'write `{rows = 5000, profile = "skewed"}`')
            found[name] = Volume(rows, table.text("profile", "plain", one_of=PROFILES))
            table.done()
        else:
            found[name] = Volume(value)
    return found


def _declaration(top: Reader, flows: tuple[Flow, ...], file: Path) -> Declaration:
    sla, limits = top.table("sla"), top.table("thresholds")
    declaration = Declaration(
        name=top.text("name", file.parent.name), flows=flows, scopes=top.texts("scopes"), grants=top.texts("grants", one_of=GRANTS), hosts=top.texts("hosts"),
        revokes=top.flag("revokes"), concurrency=int(top.number("concurrency", 0)), conflict=top.text("conflict", "detect", one_of=("detect", "last-writer-wins")),
        on_log_failure=top.text("on_log_failure", "stop", one_of=("stop", "buffer")), critical_fields=top.texts("critical_fields"),
        soc2_categories=top.texts("soc2_categories") or ("security",), rto_s=int(sla.number("rto_s", 0)), alert_s=int(sla.number("alert_s", 0)),
        thresholds=_thresholds(limits), thresholds_file=file.name if limits.tree else "",
        not_applicable=tuple(_not_applicable(part) for part in top.tables("not_applicable")), waivers=tuple(_waiver(part) for part in top.tables("waiver")),
    )  # fmt: skip
    sla.done()
    return declaration


def _thresholds(part: Reader) -> dict[str, float]:
    from sfchaos.controls.thresholds import thresholds

    found: dict[str, float] = {name: part.number(name, 0) for name in part.tree}
    try:
        thresholds(found)
    except UnknownName as error:
        raise part.bad(error.name, error.message, error.remedy) from None
    return found


def _objective(part: Reader) -> str:
    from sfchaos.controls.catalogue import objective

    name = part.text("objective")
    try:
        objective(name)
    except UsageError as error:
        raise part.bad("objective", error.message, error.remedy) from None
    return name


def _not_applicable(part: Reader) -> NotApplicable:
    found = NotApplicable(_objective(part), part.text("reason"), part.text("owner"))
    part.done()
    return found


def _waiver(part: Reader) -> Waiver:
    found = Waiver(_objective(part), part.text("reason"), part.text("approver"), part.text("ticket"), str(part.raw("expires", "")))
    part.done()
    return found


def with_target(config: Config, *, target: str = "", command: tuple[str, ...] = (), timeout_s: float | None = None) -> Config:
    """The same configuration for another target (what follows `--` on the command line)."""
    changed = replace(config, target=target, command=command) if target or command else config
    return replace(changed, timeout_s=timeout_s) if timeout_s is not None else changed
