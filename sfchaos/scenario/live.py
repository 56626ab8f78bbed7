"""The rig that a test holds: a rig with doors open around the test's body, and `verify`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sfchaos.core import chance
from sfchaos.core.canonical import Digester, canonical_json, sha256_hex
from sfchaos.core.clock import Clock, SystemClock, VirtualClock
from sfchaos.core.declaration import Declaration
from sfchaos.core.errors import ObjectiveFailed
from sfchaos.core.history import Ending, History
from sfchaos.core.journal import Journal
from sfchaos.core.judgement import Judgement
from sfchaos.core.redact import SecretBook
from sfchaos.evidence.record import RunRecord
from sfchaos.faults.rule import Rule
from sfchaos.faults.schedule import Schedule
from sfchaos.org.org import Org
from sfchaos.org.schema.load import OrgModel
from sfchaos.rig.armed import Armed
from sfchaos.rig.rig import Rig
from sfchaos.scenario.capture import captured
from sfchaos.scenario.state import state_of


class LiveRig(Rig):
    """A Rig with the verbs of a test. Made by the fixtures, not by hand.

    `pinned` means that the schedule came from the command line: what the test's body injects is checked, not armed, because
    the token already holds it.
    """

    def __init__(self, *, name: str, seed: int, clock: Clock, model: OrgModel | None = None, schedule: Schedule | None = None, pinned: bool = False,
                 journal: Journal | None = None, run: str = "r1", declaration: Declaration | None = None, scenario: str = "") -> None:  # fmt: skip
        self.book = SecretBook()
        self.digester = Digester(chance.digest_of(seed, "digest key"))
        self.world_org = Org(schema=model, clock=clock, seed=seed, secrets=self.book)
        held = journal or Journal(run)
        held.run = run
        held.use_clock(clock.elapsed_s)
        super().__init__(self.world_org, schedule=schedule or Schedule(()), clock=clock, seed=seed, journal=held, run=run, digester=self.digester)
        self.name, self.pinned, self.scenario = name, pinned, scenario
        self.declaration = declaration or Declaration()
        self.labels: dict[str, str] = {}
        self.judged: dict[str, Judgement] = {}
        self.url = ""
        self._route = "in-process"
        self.before = state_of(self.world_org, self.digester, self.labels)
        held.add("start", scenario=scenario, clean="no", seed=seed, org=self.org_name, rules=[rule.id for rule in self.schedule.rules])

    def inject(self, fault: str, **rule: Any) -> Rule:
        """Arm a fault: `rig.inject("net.response_lost", on="row.create/Account")`. Unknown names raise at once."""
        if self.pinned:
            return Armed(Schedule(), seed=self.seed, has_world=True).inject(fault, rule)
        return super().inject(fault, **rule)

    def load(self, schedule: Schedule) -> None:
        if not self.pinned:
            super().load(schedule)

    # ------------------------------------------------------------------ judging

    def verify(self, *objectives: str) -> list[Judgement]:
        """Judge what happened so far. Raises ObjectiveFailed for `fail`, and for a named objective that is inconclusive;
        without names everything is judged and only `fail` and `error` raise."""
        from sfchaos.controls.judges import JUDGED, judge_all
        from sfchaos.evidence.terminal import finding_text

        names = tuple(name.upper() for name in objectives) or tuple(JUDGED)
        judgements = list(judge_all(self.history(), names))
        self.judged.update({j.objective: j for j in judgements})
        bad = ("fail", "error", "inconclusive") if objectives else ("fail", "error")
        failed = [j for j in judgements if j.verdict in bad]
        if failed:
            record = self.record()
            raise ObjectiveFailed("\n\n".join(finding_text(record, j) for j in failed), failed)
        return judgements

    def history(self, *, ending: Ending | None = None) -> History:
        from sfchaos.controls.thresholds import thresholds

        self.settle()
        limits = thresholds(self.declaration.thresholds, file=self.declaration.thresholds_file)
        return History(run=self.run, lines=self.journal.of(self.run), before=self.before, after=state_of(self.world_org, self.digester, self.labels),
                       ending=ending or Ending(), declaration=self.declaration, thresholds=limits, log_sources=("logging", "stdout", "stderr"),
                       transient=self.schedule.transient, labels=self.labels)  # fmt: skip

    def record(self, *, ending: Ending | None = None) -> RunRecord:
        """The run as evidence: what was judged so far, and the line that plays it again."""
        from sfchaos.controls.outcome import outcome_of

        history = self.history(ending=ending)
        judgements = tuple(self.judged.values())
        schedule = self.schedule
        return RunRecord(
            id=self.run, clean=False, scenario=self.scenario or self.name, title=self.name, schedule=schedule.as_tree(), seed=self.seed,
            outcome=outcome_of(history, judgements), trace_digest=self.trace_digest(), history=history, judgements=judgements,
            fired=tuple(r for r, n in self.fired.items() if n), unfired=tuple(self.unfired), shadowed=tuple(r for r, n in self.shadowed.items() if n),
            replay=self._replay(schedule), route=self._route, requests=self.requests, virtual_ms=round(self.clock.elapsed_s() * 1000),
        )  # fmt: skip

    def close_journal(self, ending: Ending) -> None:
        """The run's last line: how it ended, and digests of the state that was judged."""
        rows = {"before": self.before, "after": state_of(self.world_org, self.digester, self.labels)}
        digests = {f"{name}_sha256": sha256_hex(canonical_json([row.__dict__ for row in found])) for name, found in rows.items()}
        line: dict[str, Any] = {"exit": ending.exit, "how": ending.how, "detail": ending.detail, "summary": {}, **digests}
        self.journal.add("end", **line)

    def _replay(self, schedule: Schedule) -> str:
        from sfchaos.faults.token import FOLDER, encode

        return f"pytest {self.name} --sfchaos-schedule {encode(schedule, org_digest=self.world_org.schema.digest, folder=Path.cwd() / FOLDER)}"


