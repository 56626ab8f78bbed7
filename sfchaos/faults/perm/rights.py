"""Rights are taken away, or given by mistake."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.named import TOUCHING
from sfchaos.faults.params import text
from sfchaos.faults.registry import fault

_KINDS = ("read", "idem", "nonidem")
_OBJECT = "API name of the object; the point's own unless given"


@fault("perm.object_removed", when="E", transient=False, kinds=_KINDS, ops=TOUCHING, holds=True, weight=46)
@dataclass(frozen=True)
class ObjectRightRemoved:
    """The integration may no longer read the object: `INVALID_TYPE` in SOQL, 404 elsewhere, absent from describe.

    Source: wire reference 10.1.
    Right: stop and say which right is missing.
    """

    object: str = text("", _OBJECT)

    def applies(self, at: At) -> bool:
        return bool(self.object or at.sobject)

    def strike(self, world: World, at: At) -> None:
        world.remove_object_right(self.object or at.sobject)


@fault("perm.sharing_shrunk", when="E", transient=False, kinds=_KINDS, ops=TOUCHING, holds=True, weight=47)
@dataclass(frozen=True)
class SharingShrunk:
    """Rows of others vanish from queries without an error: the object's sharing is Private now.

    Source: wire reference 10.1.
    Right: rows that are not seen are not deleted rows; notice that there are fewer, and stop.
    """

    object: str = text("", _OBJECT)

    def applies(self, at: At) -> bool:
        return bool(self.object or at.sobject)

    def strike(self, world: World, at: At) -> None:
        world.shrink_sharing(self.object or at.sobject)


@fault("perm.fls_leak", when="E", kinds=("read",), ops=("row.get", "meta.describe", "coll.get", "query.first", "query.all"), holds=True, weight=48)
@dataclass(frozen=True)
class FieldLeaked:
    """A sensitive field that no flow declares appears in full reads and in describe: field-level security was opened too wide.

    Source: wire reference 10.1.
    Right: ask for the fields that are needed; a field nobody asked for is neither stored nor logged.
    """

    object: str = text("", _OBJECT)
    field: str = text("Tax_Number__c", "API name of the field that appears")
    value: str = text("TAX-990017-XQ", "what it holds in every row")

    def applies(self, at: At) -> bool:
        return bool(self.object or at.sobject)

    def strike(self, world: World, at: At) -> None:
        world.leak_field(self.object or at.sobject, self.field, self.value)


@fault("perm.api_disabled", when="E", transient=False, kinds=("read", "idem", "nonidem", "transition"), holds=True, weight=46)
@dataclass(frozen=True)
class ApiDisabled:
    """403 `API_CURRENTLY_DISABLED` for every call: the API is off for the integration's profile, or the licence has ended.

    Source: wire reference 4.3 (code D, text L) and 10.1.
    Right: stop and say it; no login helps.
    """

    def strike(self, world: World, at: At) -> None:
        world.disable_api()
