"""Row locks: what the org refuses with UNABLE_TO_LOCK_ROW while another transaction seems to hold a record or its parent.

A lock is a key and the moment it ends. Keys name what a writer addresses, before the row is looked up:

    001...                       a record, by the first 15 characters of its id
    Contact.External_Id__c:a-1   an external id, lower case
    Account=<digest>             the content of a create that has neither: its retry meets the same lock

Source: Salesforce Help, "Record-level locking"; reply text in wire reference 4.3 (U).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.core.canonical import sha256_hex
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.core.gate import Refusal
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject


class Locks:
    def __init__(self, org: Org) -> None:
        self._org = org

    def lock(self, key: str, until_s: float) -> None:
        """Hold `key` (a record id or one of the keys above) until org second `until_s`; a longer lock stays."""
        held = self._org.registers.locks
        key = normal(key)
        held[key] = max(until_s, held.get(key, 0.0))

    def is_held(self, key: str) -> bool:
        """Whether a lock is in force; locks that are over are forgotten on the way."""
        until_s = self._org.registers.locks.get(key)
        if until_s is None:
            return False
        if until_s <= self._org.now_s():
            del self._org.registers.locks[key]
            return False
        return True

    def refusal(self, sobject: SObject, record_id: str, row: Mapping[str, Any], key_field: str) -> Refusal | None:
        """Why a write to this row must wait, if it must. `row` is as sent, with canonical field names."""
        for key in (*record_keys(sobject, record_id, row, key_field), *self._parents(sobject, record_id, row)):
            if self.is_held(key):
                named = record_id or (key if is_id(key) else "")  # 18 characters in the reply (wire reference 4.3 and 5.5)
                text = f"unable to obtain exclusive access to this record or 1 records: {to_18(named)}" if named else "unable to obtain exclusive access to this record"
                return row_refusal("UNABLE_TO_LOCK_ROW", text)
        return None

    def _parents(self, sobject: SObject, record_id: str, row: Mapping[str, Any]) -> list[str]:
        """Keys of the parents a row names, and of those the stored record hangs on."""
        return parent_keys(sobject, row) + (self.stored_parents(sobject, record_id) if record_id else [])

    def stored_parents(self, sobject: SObject, record_id: str) -> list[str]:
        columns = [f.name for f in sobject.columns if f.type == "reference" and f.name not in AUDIT_REFERENCES]
        if not columns:
            return []
        names = ", ".join(quoted(name) for name in columns)
        found = self._org.store.one(f"SELECT {names} FROM {quoted(sobject.name)} WHERE Id = ?", (to_18(record_id),))
        return [value[:15] for value in found or () if value]


AUDIT_REFERENCES = frozenset({"CreatedById", "LastModifiedById", "OwnerId"})  # writing a row locks no user


def normal(key: str) -> str:
    return key[:15] if is_id(key) else key


def record_keys(sobject: SObject, record_id: str, row: Mapping[str, Any], key_field: str) -> list[str]:
    """The keys of the record itself: its id, its external ids; for a create without either, its content."""
    keys = [record_id[:15]] if record_id else []
    for name, value in row.items():
        f = sobject.find(name)
        if f is not None and value not in (None, "") and (f.external_id or f.key == key_field.lower()) and f.name != "Id":
            keys.append(f"{sobject.name}.{f.name}:{str(value).strip().lower()}")
    return keys or [f"{sobject.name}={content_digest(row)}"]


def parent_keys(sobject: SObject, row: Mapping[str, Any]) -> list[str]:
    """The parents a row names, by id or by the parent's external id (`{"Account": {"Ext__c": "A-1"}}`, `Account.Ext__c`)."""
    keys: list[str] = []
    for name, value in row.items():
        head, _, tail = name.partition(".")
        f = sobject.by_relationship.get(head.rpartition(":")[2].lower())
        if f is not None and (tail or isinstance(value, dict)):
            pairs = {tail: value} if tail else value
            keys += [f"{parent}.{ext}:{str(v).strip().lower()}" for ext, v in pairs.items() if ext != "attributes" for parent in f.reference_to]
            continue
        plain = sobject.find(name)
        if plain is not None and plain.type == "reference" and plain.name not in AUDIT_REFERENCES and isinstance(value, str) and is_id(value):
            keys.append(value[:15])
    return keys


def content_digest(row: Mapping[str, Any]) -> str:
    """The same for the same fields in any order and case, JSON or CSV."""
    pairs = sorted((name.lower(), str(value).strip()) for name, value in row.items() if name != "attributes" and value not in (None, ""))
    return sha256_hex(repr(pairs).encode())[:16]
