"""Change events: what happened to rows of the chosen objects, told once their transaction is done.

A transaction is a request, or 200 rows of a job. Rows of one object that changed alike in it share an event, with several recordIds.
Header R (change events of v49 and v60 in public clients' logs); rules D (Change Data Capture guide, "Change Event Header Fields",
"Change Event Body Fields", "Merged Change Events", "Gap Events", "Overflow Events").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sfchaos.core import chance
from sfchaos.core.errors import UnknownName
from sfchaos.org.events.avro import change_event_name, change_fields
from sfchaos.org.events.messages import HEADER
from sfchaos.org.events.values import event_value
from sfchaos.org.schema.compounds import compound_parts

if TYPE_CHECKING:
    from sfchaos.core.gate import Verb
    from sfchaos.org.org import Org
    from sfchaos.org.rows.after import Saved
    from sfchaos.org.schema.model import Field, SObject

TRANSACTION_ROWS = 200
FIRST_COMMIT = 10_664_498_139_156  # where commit numbers begin: of the recorded size, else of no meaning
NO_RECORD = "000000000000000AAA"  # the record of an overflow event (D)
_TYPES: dict[Verb, str] = {"create": "CREATE", "update": "UPDATE", "delete": "DELETE", "undelete": "UNDELETE"}
_API_NAMES = {"rest": "rest", "soap": "soap", "bulk1": "bulkapi", "bulk1json": "bulkapi"}
_INTERNAL = "com/salesforce/api/soap/67.0;client=SfdcInternalAPI/"  # what changes made in Salesforce's own pages show (R)
_STAMPS = ("LastModifiedDate", "LastModifiedById")
Payload = dict[str, Any]


@dataclass(slots=True)
class Change:
    """One row's change that waits for the end of its transaction. `changed` are the names for changedFields."""

    sobject: SObject
    kind: str
    ids: list[str]
    fields: Payload
    changed: tuple[str, ...]
    user_id: str
    at_s: float
    job_id: str
    origin: str = ""


@dataclass(slots=True)
class ChangeCapture:
    """A follower of saves; `org.changes`."""

    org: Org
    _pending: list[Change] = field(default_factory=list)

    @property
    def is_waiting(self) -> bool:
        return bool(self._pending)

    def wants(self, sobject: SObject, verb: Verb) -> bool:
        return sobject.name.lower() in self.org.selection.chosen.captured

    def saved(self, org: Org, saved: Saved) -> None:
        self.saved_many(org, (saved,))

    def saved_many(self, org: Org, saves: Sequence[Saved]) -> None:
        mark = len(self._pending)
        for saved in saves:
            change = self._change(saved)
            if change is not None:
                self._pending.append(change)
        org.store.on_undo(lambda: self._forget_from(mark))

    def _forget_from(self, mark: int) -> None:
        del self._pending[mark:]

    def forget(self) -> None:
        self._pending.clear()

    def _change(self, saved: Saved) -> Change | None:
        names = [f.name for f in change_fields(saved.sobject)]
        fields: Payload = {}
        changed: tuple[str, ...] = ()
        if saved.verb != "delete":
            now = {**saved.before, **saved.values} if saved.verb != "create" else dict(saved.values)
            if saved.verb == "undelete":
                now = self._row(saved) or now
            fields, changed = self._body(saved, names, now)
            if saved.verb == "update" and not changed:
                return None
        return Change(saved.sobject, _TYPES[saved.verb], [saved.id], fields, changed, saved.user_id, self.org.now_s(), saved.job_id, self._origin(saved))

    def _row(self, saved: Saved) -> dict[str, Any]:
        from sfchaos.org.store import quoted

        names = [f.name for f in saved.sobject.columns]
        found = self.org.store.one(f"SELECT {', '.join(map(quoted, names))} FROM {quoted(saved.sobject.name)} WHERE Id = ?", (saved.id,))
        return dict(zip(names, found, strict=True)) if found else {}

    def _body(self, saved: Saved, names: list[str], now: Mapping[str, Any]) -> tuple[Payload, tuple[str, ...]]:
        """Of a new row the fields that have a value, of a change those that have another one."""
        is_update = saved.verb == "update"
        fields: Payload = {}
        changed: list[str] = []
        for name in names:
            f = saved.sobject.by_key[name.lower()]
            value, touched = _told(saved.sobject, f, now, saved.before if is_update else None)
            if is_update and touched:
                fields[name] = value
                changed += touched
            elif not is_update and value is not None:
                fields[name] = value
        return fields, tuple(changed)

    def _origin(self, saved: Saved) -> str:
        call = self.org.serving
        if saved.job_id:
            job = self.org.registers.jobs.get(saved.job_id)
            return f"com/salesforce/api/bulkapi/{getattr(job, 'version', '') or '67.0'}"
        if saved.as_admin or call is None:
            return _INTERNAL
        api = _API_NAMES.get(call.surface, "rest")
        options = call.request.header("sforce-call-options")
        client = next((part.partition("=")[2].strip() for part in options.split(",") if part.strip().lower().startswith("client=")), "")
        return f"com/salesforce/api/{api}/{call.version or '67.0'}" + (f";client={client}" if client else "")

    # ------------------------------------------------------------------ the end of a transaction

    def flush(self) -> None:
        """Publish what waits: the transaction was committed."""
        waiting, self._pending = self._pending, []
        for transaction in _transactions(waiting):
            number = self.org.registers.next("transaction")
            key = str(UUID(bytes=chance.digest_of(self.org.seed, "transaction", number, size=16)))
            for sequence, change in enumerate(_merged(transaction), 1):
                self._publish(change, key, sequence, FIRST_COMMIT + number)

    def _publish(self, change: Change, key: str, sequence: int, commit: int) -> None:
        header = {
            "commitNumber": commit, "commitUser": change.user_id, "sequenceNumber": sequence, "entityName": change.sobject.name, "changeType": change.kind,
            "changedFields": list(change.changed), "changeOrigin": change.origin, "transactionKey": key, "commitTimestamp": int(change.at_s) * 1000,
            "recordIds": change.ids,
        }  # fmt: skip
        kind = self.org.schema.find(change_event_name(change.sobject.name))
        self.org.events.publish(f"/data/{change_event_name(change.sobject.name)}", {HEADER: header, **change.fields}, user_id=change.user_id, sobject=kind,
                                at_s=change.at_s)  # fmt: skip

    def gap(self, sobject: str, change: str = "UPDATE", record_ids: Iterable[str] = ()) -> None:
        """Tell that rows changed and not how, as Salesforce does when it could not make the event: GAP_CREATE, GAP_UPDATE, GAP_DELETE,
        GAP_UNDELETE; `OVERFLOW` for a transaction of too many changes. Raises UnknownName for an object that is not captured."""
        captured = self.org.selection.chosen.captured
        found = self.org.schema.find(sobject)
        if found is None or found.name.lower() not in captured:
            names = [o.name for o in self.org.schema if o.name.lower() in captured]
            raise UnknownName("object chosen for Change Data Capture", sobject, names, remedy="choose it: `change_data_capture: [Account]` in the org file")
        kind = f"GAP_{change.upper().removeprefix('GAP_')}"
        ids = list(record_ids) or [NO_RECORD]
        self._pending.append(Change(found, kind, ids, {}, (), self.org.admin_user_id, self.org.now_s(), "", _INTERNAL))
        self.flush()


