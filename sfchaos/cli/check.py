"""`sfchaos check`: the scenario library against the target of sfchaos.toml."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sfchaos.cli.options import chosen_seed, common, configured, in_real_time, real_time_option, replay_options, scenario_of_schedule

if TYPE_CHECKING:
    from sfchaos.evidence.record import EvidenceRecord
    from sfchaos.scenario.load import Scenario
    from sfchaos.scenario.session import Session


@click.command(help="Play scenarios against the target of sfchaos.toml; judge; write evidence. Exit code 0, 1, 2 or 3.")
@click.option("--pack", metavar="NAME", help="Only the scenarios of this pack (`sfchaos list scenarios` shows packs).")
@common
@real_time_option
@click.pass_context
def check(ctx: click.Context, pack: str | None, scenarios: tuple[str, ...], schedule: str | None, seed: int | None, evidence: str, org: str | None,
          timeout: float | None, config: str | None, as_json: bool, real_time: bool) -> None:  # fmt: skip
    from sfchaos.scenario.check import checked
    from sfchaos.scenario.session import Session

    settings = in_real_time(configured(config, org, timeout), real_time)
    number, given = chosen_seed(seed)
    session = Session(settings, number, given, replay_tail=replay_options(config, org, timeout, real_time=real_time))
    planned, named = chosen(pack, scenarios, schedule, settings.root)
    from sfchaos.cli.progress import tracked

    with recorded(session, Path(evidence)):
        record = checked(session, planned, named=named, watch=lambda items: tracked(items, total=len(planned), what="check"))
        code = report(record, Path(evidence), as_json=as_json)
    ctx.exit(code)


@contextmanager
def recorded(session: Session, directory: Path) -> Iterator[None]:
    """The session's journal is on disk while it runs; what killed sessions left there is made a bundle first."""
    from sfchaos.scenario.keeping import kept_journal, salvaged

    for bundle in salvaged(directory):
        click.echo(f"an earlier session was killed: its journal is kept in {bundle}", err=True)
    with kept_journal(directory, session.books) as journal:
        session.journal = journal
        yield


def chosen(pack: str | None, names: tuple[str, ...], schedule: str | None, root: Path) -> tuple[list[Scenario], bool]:
    """The scenarios asked for, and whether they were named one by one (then each must be exercised)."""
    from sfchaos.scenario.load import find_scenario, pack_of

    if schedule:
        return [scenario_of_schedule(schedule, root)], True
    if names:
        return [find_scenario(name, start=root) for name in names], True
    return pack_of(pack or "all", start=root), False


def report(record: EvidenceRecord, directory: Path | None, *, as_json: bool) -> int:
    """Write the bundle, print findings and summary, give the exit code."""
    from sfchaos.cli.progress import console as console_on
    from sfchaos.evidence.bundle import write_bundle
    from sfchaos.evidence.document import document
    from sfchaos.evidence.terminal import findings, summary_lines, summary_table

    bundle = write_bundle(record, directory) if directory is not None else None
    console = console_on(stderr=as_json)
    for text in findings(record):
        console.print(text, markup=False, soft_wrap=True)
        console.print()
    console.print(summary_table(record))
    for line in summary_lines(record, bundle):
        console.print(line, markup=False, soft_wrap=True)
    if as_json:
        from sfchaos.cli.options import print_json

        print_json(document(record))
    return record.exit_code
