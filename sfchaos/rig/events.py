"""Facts that no request owns become journal lines of kind org: job states, rows of jobs, tokens, writes by the administrator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sfchaos.core.clock import Clock
from sfchaos.core.gate import OrgEvent, RowTouch
from sfchaos.core.journal import Journal
from sfchaos.core.redact import SecretBook
from sfchaos.faults.rule import Rule
from sfchaos.rig.gate import Hit
from sfchaos.rig.lines import LineMaker, tidy

MOST_ROWS = 200  # a line; more rows are more lines


class EventLines:
    """What an exchange causes is written after the exchange's own line: it is kept between `hold` and `release`."""

    def __init__(self, journal: Journal, clock: Clock, lines: LineMaker, alias_of: Callable[[str], str], book: SecretBook) -> None:
        self._journal, self._clock, self._lines, self._alias_of, self._book = journal, clock, lines, alias_of, book
        self._held: list[tuple[float, dict[str, Any]]] | None = None
        self._faults: dict[tuple[str, str, str], list[Any]] = {}
        self.rows_committed = 0
        self.job_states: dict[str, str] = {}

    def hold(self) -> None:
        self._held = []

    def release(self) -> None:
        kept, self._held = self._held, None
        for at_s, line in kept or ():
            self._journal.add("org", at_s=at_s, **line)

    def take(self, event: OrgEvent) -> None:
        """Called by the org after each unit of work."""
        facts = dict(event.facts)
        job_id = str(facts.pop("job", ""))
        at_s = self._elapsed_s(event.at_s)
        if job_id and isinstance(facts.get("state"), str):
            self.job_states[job_id] = facts["state"]
        rows = facts.pop("rows", None)
        line = {"event": event.event, **{name: tidy(value, self._book) for name, value in facts.items() if value is not None}}
        if job_id:
            line["job"] = self._alias_of(job_id)
        if not isinstance(rows, list | tuple):
            self._write(at_s, line if rows is None else {**line, "rows": tidy(rows, self._book)})
            return
        for start in range(0, max(1, len(rows)), MOST_ROWS):
            self._write(at_s, {**line, "rows": self._rows(rows[start : start + MOST_ROWS])})

    def _rows(self, rows: Any) -> list[Any]:
        made = []
        for row in rows:
            if isinstance(row, RowTouch):
                self.rows_committed += row.ok
                made += self._lines.rows([row])
            else:
                made.append(tidy(row, self._book))
        return made

    def fault(self, hit: Hit) -> None:
        """A rule acted on a job: gathered, so that a thousand rows are one line."""
        key = (hit.state.rule.id, hit.job_id, hit.what)
        self._faults.setdefault(key, [hit, 0])[1] += 1

    def flush_faults(self) -> None:
        gathered, self._faults = self._faults, {}
        for hit, count in gathered.values():
            rule = hit.state.rule
            self._write(self._elapsed_s(hit.at_s), {"event": "fault", "job": self._alias_of(hit.job_id), "fired": [rule.id], "faults": [rule.info.id],
                                                    "commit_phase": rule.info.when, "what": hit.what, "times": count})  # fmt: skip

    def not_struck(self, rule: Rule, reason: str) -> None:
        self._write(
            self._clock.elapsed_s(), {"event": "fault_not_struck", "rule": rule.id, "fault": rule.info.id, "reason": self._book.scrub(reason)[0]}
        )

    def _elapsed_s(self, at_s: float | None) -> float:
        """Run seconds of an instant on the org's clock; now when there is none."""
        elapsed_s = self._clock.elapsed_s()
        return elapsed_s if at_s is None else max(0.0, elapsed_s - (self._clock.now_s() - at_s))

    def _write(self, at_s: float, line: dict[str, Any]) -> None:
        if self._held is not None:
            self._held.append((at_s, line))
        else:
            self._journal.add("org", at_s=at_s, **line)
