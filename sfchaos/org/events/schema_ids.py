"""The id of an event's schema: 22 characters that change when its fields do."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import TYPE_CHECKING

from sfchaos.core import chance

if TYPE_CHECKING:
    from sfchaos.org.schema.model import SObject


@lru_cache(maxsize=256)
def _id_of(name: str, fields: str) -> str:
    return urlsafe_b64encode(chance.digest_of(0, "event schema", name, fields, size=16)).decode().rstrip("=")


def schema_id_of(sobject: SObject) -> str:
    """22 characters, as in wire reference 11; the same in every org whose event has the same fields."""
    return _id_of(sobject.name, repr([(f.name, f.type, f.length, f.nillable) for f in sobject.fields]))
