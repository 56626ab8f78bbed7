"""`sfchaos demo`: the same nightly job twice, once written carelessly and once with care, under the same faults."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sfchaos.core.errors import SfchaosError
from sfchaos.core.scratch import scratch

if TYPE_CHECKING:
    from rich.table import Table

    from sfchaos.evidence.record import EvidenceRecord, RunRecord

EXAMPLES = ("crm_sync_weak", "crm_sync_careful")
SHOWN_STORIES = 4
FAVOURITES = ("SFC-INT-06", "SFC-INT-05", "SFC-RES-02", "SFC-AUTH-03", "SFC-INT-01", "SFC-RES-01")  # what a newcomer should see first


@dataclass(frozen=True)
class Side:
    name: str
    record: EvidenceRecord
    bundle: Path


@click.command(help="Play the scenario library against two example integrations: a weak one that must fail, a careful one that must pass.")
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True, metavar="N")
@click.option("--evidence", metavar="DIR", default="evidence", show_default=True)
@click.option("--pack", metavar="NAME", default="all", show_default=True)
@click.option("--stories", type=click.IntRange(0), default=SHOWN_STORIES, show_default=True, help="How many failures of the weak one to tell in full.")
@click.pass_context
def demo(ctx: click.Context, seed: int, evidence: str, pack: str, stories: int) -> None:
    with scratch("demo") as folder:
        sides = [_played(name, folder, seed, Path(evidence), pack) for name in EXAMPLES]
    _tell(sides, stories)
    ctx.exit(_exit_code(sides))


def examples_root() -> Path:
    """The shipped examples: inside the wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_library" / "examples"
    root = inside if inside.is_dir() else package.parent / "examples"
    if not root.is_dir():
        raise SfchaosError(f"no examples in {root}", remedy="the installation is damaged: install sfchaos again")
    return root


def _played(name: str, folder: Path, seed: int, evidence: Path, pack: str) -> Side:
    """A copy of the example is played, so that nothing is written where the package is installed."""
    from sfchaos.cli.check import recorded
    from sfchaos.cli.progress import tracked
    from sfchaos.evidence.bundle import write_bundle
    from sfchaos.scenario.check import checked
    from sfchaos.scenario.config import load_config
    from sfchaos.scenario.load import pack_of
    from sfchaos.scenario.session import Session

    root = folder / name
    shutil.copytree(examples_root() / name, root, ignore=shutil.ignore_patterns("__pycache__", "evidence"))
    session = Session(load_config(root / "sfchaos.toml"), seed)
    planned = pack_of(pack, start=root)
    with recorded(session, evidence):
        record = checked(session, planned, named=False, mode="demo", watch=lambda items: tracked(items, total=len(planned), what=name))
        return Side(name, record, write_bundle(record, evidence))


def _tell(sides: list[Side], stories: int) -> None:
    from sfchaos.cli.progress import console as console_on
    from sfchaos.evidence.terminal import self_check_lines

    console = console_on()
    told, left = _stories(sides[0].record, stories)
    for text in told:
        console.print(text, markup=False, soft_wrap=True)
        console.print()
    if left:
        console.print(f"… and {left} more findings in the report of {sides[0].name}.\n", markup=False, soft_wrap=True)
    console.print(_table(sides))
    for side in sides:
        console.print(f"{side.name}: report {side.bundle / 'report.html'}", markup=False, soft_wrap=True)
        for line in self_check_lines(side.record):
            console.print(f"{side.name}: {line}", markup=False, soft_wrap=True)
    console.print("To play one again: cd into the example's folder (sfchaos ships it under examples/) and run the printed line.", markup=False, soft_wrap=True)


def _stories(record: EvidenceRecord, most: int) -> tuple[list[str], int]:
    """Different stories first: one of each objective, from scenarios not told yet, worst outcomes first; and how many are left."""
    from sfchaos.controls.outcome import OUTCOMES
    from sfchaos.evidence.terminal import finding_text

    failed = [(run, j) for run, j in record.failures if j.verdict == "fail" and not run.clean]
    failed.sort(key=lambda pair: (FAVOURITES.index(pair[1].objective) if pair[1].objective in FAVOURITES else 99, OUTCOMES.index(pair[0].outcome)))
    objectives: dict[str, None] = {}
    scenarios: dict[str, None] = {}
    told: list[str] = []
    for run, judgement in failed:
        if len(told) < most and judgement.objective not in objectives and run.scenario not in scenarios:
            objectives[judgement.objective] = scenarios[run.scenario] = None
            told.append(finding_text(run, judgement))
    return told, len(failed) - len(told)


def _table(sides: list[Side]) -> Table:
    from rich.table import Table

    table = Table(title="scenario x example", title_justify="left", header_style="bold", box=None, pad_edge=False)
    table.add_column("scenario")
    for side in sides:
        table.add_column(side.name)
    names: dict[str, None] = {}
    for side in sides:
        for run in side.record.runs:
            if not run.clean:
                names.setdefault(run.scenario)
    for name in names:
        table.add_row(name, *(_cell(side.record, name) for side in sides))
    return table


def _cell(record: EvidenceRecord, scenario: str) -> str:
    run = next((r for r in record.reported if r.scenario == scenario and not r.clean), None)
    if run is None:
        return "not exercised"
    return _words(run)


def _words(run: RunRecord) -> str:
    failed = [j.objective.removeprefix("SFC-") for j in run.judgements if j.verdict in ("fail", "error")]
    if failed or run.unexpected:
        return f"[red]fail[/red]  {run.outcome}  {' '.join(failed)}"
    colour = {"pass": "green", "inconclusive": "yellow"}.get(run.verdict, "white")
    return f"[{colour}]{run.verdict}[/{colour}]  {run.outcome}"


def _exit_code(sides: list[Side]) -> int:
    """0 when the weak one fails and the careful one passes: that is what the demonstration shows."""
    by_name = {side.name: side.record.exit_code for side in sides}
    if by_name["crm_sync_weak"] == 1 and by_name["crm_sync_careful"] == 0:
        return 0
    click.echo(f"the demonstration did not come out as it should: exit codes {by_name}", err=True)
    return 2
