"""SFC-LOG-01: every transfer has an audit event of its own.

Two populations: what really happened (the journal) and what the integration wrote (captured logs). A log line that
names a record or key speaks for that transfer; a line that only names an object or operation speaks for one transfer
inside the matching window.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from sfchaos.controls.case import Case, times
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import Written, is_row_write, level_of, mentions, named_ids, names_row, refused_for_good
from sfchaos.core.history import Exchange, History, LogRecord, RowLine
from sfchaos.core.judgement import Judgement

NO_LOG_SOURCE = ("no-log-source", "no logs were captured: nothing can be said about them")
_READS = frozenset({"query.first", "query.all", "search.run", "row.get", "coll.get", "repl.updated", "repl.deleted"})
_JOBS = frozenset({"bulk2.create", "bulk2q.create", "bulk1.job"})
_VERBS = {"create": ("creat", "insert", "add", "new"), "update": ("updat",), "upsert": ("upsert", "sync", "push"), "delete": ("delet", "remov"),
          "get": ("get", "read", "fetch"), "first": ("query", "queried", "select", "read", "fetch", "pull"), "all": ("query", "select", "read", "fetch")}  # fmt: skip


@dataclass(frozen=True)
class Transfer:
    """One transfer to find in the logs. `words`: any of them in a log line in time will do, once."""

    op: str
    n: int
    at_ms: int
    until_ms: int
    rows: tuple[RowLine, ...]
    words: tuple[str, ...]
    ids: tuple[str, ...] = ()
    story: tuple[int, ...] = ()


@judges("SFC-LOG-01")
def every_transfer_logged(case: Case) -> Judgement:
    """Stimulus: a transfer. One event is due for each request that moved data, each job, and each row that a job refused."""
    found = transfers(case.history)
    case.stimuli = len(found)
    if not case.history.log_sources:
        return case.unsure(*NO_LOG_SOURCE)
    trail = _Trail([r for r in case.history.logs if level_of(r) != "DEBUG"], round(case.limit("log_match_window") * 1000))
    unmatched = [transfer for transfer in found if not trail.has(transfer)]
    case.checked = len(found)
    case.measured |= {"transfers": len(found), "matched": len(found) - len(unmatched), "log_lines": len(case.history.logs)}
    if found and (len(found) - len(unmatched)) / len(found) < case.limit("log_complete_min"):
        for transfer in unmatched:
            case.measured[f"missing_{transfer.op}"] = int(case.measured.get(f"missing_{transfer.op}", 0)) + 1
            case.violation("transfer-not-logged", f"no log line for {transfer.op} ({', '.join(transfer.words[:1]) or 'no object'})", line=transfer.n, story=transfer.story)
    return case.conclude(f"{times(len(found), 'transfer')}, each with a log line", absent="nothing was transferred")


def transfers(history: History) -> list[Transfer]:
    """All transfers that the org saw through, in journal order."""
    found = [_request(op.last, op.first, op.lines) for op in history.operations if _moves_data(op.last)]
    found += [_job(history, e) for e in history.exchanges if e.op in _JOBS and e.applied != "no" and e.job]
    found += [_refused_row(history, w) for w in refused_for_good(history) if w.job]
    return sorted(found, key=lambda transfer: transfer.n)


def _moves_data(exchange: Exchange) -> bool:
    if is_row_write(exchange.op):
        return exchange.applied != "no" or bool(exchange.rows)
    return exchange.op in _READS and exchange.succeeded


def _request(last: Exchange, first: Exchange, story: tuple[int, ...]) -> Transfer:
    sobject = str(last.get("sobject"))
    words = (sobject, *_VERBS.get(last.op.partition(".")[2], ()))
    ids = tuple(str(key)[:15] for key in last.get("keys", ()))
    return Transfer(last.op, last.n, first.at_ms, last.delivered_ms, last.rows, tuple(w for w in words if w), ids, story)


def _job(history: History, created: Exchange) -> Transfer:
    """A job may be logged from its creation to the run's end."""
    ids = tuple(i for e in history.exchanges if e.job == created.job for i in named_ids(str(e.get("path"))) if i.startswith("750"))
    words = (str(created.get("sobject")), "bulk", "job")
    return Transfer(created.op, created.n, created.at_ms, _end_ms(history), (), tuple(w for w in words if w), tuple(dict.fromkeys(ids)), (created.n,))


def _refused_row(history: History, written: Written) -> Transfer:
    words = (written.row.code,) if written.row.code else (written.row.sobject,)
    return Transfer("bulk row refused", written.n, written.at_ms, _end_ms(history), (written.row,), words, (), (written.n,))


def _end_ms(history: History) -> int:
    return max((int(line["at_ms"]) for line in history.lines), default=0)


class _Trail:
    """Log lines by time, with those already taken by a transfer that they do not name."""

    def __init__(self, records: list[LogRecord], window_ms: int) -> None:
        self.records = sorted(records, key=lambda record: record.at_ms)
        self.window_ms = window_ms
        self.taken: set[int] = set()

    def has(self, transfer: Transfer) -> bool:
        first = bisect_left(self.records, transfer.at_ms - self.window_ms, key=lambda record: record.at_ms)
        last = bisect_right(self.records, transfer.until_ms + self.window_ms, key=lambda record: record.at_ms)
        in_time = self.records[first:last]
        if any(_names(record, transfer) for record in in_time):
            return True
        match = next((r for r in in_time if r.n not in self.taken and mentions(r, transfer.words)), None)
        if match is None:
            return False
        self.taken.add(match.n)
        return True


def _names(record: LogRecord, transfer: Transfer) -> bool:
    said = {*named_ids(record.text), *(value[:15] for value in record.values.values())}
    return bool(said & {*transfer.ids}) or any(names_row(record, row) for row in transfer.rows)
