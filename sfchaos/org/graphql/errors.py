"""What a GraphQL request may be refused for. Kinds: GraphQL API guide, "Status Codes and Error Responses" (D)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class GraphError(Exception):
    """`kind` is InvalidSyntax, ValidationError, DataFetchingException, OperationNotSupported or ExecutionAborted."""

    def __init__(self, kind: str, message: str, node: Any = None, path: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.kind, self.message, self.path = kind, message, list(path)
        self.locations = _locations(node)

    def shown(self) -> dict[str, Any]:
        """Keys of GraphQL's own specification, and the extension (D)."""
        told: dict[str, Any] = {"message": self.message, "locations": self.locations}
        if self.path:
            told["path"] = self.path
        return {**told, "extensions": {"ErrorType": self.kind}}


def _locations(node: Any) -> list[dict[str, int]]:
    loc = getattr(node, "loc", None)
    return [{"line": loc.start_token.line, "column": loc.start_token.column}] if loc is not None else []


def undefined(name: str, kind: str, node: Any, path: Sequence[str]) -> GraphError:
    """Text K, of the library that Salesforce's answers come from."""
    return GraphError("ValidationError", f"Validation error (FieldUndefined@[{'/'.join(path)}]) : Field '{name}' in type '{kind}' is undefined", node)


def invalid(message: str, node: Any = None) -> GraphError:
    return GraphError("ValidationError", f"Validation error : {message}", node)
