"""Refusals of the query engine, with the position block that Salesforce puts before its sentence."""

from __future__ import annotations

from sfchaos.org.refusals import Refused, refuse

AROUND = 30  # characters shown on each side of the fault, stretched to whole words


def block(statement: str, at: int, text: str) -> str:
    """Four lines: a window of the statement, a caret, the place, the sentence.

    Layout: wire reference 3.8 (R). The window reaches 30 characters to each side and on to the end of the word it lands in,
    which fits every excerpt found in public threads (U). That a line feed starts a new row is a guess.
    """
    start, end = window(statement, at)
    row = statement.count("\n", 0, at) + 1
    column = at - (statement.rfind("\n", 0, at) + 1) + 1
    return f"\n{statement[start:end]}\n{' ' * (at - start)}^\nERROR at Row:{row}:Column:{column}\n{text}"


def window(statement: str, at: int) -> tuple[int, int]:
    """From where to where a block shows the statement."""
    start, end = max(0, at - AROUND), min(len(statement), at + AROUND)
    while start > 0 and not _between_words(statement[start - 1]):
        start -= 1
    while end < len(statement) and not _between_words(statement[end]):
        end += 1
    line_start, line_end = statement.rfind("\n", 0, at) + 1, statement.find("\n", at)
    return max(start, line_start), end if line_end < 0 else min(end, line_end)


def _between_words(char: str) -> bool:
    return char.isspace() or char == ","


def refused_at(code: str, statement: str, at: int, text: str) -> Refused:
    return refuse(code, block(statement, at, text))


def malformed(statement: str, at: int, text: str) -> Refused:
    return refused_at("MALFORMED_QUERY", statement, at, text)


def no_such_column(statement: str, at: int, column: str, entity: str) -> Refused:
    """Text: wire reference 3.8 (R). The same words for a field that does not exist and for one the user may not see."""
    return refused_at("INVALID_FIELD", statement, at, f"No such column '{column}' on entity '{entity}'. If you are attempting to use a custom field, be sure to "
                      "append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.")  # fmt: skip


def no_such_type(statement: str, at: int, name: str) -> Refused:
    """Text: wire reference 3.8 (R)."""
    return refused_at("INVALID_TYPE", statement, at, f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to "
                      "append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.")  # fmt: skip


def no_such_relationship(statement: str, at: int, name: str) -> Refused:
    """Text K."""
    return refused_at("INVALID_FIELD", statement, at, f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom relationship, "
                      "be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.")  # fmt: skip


def no_such_children(statement: str, at: int, name: str) -> Refused:
    """Text K."""
    return refused_at("INVALID_TYPE", statement, at, f"Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to use a custom "
                      "relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the "
                      "appropriate names.")  # fmt: skip


def invalid_field(statement: str, at: int, text: str) -> Refused:
    return refused_at("INVALID_FIELD", statement, at, text)


def too_complicated() -> Refused:
    """Text K."""
    return refuse("QUERY_TOO_COMPLICATED", "Query is either selecting too many fields or the filter conditions are too complicated.")
