"""SFC-RES-09: an outage does not multiply the load."""

from __future__ import annotations

from collections.abc import Sequence

from sfchaos.controls.case import Case
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import RETRYABLE
from sfchaos.core.history import Exchange
from sfchaos.core.judgement import Judgement
from sfchaos.core.units import duration_text

OUTAGE_S = 60
BASELINE_CALLS = 3  # fewer calls outside the outage give no rate


@judges("SFC-RES-09")
def no_amplification(case: Case) -> Judgement:
    """Stimulus: 60 s or more in which every call failed. The rate inside is held against the rate outside, in the same run."""
    most = case.limit("amplification_max")
    unknown = 0
    exchanges = case.history.exchanges
    for outage in _outages(exchanges):
        case.stimuli += 1
        case.checked += len(outage)
        rate = _baseline_per_s(exchanges, outage)
        if rate is None:
            unknown += 1
            continue
        span_s = _span_s(outage)
        ratio = len(outage) / (rate * span_s)
        case.measured["amplification"] = max(round(ratio, 3), float(case.measured.get("amplification", 0)))
        if ratio > most:
            detail = f"{len(outage)} calls in {duration_text(span_s)} of outage, {ratio:.1f} times the rate outside it; at most {most:g} times allowed"
            case.violation("load-amplified", detail, at=outage[-1], story=(outage[0].n, outage[-1].n))
    unsure = ("no-baseline", "no calls outside the outage to compare with") if unknown else None
    return case.conclude(f"load during the outage was {case.measured.get('amplification')} times the usual", absent="no outage of 60 s or more was met", unsure=unsure)


def _outages(exchanges: Sequence[Exchange]) -> list[list[Exchange]]:
    """Runs of calls that all failed for a passing reason, 60 s or longer."""
    found: list[list[Exchange]] = [[]]
    for exchange in exchanges:
        if exchange.refusal_class in RETRYABLE:
            found[-1].append(exchange)
        elif found[-1]:
            found.append([])
    return [run for run in found if len(run) > 1 and _span_s(run) >= OUTAGE_S]


def _span_s(run: Sequence[Exchange]) -> float:
    return (run[-1].at_ms - run[0].at_ms) / 1000


def _baseline_per_s(exchanges: Sequence[Exchange], outage: Sequence[Exchange]) -> float | None:
    """Calls a second outside the outage: before it, and after it."""
    before = [e for e in exchanges if e.n < outage[0].n]
    after = [e for e in exchanges if e.n > outage[-1].n]
    calls = len(before) + len(after)
    span_ms = (outage[0].at_ms - exchanges[0].at_ms if before else 0) + (exchanges[-1].delivered_ms - outage[-1].delivered_ms if after else 0)
    return calls / (span_ms / 1000) if calls >= BASELINE_CALLS and span_ms > 0 else None
