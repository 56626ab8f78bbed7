"""The field of an object that a fault strikes: the one it was told, or one that the request names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sfchaos.core.errors import UsageError
from sfchaos.core.messages import Request
from sfchaos.faults.at import At
from sfchaos.faults.perm.fls_removed import fields_named

TOUCHING = ("row.*", "coll.*", "query.*", "tree.*", "meta.describe", "bulk2.upload", "bulk2q.create", "soap.create", "soap.update", "soap.upsert", "soap.query", "soap.retrieve")


@dataclass(frozen=True)
class OneField:
    """Base of faults with `object` and `field`; both are the point's own unless given."""

    object: str
    field: str

    def applies(self, at: At) -> bool:
        return bool((self.object or at.sobject) and (self.field or fields_named(at.request)))

    def on_field(self, at: At, act: Callable[[str, str], None]) -> None:
        """`act` with the field that was told, else with the last one named that can be struck. Raises UsageError when none can."""
        sobject = self.object or at.sobject
        names = [self.field] if self.field else names_of(at.request)
        for left, name in reversed([*enumerate(names)]):
            try:
                act(sobject, name)
            except UsageError:
                if not left:
                    raise
            else:
                return


def names_of(request: Request) -> list[str]:
    return fields_named(request)
