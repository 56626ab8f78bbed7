"""Reconciliation by declared flows: keyed multisets of source and org rows, or of org and sink rows.

Rows that were in the org before and that the source does not name are nobody's business; a row that an administrator
wrote during the run neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sfchaos.controls.reading import Written, refused_for_good, written_rows
from sfchaos.controls.reconcile.difference import Difference, Reconciliation, missing, row_name
from sfchaos.controls.rejects import Reports
from sfchaos.core.declaration import Flow
from sfchaos.core.history import History, RowState, SourceRow


def by_flows(history: History) -> Reconciliation | None:
    """None when no flow has a source or a sink to reconcile with."""
    view = _View(history)
    checked, found, judged = 0, list[Difference](), False
    spoken = _spoken(history)
    for flow in history.declaration.flows:
        given = [row for row in (history.source if flow.writes else history.sink) if row.flow == flow.id]
        if not given and not (flow.has_source if flow.writes else flow.has_sink or flow.id in spoken):
            continue
        judged = True
        reader = _written if flow.writes else _read
        differences, population = reader(view, flow, given)
        checked += population
        found += differences
    if not judged:
        return None
    return Reconciliation("declared", checked, (*found, *_unasked(view)))


def _spoken(history: History) -> frozenset[str]:
    """Flows whose rows the clean run said on stdout: a run under faults that says none has lost them all."""
    start = next((line for line in history.lines if line.get("kind") == "start"), {})
    return frozenset(start.get("spoken_sinks", ()))


class _View:
    """One history, indexed as the flows need it."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.reports = Reports(history)
        self.refused: dict[str, Written] = {w.row.key: w for w in refused_for_good(history) if w.row.key}
        self.lines: dict[str, tuple[int, ...]] = {}
        for written in written_rows(history):
            if written.row.key:
                self.lines[written.row.key] = (*self.lines.get(written.row.key, ()), written.n)
        self.before = {row.id: row for row in history.before}
        self.by_admin = {str(i)[:15] for line in history.events_of("admin_write") for i in line.get("ids", ())}

    def rows(self, rows: Sequence[RowState], flow: Flow) -> list[RowState]:
        return [row for row in rows if row.sobject.lower() == flow.sobject.lower()]

    def is_new(self, row: RowState) -> bool:
        return row.id not in self.before and row.id[:15] not in self.by_admin


def key_of(row: RowState, flow: Flow) -> str:
    """The row's key digest in the flow's external id field; names compared without case."""
    wanted = flow.external_id.lower()
    return next((digest for name, digest in row.keys.items() if name.lower() == wanted), "")


def _grouped(rows: Iterable[RowState], flow: Flow) -> dict[str, list[RowState]]:
    groups: dict[str, list[RowState]] = {}
    for row in rows:
        groups.setdefault(key_of(row, flow), []).append(row)
    return groups


def _sources(rows: Iterable[SourceRow]) -> dict[str, list[SourceRow]]:
    groups: dict[str, list[SourceRow]] = {}
    for row in rows:
        groups.setdefault(row.key, []).append(row)
    return groups


