"""What all parts of the world share: the org, its clock, names that are looked up with a clear error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.core.errors import UnknownName

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import Field, SObject


class WorldPart:
    """Times are org seconds (`now_s()` plus something)."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def now_s(self) -> float:
        return self._org.now_s()

    def _sobject(self, name: str) -> SObject:
        found = self._org.schema.find(name)
        if found is None:
            raise UnknownName("sObject", name, [o.name for o in self._org.schema])
        return found

    def _field(self, sobject: SObject, name: str) -> Field:
        found = sobject.find(name)
        if found is None:
            raise UnknownName(f"field of {sobject.name}", name, [f.name for f in sobject.fields])
        return found
