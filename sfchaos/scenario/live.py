"""The rig that a test holds: a rig with doors open around the test's body, and `verify`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sfchaos.core import chance
from sfchaos.core.canonical import Digester, canonical_json, sha256_hex
from sfchaos.core.clock import Clock, SystemClock, VirtualClock, iso_utc
from sfchaos.core.declaration import Declaration
from sfchaos.core.errors import ObjectiveFailed, UsageError
from sfchaos.core.history import Ending, History
from sfchaos.core.journal import Journal
from sfchaos.core.judgement import Judgement
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.core.redact import SecretBook
from sfchaos.core.scratch import scratch
from sfchaos.evidence.record import RunRecord
from sfchaos.faults.rule import Rule
from sfchaos.faults.schedule import Schedule
from sfchaos.org.org import Org
from sfchaos.org.schema.load import OrgModel
from sfchaos.rig.armed import Armed
from sfchaos.rig.rig import Rig, StormCut
from sfchaos.scenario.capture import captured
from sfchaos.scenario.doors import Tier, doors_in_process
from sfchaos.scenario.stage import VIRTUAL_CAP_S
from sfchaos.scenario.state import state_of

UNSEEN = Ending(0, "unseen", "the body of a test: only its own assertions know whether errors were reported")
MOST_AFTER_STORM = 1000


class LiveRig(Rig):
    """A Rig with the verbs of a test. Made by the fixtures, not by hand.

    `name` is the test, `again` the command that plays it (a token is put behind it), `root` the project's folder.
    `pinned` means that the schedule came from the command line: what the test's body injects is checked, not armed, because
    the token already holds it.
    """

    def __init__(self, *, name: str, seed: int, clock: Clock, again: str = "", root: Path | None = None, key: bytes = b"", model: OrgModel | None = None,
                 schedule: Schedule | None = None, pinned: bool = False, journal: Journal | None = None, run: str = "r1",
                 declaration: Declaration | None = None, scenario: str = "", tier: Tier = "fast") -> None:  # fmt: skip
        self.book = SecretBook()
        self.digester = Digester(key or chance.digest_of(seed, "digest key"))
        self.world_org = Org(schema=model, clock=clock, seed=seed, secrets=self.book)
        held = journal if journal is not None else Journal(run)  # an empty one is falsy
        held.run = run
        held.use_clock(clock.elapsed_s)
        super().__init__(self.world_org, schedule=schedule or Schedule(()), clock=clock, seed=seed, journal=held, run=run, digester=self.digester)
        self.name, self.pinned, self.scenario, self.tier = name, pinned, scenario, tier
        self._again, self._root = again or f"pytest {shlex.quote(name)}", root or Path.cwd()
        self.waited_s = 0.0
        self._judged_at = 0
        self.declaration = declaration or Declaration()
        self.labels: dict[str, str] = {}
        self.judged: dict[str, Judgement] = {}
        self.url = ""
        self._route = "in-process"
        self.before = state_of(self.world_org, self.digester, self.labels)
        held.add("start", scenario=scenario, clean="no", seed=seed, epoch=iso_utc(clock.now_s() - clock.elapsed_s()), org=self.org_name, rules=[rule.id for rule in self.schedule.rules])

    def inject(self, fault: str, **rule: Any) -> Rule:
        """Arm a fault: `rig.inject("net.response_lost", on="row.create/Account")`. Unknown names raise at once."""
        __tracebackhide__ = True
        try:
            return Armed(Schedule(), seed=self.seed, has_world=True).inject(fault, rule) if self.pinned else super().inject(fault, **rule)
        except UsageError as error:
            raise error.with_traceback(None) from None  # the mistake stands at the test's line

    def load(self, schedule: Schedule | Mapping[str, Any] | Path | str) -> None:
        """Arm a schedule in place of the present one: a Schedule, its tree, a JSON or YAML file of it, or a replay token."""
        from sfchaos.scenario.suite import read_schedule

        if isinstance(schedule, Path | str):
            schedule = read_schedule(str(schedule), self._root)
        made = schedule if isinstance(schedule, Schedule) else Schedule.from_tree(schedule)
        if not self.pinned:
            super().load(made)

    def note_wait(self, primitive: str, requested_s: float, origin: str = "main") -> None:
        self.waited_s += requested_s
        super().note_wait(primitive, requested_s, origin)

    # ------------------------------------------------------------------ judging

    def verify(self, *objectives: str) -> list[Judgement]:
        """Judge what happened so far. Raises ObjectiveFailed for `fail`, and for a named objective that is inconclusive;
        without names everything is judged and only `fail` and `error` raise."""
        from sfchaos.controls.judges import JUDGED
        from sfchaos.evidence.terminal import finding_text

        __tracebackhide__ = True
        try:
            judgements = self.judge(*(objectives or JUDGED))
        except UsageError as error:
            raise error.with_traceback(None) from None
        bad = ("fail", "error", "inconclusive") if objectives else ("fail", "error")
        failed = [j for j in judgements if j.verdict in bad]
        if failed:
            record = self.record()
            raise ObjectiveFailed("\n\n".join(finding_text(record, j) for j in failed), failed)
        return judgements

    def judge(self, *objectives: str) -> list[Judgement]:
        """Judge what happened so far, whatever comes out. Raises UnknownName for an objective there is not."""
        from sfchaos.controls.catalogue import objective
        from sfchaos.controls.judges import judge_all

        judgements = list(judge_all(self.history(), [objective(name).id for name in objectives]))
        self.judged.update({j.objective: j for j in judgements})
        self._judged_at = len(self.journal)
        return judgements

    def finish(self, *, failed: bool) -> None:
        """The test is over: judge again if anything happened since, and write the run's last line."""
        if self.judged and len(self.journal) != self._judged_at:
            self.judge(*self.judged)
        rows = {"before": self.before, "after": state_of(self.world_org, self.digester, self.labels)}
        digests = {f"{name}_sha256": sha256_hex(canonical_json([row.__dict__ for row in found])) for name, found in rows.items()}
        line: dict[str, Any] = {"exit": UNSEEN.exit, "how": UNSEEN.how, "detail": f"the test {'failed' if failed else 'passed'}", "summary": {}, **digests}
        self.journal.add("end", **line)

    def let_go(self) -> None:
        """Free the org: nothing can be asked of it any more."""
        self.close()
        self.world_org.store.close()

    def history(self) -> History:
        from sfchaos.controls.thresholds import thresholds

        self.settle()
        limits = thresholds(self.declaration.thresholds, file=self.declaration.thresholds_file)
        return History(run=self.run, lines=self.journal.of(self.run), before=self.before, after=state_of(self.world_org, self.digester, self.labels),
                       ending=UNSEEN, declaration=self.declaration, thresholds=limits, log_sources=("logging", "stdout", "stderr"),
                       transient=self.schedule.transient, labels=self.labels)  # fmt: skip

    def record(self) -> RunRecord:
        """The run as evidence: what was judged so far, and the line that plays it again."""
        from sfchaos.controls.outcome import outcome_of

        history = self.history()
        judgements = tuple(self.judged.values())
        schedule, outcome = self.schedule, outcome_of(history, judgements)
        return RunRecord(
            id=self.run, clean=False, scenario=self.scenario or self.name, title=self.name, schedule=schedule.as_tree(), seed=self.seed,
            outcome=outcome, trace_digest=self.trace_digest(), history=history, judgements=judgements,
            fired=tuple(r for r, n in self.fired.items() if n), unfired=tuple(self.unfired), shadowed=tuple(r for r, n in self.shadowed.items() if n),
            replay=self._replay(schedule), route=self._route, requests=self.requests, virtual_ms=self._virtual_ms(),
            expected={"outcome": [outcome]},  # what a body allows is said by its own assertions
        )  # fmt: skip

    def _virtual_ms(self) -> int:
        return round(self.clock.elapsed_s() * 1000) if isinstance(self.clock, VirtualClock) else 0

    def _replay(self, schedule: Schedule) -> str:
        from sfchaos.faults.token import FOLDER, encode

        return f"{self._again} --sfchaos-schedule {encode(schedule, org_digest=self.world_org.schema.digest, folder=self._root / FOLDER)}"


