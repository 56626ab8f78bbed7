"""`where` and `orderBy` as SOQL conditions. Source: GraphQL API guide, "Field Operators", "Order Results" (D)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sfchaos.org.graphql.errors import invalid
from sfchaos.org.schema.model import Field, Schema, SObject

Visible = Callable[[SObject, Field], bool]
_COMPARE = {"eq": "=", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "like": "LIKE"}
_MANY = {"in": "IN", "nin": "NOT IN", "includes": "INCLUDES", "excludes": "EXCLUDES"}
_NUMBERS = ("int", "long", "double", "currency", "percent")


class Filters:
    def __init__(self, schema: Schema, visible: Visible) -> None:
        self._schema, self._visible = schema, visible

    def where(self, sobject: SObject, asked: Any, prefix: str = "") -> str:
        """A condition, "" for none. Raises GraphError."""
        if asked is None or asked == {}:
            return ""
        if not isinstance(asked, dict):
            raise invalid(f"where of {sobject.name} must be an object")
        terms = [term for name, value in asked.items() if (term := self._term(sobject, name, value, prefix))]
        return " AND ".join(terms) if len(terms) < 2 else "(" + " AND ".join(terms) + ")"

    def _term(self, sobject: SObject, name: str, value: Any, prefix: str) -> str:
        if name in ("and", "or"):
            parts = [part for item in (value if isinstance(value, list) else [value]) if (part := self.where(sobject, item, prefix))]
            return "(" + f" {name.upper()} ".join(parts) + ")" if parts else ""
        if name == "not":
            inner = self.where(sobject, value, prefix)
            return f"(NOT {inner})" if inner else ""
        f = sobject.find(name)
        if f is not None and f.name == name and self._visible(sobject, f):
            return self._field(f, prefix + name, value)
        link = sobject.by_relationship.get(name.lower())
        parent = self._schema.find(link.reference_to[0]) if link and link.reference_to else None
        if parent is None:
            raise invalid(f"(WrongType@[where]) : argument 'where' contains a field not in '{sobject.name}_Filter': '{name}'")
        return self.where(parent, value, f"{prefix}{name}.")

    def _field(self, f: Field, path: str, asked: Any) -> str:
        if not isinstance(asked, dict):
            raise invalid(f"the operators of {path} must be an object")
        return " AND ".join(self._operator(f, path, name, value) for name, value in asked.items())

    def _operator(self, f: Field, path: str, name: str, value: Any) -> str:
        if name in ("inq", "ninq"):
            return f"{path} {'NOT IN' if name == 'ninq' else 'IN'} ({self._inner(value)})"
        if name in _MANY:
            values = value if isinstance(value, list) else [value]
            if not values:
                raise invalid(f"{name} of {path} needs at least one value")
            return f"{path} {_MANY[name]} ({', '.join(literal(f, item) for item in values)})"
        if name not in _COMPARE:
            raise invalid(f"(WrongType@[where]) : argument 'where' contains an operator that {path} does not have: '{name}'")
        return f"{path} {_COMPARE[name]} {literal(f, value)}"

    def _inner(self, asked: Any) -> str:
        """`{Contact: {...}, ApiName: "AccountId"}`: a join over another object."""
        names = [name for name in asked if name != "ApiName"] if isinstance(asked, dict) else []
        sobject = self._schema.find(names[0]) if len(names) == 1 else None
        f = sobject.find(str(asked.get("ApiName"))) if sobject is not None else None
        if sobject is None or f is None or not self._visible(sobject, f):
            raise invalid("inq needs one object and the ApiName of its field")
        condition = self.where(sobject, asked[names[0]])
        return f"SELECT {f.name} FROM {sobject.name}{f' WHERE {condition}' if condition else ''}"

    def order(self, sobject: SObject, asked: Any, prefix: str = "") -> list[str]:
        """Items of ORDER BY: `{Name: {order: DESC, nulls: LAST}}`, parents nested, a list of them too."""
        found: list[str] = []
        for item in asked if isinstance(asked, list) else [asked]:
            for name, how in item.items() if isinstance(item, dict) else ():
                link = sobject.by_relationship.get(name.lower())
                parent = self._schema.find(link.reference_to[0]) if link and link.reference_to else None
                f = sobject.find(name)
                if f is not None and f.name == name and self._visible(sobject, f):
                    found.append(f"{prefix}{name}{_direction(how)}")
                elif parent is not None:
                    found += self.order(parent, how, f"{prefix}{name}.")
                else:
                    raise invalid(f"(WrongType@[orderBy]) : argument 'orderBy' contains a field not in '{sobject.name}_OrderBy': '{name}'")
        return found


def _direction(how: Any) -> str:
    order, nulls = (how.get("order"), how.get("nulls")) if isinstance(how, dict) else (None, None)
    if order not in (None, "ASC", "DESC") or nulls not in (None, "FIRST", "LAST"):
        raise invalid("orderBy takes order: ASC or DESC, and nulls: FIRST or LAST")
    return f" {order or 'ASC'}{f' NULLS {nulls}' if nulls else ''}"


def literal(f: Field, value: Any) -> str:
    """A value as SOQL writes it. Dates come as `{value: "2024-05-01"}`, `{literal: TODAY}` or `{range: {last_n_days: 3}}` (D)."""
    if isinstance(value, dict):
        return _date(f, value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float) and f.type in _NUMBERS:
        return repr(value)
    if f.type in ("date", "datetime", "time") and isinstance(value, str) and value and all(char.isalnum() or char in "-:.+" for char in value):
        return value
    if isinstance(value, list) or f.type in _NUMBERS:
        raise invalid(f"a value of {f.name} is not of its type: {value!r}")
    return quoted_text(str(value))


def _date(f: Field, value: dict[str, Any]) -> str:
    if "value" in value:
        return literal(f, value["value"])
    if isinstance(value.get("literal"), str) and value["literal"].replace("_", "").isalpha():
        return str(value["literal"])
    ranges = value.get("range")
    if isinstance(ranges, dict) and len(ranges) == 1:
        name, count = next(iter(ranges.items()))
        if isinstance(count, int) and name.replace("_", "").isalpha():
            return f"{name.upper()}:{count}"
    raise invalid(f"a date of {f.name} needs a value, a literal or a range")


_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def quoted_text(text: str) -> str:
    return f"'{text.translate(_ESCAPES)}'"
