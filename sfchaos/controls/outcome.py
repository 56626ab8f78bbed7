"""What a run came to, worst first. Outcomes are about runs; verdicts are about objectives (fault model 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sfchaos.controls.reconcile import Reconciliation, reconcile
from sfchaos.core.errors import UnknownName
from sfchaos.core.history import History
from sfchaos.core.judgement import Judgement

OUTCOMES: tuple[str, ...] = ("silent", "duplicate", "lost", "corrupt", "dirty_crash", "hang", "storm", "leak", "slow", "loud_ok", "pass")
FAILING = frozenset(OUTCOMES[: OUTCOMES.index("leak") + 1])  # these fail a build; slow warns
LIVENESS_S = 3600  # O6: done within twice the baseline and the largest back-off, one hour unless told otherwise
_COULD_NOT_SPEAK = frozenset({"hang", "timeout", "storm", "killed"})
_LEAKS = frozenset({"SFC-LOG-04", "SFC-AUTH-10"})


def outcome_of(history: History, judgements: Sequence[Judgement] | None = None, *, baseline_ms: int = 0, converged: bool | None = None) -> str:
    """The outcome of one run. `judgements` add leaks that their judges saw; `baseline_ms` is the clean twin's duration
    (0: unknown, nothing is slow); `converged` says whether a second, fault-free start put things right (None: not tried).

    silent is wrong data under a claim of success. A duplicate is a duplicate whatever was claimed. A run that was ended
    from outside could not report, so its missing rows are not held against its word.
    """
    found = reconcile(history)
    by_state = _by_state(history, found)
    if by_state == "lost" and history.ending.loud and converged:
        return "loud_ok"  # it said so, and its next start put things right (fault model 7)
    if by_state:
        return by_state
    if _crashed_dirty(history, converged):
        return "dirty_crash"
    if history.ending.how in ("hang", "timeout"):
        return "hang"
    if history.ending.how == "storm" or history.events_of("storm_cut"):
        return "storm"
    if _leaks(history, judgements or ()):
        return "leak"
    if baseline_ms and history.ending.at_ms > 2 * baseline_ms + LIVENESS_S * 1000:
        return "slow"
    return "loud_ok" if (history.ending.loud and history.ending.how != "unseen") or found.of("reported") else "pass"


def worst_outcome(outcomes: Iterable[str]) -> str:
    """The worst of many; `pass` for none."""
    return min(outcomes, key=OUTCOMES.index, default="pass")


def is_expected(outcome: str, *, transient: bool = True, allowed: Iterable[str] = ()) -> bool:
    """Whether a sound target may end like this: what a scenario `allowed`, else `pass` after transient faults, and `loud_ok`
    too after permanent ones or spent quotas. `slow` only warns."""
    if outcome not in OUTCOMES:
        raise UnknownName("outcome", outcome, OUTCOMES)
    wanted = set(allowed) or ({"pass", "slow"} if transient else {"pass", "slow", "loud_ok"})
    return outcome in wanted


def _by_state(history: History, found: Reconciliation) -> str:
    if history.clean and found.basis == "journal":
        return ""  # a clean run without declared flows is its own yardstick
    lost = found.of("lost") if history.ending.how not in _COULD_NOT_SPEAK else ()
    corrupt = found.of("corrupt")
    if (lost or corrupt) and not history.ending.loud:
        return "silent"
    if found.of("duplicate", "extra"):
        return "duplicate"
    return "lost" if lost else "corrupt" if corrupt else ""


def _crashed_dirty(history: History, converged: bool | None) -> bool:
    return history.ending.loud and history.ending.how not in ("hang", "timeout", "storm") and converged is False


def _leaks(history: History, judgements: Iterable[Judgement]) -> bool:
    seen = any(record.hits for record in history.logs) or any(e.get("url_secrets") for e in history.exchanges)
    return seen or any(j.objective in _LEAKS and j.verdict == "fail" for j in judgements)
