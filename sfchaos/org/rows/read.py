"""One row as REST shows it, by its id or an external id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfchaos.org import access
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.refusals import refuse
from sfchaos.org.rows.row_input import RowRefused, is_key, key_value, matches

if TYPE_CHECKING:
    from sfchaos.core.gate import Receipt
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import Field, SObject


def row_body(org: Org, sobject: SObject, record_id: str, *, user_id: str, base: str, wanted: str = "", receipt: Receipt | None = None) -> dict[str, Any] | None:
    """The row with `attributes` first; None when there is none. `base` is `/services/data/v62.0`, `wanted` as in `fields=`.

    Raises Refused: INVALID_FIELD for a field that is not there for the user, ENTITY_IS_DELETED for a row in the recycle bin.
    """
    org.freshen(sobject.name)
    org.running_user_id = user_id
    plan = org.plans.read(sobject, user_id, wanted)
    values = org.store.one(plan.sql, (record_id,))
    if values is None:
        return None
    if values[-1]:
        raise refuse("ENTITY_IS_DELETED", "entity is deleted", dml=True)
    if receipt is not None:
        receipt.read.append((sobject.name, plan.names, (record_id,)))
    return plan.render(values, f"{base}/sobjects/{sobject.name}/{record_id}")


def record_id_of(sobject: SObject, text: str) -> str:
    """The 18-character id that a URL names. Raises Refused as wire reference 3.6 says: MALFORMED_ID for another object's
    (D), NOT_FOUND for what is no id at all (L restforce)."""
    if not is_id(text):
        raise not_found(text)
    if text[:3] != sobject.key_prefix:
        raise refuse("MALFORMED_ID", f"{sobject.label} ID: id value of incorrect type: {text}", "Id")
    return to_18(text)


def not_found(text: str) -> Exception:
    """Yes, this is the text for a missing id too (wire reference 3.6, L restforce)."""
    return refuse("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {text}")


def key_field_of(org: Org, sobject: SObject, name: str, user_id: str) -> Field:
    """The field of a `/sobjects/X/<field>/<value>` URL. Raises Refused when it is no key or not visible."""
    f = sobject.find(name)
    if f is None or not is_key(f) or not access.can_read(org, user_id, sobject, f):
        raise not_found(name)
    return f


def ids_by_key(org: Org, sobject: SObject, f: Field, text: str, user_id: str) -> list[str]:
    """Ids of the live rows whose key is `text`, of those that the user may see; none for a text that cannot be a value of the field."""
    try:
        return matches(org, sobject, f, key_value(f, text), rows=access.row_filter(org, user_id, sobject, "t"))
    except RowRefused:
        return []
