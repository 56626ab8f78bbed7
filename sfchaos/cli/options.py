"""Options that several commands share, and what they resolve to."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sfchaos.scenario.config import Config
    from sfchaos.scenario.load import Scenario

F = TypeVar("F", bound=Callable[..., Any])


def common(command: F) -> F:
    """--scenario --schedule --seed --evidence --org --timeout --config --json."""
    for option in reversed((
        click.option("--scenario", "scenarios", metavar="ID", multiple=True, help="A scenario by id or path; may be given several times."),
        click.option("--schedule", metavar="FILE", help="A schedule (JSON or YAML), or a replay token."),
        click.option("--seed", type=click.IntRange(0), metavar="N", help="Makes ids, secrets and chance repeatable. Without it a fresh one is drawn and printed."),
        click.option("--evidence", metavar="DIR", default="evidence", show_default=True, help="Where the bundle run-NNNN goes."),
        click.option("--org", metavar="PATH", help="Org instead of the one in sfchaos.toml: a YAML file, Salesforce source (SFDX or mdapi), or a folder of describes. Rows and counts of [org] stay."),
        click.option("--timeout", type=click.FloatRange(0.1), metavar="S", help="Seconds one run of the target may take."),
        click.option("--config", metavar="FILE", help="Configuration file instead of the nearest sfchaos.toml."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document (evidence.json) on stdout; text goes to stderr."),
    )):  # fmt: skip
        command = option(command)
    return command


def pubsub_option(free: int) -> Callable[[F], F]:
    """--pubsub, with a port or without; `free` is the port then (0: the system picks one)."""
    where = "a free one" if free == 0 else str(free)
    return click.option("--pubsub", type=click.IntRange(0, 65535), is_flag=False, flag_value=free, default=None, metavar="[PORT]",
                        help=f"Serve the Pub/Sub API (gRPC) too, on this port ({where} when none is named). Needs the extra `pubsub`.")  # fmt: skip


def real_time_option(command: F) -> F:
    return click.option("--real-time", is_flag=True, help="Let a command's waits take the time they take. Else those of Python and Node take none.")(command)


def chosen_seed(seed: int | None) -> tuple[int, bool]:
    """The seed to use, and whether the user gave it. A fresh one has 31 bits: short enough to type."""
    return (seed, True) if seed is not None else (int.from_bytes(os.urandom(4), "big") >> 1, False)


def configured(config: str | None, org: str | None, timeout_s: float | None, command: tuple[str, ...] = ()) -> Config:
    """The configuration with what the command line changes. A command after `--` runs where the user stands."""
    from sfchaos.scenario.config import OrgChoice, load_config, with_target

    found = load_config(Path(config) if config else None)
    choice = found.org
    if command:
        choice = OrgChoice(str(found.root / choice.schema) if choice.schema else "", {n: str(found.root / p) for n, p in choice.rows.items()}, choice.populate)
        found = replace(with_target(found, command=command), root=Path.cwd())
    if org:
        choice = replace(choice, schema=str(Path(org).resolve()))
    found = replace(found, org=choice)
    _tell_unread(found)
    return with_target(found, timeout_s=timeout_s)


def _tell_unread(config: Config) -> None:
    """Once a process: what stands in the org's source and is not played."""
    from sfchaos.scenario.own_org import unread_of

    for sentence in unread_of(config):
        if sentence not in _told:
            _told.add(sentence)
            click.echo(f"not read: {sentence}", err=True)


_told: set[str] = set()


def project_root() -> Path:
    """The folder of the nearest configuration, or where the user stands: the project's own scenarios lie there."""
    from sfchaos.scenario.config import find_config

    found = find_config(Path.cwd())
    return found.parent if found else Path.cwd()


def with_pubsub(config: Config, port: int | None) -> Config:
    """The configuration with a Pub/Sub API for its command, when the command line asks for one."""
    return config if port is None else replace(config, pubsub=port)


def in_real_time(config: Config, wanted: bool) -> Config:
    """The configuration for a command whose waits take real time, when the command line asks for that."""
    return replace(config, real_time=True) if wanted else config


def replay_options(config: str | None, org: str | None, timeout_s: float | None, pubsub: int | None = None, *, real_time: bool = False) -> str:
    """What a replay line needs besides its token, to be played on the same target and org."""
    given = (("--config", config), ("--org", org), ("--timeout", f"{timeout_s:g}" if timeout_s else None))
    flags = ("" if pubsub is None else f" --pubsub={pubsub}") + (" --real-time" if real_time else "")
    return "".join(f" {name} {shlex.quote(value)}" for name, value in given if value) + flags


def scenario_of_schedule(text: str, root: Path, scenario: str = "") -> Scenario:
    """A schedule file or replay token as a scenario: the one that it names (or `scenario`, by id or path), else one without
    expectations, of which everything is judged. `root` is the project's folder."""
    from sfchaos.controls.judges import JUDGED
    from sfchaos.scenario.load import Scenario, find_scenario
    from sfchaos.scenario.suite import read_schedule

    schedule = read_schedule(text, root)
    if scenario or schedule.scenario:
        return replace(find_scenario(scenario or schedule.scenario, start=root), schedule=schedule)
    objectives = {objective: "pass" for objective in JUDGED if not objective.startswith("SFC-SEC")}
    return Scenario("schedule", "a schedule given by hand", "", "", schedule, expect=objectives, outcomes=("pass", "loud_ok", "slow"))


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=1, ensure_ascii=False))
