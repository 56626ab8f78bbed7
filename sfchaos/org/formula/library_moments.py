"""Functions over dates, times and instants. Instants are in UTC. Source: Salesforce Help, "Formula Operators and Functions A–Z" (D)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.org.formula.library import Function, simple
from sfchaos.org.formula.sql import DATE, DATETIME, NULL, NUMBER, TEXT, TIME, Sql
from sfchaos.org.formula.tree import Call

if TYPE_CHECKING:
    from sfchaos.org.formula.compile import Compiler

# Today of the running user (wire reference 8.2, K)
TODAY = 'sf_today((SELECT "TimeZoneSidKey" FROM "User" WHERE Id = sf_user()))'


def _converted(function: str, result: str, *wanted: str) -> Function:
    def build(c: Compiler, node: Call) -> Sql:
        made = c.compile(node.arguments[0])
        if made.type not in (*wanted, NULL):
            raise c.mismatch(node.arguments[0], made, wanted[0], node.name)
        return Sql(f"{function}({made.text})", result)

    return Function(1, 1, build)


def _addmonths(c: Compiler, node: Call) -> Sql:
    made = c.compile(node.arguments[0])
    if made.type not in (DATE, DATETIME):
        raise c.mismatch(node.arguments[0], made, DATE, "ADDMONTHS")
    return Sql(f"sf_addmonths({made.text}, {c.need(node.arguments[1], NUMBER, 'ADDMONTHS').text})", made.type)


def _unixtimestamp(c: Compiler, node: Call) -> Sql:
    made = c.compile(node.arguments[0])
    if made.type not in (DATE, DATETIME):
        raise c.mismatch(node.arguments[0], made, DATETIME, "UNIXTIMESTAMP")
    return Sql(f"CAST(STRFTIME('%s', SUBSTR({made.text}, 1, 19)) AS INTEGER)", NUMBER)


def _part(start: int, length: int, of: str) -> Function:
    return simple(f"CAST(SUBSTR({{0}}, {start}, {length}) AS INTEGER)", NUMBER, of)


FUNCTIONS = {
    "TODAY": Function(0, 0, lambda _c, _n: Sql(TODAY, DATE)), "NOW": Function(0, 0, lambda _c, _n: Sql("sf_now()", DATETIME)),
    "TIMENOW": Function(0, 0, lambda _c, _n: Sql("(SUBSTR(sf_now(), 12, 12) || 'Z')", TIME)),
    "DATE": simple("sf_date({0}, {1}, {2})", DATE, NUMBER, NUMBER, NUMBER), "DATEVALUE": _converted("sf_datevalue", DATE, TEXT, DATETIME, DATE),
    "DATETIMEVALUE": _converted("sf_datetimevalue", DATETIME, TEXT, DATE, DATETIME),
    "TIMEVALUE": _converted("sf_timevalue", TIME, TEXT, DATETIME, TIME),
    "YEAR": _part(1, 4, DATE), "MONTH": _part(6, 2, DATE), "DAY": _part(9, 2, DATE), "HOUR": _part(1, 2, TIME), "MINUTE": _part(4, 2, TIME),
    "SECOND": _part(7, 2, TIME), "MILLISECOND": _part(10, 3, TIME), "ADDMONTHS": Function(2, 2, _addmonths),
    "WEEKDAY": simple("(STRFTIME('%w', {0}) + 1)", NUMBER, DATE),  # 1 is Sunday
    "DAYOFYEAR": simple("CAST(STRFTIME('%j', {0}) AS INTEGER)", NUMBER, DATE), "UNIXTIMESTAMP": Function(1, 1, _unixtimestamp),
    "FROMUNIXTIME": simple("sf_fromunix({0})", DATETIME, NUMBER),
}  # fmt: skip
