"""Lark's tree made into `ast` values: SOQL's parts as SOQL makes them."""

from __future__ import annotations

from typing import Any

from lark import Token

from sfchaos.org.soql import ast as soql
from sfchaos.org.soql.tree import ToAst
from sfchaos.org.sosl import ast
from sfchaos.org.sosl.errors import stumbled

_NOTHING = ast.Term(())
_MINE = ("SPELL_CORRECTION", "METADATA")


class ToSearch(ToAst):
    """One per statement. `sought` is filled in by the parser, which reads the braces itself."""

    def search(self, parts: list[Any]) -> ast.Search:
        clauses: dict[str, Any] = {}
        for part in parts:
            if isinstance(part, Token):
                clauses["group"] = part.split()[1].upper()
            elif part is not None:
                clauses.update([part])
        return ast.Search(_NOTHING, **clauses)

    def returning(self, parts: list[Any]) -> tuple[str, Any]:
        return "targets", tuple(parts[1:])

    def target(self, parts: list[Any]) -> ast.Target:
        name = parts[0]
        at = name.start_pos or 0
        clauses = {"items": (soql.Item(soql.Path(("Id",), at)),), **(parts[1] if len(parts) > 1 else {})}
        view = clauses.pop("list_view", "")
        return ast.Target(soql.Query(**clauses, sources=(soql.Source(soql.Path((str(name),), at)),), at=at), view)

    def spec(self, parts: list[Any]) -> dict[str, Any]:
        clauses = dict(parts)
        for item in clauses["items"]:
            if not isinstance(item.what, soql.Path | soql.Call):
                raise stumbled(self.statement, item.what.at, "Malformed search token: " + ("(" if isinstance(item.what, soql.Query) else "TYPEOF"))
        return clauses

    def list_view(self, parts: list[Token]) -> tuple[str, Any]:
        """Only the rows seen last are a list view that this org has."""
        if parts[1].upper() != "RECENT":
            raise stumbled(self.statement, parts[1].start_pos or 0, "Invalid using expr")  # text U, tree-sitter-sfapex#55
        return "list_view", "Recent"

    def restriction(self, parts: list[Any]) -> Any:
        """WITH: spelling and labels; the others need articles, divisions, communities or price books' indexes, which no org here has."""
        word = parts[1]
        value = parts[3] if len(parts) > 3 else None
        if word.type == "NAME" and word.upper() == "SPELL_CORRECTION" and isinstance(value, soql.Flag):
            return None
        if word.type == "NAME" and word.upper() == "METADATA" and isinstance(value, soql.Text) and value.value.upper() == "LABELS":
            return "labels", True
        text = f"WITH {' '.join(word.upper().split())} is not supported for this search" if word.type != "NAME" or value is None or word.upper() not in _MINE else ""
        raise stumbled(self.statement, word.start_pos or 0, text or f"Malformed search token: {word}")  # texts are guesses

    def tracking(self, parts: list[Token]) -> Any:
        """Statistics of articles: kept nowhere, as there are no articles."""
        for part in parts[1:]:
            if part.upper() not in ("TRACKING", "VIEWSTAT"):
                raise stumbled(self.statement, part.start_pos or 0, f"Malformed search token: {part}")
        return None
