"""Functions over numbers. Source: Salesforce Help, "Formula Operators and Functions A–Z" (D)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.org.formula.library import MANY, Function, simple
from sfchaos.org.formula.sql import NUMBER, Sql
from sfchaos.org.formula.tree import Call

if TYPE_CHECKING:
    from sfchaos.org.formula.compile import Compiler


def _extreme(c: Compiler, node: Call) -> Sql:
    made = [c.need(n, NUMBER, node.name).text for n in node.arguments]
    return Sql(made[0] if len(made) == 1 else f"{node.name}({', '.join(made)})", NUMBER)


def _trunc(c: Compiler, node: Call) -> Sql:
    places = c.need(node.arguments[1], NUMBER, "TRUNC").text if len(node.arguments) == 2 else "0"
    return Sql(f"sf_trunc({c.need(node.arguments[0], NUMBER, 'TRUNC').text}, {places})", NUMBER)


FUNCTIONS = {
    "ABS": simple("ABS({0})", NUMBER, NUMBER), "ROUND": simple("sf_round({0}, {1})", NUMBER, NUMBER, NUMBER), "TRUNC": Function(1, 2, _trunc),
    # away from zero and towards zero for negative numbers; MCEILING and MFLOOR are the mathematical ones (D)
    "CEILING": simple("sf_ceiling({0})", NUMBER, NUMBER), "FLOOR": simple("sf_floor({0})", NUMBER, NUMBER),
    "MCEILING": simple("sf_mceiling({0})", NUMBER, NUMBER), "MFLOOR": simple("sf_mfloor({0})", NUMBER, NUMBER),
    "MAX": Function(1, MANY, _extreme), "MIN": Function(1, MANY, _extreme), "MOD": simple("sf_mod({0}, {1})", NUMBER, NUMBER, NUMBER),
    "SQRT": simple("sf_sqrt({0})", NUMBER, NUMBER), "EXP": simple("sf_exp({0})", NUMBER, NUMBER), "LN": simple("sf_ln({0})", NUMBER, NUMBER),
    "LOG": simple("sf_log({0})", NUMBER, NUMBER), "PI": Function(0, 0, lambda _c, _n: Sql("3.141592653589793", NUMBER)),
}  # fmt: skip
