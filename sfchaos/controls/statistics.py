"""How sure a count of failures makes us: exact binomial bounds (Clopper-Pearson) by bisection, no other library needed.

A bound speaks about the generator that the schedules were drawn from, and about nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = 60  # halvings: 2**-60 is far below the four digits that are shown


def at_most(k: int, n: int, p: float) -> float:
    """P(X <= k) for n independent draws that each fail with probability p."""
    if p <= 0 or k >= n:
        return 1.0
    if p >= 1:
        return 0.0
    log_p, log_q = math.log(p), math.log1p(-p)
    head = math.lgamma(n + 1)
    return min(1.0, math.fsum(math.exp(head - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * log_p + (n - i) * log_q) for i in range(k + 1)))


def upper_bound(n: int, failures: int, confidence: float = 0.95) -> float | None:
    """The failure rate that `failures` of `n` leave possible at this one-sided confidence. None when nothing was drawn."""
    _check(n, failures, confidence)
    if n == 0:
        return None
    if failures == n:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if at_most(failures, n, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def lower_bound(n: int, failures: int, confidence: float = 0.95) -> float | None:
    """The failure rate below which `failures` of `n` would surprise at this one-sided confidence."""
    bound = upper_bound(n, n - failures, confidence)
    return None if bound is None else 1 - bound


def interval(n: int, failures: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """Two-sided interval: each side takes half of what is left of the confidence."""
    side = 1 - (1 - confidence) / 2
    low, high = lower_bound(n, failures, side), upper_bound(n, failures, side)
    return None if low is None or high is None else (low, high)


def needed(rate: float, confidence: float = 0.95) -> int:
    """How many draws without a failure show, at this confidence, a failure rate below `rate`."""
    if not 0 < rate < 1 or not 0 < confidence < 1:
        raise ValueError(f"rate {rate} and confidence {confidence} must lie between 0 and 1")
    return math.ceil(math.log(1 - confidence) / math.log1p(-rate))


def share(confidence_of_all: float, objectives: int) -> float:
    """Confidence for each of many objectives so that all hold together (Bonferroni)."""
    return 1 - (1 - confidence_of_all) / max(1, objectives)


def _check(n: int, failures: int, confidence: float) -> None:
    if not 0 <= failures <= n or not 0 < confidence < 1:
        raise ValueError(f"{failures} failures of {n} at confidence {confidence}: not a sample")


@dataclass(frozen=True)
class Sample:
    """What a plan drew and what came of it. Equal schedule digests are one observation (the caller collapses them)."""

    generator: str
    seed: int
    drawn: int
    applicable: int
    failed: int
    inconclusive: int = 0
    confidence: float = 0.95

    @property
    def bound(self) -> float | None:
        return upper_bound(self.applicable, self.failed, self.confidence)

    @property
    def conservative_bound(self) -> float | None:
        """The bound with every inconclusive schedule counted as a failure."""
        return upper_bound(self.applicable + self.inconclusive, self.failed + self.inconclusive, self.confidence)

    def sentence(self) -> str:
        """What may be claimed, in words. Without an applicable schedule: no data."""
        start = f"{self.drawn} independent fault schedules drawn from generator {self.generator} (seed {self.seed})"
        if self.bound is None:
            return f"Of {start} none was applicable: no data."
        were = "was" if self.applicable == 1 else "were"
        return (
            f"In {start}, {self.applicable} {were} applicable and {self.failed} failed. At {self.confidence:.0%} confidence fewer than "
            f"{self.bound:.1%} of schedules from this generator would fail. This says nothing about conditions outside the generator."
        )


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def variance_of_mean(values: Sequence[float]) -> float:
    """Squared standard error of the mean; 0 for fewer than two values."""
    if len(values) < 2:
        return 0.0
    middle = mean(values)
    return math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1) / len(values)


def variation(values: Sequence[float]) -> float:
    """Coefficient of variation: standard deviation over mean (0 for fewer than two values or a mean of 0)."""
    middle = mean(values) if values else 0.0
    return math.sqrt(variance_of_mean(values) * len(values)) / middle if middle and len(values) > 1 else 0.0
