"""What a session of runs came to, ready to be written down. Built by whoever ran it, read by bundle and renderers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sfchaos.core.history import History
from sfchaos.core.judgement import EXIT_CODES, Judgement, Verdict, roll_up, worst
from sfchaos.core.redact import SecretBook

SELF_CHECK_FAILED = "self-check-failed"


@dataclass(frozen=True)
class RunRecord:
    """One run: what was armed, what came of it, how it was judged.

    `schedule` is the tree of `fault-model.md` 4.2. `fired` and `unfired` are rule ids. `replay` is the whole command
    line that plays it again ("" for a clean twin). `route` is "direct", "tunnel" or "in-process".
    `expected` maps "outcome" and objective ids to what the scenario expects of a sound target.
    """

    id: str
    clean: bool
    scenario: str
    title: str
    schedule: Mapping[str, Any]
    seed: int
    outcome: str
    trace_digest: str
    history: History
    judgements: tuple[Judgement, ...] = ()
    fired: tuple[str, ...] = ()
    unfired: tuple[str, ...] = ()
    shadowed: tuple[str, ...] = ()
    replay: str = ""
    route: str = "in-process"
    requests: int = 0
    virtual_ms: int = 0
    expected: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""  # why it could not be judged, when it could not
    converged: bool | None = None  # whether a second, fault-free start put things right (None: not tried)
    baseline_ms: int = 0  # how long the clean twin took (0: unknown)

    @property
    def verdict(self) -> Verdict:
        """Worst of its judgements, not counting those that met no stimulus here; inconclusive when none was judged."""
        return worst(j.verdict for j in self.judgements)

    @property
    def unexpected(self) -> bool:
        """The outcome is none of those that the scenario allows a sound target. `slow` warns only; a clean twin must pass, but
        one that crashed or hung leaves nothing to judge (inconclusive, `clean-run-failed`). Nor is a plain pass held against a
        run in which no rule fired: without a stimulus there was nothing to be loud about."""
        if self.outcome in ("slow", "not-run") or (self.clean and self.history.ending.loud):
            return False
        if self.outcome == "pass" and self.unfired and not self.fired:
            return False
        return self.outcome not in self.expected.get("outcome", ("pass",))

    def as_dict(self) -> dict[str, Any]:
        """A row of `runs` in evidence.json (design 5.8)."""
        return {
            "id": self.id, "clean": self.clean, "scenario": self.scenario, "title": self.title, "schedule": dict(self.schedule), "seed": self.seed,
            "outcome": self.outcome, "trace_digest": self.trace_digest, "target_exit": self.history.ending.exit, "target_ending": self.history.ending.how,
            "fired": list(self.fired), "unfired": list(self.unfired), "shadowed": list(self.shadowed), "route": self.route, "requests": self.requests,
            "virtual_ms": self.virtual_ms, "judgements": [j.as_dict() for j in self.judgements], "expected": _plain(self.expected),
            "replay": self.replay, "remark": self.remark,
            "converged": {True: "yes", False: "no", None: ""}[self.converged], "baseline_ms": self.baseline_ms,
        }  # fmt: skip


@dataclass(frozen=True)
class EvidenceRecord:
    """A whole session: `mode` is check, run, replay, demo or pytest. Times are ISO 8601 UTC of the machine's clock.

    `blocks` holds the further blocks of evidence.json (who, tool, target, configuration, scope, limits ...), JSON-ready.
    `files` are further files of the bundle: relative path -> bytes (captured logs, configuration), redacted already.
    `secrets` are the books of all runs: the leak gate searches the bundle for everything in them.
    """

    mode: str
    seed: int
    start: str
    end: str
    runs: tuple[RunRecord, ...]
    journal: bytes
    journal_head: str
    objectives: tuple[str, ...]
    blocks: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    secrets: Sequence[SecretBook] = ()
    harness_error: str = ""

    @property
    def results(self) -> tuple[Judgement, ...]:
        """One judgement per objective, rolled up over all faulted runs that judged it (the clean twins count when only they did).

        A run in which the objective met no stimulus does not spoil one in which it did: stimulus-absent gives way.
        """
        return tuple(self._believed(_rolled(objective, self.runs)) for objective in self.objectives)

    @property
    def self_check(self) -> Mapping[str, Mapping[str, str]]:
        """By objective: what its known-good and its known-bad client were judged, and whether the two were told apart."""
        return self.blocks.get("self_check", {})  # type: ignore[no-any-return]  # the block is written by the scenario layer

    @cached_property
    def doubts(self) -> Mapping[str, str]:
        """Objectives whose judge gave the wrong answer in the self-check, with what it said: nothing it says is believed."""
        held = {"good": "pass", "bad": "fail", "ok": "yes"}
        return {name: found.get("detail", "") for name, found in self.self_check.items() if any(found.get(key) != value for key, value in held.items())}

    @property
    def reported(self) -> tuple[RunRecord, ...]:
        """The runs as reports show them: a judgement that is not believed is an error there. `runs` keep what was judged."""
        return tuple(replace(run, judgements=tuple(self._believed(j) for j in run.judgements)) for run in self.runs) if self.doubts else self.runs

    @property
    def failures(self) -> tuple[tuple[RunRecord, Judgement], ...]:
        """What findings are told of: judgements that failed or broke, without those that are not believed."""
        return tuple((run, j) for run in self.runs for j in self.failures_of(run))

    def failures_of(self, run: RunRecord) -> tuple[Judgement, ...]:
        return tuple(j for j in run.judgements if j.verdict in ("fail", "error") and j.objective not in self.doubts)

    def _believed(self, judgement: Judgement) -> Judgement:
        """The judgement, or an error in its place: what a doubted judge said has no weight, whatever it was (control catalogue 1.7)."""
        why = self.doubts.get(judgement.objective)
        if why is None:
            return judgement
        detail = f"the harness judged its own reference clients wrongly: {why}"
        return Judgement(judgement.objective, "error", SELF_CHECK_FAILED, judgement.stimuli, judgement.checked, detail=detail)

    @property
    def verdict(self) -> Verdict:
        if self.harness_error:
            return "error"
        judged: list[Verdict] = [j.verdict for j in self.results]
        return worst([*judged, "fail"] if any(run.unexpected for run in self.runs) else judged)

    @property
    def exit_code(self) -> int:
        """Several at once: 2, then 1, then 3 (design 5.4). worst() orders error, fail, inconclusive likewise."""
        return EXIT_CODES[self.verdict]


def _rolled(objective: str, runs: Sequence[RunRecord]) -> Judgement:
    found = [j for run in runs for j in run.judgements if j.objective == objective]
    stimulated = [j for j in found if not (j.verdict == "inconclusive" and j.reason == "stimulus-absent")]
    return roll_up(objective, stimulated or found)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
