"""Reconciliation against the clean twin: equal end states, modulo ids, system fields and order.

Rows that were there before are matched by id, new rows by an external key they share, the rest by their values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sfchaos.controls.reading import Written, refused_for_good, written_rows
from sfchaos.controls.reconcile.difference import SYSTEM_FIELDS, Difference, Reconciliation, missing, row_name
from sfchaos.controls.rejects import Reports
from sfchaos.core.history import History, RowState

Values = tuple[tuple[str, str], ...]


def by_twin(history: History) -> Reconciliation:
    expected = list(history.expected or ())
    return Reconciliation("metamorphic", len(expected), tuple(_Twin(history).differences(expected, list(history.after))))


def values_of(row: RowState) -> Values:
    """Everything of a row that two runs must agree on: not system fields, not what is null."""
    return tuple(sorted((name, digest) for name, digest in row.fields.items() if name.lower() not in SYSTEM_FIELDS and digest))


def without_references(values: Values) -> Values:
    """Values without lookups by name (AccountId ...): ids of new rows may differ between two runs."""
    return tuple((name, digest) for name, digest in values if not name.endswith("Id"))


def any_key(row: RowState) -> tuple[str, str, str] | None:
    """Object, external id field and key digest of the first external id that the row fills."""
    return next(((row.sobject, name, digest) for name, digest in sorted(row.keys.items()) if digest), None)


class _Twin:
    def __init__(self, history: History) -> None:
        self.history = history
        self.reports = Reports(history)
        self.before = {row.id: row for row in history.before}
        self.written = written_rows(history)
        self.refused = refused_for_good(history)
        self.admin = {str(i)[:15] for line in history.events_of("admin_write") for i in line.get("ids", ())}

    def differences(self, expected: list[RowState], after: list[RowState]) -> list[Difference]:
        found = self._old(expected, after)
        new_expected = [row for row in expected if row.id not in self.before]
        new_after = [row for row in after if row.id not in self.before]
        found += self._keyed([r for r in new_expected if any_key(r)], [r for r in new_after if any_key(r)])
        found += self._loose([r for r in new_expected if not any_key(r)], [r for r in new_after if not any_key(r)])
        return found

    def _old(self, expected: list[RowState], after: list[RowState]) -> list[Difference]:
        found: list[Difference] = []
        wanted, held = ({row.id: row for row in rows if row.id in self.before} for rows in (expected, after))
        for record_id, row in wanted.items():
            now = held.get(record_id)
            if now is None:
                found.append(Difference("lost", row.sobject, f"{self._name(row)} is gone; the clean run keeps it", id=record_id))
            else:
                found += self._compared(row, now, self.before[record_id])
        for record_id, row in held.items():
            if record_id not in wanted:
                found.append(self._missing(row, f"{self._name(row)} is still there; the clean run deletes it"))
        return found

    def _compared(self, wanted: RowState, now: RowState, old: RowState | None) -> list[Difference]:
        wrong = tuple(sorted({name for name, _ in set(values_of(wanted)) ^ set(values_of(now))}))
        if not wrong or (old is None and all(name.endswith("Id") for name in wrong)):
            return []
        if old is not None and all(now.fields.get(name, "") == old.fields.get(name, "") for name in wrong):
            return [self._missing(now, f"{self._name(now)} was not updated: {', '.join(wrong)} still as before")]
        key = (any_key(now) or ("", "", ""))[2]
        return [Difference("corrupt", now.sobject, f"{self._name(now)} holds other values than the clean run in {', '.join(wrong)}", key, now.id, wrong)]

    def _keyed(self, expected: list[RowState], after: list[RowState]) -> list[Difference]:
        found: list[Difference] = []
        wanted, held = _by_key(expected), _by_key(after)
        for key, rows in wanted.items():
            now = held.get(key, [])
            if len(now) < len(rows):
                found.append(self._missing(rows[0], f"{self._name(rows[0])} is in the org {len(now)}x, in the clean run {len(rows)}x"))
            elif len(now) > len(rows):
                found.append(self._more("duplicate", now[-1], f"is in the org {len(now)}x, in the clean run {len(rows)}x"))
            elif len(now) == 1:
                found += self._compared(rows[0], now[0], None)
        found += [self._more("extra", rows[0], "is in the org and not in the clean run") for key, rows in held.items()
                  if key not in wanted and rows[0].id[:15] not in self.admin]  # fmt: skip
        return found

    def _loose(self, expected: list[RowState], after: list[RowState]) -> list[Difference]:
        """Rows without a key, as multisets of values: first as they are, then without lookups."""
        exact = Counter(_print(row) for row in expected) & Counter(_print(row) for row in after)
        lacking, over = _left(expected, exact, bare=False), _left(after, exact, bare=False)
        same = Counter(_print(row, bare=True) for row in lacking) & Counter(_print(row, bare=True) for row in over)
        lacking, over = _left(lacking, same, bare=True), _left(over, same, bare=True)
        known = {_print(row, bare=True) for row in expected}
        found: list[Difference] = []
        for row in [row for row in over if row.id[:15] not in self.admin]:
            partner = next((item for item in lacking if item.sobject == row.sobject), None)
            if _print(row, bare=True) in known:
                found.append(self._more("duplicate", row, "stands in the org more often than in the clean run, with the same values"))
            elif partner is not None and _alike(row, partner):
                lacking.remove(partner)
                found += self._compared(partner, row, None)
            else:
                found.append(self._more("extra", row, "is in the org; the clean run has no such row"))
        return found + [self._missing(row, f"a row of {row.sobject} is in the clean run and not in the org") for row in lacking]

    def _name(self, row: RowState) -> str:
        return row_name(row.sobject, (any_key(row) or ("", "", ""))[2], row.id)

    def _more(self, kind: str, row: RowState, what: str) -> Difference:
        lines = tuple(w.n for w in self.written if w.row.sobject == row.sobject and (w.row.id[:15] == row.id[:15] or _same_values(w, row)))
        key = (any_key(row) or ("", "", ""))[2]
        return Difference(kind, row.sobject, f"{self._name(row)} {what}", key, row.id, lines=lines)  # type: ignore[arg-type]  # kind is one of Kind

    def _missing(self, row: RowState, what: str) -> Difference:
        key = (any_key(row) or ("", "", ""))[2]
        return missing(row.sobject, key, what, self.reports, refused=next((w for w in self.refused if self._is(w, row, key)), None))

    def _is(self, written: Written, row: RowState, key: str) -> bool:
        if written.row.sobject.lower() != row.sobject.lower():
            return False
        return written.row.key == key if key and written.row.key else (written.row.id[:15] == row.id[:15] if written.row.id else _same_values(written, row))


def _same_values(written: Written, row: RowState) -> bool:
    """Whether a written row's values all stand in the row."""
    held = {name.lower(): digest for name, digest in row.fields.items()}
    return bool(written.row.fields) and all(held.get(name.lower()) == digest for name, digest in written.row.fields.items() if digest)


def _print(row: RowState, *, bare: bool = False) -> tuple[str, Values]:
    values = values_of(row)
    return row.sobject, without_references(values) if bare else values


def _left(rows: Iterable[RowState], matched: Counter[tuple[str, Values]], *, bare: bool) -> list[RowState]:
    """Rows that found no partner."""
    budget = Counter(matched)
    left: list[RowState] = []
    for row in rows:
        fingerprint = _print(row, bare=bare)
        if budget[fingerprint] > 0:
            budget[fingerprint] -= 1
        else:
            left.append(row)
    return left


def _alike(row: RowState, other: RowState) -> bool:
    """Whether at least half of the filled fields agree: then it is the same row with wrong values."""
    mine, theirs = set(values_of(row)), set(values_of(other))
    return 2 * len(mine & theirs) >= max(len(mine), len(theirs))


def _by_key(rows: Iterable[RowState]) -> dict[tuple[str, str, str], list[RowState]]:
    groups: dict[tuple[str, str, str], list[RowState]] = {}
    for row in rows:
        key = any_key(row)
        if key is not None:
            groups.setdefault(key, []).append(row)
    return groups
