"""Locks and rules that refuse rows. Verbs of an administrator, for faults that change the org between requests."""

from __future__ import annotations

import math

from sfchaos.org.rows.dml import Validation
from sfchaos.org.rows.lock_targets import keys_addressed
from sfchaos.org.world.part import WorldPart


class RowsWorld(WorldPart):
    """Locks and rules that refuse rows."""

    def lock(self, key: str, until_s: float) -> None:
        """Hold one record; `key` is an id or a key as sfchaos.org.rows.locks writes them."""
        self._org.locks.lock(key, until_s)

    def lock_targets(self, method: str, path: str, body: bytes, *, scope: str = "record", until_s: float) -> int:
        """Hold what a request addresses (`scope`: "record" or "parent"). How many keys are held by it; 0 for a read."""
        keys = keys_addressed(self._org, method, path, body, scope=scope)
        for key in keys:
            self._org.locks.lock(key, until_s)
        return len(keys)

    def add_validation(self, sobject: str, field: str, message: str, until_s: float) -> None:
        """Creates, and updates that set `field` (any update when it is ""), are refused with `message` until then."""
        found = self._sobject(sobject)
        name = self._field(found, field).name if field else ""
        rule = Validation(found.name, name, message, until_s)
        self._org.registers.validations[f"{found.name}.{name}:{message}"] = rule
        section = "Custom Objects" if found.custom else f"Customize {found.label_plural}"
        self._org.audit_trail.note("newValidation", section, f"Created validation rule for {found.label_plural}: {message}")

    def delete_addressed(self, method: str, path: str, body: bytes) -> None:
        """Somebody deletes the records that a request names by id; they lie in the recycle bin, and healing leaves them there."""
        for key in keys_addressed(self._org, method, path, body, scope="record"):
            sobject = self._org.schema.of_prefix(key[:3])
            if sobject is not None and len(key) in (15, 18) and self._org.admin.rows(sobject.name, Id=key):
                self._org.admin.delete(sobject.name, key)

    def touch_rows(self, sobject: str, share: float) -> None:
        """Somebody saves a share of the rows again, the longest unchanged first: no value changes but who did it, and when."""
        found = self._sobject(sobject)
        if found.find("SystemModstamp") is None:
            return
        rows = sorted(self._org.admin.rows(found.name), key=lambda row: (row["SystemModstamp"], row["Id"]))
        for row in rows[: math.ceil(len(rows) * share)]:
            self._org.admin.update(found.name, row["Id"])
