"""Scenario files: read, checked, found. One YAML file is one scenario; the shipped library lies beside the package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sfchaos.core.errors import BadFile, SfchaosError, UnknownName, UsageError
from sfchaos.core.judgement import VERDICTS
from sfchaos.faults.schedule import Schedule
from sfchaos.scenario.reader import LineOf, Reader, checked_schedule, yaml_tree

if TYPE_CHECKING:
    from sfchaos.org.schema.load import OrgModel

OUTCOMES = ("silent", "duplicate", "lost", "corrupt", "dirty_crash", "hang", "storm", "leak", "slow", "loud_ok", "pass")
SUFFIX = ".sfchaos.yaml"


@dataclass(frozen=True)
class Scenario:
    """What is played and what a sound target makes of it.

    `expect` maps objective ids to the verdict of a sound target; `outcomes` are the outcomes it may have. `reruns` is the
    number of further starts on the same state. `org_model` is None for the org of the configuration.
    """

    id: str
    title: str
    why: str
    source: str
    schedule: Schedule
    packs: tuple[str, ...] = ()
    theme: str = ""
    expect: Mapping[str, str] = field(default_factory=dict)
    outcomes: tuple[str, ...] = ("pass",)
    timeout_s: float | None = None
    reruns: int = 0
    org_model: OrgModel | None = None
    path: Path | None = None

    @property
    def objectives(self) -> tuple[str, ...]:
        return tuple(self.expect)


def library_root() -> Path:
    """The folder of the shipped scenarios: inside the wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_library" / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def scenario_files(root: Path) -> list[Path]:
    return sorted(root.glob("*/*.yaml"))


@cache
def library() -> Mapping[str, Scenario]:
    """All shipped scenarios by id."""
    found: dict[str, Scenario] = {}
    for path in scenario_files(library_root()):
        scenario = load_scenario(path)
        if scenario.id in found:
            raise BadFile(path, 1, f"scenario {scenario.id!r} is shipped twice, also in {found[scenario.id].path}")
        found[scenario.id] = scenario
    if not found:
        raise SfchaosError(f"no scenario in {library_root()}", remedy="the installation is damaged: install sfchaos again")
    return found


def find_scenario(name: str, *, start: Path | None = None) -> Scenario:
    """A scenario by id (shipped, or a `*.sfchaos.yaml` under `start`) or by path. Raises UnknownName with the nearest."""
    if name.endswith((".yaml", ".yml")):
        return load_scenario(Path(name))
    known = known_scenarios(start or Path.cwd())
    if name not in known:
        raise UnknownName("scenario", name, known, remedy=f"`sfchaos list scenarios` shows all {len(known)}")
    return known[name]


def known_scenarios(root: Path) -> dict[str, Scenario]:
    """What can be named by id in the project at `root`: the shipped ones and its own, which win."""
    return {**library(), **{scenario.id: scenario for scenario in own_scenarios(root)}}


def is_known_by_id(scenario: Scenario, root: Path) -> bool:
    """False for one that only its path finds."""
    if scenario.path is None:
        return True
    held = known_scenarios(root).get(scenario.id)
    return held is not None and held.path is not None and held.path.resolve() == scenario.path.resolve()


def own_scenarios(root: Path) -> Iterator[Scenario]:
    """The project's own scenarios: every `*.sfchaos.yaml` in `root` and its `scenarios` and `tests` folders."""
    for pattern in (f"*{SUFFIX}", f"scenarios/**/*{SUFFIX}", f"tests/**/*{SUFFIX}"):
        for path in sorted(root.glob(pattern)):
            yield load_scenario(path)


def pack_of(name: str, *, start: Path | None = None) -> list[Scenario]:
    """The scenarios of a pack ("all" is every one), shipped ones first."""
    everything = [*library().values(), *own_scenarios(start or Path.cwd())]
    packs = sorted({pack for scenario in everything for pack in scenario.packs} | {"all"})
    if name not in packs:
        raise UnknownName("pack", name, packs, remedy="`sfchaos list scenarios` shows each scenario's packs")
    return [scenario for scenario in everything if name == "all" or name in scenario.packs]


def load_scenario(path: Path, text: str | None = None) -> Scenario:
    """One scenario file. Raises BadFile naming file, line, the nearest valid name and the remedy."""
    if text is None and not path.is_file():
        raise UsageError(f"scenario file {str(path)!r} does not exist", remedy="`sfchaos list scenarios` shows the shipped ones")
    tree, line_of = yaml_tree(path, text)
    if not isinstance(tree, Mapping):
        raise BadFile(path, 1, "a scenario is a table of keys", remedy="start with `id:`, `title:`, `rules:`")
    top = Reader(tree, file=path, line_of=line_of, remedy="`sfchaos explain scenario` shows every key")
    scenario = _scenario(top, path, line_of)
    top.done()
    return scenario


def _scenario(top: Reader, path: Path, line_of: LineOf) -> Scenario:
    name = top.text("id")
    stem = path.name.removesuffix(SUFFIX) if path.name.endswith(SUFFIX) else path.stem
    if name != stem:
        raise top.bad("id", f"id {name!r} differs from the file's name {stem!r}", "give both the same name")
    title, why, source = top.text("title"), top.text("why", ""), top.text("source", "")
    schedule = _schedule(top, path, line_of, name)
    target = top.table("target")
    timeout_s = target.number("timeout_s", 0)
    reruns = int(target.number("reruns", 0))
    target.done()
    expect, outcomes = _expect(top)
    return Scenario(
        name, title, why, source, schedule, packs=top.texts("packs"), theme=path.parent.name, expect=expect, outcomes=outcomes,
        timeout_s=timeout_s or None, reruns=reruns, org_model=_org_model(top, path, line_of), path=path,
    )  # fmt: skip


def _schedule(top: Reader, path: Path, line_of: LineOf, name: str) -> Schedule:
    rules = top.raw("rules")
    if not isinstance(rules, list) or not rules:
        raise top.bad("rules", "a scenario needs at least one rule", "write `rules:` and below it `- {fault: net.response_lost, on: row.create/*}`")
    tree = {"sfchaos_schedule": 1, "scenario": name, "rules": rules}
    return checked_schedule(tree, path, line_of)


def _expect(top: Reader) -> tuple[dict[str, str], tuple[str, ...]]:
    from sfchaos.controls.catalogue import objective

    part = top.table("expect")
    outcomes = part.texts("outcome", one_of=OUTCOMES) or ("pass",)
    expect: dict[str, str] = {}
    for key in part.tree:
        if key == "outcome":
            continue
        try:
            objective(key)
        except UsageError as error:
            raise part.bad(key, error.message, error.remedy) from None
        expect[key] = part.text(key, one_of=VERDICTS)
    if not expect:
        raise top.bad("expect", "no objective is expected, so nothing would be judged", "add `expect: {outcome: [pass], SFC-INT-01: pass}`")
    return expect, outcomes


def _org_model(top: Reader, path: Path, line_of: LineOf) -> OrgModel | None:
    given: Any = top.raw("org")
    if given is None:
        return None
    from sfchaos.org.schema.load import load_org_file, org_from_tree

    if isinstance(given, str):
        return load_org_file(path.parent / given)
    if not isinstance(given, Mapping):
        raise top.bad("org", f"org: {given!r} is neither a path nor a table")
    try:
        return org_from_tree(given, where=str(path))
    except BadFile as error:
        raise BadFile(path, error.line or line_of(("org",)), error.what, remedy=error.remedy) from None
