"""What the integration said about rows that did not get in: its rejects, its logs, its ending."""

from __future__ import annotations

from dataclasses import dataclass, field

from sfchaos.controls.reading import Written, claims_failure, is_warning, names_row
from sfchaos.core.history import History, LogRecord, SourceRow

NOT_HELD_AGAINST = frozenset({"unconfirmed", "undelivered"})  # the run stopped, fate unknown or never sent (design 5.3)


@dataclass
class Reports:
    """All reports of one run. A log line that only names an error code or object speaks for one row, not for many."""

    history: History
    warnings: list[LogRecord] = field(init=False)
    spoken_for: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.warnings = [record for record in self.history.logs if is_warning(record)]

    def reject_for(self, key: str, flow: str = "") -> SourceRow | None:
        if not key:
            return None
        return next((r for r in self.history.rejects if r.key == key and flow in ("", r.flow)), None)

    @property
    def keeps_rejects(self) -> bool:
        """The integration has a place for rejects: then a row must stand there; an exit code is not enough."""
        return bool(self.history.rejects) or any(flow.has_rejects for flow in self.history.declaration.write_flows)

    @property
    def failed_loudly(self) -> bool:
        """The run as a whole said that something went wrong, and there is no better place to say which row."""
        return not self.keeps_rejects and self.admits_failure

    @property
    def admits_failure(self) -> bool:
        """The run ended in failure or its summary says so: enough for rows that were to be read, which no rejects file lists."""
        return self.history.ending.loud or claims_failure(self.history.ending.summary)

    def of(self, written: Written) -> str:
        """How a refused row was reported: reject, log, ending, or "" when it was not."""
        if self.reject_for(written.row.key):
            return "reject"
        if self._logged(written):
            return "log"
        return "ending" if self.failed_loudly else ""

    def _logged(self, written: Written) -> bool:
        later = [record for record in self.warnings if record.n > written.n]
        if any(names_row(record, written.row) for record in later):
            return True
        for record in later:
            if record.n not in self.spoken_for and written.row.code and written.row.code in record.text:
                self.spoken_for.add(record.n)
                return True
        return False
