"""A quota that ends while a request of several parts is being done.

The parts of a composite do not count by themselves, those of a batch do (wire reference 3.11); that a composite's later parts are
refused when others use up the allowance meanwhile is a guess, after what a batch does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sfchaos.org.quotas.limits import DAILY
from sfchaos.org.refusals import Refused, refuse

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org

_KEY = "within"  # in the register of limits until a request of parts comes, and among the facts of its call then


@dataclass(frozen=True, slots=True)
class QuotaEnd:
    """From part `item` on there is nothing left; `until_s` (org seconds) when the whole daily allowance stays spent until then."""

    item: int
    code: str
    message: str
    until_s: float | None


def end_within(org: Org, end: QuotaEnd) -> None:
    """Let the quota end inside the next request that has parts."""
    org.registers.limits[_KEY] = end


def refusal_of_part(org: Org, call: Call, item: int) -> Refused | None:
    """What part `item` of the request `call` is refused with, if the quota has ended before it."""
    if _KEY not in call.facts:
        call.facts[_KEY] = org.registers.limits.pop(_KEY, None)
    end: QuotaEnd | None = call.facts[_KEY]
    if end is None or item < end.item:
        return None
    if end.until_s is not None:
        org.limits.exhaust(DAILY, until_s=end.until_s)
    return refuse(end.code, end.message)
