"""Refusals of a search, with the position block of SOQL's."""

from __future__ import annotations

from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.soql.errors import window


def stumbled(statement: str, at: int, text: str) -> Refused:
    """MALFORMED_SEARCH. Columns count from 0, and the caret stands a character before the fault: as captured (U, restforce#688, force-rest-api#92)."""
    row, column = statement.count("\n", 0, at) + 1, at - (statement.rfind("\n", 0, at) + 1)
    start, end = window(statement, at)
    return refuse("MALFORMED_SEARCH", f"\n{statement[start:end]}\n{' ' * max(0, at - 1 - start)}^\nERROR at Row:{row}:Column:{column}\n{text}")


def no_term() -> Refused:
    """Text L: wire reference 3.9."""
    return refuse("MALFORMED_SEARCH", "No search term found. The search term must be enclosed in braces.")


def too_short(text: str) -> Refused:
    """Text K."""
    return refuse("INVALID_SEARCH", f"search term must be longer than one character: {text}")