@contextmanager
def in_process(rig: LiveRig) -> Iterator[LiveRig]:
    """The rig behind the HTTP libraries of this process, under virtual time, with its names in the environment."""
    from sfchaos.vtime.virtual import virtual_time

    assert isinstance(rig.clock, VirtualClock)
    with ExitStack() as stack:
        stack.enter_context(_environment(rig, stack, ""))
        stack.enter_context(virtual_time(rig.clock, on_wait=rig.note_wait))
        passed: Callable[[str], None] = lambda host: rig.note_egress(host, "passed", "in-process")  # noqa: E731  (a line, not a function)
        stack.enter_context(doors_in_process(_stopping(rig), clock=rig.clock, on_other_host=passed, tier=rig.tier))
        stack.enter_context(captured(rig.note_log, lambda line: None, show=True))
        yield rig


def _stopping(rig: LiveRig) -> Handler:
    """The rig's handler. A client that goes on and on is stopped: after a storm every line drops, and this many times is enough."""
    dropped = 0

    def handle(request: Request) -> Response:
        nonlocal dropped
        if rig.storm is not None:
            dropped += 1
            if dropped > MOST_AFTER_STORM:
                raise StormCut(f"{rig.storm}, and the client still went on after {MOST_AFTER_STORM} dropped lines")
        if rig.waited_s > VIRTUAL_CAP_S:
            raise StormCut(f"the client has waited {VIRTUAL_CAP_S / 86400:.0f} virtual days and still goes on")
        return rig.handle(request)

    return handle


@contextmanager
def served(rig: LiveRig) -> Iterator[LiveRig]:
    """The rig behind a socket on loopback, in real time; `rig.url` is its address."""
    from sfchaos.doors.server import Server
    from sfchaos.doors.tls import Authority

    assert isinstance(rig.clock, SystemClock)
    with (
        ExitStack() as stack,
        Server(rig.handle, clock=rig.clock, authority=Authority(), proxy=True, on_egress=rig.note_egress, settle=rig.settle, next_due_s=rig.next_due_s, connecting=rig.connecting) as server,
    ):
        rig.url, rig._route = server.url, "direct"
        stack.enter_context(_environment(rig, stack, server.url))
        stack.enter_context(captured(rig.note_log, lambda line: None, show=True))
        yield rig


@contextmanager
def _environment(rig: LiveRig, stack: ExitStack, url: str) -> Iterator[Mapping[str, str]]:
    folder = stack.enter_context(scratch("key"))
    path = folder / "private_key.pem"
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