def differing(given: Mapping[str, str], row: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the fields of `given` that `row` holds otherwise; a field that `row` does not know counts as null."""
    held = {name.lower(): digest for name, digest in row.items()}
    return tuple(name for name, digest in sorted(given.items()) if held.get(name.lower(), "") != digest)


def _written(view: _View, flow: Flow, source: list[SourceRow]) -> tuple[list[Difference], int]:
    if not flow.external_id:
        return _by_values(view, flow, source), len(source)
    after = _grouped(view.rows(view.history.after, flow), flow)
    before = _grouped(view.rows(view.history.before, flow), flow)
    found: list[Difference] = []
    for key, rows in _sources(source).items():
        found += _KeyCase(view, flow, key, rows, before.get(key, []), after.get(key, [])).differences()
    return found, len(source)


@dataclass
class _KeyCase:
    """One key of a write flow: its source rows, and the org's rows of that key before and after."""

    view: _View
    flow: Flow
    key: str
    source: list[SourceRow]
    before: list[RowState]
    after: list[RowState]

    def differences(self) -> list[Difference]:
        if self.flow.operations == ("delete",):
            return [self._missing("is still there after its delete")] if self.after else []
        expected = len(self.source) if self.flow.operations == ("create",) else 1
        if len(self.after) < expected:
            return [self._missing(f"is in the source {expected}x and in the org {len(self.after)}x")]
        if len(self.after) > max(expected, len(self.before)):
            return [self._difference("duplicate", f"is in the org {len(self.after)}x, expected {expected}x")]
        return [d for row in self.after for d in self._fields(row)] if len(self.source) == 1 or expected == 1 else []

    def _fields(self, row: RowState) -> list[Difference]:
        wrong = min((differing(given.fields, row.fields) for given in self.source), key=len)
        if not wrong:
            return []
        old = next((b for b in self.before if b.id == row.id), None)
        if old is not None and not any(differing({name: row.fields.get(name, "")}, old.fields) for name in wrong):
            return [self._missing(f"was not updated: {', '.join(wrong)} still as before")]
        reject = self.view.reports.reject_for(self.key, self.flow.id)
        if reject:
            return [self._missing(f"holds other values in {', '.join(wrong)}")]
        return [self._difference("corrupt", f"holds other values than the source in {', '.join(wrong)}", row.id, wrong)]

    def _missing(self, what: str) -> Difference:
        name = row_name(self.flow.sobject, self.key)
        return missing(self.flow.sobject, self.key, f"{name} {what}", self.view.reports, flow=self.flow.id, refused=self.view.refused.get(self.key),
                       lines=self.view.lines.get(self.key, ()))  # fmt: skip

    def _difference(self, kind: str, what: str, record_id: str = "", fields: tuple[str, ...] = ()) -> Difference:
        name = row_name(self.flow.sobject, self.key)
        return Difference(kind, self.flow.sobject, f"{name} {what}", self.key, record_id, fields, self.flow.id, self.view.lines.get(self.key, ()))  # type: ignore[arg-type]  # kind is one of Kind


def _by_values(view: _View, flow: Flow, source: list[SourceRow]) -> list[Difference]:
    """A flow without an external id: rows are told apart by their declared values, among the rows that are new."""
    names = sorted({name for row in source for name in row.fields})
    new = Counter(_values(row.fields, names) for row in view.rows(view.history.after, flow) if view.is_new(row))
    wanted = Counter(_values(row.fields, names) for row in source)
    keys = {_values(row.fields, names): row.key for row in source}
    found: list[Difference] = []
    for values, count in wanted.items():
        name = row_name(flow.sobject, keys[values])
        if new[values] < count:
            what = f"{name} is in the source {count}x and in the org {new[values]}x (matched by its values)"
            found.append(missing(flow.sobject, keys[values], what, view.reports, flow=flow.id, refused=view.refused.get(keys[values])))
        elif new[values] > count:
            found.append(Difference("duplicate", flow.sobject, f"{name} is in the org {new[values]}x, expected {count}x", keys[values], flow=flow.id))
    strangers = sum(count for values, count in new.items() if values not in wanted)
    if strangers:
        found.append(Difference("extra", flow.sobject, f"new rows of {flow.sobject} with values that no source row has: {strangers}", flow=flow.id))
    return found


def _values(fields: Mapping[str, str], names: Sequence[str]) -> tuple[str, ...]:
    held = {name.lower(): digest for name, digest in fields.items()}
    return tuple(held.get(name.lower(), "") for name in names)


def _unasked(view: _View) -> list[Difference]:
    """New rows of objects that keyed write flows fill, with a key that no source names."""
    found: list[Difference] = []
    flows = [f for f in view.history.declaration.write_flows if any(row.flow == f.id for row in view.history.source)]
    for sobject in dict.fromkeys(flow.sobject for flow in flows):
        own = [flow for flow in flows if flow.sobject == sobject]
        if any(not flow.external_id for flow in own):
            continue
        known = {row.key for row in view.history.source for flow in own if row.flow == flow.id}
        for row in view.rows(view.history.after, own[0]):
            keys = {key_of(row, flow) for flow in own}
            if view.is_new(row) and not keys & known:
                name = row_name(sobject, next(iter(sorted(keys)), ""), row.id)
                found.append(Difference("extra", sobject, f"{name} was created without a source row", next(iter(sorted(keys)), ""), row.id, flow=own[0].id))
    return found


def _read(view: _View, flow: Flow, sink: list[SourceRow]) -> tuple[list[Difference], int]:
    """Rows that were in the org all the time must be in the sink once, with the values of before or after."""
    after = {row.id: row for row in view.rows(view.history.after, flow)}
    stayed = [row for row in view.rows(view.history.before, flow) if row.id in after]
    if not flow.external_id:
        return _read_by_values(view, flow, sink, stayed), len(stayed)
    delivered = _sources(sink)
    found: list[Difference] = []
    for row in stayed:
        key = key_of(row, flow)
        name, copies = row_name(flow.sobject, key, row.id), delivered.get(key, [])
        if not key:
            continue
        if not copies:
            found.append(_unread(view, flow, f"{name} is in the org and not in the sink", key))
        elif len(copies) > 1:
            found.append(Difference("duplicate", flow.sobject, f"{name} is in the sink {len(copies)}x", key, row.id, flow=flow.id))
        else:
            wrong = min(differing(copies[0].fields, row.fields), differing(copies[0].fields, after[row.id].fields), key=len)
            if wrong:
                found.append(Difference("corrupt", flow.sobject, f"{name} has other values in the sink in {', '.join(wrong)}", key, row.id, wrong, flow.id))
    return found, len(stayed)


def _unread(view: _View, flow: Flow, what: str, key: str = "") -> Difference:
    """Rows that did not reach the sink: lost, unless the run said that it failed (or the row stands in the flow's rejects)."""
    found = missing(flow.sobject, key, what, view.reports, flow=flow.id)
    return replace(found, kind="reported", how="ending") if found.kind == "lost" and view.reports.admits_failure else found


def _read_by_values(view: _View, flow: Flow, sink: list[SourceRow], stayed: list[RowState]) -> list[Difference]:
    names = sorted({name for row in sink for name in row.fields} or set(flow.fields))
    delivered, held = Counter(_values(row.fields, names) for row in sink), Counter(_values(row.fields, names) for row in stayed)
    lost = sum((held - delivered).values())
    again = sum(count - held[values] for values, count in delivered.items() if values in held and count > held[values])
    found: list[Difference] = []
    if lost:
        found.append(_unread(view, flow, f"rows of {flow.sobject} that are in the org and not in the sink: {lost}"))
    if again:
        found.append(Difference("duplicate", flow.sobject, f"rows of {flow.sobject} that are in the sink more often than in the org: {again}", flow=flow.id))
    return found
