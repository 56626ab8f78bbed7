"""Which objects and fields a search looks into. Source: SOQL and SOSL Reference, "IN SearchGroup" (D)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.org import access
from sfchaos.org.sosl.ast import Group
from sfchaos.org.sosl.match import FIELD_END, PHONE
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import Field, SObject

MOST_OBJECTS = 20  # searched without RETURNING (wire reference 9.6, D)
_TEXTS = frozenset({"string", "textarea", "phone", "url", "email", "picklist", "multipicklist", "combobox"})
# What a user works with most comes first: the order of a new org's search scope is not documented, this one is a guess.
_FIRST = ("Account", "Contact", "Lead", "Opportunity", "Case", "Task", "Event", "User", "Campaign", "Product2", "ContentVersion")


def scope(org: Org, user_id: str, version: float) -> list[SObject]:
    """The objects that a search without RETURNING looks into, in order."""
    seen = [o for o in org.schema if o.searchable and o.queryable and o.since <= version and access.may(org, user_id, o, "read") and searched(org, user_id, o, "ALL")]
    rank = {name: number for number, name in enumerate(_FIRST)}
    return sorted(seen, key=lambda o: (rank.get(o.name, len(rank)), o.name))[:MOST_OBJECTS]


def searched(org: Org, user_id: str, sobject: SObject, group: Group) -> list[Field]:
    """The fields of a search group that the user may read. SIDEBAR is taken as names, emails, phones and external ids (a guess)."""
    fields = [f for f in sobject.columns if f.type in _TEXTS and access.can_read(org, user_id, sobject, f)]
    if group == "ALL":
        return fields
    return [f for f in fields if (group in ("NAME", "SIDEBAR") and (f.name_field or f.compound == "Name"))
            or (group in ("EMAIL", "SIDEBAR") and f.type == "email") or (group in ("PHONE", "SIDEBAR") and f.type == "phone")
            or (group == "SIDEBAR" and f.external_id)]  # fmt: skip


def text_sql(fields: list[Field], alias: str) -> str:
    """All of them as one text; joined by halves, as SQLite nests expressions at most 1,000 deep."""
    if len(fields) == 1:
        column = f"COALESCE({alias}.{quoted(fields[0].name)}, '')"
        return f"'{PHONE}' || {column}" if fields[0].type == "phone" else column
    half = len(fields) // 2
    return f"({text_sql(fields[:half], alias)} || '{FIELD_END}' || {text_sql(fields[half:], alias)})"
