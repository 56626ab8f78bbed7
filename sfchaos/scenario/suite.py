"""A pytest session's runs: makes rigs, plays scenarios as tests, and gathers the evidence of all of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sfchaos.core import chance
from sfchaos.core.clock import Clock, SystemClock, VirtualClock
from sfchaos.core.errors import HarnessError, ObjectiveFailed, UsageError
from sfchaos.core.history import Ending
from sfchaos.core.journal import Journal
from sfchaos.core.judgement import Judgement
from sfchaos.core.redact import SecretBook
from sfchaos.evidence.record import RunRecord
from sfchaos.faults.schedule import Schedule
from sfchaos.scenario.assemble import evidence_of, utc_now
from sfchaos.scenario.check import unreachable
from sfchaos.scenario.config import Config, load_config
from sfchaos.scenario.doors import checked_tier
from sfchaos.scenario.live import LiveRig
from sfchaos.scenario.load import Scenario, find_scenario
from sfchaos.scenario.own_org import configured_org
from sfchaos.scenario.session import Session
from sfchaos.scenario.stage import Stage

Property = tuple[str, object]


@dataclass
class Suite:
    """`schedule` (token or file) pins what every rig plays; `scenario` arms one for rigs whose test names none.

    `keep` gathers runs for a bundle; without it nothing is remembered. `unread` are the sentences about what the source of the org
    that was used holds and does not play.
    """

    root: Path
    seed: int
    seed_given: bool
    schedule: str | None = None
    scenario: str | None = None
    keep: bool = False
    runs: list[RunRecord] = field(default_factory=list)
    books: list[SecretBook] = field(default_factory=list)
    journal: Journal = field(default_factory=Journal)
    started: str = field(default_factory=utc_now)
    unread: dict[str, None] = field(default_factory=dict)
    _open: LiveRig | None = None
    _session: Session | None = None
    _config: Config | None = None
    _pinned: Schedule | None = None

    @property
    def config(self) -> Config:
        if self._config is None:
            self._config = load_config(None, start=self.root)
        return self._config

    # ------------------------------------------------------------------ rigs

    def rig(self, name: str, marked: Mapping[str, Any], *, virtual: bool, again: str = "") -> LiveRig:
        """A rig for one test, to be given to `finish`. Its seed is the marker's, or depends on the session's seed and the
        test's name alone, so that order, selection and workers change nothing. Raises UsageError while another one is open."""
        if self._open is not None:
            raise UsageError("`rig` and `rig_server` in one test: virtual and real time cannot hold at once", remedy="use one of them, or write two tests")
        seed, given = marked.get("seed"), self.seed_given or "seed" in marked
        if seed is not None and (type(seed) is not int or seed < 0):
            raise UsageError(f"marker sfchaos: seed={seed!r} is not a whole number from 0", remedy="write `@pytest.mark.sfchaos(seed=7)`")
        schedule, scenario, pinned = self._armed(marked)
        if seed is None:
            seed, given = (schedule.seed, True) if pinned and schedule.seed is not None else (self._seed_of(name), given)
        run = f"r{len(self.runs) + 1}"
        model = (scenario.org_model if scenario else None) or configured_org(self.config)
        self.unread.update(dict.fromkeys(model.unread if model else ()))
        live = LiveRig(
            name=name, again=again, root=self.root, seed=seed, key=b"" if given else os.urandom(32), clock=VirtualClock() if virtual else SystemClock(),
            model=model, schedule=schedule, pinned=pinned,
            journal=self.journal if self.keep else Journal(run), run=run, declaration=self.config.declaration, scenario=scenario.id if scenario else "", tier=checked_tier(marked.get("tier", "fast")),
        )  # fmt: skip
        self._open = live
        return live

    def _seed_of(self, name: str) -> int:
        return self.seed if self.seed_given else chance.below(2**31, self.seed, "test", name)

    def _armed(self, marked: Mapping[str, Any]) -> tuple[Schedule, Scenario | None, bool]:
        """What is armed, the scenario whose org is played on, and whether the command line pinned it."""
        named = marked.get("scenario") or self.scenario
        scenario = find_scenario(named, start=self.root) if named else None
        if self.schedule:
            if self._pinned is None:  # read once: a test may have changed the working folder since
                self._pinned = read_schedule(self.schedule, self.root)
            return self._pinned, scenario, True
        return scenario.schedule if scenario else Schedule(()), scenario, False

    def finish(self, live: LiveRig, *, failed: bool) -> list[Property]:
        """A test is over: what it judged, as properties of its report."""
        self._open = None
        try:
            live.finish(failed=failed)
            if self.keep:
                self.runs.append(live.record())
                self.books.append(live.book)
        finally:
            live.let_go()
        return [pair for judgement in live.judged.values() for pair in properties_of(judgement)]

    # ------------------------------------------------------------------ scenarios as tests

    def ready(self) -> None:
        """What the command line pins can be played. Raises UsageError otherwise; asked before the first test runs."""
        self._armed({})

    def check(self, scenario: Scenario, *, named: bool, properties: list[Property]) -> None:
        """Play one scenario. Raises ObjectiveFailed when the target fails it, or when a named one judges nothing;
        skips (pytest) one of the library that the target never reaches."""
        import pytest

        if self._session is None:
            self._session = Session(self.config, self.seed, self.seed_given, journal=self.journal, runs=self.runs, books=self.books)
        session = self._session
        model = scenario.org_model or configured_org(self.config)
        self.unread.update(dict.fromkeys(model.unread if model else ()))
        twin = session.twin(scenario)
        why = "" if named or twin.history.ending.loud else unreachable(scenario, twin.history)
        if why:
            pytest.skip(f"not exercised: {why}")  # of the shipped library only: one that a user named is played, and fails when it judges nothing
        run = session.play(scenario)
        properties += [pair for judgement in run.judgements for pair in properties_of(judgement)]
        self._raise_for(run)

    def _raise_for(self, run: RunRecord) -> None:
        from sfchaos.evidence.terminal import finding_text, outcome_text

        bad = [j for j in run.judgements if j.verdict in ("fail", "error") or (j.verdict == "inconclusive" and j.objective in run.expected)]
        texts = [finding_text(run, j) for j in bad]
        if run.unexpected and not texts:
            texts.append(outcome_text(run))
        if texts:
            raise ObjectiveFailed("\n\n".join(texts), bad)

    # ------------------------------------------------------------------ evidence

    def write(self, directory: Path) -> Path:
        """One bundle of everything this process ran."""
        from sfchaos.evidence.bundle import write_bundle

        session = self._session or Session(self.config, self.seed, self.seed_given, target=_NoTarget(), journal=self.journal, runs=self.runs, books=self.books)
        return write_bundle(evidence_of(session, "pytest", start=self.started), directory)


