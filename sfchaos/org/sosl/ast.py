"""A SOSL statement as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sfchaos.org.soql import ast as soql

Group: TypeAlias = Literal["ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR"]


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand next to each other in one field, in small letters; `*` and `?` in them are wild."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Both:
    left: Sought
    right: Sought


@dataclass(frozen=True, slots=True)
class Either:
    left: Sought
    right: Sought


@dataclass(frozen=True, slots=True)
class Without:
    """AND NOT"""

    left: Sought
    right: Sought


Sought: TypeAlias = Term | Both | Either | Without


@dataclass(frozen=True, slots=True)
class Target:
    """One object of RETURNING. Its query is that of SOQL; `list_view` is "" without USING ListView."""

    query: soql.Query
    list_view: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """`targets` is empty without RETURNING. `labels` asks for WITH METADATA = 'LABELS'."""

    sought: Sought
    group: Group = "ALL"
    targets: tuple[Target, ...] = ()
    limit: int | None = None
    labels: bool = False
