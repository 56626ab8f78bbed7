"""Results in pages: what the query resource and SOAP's query() and queryMore() share. Source: wire reference 3.8.

A result that does not fit its page leaves a locator behind: the ids of all its rows, in order. Its pages are read by id, so
they can be fetched again and again and show the same rows. Locators live two days and there is no limit on their number
(Limits sheet, "API Query Cursor Limits", D); only their user may use them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sfchaos.org.access.sharing import reachable
from sfchaos.org.ids import make_id
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.soql.plan import Column, Plan
from sfchaos.org.soql.run import ID_CHARS, Prepared, QueryResult, prepare

if TYPE_CHECKING:
    from sfchaos.org.call import Call

MOST_PAGE_ROWS = 2000
SMALLEST_PAGE_ROWS = 200  # smaller wishes are raised to it (wire reference 1.7, K)
LONG_TEXT_PAGE_ROWS = 200  # with two or more long-text custom fields (wire reference 3.8, D)
LIFETIME_S = 2 * 86_400.0
NEWER_LOCATORS = 56  # `01g` before this version, `0r8` from it on (the border is a guess: wire reference 3.8)


MOST_CURSORS = "cursors"  # register of limits: (how many a user may hold, until when)


@dataclass(frozen=True, slots=True)
class Locator:
    """A result that is being paged. `ids` are all its rows, 18 characters each, without a separator. `path` leads to the child
    subquery whose rows of one parent they are, where they are. `version` is that of the first page."""

    user_id: str
    statement: str
    include_deleted: bool
    ids: str
    page_rows: int
    born_s: float
    dead: bool = False
    path: tuple[str, ...] = ()
    version: float = 0.0

    @property
    def total(self) -> int:
        return len(self.ids) // ID_CHARS


@dataclass(frozen=True, slots=True)
class Page:
    """`total` is of the whole result; `more` names the next page (`<locator>-<offset of its first row>`), "" on the last one."""

    result: QueryResult
    total: int
    more: str
    locator: Locator

    def children(self, call: Call, path: tuple[str, ...], ids: str, shown: int) -> str:
        """The name of the next page of a child set that is cut: it has a locator of its own (wire reference 3.8, L)."""
        kept = replace(self.locator, ids=ids, path=path, born_s=call.org.now_s())
        return f"{_keep(call, kept)}-{shown}"


def first_page(call: Call, statement: str, *, include_deleted: bool, wish: int) -> Page:
    """The first rows of a statement, `wish` of them where they fit. Raises Refused as any query does."""
    return page_of(call, prepare(call.org, statement, user_id=call.user_id, include_deleted=include_deleted, version=call.version_number),
                   statement, include_deleted=include_deleted, wish=wish)  # fmt: skip


def page_of(call: Call, prepared: Prepared, statement: str, *, include_deleted: bool, wish: int) -> Page:
    """The same for a statement that has been prepared."""
    rows = _page_rows(prepared.plan, wish)
    first = Locator(call.user_id, statement, include_deleted, "", rows, call.org.now_s(), version=call.version_number)
    whole = prepared.first(rows)
    if whole is None:
        return _page(call, prepared, replace(first, ids=prepared.ids()), "", 0, rows)
    ids = "".join(whole.ids) if whole.families else ""
    total = whole.total
    fitting = whole.fit(rows)
    locator = replace(first, ids=ids)
    more = f"{_keep(call, locator)}-{fitting}" if whole.families and fitting < total else ""
    return Page(whole, total, more, locator)


def next_page(call: Call, name: str, *, wish: int = 0) -> Page:
    """The page that a name leads to; `wish` is 0 for as many rows as the first page wanted. Raises Refused INVALID_QUERY_LOCATOR."""
    held, _, offset = name.partition("-")
    locator = _open(call, held)
    start = int(offset) if offset.isdecimal() else -1
    if not 0 <= start < locator.total:
        raise _dead_locator()
    prepared = prepare(call.org, locator.statement, user_id=call.user_id, include_deleted=locator.include_deleted, version=locator.version)
    return _page(call, prepared.child(locator.path), locator, held, start, _page_rows(prepared.child(locator.path).plan, wish or locator.page_rows))


def wished_rows(number: int) -> int:
    """What a caller may ask for: 200 to 2000 rows (wire reference 1.7)."""
    return min(max(number, SMALLEST_PAGE_ROWS), MOST_PAGE_ROWS)


def note_uses(call: Call, result: QueryResult) -> None:
    """FOR VIEW and FOR REFERENCE: the rows count as seen by the user (wire reference 9.5)."""
    sobject = call.org.schema.find(result.sobject)
    for use in result.plan.uses:
        if sobject is not None and use == "VIEW":
            call.org.recent.viewed(call.user_id, sobject, *result.ids)
        elif sobject is not None:
            call.org.recent.referenced(call.user_id, sobject, *result.ids)


# ---------------------------------------------------------------------- parts


def _page(call: Call, prepared: Prepared, locator: Locator, name: str, start: int, page_rows: int) -> Page:
    """A locator without a name gets one when there is more."""
    ids = locator.ids[start * ID_CHARS : (start + page_rows) * ID_CHARS]
    result = prepared.page(reachable(call.org, call.user_id, prepared.plan.sobject, ids))
    found = len(result.sql_rows)
    is_cut = result.fit(page_rows) < found
    end = start + (ids.index(result.ids[-1]) // ID_CHARS + 1 if is_cut else page_rows)
    more = f"{name or _keep(call, locator)}-{end}" if end < locator.total else ""
    return Page(result, locator.total, more, locator)


def _page_rows(plan: Plan, wish: int) -> int:
    return min(wish, LONG_TEXT_PAGE_ROWS) if _long_texts(plan) >= 2 else wish


def _long_texts(plan: Plan) -> int:
    return sum(isinstance(m, Column) and m.type == "textarea" and m.name.endswith("__c") for m in plan.shape.members)


def _keep(call: Call, locator: Locator) -> str:
    """Forget what has died of age, and give the new one its id."""
    held = call.org.registers.locators
    for name, other in list(held.items()):
        if _is_old(call, other):
            del held[name]
    name = make_id("0r8" if call.version_number >= NEWER_LOCATORS else "01g", call.org.registers.next("locator"))
    held[name] = locator
    _displace(call, locator.user_id)
    return name


def _displace(call: Call, user_id: str) -> None:
    """Under a limit of cursors the user's oldest die. Source: wire reference 3.8."""
    most, until_s = call.org.registers.limits.get(MOST_CURSORS, (None, None))
    if most is None or (until_s is not None and call.org.now_s() >= until_s):
        return
    held = call.org.registers.locators
    mine = [name for name, other in held.items() if other.user_id == user_id and not other.dead]
    for name in mine[: max(0, len(mine) - int(most))]:
        held[name] = replace(held[name], dead=True)


def _open(call: Call, name: str) -> Locator:
    found = call.org.registers.locators.get(name)
    if not isinstance(found, Locator) or found.dead or found.user_id != call.user_id or _is_old(call, found):
        raise _dead_locator()
    return found


def _is_old(call: Call, locator: Locator) -> bool:
    return call.org.now_s() - locator.born_s >= LIFETIME_S


def _dead_locator() -> Refused:
    """Unknown, dead, too old or another user's. Text U: wire reference 3.8."""
    return refuse("INVALID_QUERY_LOCATOR", "invalid query locator")
