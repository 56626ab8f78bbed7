"""Plays scenarios against a target: the clean twin first, then the faulted run; judges both; gathers the evidence."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sfchaos.core import chance
from sfchaos.core.canonical import Digester, canonical_json, sha256_hex
from sfchaos.core.clock import iso_utc
from sfchaos.core.declaration import Flow
from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.core.history import Ending, Examined, History, RowState, SourceRow
from sfchaos.core.journal import Journal
from sfchaos.core.judgement import Judgement, Threshold
from sfchaos.core.redact import SecretBook
from sfchaos.core.scratch import scratch
from sfchaos.evidence.record import RunRecord
from sfchaos.faults.schedule import Schedule
from sfchaos.scenario.callable_target import CallableTarget
from sfchaos.scenario.command_target import CommandTarget
from sfchaos.scenario.config import Config
from sfchaos.scenario.flows import check_columns, check_fields, unknown_object
from sfchaos.scenario.folder import FolderGuard
from sfchaos.scenario.handlers import register_handlers
from sfchaos.scenario.load import Scenario, is_known_by_id
from sfchaos.scenario.own_org import configured_org
from sfchaos.scenario.ports import as_source_rows, read_port, said_on_stdout
from sfchaos.scenario.stage import Stage, Target
from sfchaos.scenario.state import state_of

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.load import OrgModel
    from sfchaos.rig.rig import Rig

GENERAL = ("SFC-AUTH-10", "SFC-LOG-04")  # judged in every run: ordinary traffic is their stimulus
EXAMINED = ("SFC-SEC-01",)  # judged once, by reading, where `source_paths` says what
MOST_RESTARTS = 5  # of a target that faults kill
DRAIN_S = 86_400.0  # how long a job that nobody waits for may still run when the target has ended


_ENDED = {"hang": "hung", "timeout": "ran out of time", "storm": "hammered the org", "killed": "was killed"}


def most_requests(baseline: int) -> int:
    """How many requests a run under faults may send, by those of the clean one: more is a storm (fault-model 5.2)."""
    return max(10 * baseline, baseline + 200)


def target_of(config: Config) -> Target:
    """The target of a configuration. Raises UsageError when it names none."""
    if config.command:
        return CommandTarget(config.command, pubsub=config.pubsub, shares_time=not config.real_time)
    if config.target:
        return CallableTarget(config.target)
    raise UsageError("no target: nothing says what to test",
                     remedy='write `target = "package.module:function"` or `command = ["node", "sync.js"]` into sfchaos.toml, or put `-- CMD` at the end')  # fmt: skip


@dataclass
class Session:
    """One bundle's worth of runs. `seed_given` makes digests and secrets repeatable; otherwise their key is random and not kept.

    `judge_clean` is off in a replay: what the clean run shows by itself is not the failure that is played again.
    `replay_tail` is what follows the token in a replay line (` --config ../sfchaos.toml -- node sync.js`).
    """

    config: Config
    seed: int
    seed_given: bool = True
    target: Target | None = None
    show_output: bool = False
    judge_clean: bool = True
    replay_tail: str = ""
    journal: Journal = field(default_factory=Journal)
    runs: list[RunRecord] = field(default_factory=list)
    books: list[SecretBook] = field(default_factory=list)
    limits: Mapping[str, Threshold] = field(default_factory=dict)
    examined: Examined | None = None
    held: dict[str, int] = field(default_factory=dict)  # kinds of the target's processes that could not go around the proxy
    _twins: dict[str, RunRecord] = field(default_factory=dict)
    _key: bytes = b""

    def __post_init__(self) -> None:
        from sfchaos.controls.thresholds import thresholds

        self._key = chance.digest_of(self.seed, "digest key") if self.seed_given else os.urandom(32)
        self.limits = thresholds(self.config.declaration.thresholds, file=self.config.declaration.thresholds_file)
        if self.target is None:
            self.target = target_of(self.config)

    # ------------------------------------------------------------------ what is played

    def play(self, scenario: Scenario) -> RunRecord:
        """The faulted run of a scenario, judged against its clean twin (played once per org)."""
        twin = self.twin(scenario)
        named = scenario.objectives
        if twin.history.ending.loud:
            return self._kept(self._unjudged(scenario, named, twin))
        record = self._one(scenario, clean=False, expected=twin.history.after, judge=(*named, *GENERAL))
        return self._kept(record)

    def twin(self, scenario: Scenario) -> RunRecord:
        """The fault-free run on the same org: what the end state should be."""
        model = self.org_model(scenario)
        key = f"{model.digest if model is not None else ''} {scenario.timeout_s}"
        if key not in self._twins:
            if self.examined is None:
                self.examined = self._examine()
            judged = GENERAL + (EXAMINED if self.config.source_paths and not self._twins else ()) if self.judge_clean else ()
            clean = replace(scenario, schedule=Schedule(()), reruns=0)
            self._twins[key] = self._kept(self._one(clean, clean=True, expected=None, judge=judged))
        return self._twins[key]

    def _kept(self, record: RunRecord) -> RunRecord:
        from sfchaos.scenario.keeping import check_kept

        check_kept(self.journal)
        self.runs.append(record)
        return record

    # ------------------------------------------------------------------ one run

    def _one(self, scenario: Scenario, *, clean: bool, expected: Iterable[RowState] | None, judge: tuple[str, ...]) -> RunRecord:
        run = f"r{len(self.runs) + 1}"
        book = SecretBook()
        self.books.append(book)
        stand = Stand(self, scenario, run, book, most_requests=None if clean else most_requests(self.twin(scenario).requests))
        try:
            history = stand.played(clean=clean, expected=None if expected is None else tuple(expected))
            return self._judged(scenario, stand, history, judge)
        finally:
            stand.org.store.close()  # some megabytes, which a collector would come for much later

    def _judged(self, scenario: Scenario, stand: Stand, history: History, judge: tuple[str, ...]) -> RunRecord:
        from sfchaos.controls.judges import judge_all
        from sfchaos.controls.outcome import outcome_of

        judgements = tuple(judge_all(history, judge))
        rig = stand.rig
        schedule = self._armed(scenario.schedule, rig.org_name)
        replay = "" if history.clean else f"sfchaos replay {self._token(schedule, stand.org)}{self._place_of(scenario)}{self.replay_tail}"
        baseline_ms = 0 if history.clean else self.twin(scenario).history.ending.at_ms
        outcome = outcome_of(history, judgements, converged=stand.converged, baseline_ms=baseline_ms)
        return RunRecord(
            id=history.run, clean=history.clean, scenario="" if history.clean else scenario.id, title="clean twin" if history.clean else scenario.title,
            schedule=schedule.as_tree(), seed=self.seed, outcome=outcome, trace_digest=rig.trace_digest(), history=history, judgements=judgements,
            fired=tuple(r for r, n in rig.fired.items() if n), unfired=tuple(rig.unfired), shadowed=tuple(r for r, n in rig.shadowed.items() if n), replay=replay,
            route=stand.route, requests=rig.requests, virtual_ms=round(rig.clock.elapsed_s() * 1000) if self.target and self.target.in_process else 0,
            expected={} if history.clean else {"outcome": list(scenario.outcomes), **scenario.expect}, remark=stand.remark,
            converged=stand.converged, baseline_ms=baseline_ms,
        )  # fmt: skip

    def _armed(self, schedule: Schedule, org_name: str) -> Schedule:
        return replace(schedule, seed=self.seed, org=schedule.org or org_name)

    def _place_of(self, scenario: Scenario) -> str:
        """` --scenario PATH` for one that a replay does not find by the id in its token."""
        return "" if is_known_by_id(scenario, self.config.root) else f" --scenario {shlex.quote(str(scenario.path))}"

    def _token(self, schedule: Schedule, org: Org) -> str:
        from sfchaos.faults.token import FOLDER, encode

        return encode(schedule, org_digest=org.schema.digest, folder=self.config.root / FOLDER)

    def _unjudged(self, scenario: Scenario, objectives: tuple[str, ...], twin: RunRecord) -> RunRecord:
        """The clean twin failed: nothing can be said about faults (design 5.4)."""
        ending = twin.history.ending
        why = f"the target {_ENDED.get(ending.how, 'failed')} in the clean run, without any fault: {ending.detail}; remedy: mend that first"
        judged = tuple(Judgement(o, "inconclusive", "clean-run-failed", detail=why) for o in objectives)
        history = History(run=f"r{len(self.runs) + 1}", lines=(), declaration=self.config.declaration, thresholds=self.limits, ending=Ending(1, "not-run", why))
        schedule = self._armed(scenario.schedule, twin.schedule.get("org", ""))
        return RunRecord(history.run, False, scenario.id, scenario.title, schedule.as_tree(), self.seed, "not-run", "", history, judged,
                         unfired=tuple(rule.id for rule in schedule.rules), remark=why, expected={"outcome": list(scenario.outcomes), **scenario.expect})  # fmt: skip

    def _examine(self) -> Examined | None:
        if not self.config.source_paths:
            return None
        from sfchaos.examine.credentials import scan_credentials

        return scan_credentials(self.config.source_paths, root=self.config.root, book=None)

    def digester(self) -> Digester:
        return Digester(self._key)

    def org_digest(self, scenario: Scenario) -> str:
        """Digest of the schema that a scenario is played on: replay tokens carry it."""
        from sfchaos.org.schema.library import standard_schema

        model = self.org_model(scenario)
        return (model.schema if model is not None else standard_schema()).digest

    def org_model(self, scenario: Scenario) -> OrgModel | None:
        return scenario.org_model or configured_org(self.config)


@dataclass
class Stand:
    """One run being played: its org, its rig, its files."""

    session: Session
    scenario: Scenario
    run: str
    book: SecretBook
    most_requests: int | None = None
    labels: dict[str, str] = field(default_factory=dict)
    converged: bool | None = None  # whether a fault-free rerun on the end state reached the expected one
    remark: str = ""
    route: str = "in-process"

    def __post_init__(self) -> None:
        from sfchaos.org.org import Org
        from sfchaos.rig.rig import Rig

        assert self.session.target is not None
        self.clock = self.session.target.new_clock()
        self.digester = self.session.digester()
        self.org: Org = Org(schema=self.session.org_model(self.scenario), clock=self.clock, seed=self.session.seed, secrets=self.book)
        register_handlers(self.org, self.session.config.org.apexrest, self.session.config.root)
        journal = self.session.journal
        journal.run = self.run
        journal.use_clock(self.clock.elapsed_s)
        self.rig: Rig = Rig(self.org, schedule=self.scenario.schedule, clock=self.clock, seed=self.session.seed, journal=journal, run=self.run, digester=self.digester,
                            most_requests=self.most_requests)  # fmt: skip

    def played(self, *, clean: bool, expected: tuple[RowState, ...] | None) -> History:
        config = self.session.config
        before = self._state()
        self.session.journal.add("start", scenario="" if clean else self.scenario.id, clean="yes" if clean else "no", seed=self.session.seed,
                                 epoch=iso_utc(self.clock.now_s() - self.clock.elapsed_s()), org=self.rig.org_name, rules=[rule.id for rule in self.scenario.schedule.rules],
                                 **({} if clean else self._spoken_sinks()))  # fmt: skip
        source = self._rows("source")
        self.rig.keys = {clear.lower(): digest for digest, clear in self.labels.items()}
        with FolderGuard(config.root):
            ending, stage = self._target_played()
            for _ in range(MOST_RESTARTS):
                if ending.how != "killed" or not self._was_killed_by_a_fault():
                    break
                self.session.journal.add("org", event="restarted", why=ending.detail)
                ending, stage = self._target_played()
            for _ in range(self.scenario.reruns):
                ending, stage = self._target_played()
            log_files = self._log_files()
            self._drain()
            after = self._state()
            rejects, sink = self._rows("rejects"), self._rows("sink", stage.rows)
            if not clean and ending.how in ("failed", "exception") and expected is not None:
                self._rerun(before, expected, source)
        lines = self._ended(ending, before=before, after=after, source=source, rejects=rejects, sink=sink)
        return History(
            run=self.run, lines=lines, clean=clean, before=before, after=after, expected=expected, source=source, rejects=rejects, sink=sink, ending=ending,
            declaration=config.declaration, thresholds=self.session.limits, examined=self.session.examined if clean else None,
            log_sources=("logging", "stdout", "stderr", *log_files), transient=self.scenario.schedule.transient, labels=self.labels,
        )  # fmt: skip

    def _was_killed_by_a_fault(self) -> bool:
        return any(rule.info.family == "proc" for rule in self.scenario.schedule.rules if rule.id in self.rig.fired)

    def _spoken_sinks(self) -> dict[str, Any]:
        """Flows whose rows the clean run said on stdout: silence about them is judged in this one."""
        said = sorted({row.flow for row in self.session.twin(self.scenario).history.sink})
        return {"spoken_sinks": said} if said else {}

    def _target_played(self) -> tuple[Ending, Stage]:
        session = self.session
        assert session.target is not None
        with scratch("key") as folder:
            stage = Stage(self.rig, session.config.root, self.scenario.timeout_s or session.config.timeout_s, _env_with_key(self.org, folder),
                          show_output=session.show_output, extra_env=session.config.env, allow_hosts=session.config.declaration.hosts)  # fmt: skip
            ending = session.target.play(stage)
        self.route = stage.route
        session.held.update(stage.held)
        self.remark = "; ".join(dict.fromkeys([*([self.remark] if self.remark else []), *self._troubles(stage, ending)]))
        return ending, stage

    def _troubles(self, stage: Stage, ending: Ending) -> Iterator[str]:
        """What the user should know of how the target travelled."""
        in_process = stage.route == "in-process"
        if self.rig.requests == 0 and not (in_process and ending.loud):
            why = "its client may be built on none of urllib3, http.client, httpx and aiohttp" if in_process else "it may ignore the proxy variables"
            yield f"no request reached the org: {why}, or the target does not talk to Salesforce"
        yield from stage.troubles
        refused = [str(line["host"]) for line in self.rig.journal.of(self.run) if line["kind"] == "egress" and line["action"] == "refused"]
        if refused:
            yield f"refused: {', '.join(dict.fromkeys(refused))} (no Salesforce host; what the target may reach stands in `hosts` of sfchaos.toml)"

    def carried(self) -> Ending:
        return self._target_played()[0]

    def _drain(self) -> None:
        """Let the jobs that the target left behind come to their end: what they load is its doing, waited for or not."""
        self.rig.settle()
        ends_s = self.clock.now_s() + DRAIN_S
        while (due_s := self.rig.next_due_s()) is not None and due_s <= ends_s:
            self.clock.advance(max(due_s - self.clock.now_s(), 0.001))
            self.rig.settle()

    def _rerun(self, before: tuple[RowState, ...], expected: tuple[RowState, ...], source: tuple[SourceRow, ...]) -> None:
        """Start the target again on the end state, fault-free: does the work converge? (outcome dirty_crash or loud_ok)

        It is played on the same org behind a rig of its own with a journal of its own: the judged history ends before it.
        """
        from sfchaos.controls.reconcile import reconcile
        from sfchaos.rig.rig import Rig

        judged = self.rig
        judged.close()
        self.org.heal()
        self.rig = Rig(self.org, clock=self.clock, seed=self.session.seed, journal=Journal(self.run), run=self.run, digester=self.digester)
        try:
            ending, stage = self._target_played()
            self._drain()
            again = History(self.run, self.rig.journal.lines, before=before, after=self._state(), expected=expected, source=source, rejects=self._rows("rejects"),
                            sink=self._rows("sink", stage.rows), ending=ending, declaration=self.session.config.declaration)  # fmt: skip
            self.converged = not ending.loud and not reconcile(again).of("lost", "duplicate", "extra", "corrupt")
        finally:
            self.rig.close()
            self.rig = judged

    def _ended(self, ending: Ending, **rows: tuple[Any, ...]) -> list[dict[str, Any]]:
        digests = {f"{name}_sha256": sha256_hex(canonical_json([_plain(row) for row in found])) for name, found in rows.items()}
        line: dict[str, Any] = {"exit": ending.exit, "how": ending.how, "detail": ending.detail, "summary": dict(ending.summary), **digests}
        self.session.journal.add("end", **line)
        return self.session.journal.of(self.run)

    # ------------------------------------------------------------------ rows

    def _state(self) -> tuple[RowState, ...]:
        return state_of(self.org, self.digester, self.labels)

    def _rows(self, which: str, said: Iterable[Mapping[str, Any]] = ()) -> tuple[SourceRow, ...]:
        """Source, sink or rejects rows of all flows. A sink that is not declared is what the target said on stdout."""
        config = self.session.config
        found: list[SourceRow] = []
        for flow in config.declaration.flows:
            port = getattr(config.ports[flow.id], which)
            types = self._types(flow)
            if port is not None:
                rows = read_port(port, config.root, must_exist=which == "source")
                if which == "source":
                    check_columns(config, flow, port, rows)
                found += as_source_rows(flow, port, rows, self.digester, types, self.labels)
            elif which == "sink" and not flow.writes:
                found += as_source_rows(flow, said_on_stdout(flow), said, self.digester, types, self.labels)
        return tuple(found)

    def _types(self, flow: Flow) -> Mapping[str, str]:
        """The types of the object's fields; raises BadFile where the flow names what the org has not."""
        try:
            types = self.org.admin.field_types(flow.sobject)
        except UnknownName as error:
            raise unknown_object(self.session.config, flow, error) from None
        check_fields(self.session.config, flow, types)
        return types

    def _log_files(self) -> tuple[str, ...]:
        from sfchaos.scenario.capture import note_files

        epoch_s = self.clock.now_s() - self.clock.elapsed_s()
        return tuple(note_files(self.rig.note_log, self.session.config.root, self.session.config.logs, epoch_s=epoch_s))


def _env_with_key(org: Org, folder: Path) -> dict[str, str]:
    """The environment of design 5.1; the private key lies in a folder that goes when the run ends."""
    path = folder / "private_key.pem"
    path.touch(mode=0o600)
    path.write_text(org.credentials.private_key_pem())
    return org.credentials.environment(key_path=str(path))


def _plain(row: Any) -> Any:
    return {key: dict(value) if isinstance(value, Mapping) else value for key, value in row.__dict__.items()}


def carry(session: Session) -> tuple[Ending, str]:
    """Play the target once, fault-free and unjudged: how it ended, and a remark when nothing reached the org."""
    scenario = Scenario("carry", "", "", "", Schedule(()))
    book = SecretBook()
    session.books.append(book)
    stand = Stand(session, scenario, "r1", book)
    try:
        ending = stand.carried()
    finally:
        stand.org.store.close()
    return ending, stand.remark
