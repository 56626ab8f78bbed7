"""What a compiled statement leaves open: literals by place, and dates that depend on the day it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, TypeAlias

from sfchaos.org.soql import ast
from sfchaos.org.soql.dates import edges, span_of
from sfchaos.org.soql.settings import SUNDAY


@dataclass(frozen=True, slots=True)
class Constant:
    value: Any


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quoted literal: its place in the statement while it is compiled, its number among the quoted literals (0 first) in a plan.

    `convert` makes the SQL value of it, or raises Reshape when the plan does not fit the literal.
    """

    at: int
    convert: Callable[[ast.Text], Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """Start (0) or end (1) of the range of a date literal, for a field of type "date" or "datetime"."""

    word: ast.DateWord
    kind: str
    side: int


Parameter: TypeAlias = Constant | Quoted | Edge


class Reshape(Exception):
    """A cached plan does not fit this literal: null where text stood, or an id that is none."""


def value_of(parameter: Parameter, literals: Sequence[ast.Text], now_s: float, zone: tzinfo, first_weekday: int = SUNDAY) -> Any:
    """Raises Reshape, or OverflowError for a date literal beyond the calendar."""
    if type(parameter) is Quoted:
        return parameter.convert(literals[parameter.at])
    if type(parameter) is Constant:
        return parameter.value
    assert isinstance(parameter, Edge)
    local = datetime.fromtimestamp(now_s, zone)
    return edges(span_of(parameter.word.name, parameter.word.n, local, first_weekday), parameter.kind, zone)[parameter.side]
