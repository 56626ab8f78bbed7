"""`sfchaos replay TOKEN`: the printed failure once more; exit 1 when it is there again, 3 when it is not reproduced."""

from __future__ import annotations

import contextlib
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sfchaos.cli.options import (
    chosen_seed,
    common,
    configured,
    in_real_time,
    pubsub_option,
    real_time_option,
    replay_options,
    scenario_of_schedule,
    with_pubsub,
)

if TYPE_CHECKING:
    from sfchaos.evidence.record import EvidenceRecord
    from sfchaos.scenario.load import Scenario
    from sfchaos.scenario.session import Session


@click.command(context_settings={"ignore_unknown_options": True}, help="Play a failure again from its token. The target is the one of sfchaos.toml, or CMD after `--`.")
@click.argument("token")
@common
@real_time_option
@pubsub_option(0)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def replay(ctx: click.Context, token: str, command: tuple[str, ...], scenarios: tuple[str, ...], schedule: str | None, seed: int | None, evidence: str,
           org: str | None, timeout: float | None, config: str | None, as_json: bool, real_time: bool, pubsub: int | None) -> None:  # fmt: skip
    from sfchaos.scenario.check import checked
    from sfchaos.scenario.session import Session

    if schedule or len(scenarios) > 1:
        raise click.UsageError("a replay plays its token: leave --schedule out, and name at most the one scenario it is of", ctx)
    settings = in_real_time(with_pubsub(configured(config, org, timeout, command), pubsub), real_time)
    scenario = scenario_of_schedule(token, settings.root, *scenarios)
    number, given = chosen_seed(seed if seed is not None else scenario.schedule.seed)
    tail = replay_options(config, org, timeout, pubsub, real_time=real_time) + (f" -- {shlex.join(command)}" if command else "")
    session = Session(settings, number, given, show_output=bool(command), judge_clean=False, replay_tail=tail)
    record = checked(session, [scenario], named=True, mode="replay")
    written = ctx.get_parameter_source("evidence") is not click.core.ParameterSource.DEFAULT
    code = report_on_stderr(record, Path(evidence) if written else None, as_json=as_json)
    if code == 0:
        click.echo(_not_reproduced(token, session, scenario), err=True)
    ctx.exit(code or 3)


def _not_reproduced(token: str, session: Session, scenario: Scenario) -> str:
    """Why the failure may be gone: what is otherwise than when the token was made, or the target itself."""
    from sfchaos.faults.token import FOLDER, is_token, read_token

    changed = read_token(token, search=session.config.root / FOLDER).differences(org_digest=session.org_digest(scenario)) if is_token(token) else []
    if changed:
        return f"not reproduced: {', '.join(changed)}"
    return "not reproduced: tool, faults and org are as they were, so the target or its data changed, or it is not deterministic"


def report_on_stderr(record: EvidenceRecord, directory: Path | None, *, as_json: bool) -> int:
    """The report of `check`, on stderr: stdout belongs to the child."""
    from sfchaos.cli.check import report

    if as_json:
        return report(record, directory, as_json=True)
    with contextlib.redirect_stdout(sys.stderr):
        return report(record, directory, as_json=False)
