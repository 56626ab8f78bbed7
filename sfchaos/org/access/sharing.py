"""Which rows of an object a user may read, edit or delete: an SQL condition, made once for the rights that the user has.

Organization-wide default, owner, groups and queues, shares; View All and Modify All pass. A row that is controlled by its
parent goes with that. There is no role hierarchy. Source: wire reference 10.1; Salesforce Help, "Organization-Wide Sharing
Defaults", "Access to records" (K).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sfchaos.org.access import kinds
from sfchaos.org.access.rights import Right, Rights
from sfchaos.org.formula.sql import quote_text
from sfchaos.org.schema.companions import history_field, history_name, parent_field, share_name
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org

NOBODY = "0"  # the condition that no row meets
_DEEPEST = 5  # rows controlled by rows controlled by rows ...
_LEVELS = {"read": "('Read', 'Edit', 'All')", "edit": "('Edit', 'All')", "delete": "('All')", "share": "('All')"}


def condition(org: Org, rights: Rights, sobject: SObject, alias: str, right: Right) -> str:
    """Over the table alias; "" for all rows."""
    key = (org.schema.digest, sobject.name, right, "rows")
    found = rights.kept.get(key)
    if found is None:
        found = rights.kept[key] = _Rows(org.schema, rights, right).of(sobject, "{0}")
    return str(found).replace("{0}", alias)


def reachable(org: Org, user_id: str, name: str, ids: str) -> str:
    """Of packed ids of 18 characters those whose rows sharing lets the user read now: a locator outlives a share."""
    sobject = org.schema.find(name)
    rows = condition(org, org.rights.of(user_id), sobject, "t", "read") if sobject is not None and ids else ""
    if not rows or not ids:
        return ids
    packed = json.dumps([ids[at : at + 18] for at in range(0, len(ids), 18)])
    sql = f'SELECT wanted.value FROM JSON_EACH(?) AS wanted CROSS JOIN {quoted(name)} AS t ON t."Id" = wanted.value WHERE {rows} ORDER BY wanted.key'
    return "".join(row[0] for row in org.store.all(sql, (packed,)))


class _Rows:
    """Writes the condition; `right` is what is asked of the rows themselves and of those that control them."""

    def __init__(self, schema: Schema, rights: Rights, right: Right) -> None:
        self._schema, self._rights, self._right = schema, rights, right
        self._depth = 0

    def of(self, sobject: SObject, alias: str) -> str:
        if self._rights.unbound:
            return ""
        base = kinds.base_of(self._schema, sobject)
        if base is not sobject:
            return self._beside(sobject, base, alias)
        if not kinds.is_data(sobject):
            return self._set_up(sobject, alias)
        if self._rights.shrunk(sobject):
            return self._owned_or_shared(sobject, alias)
        if self._sees_all(sobject):
            return ""
        if is_controlled(sobject):
            return self._with_parent(sobject, alias)
        return self._by_default(sobject, alias) if sobject.sharing else ""

    def _sees_all(self, sobject: SObject) -> bool:
        wanted: Right = "view_all" if self._right == "read" else "modify_all"
        return self._rights.may(self._schema, sobject, wanted)

    def _by_default(self, sobject: SObject, alias: str) -> str:
        """By the organization-wide default. Only an owner, or who has full access, deletes (K)."""
        open_to = {"Read": ("read",), "Private": ()}.get(sobject.sharing, ("read", "edit"))
        if self._right in open_to:
            return ""
        return self._owned_or_shared(sobject, alias)

    def _owned_or_shared(self, sobject: SObject, alias: str) -> str:
        terms = [f"{alias}.\"OwnerId\" IN ({self._principals()})"] if sobject.find("OwnerId") else []
        if sobject.name == "User":
            terms = [f"{alias}.\"Id\" IN ({self._principals()})"]
        shares = self._schema.find(share_name(sobject.name))
        if shares is not None:
            parent = parent_field(sobject.name)
            level = "AccessLevel" if sobject.name.endswith("__c") else f"{sobject.name}AccessLevel"
            live = ' AND "IsDeleted" = 0' if shares.find("IsDeleted") else ""
            terms.append(f"{alias}.\"Id\" IN (SELECT {quoted(parent)} FROM {quoted(shares.name)} WHERE \"UserOrGroupId\" IN ({self._principals()}) "
                         f"AND {quoted(level)} IN {_LEVELS.get(self._right, _LEVELS['edit'])}{live})")  # fmt: skip
        return f"({' OR '.join(terms)})" if terms else NOBODY

    def _principals(self) -> str:
        return ", ".join(f"'{one}'" for one in self._rights.principals)

    # ------------------------------------------------------------------ rows that go with others

    def _with_parent(self, sobject: SObject, alias: str) -> str:
        """Rows whose parent the user may read (to read) or edit (to write); without a parent, the owner's alone (K)."""
        f = parent_of(sobject)
        if f is None or self._depth >= _DEEPEST:
            return ""
        self._depth += 1
        asks, self._right = self._right, "read" if self._right == "read" else "edit"
        reached = [(parent, self._rows_of(parent)) for name in f.reference_to if (parent := self._schema.find(name)) is not None]
        self._right = asks
        column, owned = f"{alias}.{quoted(f.name)}", self._owned(alias) if sobject.find("OwnerId") else "1"
        terms = [self._reached(column, parent, rows, self._depth) for parent, rows in reached]
        self._depth -= 1
        if not any(rows for _, rows in reached):
            return f"({column} IS NOT NULL OR {owned})" if f.nillable and owned != "1" else ""
        return f"({' OR '.join([*terms, f'({column} IS NULL AND {owned})'] if f.nillable else terms)})"

    def _rows_of(self, parent: SObject) -> str:
        return self.of(parent, f"p{self._depth}") if self._rights.may(self._schema, parent, "read") else NOBODY

    def _reached(self, column: str, parent: SObject, rows: str, depth: int) -> str:
        """The rows tied to a parent that the user may reach."""
        if not rows:
            return f"SUBSTR({column}, 1, 3) = '{parent.key_prefix}'"
        return f"{column} IN (SELECT p{depth}.\"Id\" FROM {quoted(parent.name)} AS p{depth} WHERE {rows})"

    def _owned(self, alias: str) -> str:
        return f"{alias}.\"OwnerId\" IN ({self._principals()})"

    def _beside(self, sobject: SObject, base: SObject, alias: str) -> str:
        """History and shares of the rows that may be read; to write a share takes full access to its row, as its owner has."""
        asks = self._right
        if asks != "read":
            self._right = "delete"
        inner = f"b{self._depth}"
        rows = self.of(base, inner)
        self._right = asks
        terms = [f"{alias}.{quoted(parent_field(base.name))} IN (SELECT {inner}.\"Id\" FROM {quoted(base.name)} AS {inner} WHERE {rows})"] if rows else []
        terms += self._of_readable_fields(sobject, base, alias)
        return f"({' AND '.join(terms)})" if terms else ""

    def _of_readable_fields(self, sobject: SObject, base: SObject, alias: str) -> list[str]:
        """A history respects the field-level security of its object (Object Reference, "AccountHistory", D). That the rows of hidden
        fields are left out is a guess."""
        if sobject.name != history_name(base.name):
            return []
        hidden = sorted(history_field(f) for f in base.columns if f.tracked and not self._rights.may_field(self._schema, base, f, "read"))
        return [f"{alias}.\"Field\" NOT IN ({', '.join(map(quote_text, hidden))})"] if hidden else []

    def _set_up(self, sobject: SObject, alias: str) -> str:
        """Setup objects: everybody's, but for the rows that are about one user."""
        columns = kinds.OWN_ROWS if self._right == "read" else {**kinds.OWN_ROWS, **kinds.OWN_TO_EDIT}
        column = columns.get(sobject.name)
        if column is None or sobject.find(column) is None or self._rights.has("ManageUsers"):
            return self._delegated(sobject, alias)
        own = f"{alias}.{quoted(column)} = '{self._rights.user_id}'"
        delegated = self._delegated(sobject, alias)
        return f"({own} OR {delegated})" if delegated else own

    def _delegated(self, sobject: SObject, alias: str) -> str:
        """Rows that a delegated administrator may write as such; "" where that makes no difference."""
        given = self._rights.delegated
        if given is None or self._right == "read" or self._rights.has(kinds.write_permission(sobject, "create")):
            return ""
        return given.rows(sobject.name, alias, self._rights.user_id)


def is_controlled(sobject: SObject) -> bool:
    """Whether the rows go with those of another object."""
    if sobject.sharing:
        return sobject.sharing == "ControlledByParent"
    f = parent_of(sobject)
    return f is not None and not f.nillable and f.cascade_delete


def parent_of(sobject: SObject) -> Field | None:
    """The reference whose row controls this one: the master of a detail object, or what the row is deleted with, or hangs on."""
    references = [f for f in sobject.fields if f.has_column and f.reference_to and f.reference_to != (sobject.name,)]
    for f in references:
        if f.cascade_delete and not f.nillable:
            return f
    names = ("AccountId", "ParentId", "OpportunityId", "OrderId", "CampaignId", "WhatId")
    return next((f for name in names for f in references if f.name == name), None)