class _NoTarget:
    """Stands for the bodies of tests: they are played by pytest."""

    in_process = True

    def new_clock(self) -> Clock:
        return VirtualClock()

    def play(self, stage: Stage) -> Ending:
        raise HarnessError("the bodies of tests are played by pytest")


def read_schedule(text: str, root: Path) -> Schedule:
    """A schedule from a replay token, or from a JSON or YAML file."""
    from sfchaos.faults.token import FOLDER, decode, is_token
    from sfchaos.scenario.reader import checked_schedule, yaml_tree

    if is_token(text):
        return decode(text, search=root / FOLDER)
    path = Path(text)
    if not path.is_file():
        raise UsageError(f"schedule file {text!r} does not exist", remedy="give a JSON file of rules, or a replay token sfx1.…")
    tree, line_of = yaml_tree(path)
    return checked_schedule(tree, path, line_of)


def properties_of(judgement: Judgement) -> list[Property]:
    """JUnit properties of one judgement: objective, verdict, and each control with its edition."""
    from sfchaos.controls.catalogue import objective

    found: list[Property] = [("sfc.objective", judgement.objective), ("sfc.verdict", f"{judgement.objective}={judgement.verdict}")]
    return found + [("control", f"{tag.framework}:{tag.edition}:{tag.id}") for tag in objective(judgement.objective).tags if tag.status == "current"]
