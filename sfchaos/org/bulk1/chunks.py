"""PK chunking: one query cut into many by ranges of record ids.

Boundaries are numbers, not rows: a chunk of 250,000 spans that many ids, of which some may be deleted or of other rows.
Source: Async guide, "PK Chunking" (D), its example of boundaries included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sfchaos.org.ids import ALPHABET, is_id
from sfchaos.org.refusals import refuse
from sfchaos.org.soql import ast
from sfchaos.org.soql.parse import parse
from sfchaos.org.soql.printing import printed
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

DEFAULT_ROWS, MOST_ROWS = 100_000, 250_000  # D
_MOST_EMPTY = 100  # chunks in a row
_KEY_CHARS = 3  # of an id: the prefix, which boundaries keep

# Standard objects that can be chunked (D for the first ten, which the oldest editions of the page list; the rest K). Custom objects all can.
OBJECTS = frozenset(name.lower() for name in (
    "Account", "Campaign", "CampaignMember", "Case", "Contact", "Lead", "LoginHistory", "Opportunity", "Task", "User",
    "AccountContactRelation", "AccountTeamMember", "Asset", "CaseComment", "ContractLineItem", "EmailMessage", "Event", "EventRelation", "FeedItem", "Individual",
    "LiveChatTranscript", "OpportunityContactRole", "OpportunityHistory", "OpportunityLineItem", "OpportunityTeamMember", "Pricebook2", "PricebookEntry", "Product2",
    "Quote", "QuoteLineItem", "ServiceContract", "UserRole", "VoiceCall", "WorkOrder", "WorkOrderLineItem",
))  # fmt: skip
_OF_PARENT = ("Share", "History", "CleanInfo", "Feed")  # tables that are chunked by the ids of their parent (D for shares, U tap-salesforce for the others)


class CannotChunk(Exception):
    """Its text is the batch's stateMessage."""


@dataclass(frozen=True, slots=True)
class Chunking:
    """The header `Sforce-Enable-PKChunking`, read. `start` is a record id, "" for the first row there is."""

    rows: int = DEFAULT_ROWS
    parent: str = ""
    start: str = ""


def read_header(text: str) -> Chunking | None:
    """`TRUE`, `FALSE`, or any of `chunkSize=50000; startRow=001...; parent=Account`. Raises Refused for others (code and texts are guesses)."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not parts or parts[0].lower() == "false":
        return None
    found = Chunking()
    for part in parts:
        name, _, value = (piece.strip() for piece in part.partition("="))
        found = found if part.lower() == "true" else _with(found, name, value)
    return found


def _with(chunking: Chunking, name: str, value: str) -> Chunking:
    key = name.lower()
    if key == "chunksize" and value.isascii() and value.isdecimal() and 0 < int(value[:9]) <= MOST_ROWS:
        return replace(chunking, rows=int(value))
    if key == "parent" and value:
        return replace(chunking, parent=value)
    if key == "startrow" and is_id(value):
        return replace(chunking, start=value[:15])
    raise refuse("InvalidJob", f"Invalid value of Sforce-Enable-PKChunking: {name}{'=' + value if value else ''}. Allowed are TRUE, FALSE, chunkSize=1 to {MOST_ROWS}, "
                 "parent=<sObject>, startRow=<record id>")  # fmt: skip


def statements(org: Org, chunking: Chunking, statement: str) -> Iterator[str]:
    """The queries that take the place of one. Raises CannotChunk, Refused (a statement that does not parse)."""
    query = parse(statement)
    _check(query)
    sobject = org.schema.find(query.sources[0].path.text)
    if sobject is None:
        raise CannotChunk(f"sObject type '{query.sources[0].path.text}' is not supported.")
    keyed, column = _keyed(org, sobject, chunking.parent)
    ends = org.store.one(f"SELECT MIN(Id), MAX(Id) FROM {quoted(keyed.name)}")
    if not ends or not ends[0]:
        yield statement  # no rows: one chunk, which is empty (a guess)
        return
    first = chunking.start or str(ends[0])[:15]
    low, end = _number(first), _number(str(ends[1]))
    prefix = str(ends[0])[:_KEY_CHARS]
    while True:
        yield _between(query, column, _id(prefix, low), _id(prefix, low + chunking.rows))
        low += chunking.rows
        if low > end:
            return
        low = _past_gap(org, keyed, prefix, low, chunking.rows)


def _past_gap(org: Org, keyed: SObject, prefix: str, low: int, rows: int) -> int:
    """Empty chunks are usual where rows are few; where ids of another pod leave a gap of more than a hundred, it is left out (a guess)."""
    found = org.store.one(f"SELECT MIN(Id) FROM {quoted(keyed.name)} WHERE Id >= ?", (_id(prefix, low),))
    gap = (_number(str(found[0])) - low) // rows if found and found[0] else 0
    return low + gap * rows if gap > _MOST_EMPTY else low


def _check(query: ast.Query) -> None:
    """D: no subqueries, and no clause but WHERE. That others fail the batch is a guess."""
    plain = query.order == () and query.limit is None and query.offset is None and query.group == () and len(query.sources) == 1
    if not plain or any(isinstance(item.what, ast.Query) for item in query.items):
        raise CannotChunk("PK chunking works only with queries that don't include subqueries or clauses other than WHERE")


def _keyed(org: Org, sobject: SObject, parent_name: str) -> tuple[SObject, str]:
    """The object whose ids make the boundaries, and the column of the query that holds them."""
    if not parent_name:
        if not sobject.name.endswith("__c") and sobject.name.lower() not in OBJECTS:
            raise CannotChunk(f"PK chunking is not supported for {sobject.name}")
        return sobject, "Id"
    parent = org.schema.find(parent_name)
    reference = next((f.name for f in sobject.fields if f.type == "reference" and parent is not None and parent.name in f.reference_to and f.name.lower() in
                      ("parentid", f"{parent.name.lower()}id")), "")  # fmt: skip
    if parent is None or not reference or not sobject.name.endswith(_OF_PARENT):
        raise CannotChunk(f"{parent_name} is not a parent that {sobject.name} can be chunked by")
    return parent, reference


def _number(record_id: str) -> int:
    number = 0
    for char in record_id[_KEY_CHARS:15]:
        number = number * 62 + ALPHABET.index(char)
    return number


def _id(prefix: str, number: int) -> str:
    digits = ""
    for _ in range(15 - _KEY_CHARS):
        number, index = divmod(number, 62)
        digits = ALPHABET[index] + digits
    return prefix + digits


def _between(query: ast.Query, column: str, low: str, high: str) -> str:
    """The statement with a range of ids in its WHERE clause, 15 characters each as in the guide's example."""
    bounds = f"{column} >= '{low}' AND {column} < '{high}'"
    marker = parse(f"SELECT Id FROM X WHERE {bounds}").where
    assert marker is not None
    where = marker if query.where is None else ast.All((query.where, *_parts(marker)))
    return printed(replace(query, where=where))


def _parts(condition: ast.Condition) -> tuple[ast.Condition, ...]:
    return condition.terms if isinstance(condition, ast.All) else (condition,)
