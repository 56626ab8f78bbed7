"""A case: what a judge notes while it reads one history, and the judgement that comes of it.

The rules of every verdict stand here once: an exception is a failure, no stimulus is never a pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sfchaos.controls import thresholds
from sfchaos.core.history import Exchange, History, Operation
from sfchaos.core.judgement import MAX_EXCEPTIONS, ExceptionRef, Judgement, Threshold, Verdict

STIMULUS_ABSENT = "stimulus-absent"


@dataclass
class Case:
    """`stimuli` counts how often the precondition was met, `checked` what was looked at (operations, rows, log lines)."""

    objective: str
    history: History
    stimuli: int = 0
    checked: int = 0
    measured: dict[str, int | float | str] = field(default_factory=dict)
    used: dict[str, Threshold] = field(default_factory=dict)
    exceptions: list[ExceptionRef] = field(default_factory=list)
    exceptions_total: int = 0
    reasons: list[str] = field(default_factory=list)

    def limit(self, name: str) -> float:
        """Value of a threshold, noted as used. Histories without thresholds of their own go by the defaults."""
        threshold = self.history.thresholds.get(name) or thresholds.default(name)
        self.used[name] = threshold
        return threshold.value

    def violation(self, reason: str, detail: str, *, at: Exchange | None = None, line: int | None = None, story: Iterable[int] = ()) -> None:
        """Note one exception under a stable reason code: at an exchange, or at a journal line."""
        self.exceptions_total += 1
        self.reasons.append(reason)
        if len(self.exceptions) < MAX_EXCEPTIONS:
            number = at.n if at is not None else line
            self.exceptions.append(ExceptionRef(detail, number, self.history.run, address=at.address if at else "", story=tuple(story) or ((number,) if number else ())))  # fmt: skip

    def against(self, reason: str, detail: str, operation: Operation, at: Exchange | None = None) -> None:
        """Note an exception about a whole operation: its story is all its attempts."""
        self.violation(reason, detail, at=at or operation.last, story=operation.lines)

    def place(self, reason: str, detail: str, file: str, line: int) -> None:
        """Note an exception at a place in a file."""
        self.exceptions_total += 1
        self.reasons.append(reason)
        if len(self.exceptions) < MAX_EXCEPTIONS:
            self.exceptions.append(ExceptionRef(detail, run=self.history.run, file=file, line=line))

    def unsure(self, reason: str, detail: str) -> Judgement:
        """Inconclusive, whatever else was noted."""
        return self._judgement("inconclusive", reason, detail)

    def conclude(self, held: str, *, absent: str, unsure: tuple[str, str] | None = None) -> Judgement:
        """fail with any exception; else inconclusive without a stimulus (`absent` says which one was missing) or with
        `unsure` (reason, detail); else pass (`held` says what was seen)."""
        if self.exceptions_total:
            more = f" (and {self.exceptions_total - 1} more)" if self.exceptions_total > 1 else ""
            return self._judgement("fail", self.reasons[0], self.exceptions[0].detail + more)
        if not self.stimuli:
            return self._judgement("inconclusive", STIMULUS_ABSENT, absent)
        if unsure:
            return self._judgement("inconclusive", *unsure)
        return self._judgement("pass", "held", held)

    def _judgement(self, verdict: Verdict, reason: str, detail: str) -> Judgement:
        exceptions = tuple(self.exceptions) if verdict == "fail" else ()
        total = self.exceptions_total if verdict == "fail" else 0
        return Judgement(self.objective, verdict, reason, self.stimuli, self.checked, exceptions, total, dict(self.measured), dict(self.used), detail)


def times(count: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
