"""SFC-RES-02: waits between attempts grow.

Judged on the mean gap per attempt index over all operations: under full jitter single ratios scatter, but the means
still double. It fails only when 99 % confidence says that the growth is below the limit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sfchaos.controls.case import Case, times
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import RETRYABLE
from sfchaos.controls.statistics import mean, variance_of_mean, variation
from sfchaos.core.history import Operation
from sfchaos.core.judgement import Judgement

Z_99 = 2.3263  # one-sided 99 % point of the normal distribution
CONSTANT = 0.05  # gaps within 5 % of each other are equal
EQUAL = 0.99  # computed gaps from 99 % of the longest on are at the cap
CAPPED = 0.9  # drawn gaps from 90 % of the cap on say nothing about growth
FEWEST_GAPS = 2  # of an operation with three attempts


@judges("SFC-RES-02")
def growing_gaps(case: Case) -> Judgement:
    """Stimulus: an operation with three or more attempts at retryable failures, none of which named a time to wait."""
    sequences = [gaps for op in case.history.operations if (gaps := _gaps_s(op))]
    story = next((op for op in case.history.operations if _gaps_s(op)), None)
    case.stimuli = case.checked = len(sequences)
    if story is None:
        return case.conclude("", absent="no operation was attempted three times without a Retry-After")
    growth = growth_of(sequences, first_few=int(case.limit("growth_ops")))
    first_s, least = mean([gaps[0] for gaps in sequences]), case.limit("growth_min")
    case.measured |= {"operations": len(sequences), "mean_first_gap_s": round(first_s, 3), "growth": round(growth.rate, 3),
                      "growth_upper_bound": round(growth.upper, 3), "jittered": "yes" if growth.jittered else "no"}  # fmt: skip
    if growth.constant:
        case.against("gaps-constant", f"waits do not grow: {_seconds(sequences[0])}", story)
    elif growth.known and growth.upper < least:
        case.against("growth-too-small", f"waits grow {growth.rate:.2f}x an attempt, at least {least:g}x expected: {_seconds(sequences[0])}", story)
    if _starts_at_once(case, sequences, growth, first_s):
        case.against("first-wait-too-short", f"the first retry comes after {first_s * 1000:.0f} ms on average", story)
    return case.conclude(
        f"waits grow {growth.rate:.2f}x an attempt over {times(len(sequences), 'operation')}", absent="",
        unsure=None if growth.known else ("too-few-operations", f"{times(len(sequences), 'operation')} are too few to tell growth from jitter"),
    )  # fmt: skip


def _starts_at_once(case: Case, sequences: Sequence[Sequence[float]], growth: Growth, first_s: float) -> bool:
    """Under full jitter a first wait near 0 is allowed, so the mean over enough operations counts, not one of them."""
    return first_s < case.limit("min_first_delay") and (not growth.jittered or len(sequences) >= case.limit("growth_ops"))


def _gaps_s(operation: Operation) -> tuple[float, ...]:
    """Waits before the second, third ... attempt in seconds; () when the operation says nothing about back-off."""
    failed = operation.attempts[:-1]
    if any(a.refusal_class not in RETRYABLE or a.retry_after is not None for a in failed):
        return ()
    gaps = tuple(max(gap, 1) / 1000 for gap in operation.gaps_ms)  # a gap of 0 counts as 1 ms, so that it has a logarithm
    return gaps if len(gaps) >= FEWEST_GAPS else ()


def _seconds(gaps: Sequence[float]) -> str:
    return ", ".join(f"{gap:.2f} s" for gap in gaps)


@dataclass(frozen=True)
class Growth:
    """Growth per attempt with its one-sided 99 % upper bound. `known` when there was enough to judge by."""

    rate: float
    upper: float
    known: bool
    jittered: bool = False
    constant: bool = False


def growth_of(sequences: Sequence[Sequence[float]], *, first_few: int = 60) -> Growth:
    """Growth over gap sequences of many operations; `first_few` operations are needed under jitter."""
    columns = [[gaps[i] for gaps in sequences if len(gaps) > i] for i in range(max(len(gaps) for gaps in sequences))]
    jittered = any(variation(column) > CONSTANT for column in columns if len(column) > 1)
    if not jittered and all(_is_constant(gaps) for gaps in sequences):
        return Growth(1.0, 1.0, known=True, constant=True)
    columns = _without_cap(columns, jittered)
    means = [mean(column) for column in columns]
    if len(means) < 2:
        return Growth(1.0, math.inf, known=False, jittered=jittered)
    rate, error = _slope([math.log(m) for m in means], [variance_of_mean(c) / m**2 for c, m in zip(columns, means, strict=True)])
    growth, upper = math.exp(rate), math.exp(min(rate + Z_99 * error, 50.0))
    if jittered:
        return Growth(growth, upper, known=len(sequences) >= first_few, jittered=True)
    return Growth(growth, upper, known=len(sequences) > 1 or _is_steady(means))


def _is_constant(gaps: Sequence[float]) -> bool:
    return len(gaps) > FEWEST_GAPS and max(gaps) <= min(gaps) * (1 + CONSTANT)


def _is_steady(gaps: Sequence[float]) -> bool:
    """Whether one operation's gaps look computed, not drawn: three or more that grow by one factor within 5 %."""
    ratios = [later / earlier for earlier, later in pairwise(gaps)]
    steady = len(ratios) >= 2 and max(ratios) <= min(ratios) * (1 + CONSTANT)
    return steady and (len(ratios) > 2 or min(ratios) >= 1.5)


def _without_cap(columns: list[list[float]], jittered: bool) -> list[list[float]]:
    """Attempts before the cap. A cap shows as two attempts or more whose longest waits are near the longest of all.

    Under jitter the first of them may be cut short by the cap already, so it goes too; a computed wait is kept.
    """
    near = (CAPPED if jittered else EQUAL) * max(max(column) for column in columns)
    at_cap = [i for i, column in enumerate(columns) if max(column) >= near]
    if len(at_cap) < 2 or at_cap[0] == 0:
        return columns
    return columns[: at_cap[0] + (0 if jittered else 1)]


def _slope(logs: Sequence[float], variances: Sequence[float]) -> tuple[float, float]:
    """Weighted straight line through the logarithms of the means: slope and its standard error."""
    if min(variances) <= 0:
        return (logs[-1] - logs[0]) / (len(logs) - 1), math.sqrt(max(variances[0], 0) + max(variances[-1], 0)) / (len(logs) - 1)
    weights = [1 / v for v in variances]
    total = sum(weights)
    middle_x = sum(w * i for i, w in enumerate(weights)) / total
    middle_y = sum(w * y for w, y in zip(weights, logs, strict=True)) / total
    spread = sum(w * (i - middle_x) ** 2 for i, w in enumerate(weights))
    return sum(w * (i - middle_x) * (y - middle_y) for i, (w, y) in enumerate(zip(weights, logs, strict=True))) / spread, math.sqrt(1 / spread)