def _transactions(changes: Sequence[Change]) -> Iterable[list[Change]]:
    """All of a request is one; of a job, 200 rows."""
    here: list[Change] = []
    for change in changes:
        if here and (change.job_id != here[0].job_id or (change.job_id and len(here) == TRANSACTION_ROWS)):
            yield here
            here = []
        here.append(change)
    if here:
        yield here


def _merged(changes: Sequence[Change]) -> Iterable[Change]:
    """Rows that changed alike in one event; a row that changes twice in a transaction keeps its order."""
    merged: list[Change] = []
    alike: dict[tuple[str, ...], Change] = {}
    for change in changes:
        key = (change.sobject.name, change.kind, change.user_id, repr(change.fields), repr(change.changed))
        other = alike.get(key)
        if other is not None and change.ids[0] not in other.ids and not _is_later(merged, other, change.ids[0]):
            other.ids += change.ids
            continue
        alike[key] = change
        merged.append(change)
    return merged


def _is_later(merged: Sequence[Change], other: Change, record_id: str) -> bool:
    """Whether the row changed in another way since the event that it could join."""
    return any(record_id in change.ids for change in merged[merged.index(other) + 1 :])


def _told(sobject: SObject, f: Field, now: Mapping[str, Any], before: Mapping[str, Any] | None) -> tuple[Any, list[str]]:
    """The value of a field, and the names under which changedFields lists it when it is not as it was `before`."""
    parts = _parts(sobject, f)
    if not parts:
        if not f.has_column:
            return None, []
        value = now.get(f.name)
        return event_value(f, value), [f.name] if before is not None and value != before.get(f.name) else []
    if before is None:
        whole = {key: now.get(column) for key, column in parts if now.get(column) is not None}
        return whole or None, []
    touched = [(key, column) for key, column in parts if now.get(column) != before.get(column)]
    return {key: now.get(column) for key, column in touched}, [f"{f.name}.{key}" for key, _ in touched]


def _parts(sobject: SObject, f: Field) -> list[tuple[str, str]]:
    """(key in the event, column) of a compound field: `City` and `BillingCity`, `LastName` and `LastName`."""
    if f.type in ("address", "location"):
        keys, columns = compound_parts(sobject, f)
        return [(key[0].upper() + key[1:], column) for key, column in zip(keys, columns, strict=True)]
    if f.formula == "person_name":
        return [(part.name, part.name) for part in sobject.fields if part.compound == f.name and part.has_column]
    return []


