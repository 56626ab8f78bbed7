"""`sfchaos run -- CMD`: any program, unmodified, against the org; with faults when a scenario or schedule is named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sfchaos.cli.options import chosen_seed, common, configured, in_real_time, pubsub_option, real_time_option, replay_options, with_pubsub

if TYPE_CHECKING:
    from sfchaos.scenario.session import Session


@click.command(context_settings={"ignore_unknown_options": True}, help="Run CMD against the org through a proxy on loopback. CMD's output is left alone; the report goes to stderr.")
@common
@real_time_option
@click.option("--exit-code", "exit_of", type=click.Choice(["verdict", "target"]), default="verdict", help="Whose exit code to return.")
@pubsub_option(0)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def run(ctx: click.Context, command: tuple[str, ...], scenarios: tuple[str, ...], schedule: str | None, seed: int | None, evidence: str, org: str | None,
        timeout: float | None, config: str | None, as_json: bool, real_time: bool, exit_of: str, pubsub: int | None) -> None:  # fmt: skip
    from sfchaos.scenario.session import Session

    if not command:
        raise click.UsageError("nothing to run: put the program after `--`, as in `sfchaos run -- python sync.py`", ctx)
    settings = in_real_time(with_pubsub(configured(config, org, timeout, command), pubsub), real_time)
    if not scenarios and not schedule:
        settings = in_real_time(settings, True)  # only carried, so as if we were not there
    number, given = chosen_seed(seed)
    session = Session(settings, number, given, show_output=True, replay_tail=f"{replay_options(config, org, timeout, pubsub, real_time=real_time)} -- {_quoted(command)}")
    if not scenarios and not schedule:
        ctx.exit(_carried(session))
    from sfchaos.cli.check import chosen, recorded
    from sfchaos.cli.replay import report_on_stderr
    from sfchaos.scenario.check import checked

    planned, named = chosen(None, scenarios, schedule, settings.root)
    with recorded(session, Path(evidence)):
        record = checked(session, planned, named=named, mode="run")
        code = report_on_stderr(record, Path(evidence), as_json=as_json)
    ctx.exit(record.runs[-1].history.ending.exit if exit_of == "target" else code)


def _carried(session: Session) -> int:
    """Only carry the child: nothing is judged, its code is returned."""
    from sfchaos.scenario.session import carry

    ending, remark = carry(session)
    if remark:
        click.echo(f"sfchaos: {remark}", err=True)
    if ending.how in ("timeout", "storm"):
        click.echo(f"sfchaos: {ending.how}: {ending.detail}", err=True)
    return ending.exit


def _quoted(command: tuple[str, ...]) -> str:
    import shlex

    return shlex.join(command)