@contextmanager
def in_process(rig: LiveRig) -> Iterator[LiveRig]:
    """The rig behind urllib3 in this process, under virtual time, with its names in the environment."""
    from sfchaos.doors.urllib3 import urllib3_door
    from sfchaos.vtime.virtual import virtual_time

    assert isinstance(rig.clock, VirtualClock)
    with ExitStack() as stack:
        stack.enter_context(_environment(rig, stack, ""))
        stack.enter_context(virtual_time(rig.clock, on_wait=rig.note_wait))
        stack.enter_context(urllib3_door(rig.handle, clock=rig.clock, on_other_host=lambda host: rig.note_egress(host, "passed", "in-process")))
        stack.enter_context(captured(rig.note_log, lambda line: None, show=True))
        yield rig


@contextmanager
def served(rig: LiveRig) -> Iterator[LiveRig]:
    """The rig behind a socket on loopback, in real time; `rig.url` is its address."""
    from sfchaos.doors.server import Server
    from sfchaos.doors.tls import Authority

    assert isinstance(rig.clock, SystemClock)
    with (
        ExitStack() as stack,
        Server(rig.handle, clock=rig.clock, authority=Authority(), proxy=True, on_egress=rig.note_egress, settle=rig.settle, next_due_s=rig.next_due_s) as server,
    ):
        rig.url, rig._route = server.url, "direct"
        stack.enter_context(_environment(rig, stack, server.url))
        yield rig


@contextmanager
def _environment(rig: LiveRig, stack: ExitStack, url: str) -> Iterator[Mapping[str, str]]:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sfchaos-key-"))
    path = Path(folder) / "private_key.pem"
    path.touch(mode=0o600)
    path.write_text(rig.world_org.credentials.private_key_pem())
    values = rig.world_org.credentials.environment(http_url=url, key_path=str(path))
    rig.env = values
    held = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield values
    finally:
        for name, value in held.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
