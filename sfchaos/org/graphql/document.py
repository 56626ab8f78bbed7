"""A GraphQL document in plain values: fields with their arguments, variables and fragments filled in.

The library's parser reads the text; its types stay in this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sfchaos.org.graphql.errors import GraphError, invalid

MOST_DEPTH = 50  # of fragments in fragments and fields in fields; the number is a guess


@dataclass(frozen=True)
class Selected:
    """One field of a selection set. `on` is the type that an inline fragment around it names, "" for any."""

    name: str
    key: str  # its alias, or its name
    arguments: Mapping[str, Any]
    fields: tuple[Selected, ...]
    node: Any
    on: str = ""

    def under(self, kind: str) -> list[Selected]:
        """The fields asked of an object of this type, those of the same key made one."""
        return merged([s for s in self.fields if s.on in ("", "Record", kind)])


@dataclass(frozen=True)
class Operation:
    kind: str  # "query" or "mutation"
    fields: tuple[Selected, ...]


def read(text: str, variables: Mapping[str, Any], name: str) -> Operation:
    """Raises GraphError."""
    from graphql import parse
    from graphql.error import GraphQLSyntaxError

    try:
        document = parse(text, max_tokens=15000)
    except GraphQLSyntaxError as error:
        location = error.locations[0] if error.locations else None
        failed = GraphError("InvalidSyntax", f"Invalid syntax : {error.message}")
        failed.locations = [{"line": location.line, "column": location.column}] if location else []
        raise failed from None
    except RecursionError:
        raise GraphError("InvalidSyntax", "Invalid syntax : the document is nested too deeply") from None
    definitions: list[Any] = list(document.definitions)
    operations = [d for d in definitions if d.kind == "operation_definition"]
    chosen = [d for d in operations if not name or (d.name is not None and d.name.value == name)]
    if len(chosen) != 1:
        raise GraphError("OperationNotSupported", f"Unknown operation named '{name}'." if name else "Must provide operation name if query contains multiple operations.")
    fragments = {d.name.value: d for d in definitions if d.kind == "fragment_definition"}
    reader = _Reader(_values(chosen[0], variables), fragments)
    return Operation(chosen[0].operation.value, tuple(merged(reader.selections(chosen[0].selection_set, "", 0))))


def _values(operation: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Variables with their defaults. Raises GraphError for one that must be given and is not."""
    found: dict[str, Any] = {}
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        if name in given:
            found[name] = given[name]
        elif definition.default_value is not None:
            found[name] = value_of(definition.default_value, {})
        elif definition.type.kind == "non_null_type":
            raise invalid(f"Variable '{name}' has an invalid value: it must not be null", definition)
        else:
            found[name] = None
    return found


def value_of(node: Any, variables: Mapping[str, Any]) -> Any:
    """A value as JSON has it; an enum is its name. A variable that nobody declared raises GraphError."""
    match node.kind:
        case "variable":
            if node.name.value not in variables:
                raise invalid(f"(UndefinedVariable) : Undefined variable '{node.name.value}'", node)
            return variables[node.name.value]
        case "int_value":
            return int(node.value)
        case "float_value":
            return float(node.value)
        case "list_value":
            return [value_of(item, variables) for item in node.values]
        case "object_value":
            return {field.name.value: value_of(field.value, variables) for field in node.fields}
        case "null_value":
            return None
    return node.value


class _Reader:
    def __init__(self, variables: Mapping[str, Any], fragments: Mapping[str, Any]) -> None:
        self._variables, self._fragments = variables, fragments

    def selections(self, selection_set: Any, on: str, depth: int) -> list[Selected]:
        if depth > MOST_DEPTH:
            raise invalid("the document is nested too deeply", selection_set)
        found: list[Selected] = []
        for node in selection_set.selections if selection_set is not None else ():
            if self._is_left_out(node):
                continue
            if node.kind == "field":
                arguments = {argument.name.value: value_of(argument.value, self._variables) for argument in node.arguments or ()}
                key = node.alias.value if node.alias else node.name.value
                found.append(Selected(node.name.value, key, arguments, tuple(self.selections(node.selection_set, "", depth + 1)), node, on))
            else:
                found += self._fragment(node, on, depth)
        return found

    def _fragment(self, node: Any, on: str, depth: int) -> list[Selected]:
        fragment = node
        if node.kind == "fragment_spread":
            fragment = self._fragments.get(node.name.value)
            if fragment is None:
                raise invalid(f"(UndefinedFragment) : Undefined fragment '{node.name.value}'", node)
        kind = fragment.type_condition.name.value if fragment.type_condition is not None else on
        return self.selections(fragment.selection_set, kind, depth + 1)

    def _is_left_out(self, node: Any) -> bool:
        for directive in node.directives or ():
            wanted = {"include": False, "skip": True}.get(directive.name.value)
            if wanted is not None and any(value_of(a.value, self._variables) is wanted for a in directive.arguments or () if a.name.value == "if"):
                return True
        return False


def merged(selections: list[Selected]) -> list[Selected]:
    """Fields of the same key are one, with all that is asked under them."""
    found: dict[str, Selected] = {}
    for s in selections:
        known = found.get(s.key)
        if known is None:
            found[s.key] = s
        elif known.name != s.name or known.arguments != s.arguments:
            raise invalid(f"(FieldsConflict) : '{s.key}' : fields have different arguments or names", s.node)
        else:
            found[s.key] = Selected(s.name, s.key, s.arguments, (*known.fields, *s.fields), s.node, s.on)
    return list(found.values())
