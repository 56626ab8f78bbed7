"""Encrypted text as a user without "View Encrypted Data" sees it.

Source: Salesforce Help, "Encrypted Custom Fields: Mask Types and Mask Characters" (D); wire reference 10.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.org import access
from sfchaos.org.formula.sql import quote_text

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import Field

_KEPT = {"lastFour": 4, "creditCard": 4, "ssn": 4, "sin": 3}  # last letters and digits that stay; none for "all" and "nino"


def register(org: Org) -> None:
    """`sf_mask(value, mask type, mask)`: the value itself for who may see it."""
    org.store.add_function("sf_mask", lambda value, kind, mask: value if _sees(org) else masked(value, kind, mask))


def _sees(org: Org) -> bool:
    return access.has_system(org, org.running_user_id or org.admin_user_id, "ViewEncryptedData")


def masked(value: str | None, kind: str, mask: str) -> str | None:
    """`****1234`: hyphens and spaces stay."""
    if value is None:
        return None
    kept, shown = _KEPT.get(kind, 0), []
    for char in reversed(value):
        hidden = char.isalnum() and kept <= 0
        kept -= char.isalnum()
        shown.append(("X" if mask == "X" else "*") if hidden else char)
    return "".join(reversed(shown))


def mask_sql(column: str, f: Field) -> str:
    return f"sf_mask({column}, {quote_text(f.mask_type or 'all')}, {quote_text(f.mask)})"
