"""The org as its administrator uses it in a test: no faults, no limits; every write is an event in the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from sfchaos.org.modelled import as_modelled

if TYPE_CHECKING:
    from sfchaos.org.apex import ActionHandler, Apex, ApexHandler
    from sfchaos.org.org import Org


class Administrator:
    """What `rig.org` is. Each call holds the rig's lock, so it may come from any thread.

    Rows are seen as the org's model has them, also while a fault hides an object or a field.
    """

    def __init__(self, org: Org, lock: AbstractContextManager[Any]) -> None:
        self._org, self._lock = org, lock

    def create(self, sobject: str, **fields: Any) -> str:
        """A new record; its Id. Raises UsageError when the org refuses it."""
        with self._lock:
            return self._org.admin.create(sobject, **fields)

    def update(self, sobject: str, id: str, **fields: Any) -> None:  # noqa: A002  (Salesforce calls it Id)
        with self._lock:
            self._org.admin.update(sobject, id, **fields)

    def delete(self, sobject: str, id: str) -> None:  # noqa: A002  (Salesforce calls it Id)
        with self._lock:
            self._org.admin.delete(sobject, id)

    def rows(self, sobject: str, **equal: Any) -> list[dict[str, Any]]:
        """Live records whose fields have these values, each as {field: value} with its Id."""
        with self._lock, as_modelled(self._org):
            return self._org.admin.rows(sobject, **equal)

    def count(self, sobject: str, **equal: Any) -> int:
        with self._lock, as_modelled(self._org):
            return self._org.admin.count(sobject, **equal)

    def query(self, soql: str) -> list[dict[str, Any]]:
        with self._lock:
            return self._org.admin.query(soql)

    def populate(self, sobject: str, n: int, *, profile: str = "plain", **fixed: Any) -> list[str]:
        """`n` synthetic records; their Ids. `profile`: plain, skewed, hostile, sparse or large."""
        with self._lock:
            return self._org.admin.populate(sobject, n, profile=profile, **fixed)

    def delegate(self, group: str, user_id: str) -> None:
        """Make a user a delegated administrator of a group that the org's file or source names. Raises UnknownName for another."""
        with self._lock:
            self._org.delegation.add_member(group, user_id)

    def apexrest(self, methods: str | Sequence[str], template: str, handler: ApexHandler) -> None:
        """Play an Apex REST class: `rig.org.apexrest("POST", "orders/{number}", place)`; the handler gets a `sfchaos.org.apex.ApexCall`."""
        with self._lock:
            self._org.apexrest(methods, template, handler)

    def action(self, kind: str, name: str, handler: ActionHandler, *, label: str = "") -> None:
        """Play a custom invocable action: `rig.org.action("flow", "Place_Order", place)`; `params` are its inputs, a mapping its outputs."""
        with self._lock:
            self._org.action(kind, name, handler, label=label)

    @property
    def apex(self) -> Apex:
        """Where Python functions stand in for anonymous Apex (`apex.anonymous(run)`) and for web services in Apex (`apex.soap(name, method, run)`)."""
        return self._org.apex

    def all_rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every live record of the objects an integration works on: (object, {field: value} with Id)."""
        with self._lock, as_modelled(self._org):
            return iter(list(self._org.admin.all_rows()))

    def field_types(self, sobject: str) -> Mapping[str, str]:
        return self._org.admin.field_types(sobject)

    def external_id_fields(self, sobject: str) -> tuple[str, ...]:
        return self._org.admin.external_id_fields(sobject)
