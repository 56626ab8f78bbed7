"""The limits that judges measure against: value, unit and where each comes from (control catalogue 6.1).

"practice" means that no norm gives a figure: it is our choice, and reports say so. A looser value than the default is
`relaxed`, and is shown as such beside every verdict that used it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.core.judgement import Threshold


@dataclass(frozen=True)
class _Default:
    value: int | float
    unit: str
    looser: str  # "up": a larger value lets more pass; "down": a smaller one does
    source: str


_PRACTICE = "practice: no norm gives a figure"
_D = _Default
DEFAULTS: Mapping[str, _Default] = {
    "max_attempts": _D(5, "attempts", "up", "1 + 4 retries: common SDKs use 3 attempts, 5 leaves room for row lock contention; ASVS 13.1.3 asks that limits be defined"),
    "max_elapsed": _D(300, "s", "up", "practice: interactive operations"),
    "max_elapsed_batch": _D(3600, "s", "up", "practice: bulk operations, and operations that wait for a limit window"),
    "min_first_delay": _D(0.1, "s", "down", "capped exponential back-off with jitter, as cloud vendors advise; from memory, not seen"),
    "growth_min": _D(1.5, "times", "down", "doubling is usual; 1.5 tolerates jitter"),
    "growth_ops": _D(60, "operations", "down", "full jitter: what 99 % confidence needs (by simulation)"),
    "jitter_cv": _D(0.10, "ratio", "down", "full jitter has a coefficient of variation near 0.58, equal jitter near 0.19"),
    "jitter_n": _D(20, "gaps", "down", _PRACTICE),
    "ra_slack": _D(1, "s", "up", "RFC 9110 10.2.3: Retry-After counts whole seconds"),
    "max_retry_after_wait": _D(3600, "s", "down", "practice: above it, giving up loudly is as right as waiting"),
    "cb_failures": _D(5, "failures", "up", "practice: typical default of circuit breaker libraries"),
    "cb_ratio": _D(0.5, "ratio", "up", "practice: typical default of circuit breaker libraries"),
    "cb_window": _D(20, "calls", "up", "practice: typical default of circuit breaker libraries"),
    "cb_open_min": _D(30, "s", "down", _PRACTICE),
    "cb_probes": _D(3, "calls", "up", _PRACTICE),
    "cb_recover_max": _D(120, "s", "up", _PRACTICE),
    "amplification_max": _D(3, "times", "up", "retries must not multiply load; equals 3 attempts at one layer"),
    "request_timeout_max": _D(120, "s", "up", "practice: synchronous calls; Salesforce counts a request as long from 20 s"),
    "shutdown_max": _D(30, "s", "up", _PRACTICE),
    "budget_warn": _D(0.80, "ratio", "up", "practice, on the published usage header and the limits resource"),
    "budget_stop": _D(0.95, "ratio", "up", "practice, on the published usage header and the limits resource"),
    "poll_min": _D(1, "s", "down", "Bulk documentation asks for pauses between polls"),
    "poll_deadline": _D(86400, "s", "up", "jobs older than 7 days are removed; a day bounds the wait"),
    "bulk_threshold": _D(2000, "records", "up", "Salesforce limits quick reference: Bulk API 2.0 above 2,000 records"),
    "token_age_max": _D(7200, "s", "up", "Salesforce session time-out default: 2 h of inactivity; calls reset it, so age is judged"),
    "refresh_idle": _D(2592000, "s", "up", "Salesforce option for idle refresh tokens: 30 days, sliding"),
    "jwt_exp_max": _D(300, "s", "up", "Salesforce JWT bearer guidance is minutes; the exact limit is not confirmed"),
    "stampede_max": _D(1, "calls", "up", "practice: single flight, per process"),
    "stampede_n": _D(5, "requests", "up", _PRACTICE),
    "stampede_window": _D(5, "s", "down", _PRACTICE),
    "inflight_grace": _D(0, "s", "up", "practice: counted from the delivery of the refusal"),
    "auth_cooldown": _D(60, "s", "down", _PRACTICE),
    "grant_max": _D(28800, "s", "up", "practice: one working shift"),
    "grant_slack": _D(60, "s", "up", _PRACTICE),
    "revoke_max": _D(60, "s", "up", "RFC 7009 gives the mechanism, not a time"),
    "secret_pickup_max": _D(60, "s", "up", "ASVS 13.3.4 asks for expiry and rotation; the time is practice"),
    "log_complete_min": _D(1.0, "ratio", "down", "ISO 27001 and NIST AU-12 give no tolerance: any missing event is listed"),
    "log_match_window": _D(5, "s", "up", _PRACTICE),
    "clock_skew_max": _D(1, "s", "up", "PCI DSS 10.6 and NIST AU-8 ask for synchronised time without a figure"),
    "log_retention_min": _D(365, "days", "down", "PCI DSS 10.5.1: 12 months"),
    "log_lines_per_record": _D(10, "lines", "up", _PRACTICE),
    "metric_err_max": _D(0.05, "ratio", "up", _PRACTICE),
    "alert_max": _D(300, "s", "up", "practice: set it from the customer's service level"),
    "alert_clear_max": _D(900, "s", "up", "practice: set it from the customer's service level"),
    "rto": _D(3600, "s", "up", "GDPR Art. 32(1)(c) says timely, without a figure"),
    "review_max": _D(92, "days", "up", "quarterly, as the source document asks"),
    "volume_ratio_min": _D(1.0, "ratio", "down", "the source document asks for production-like volumes"),
    "corrupt_n": _D(59, "corruptions", "down", "no miss in 59 gives 95 % confidence of fewer than 5 % misses"),
    "attest_n": _D(59, "schedules", "down", "95 % confidence, 5 % failures (Clopper-Pearson)"),
    "waiver_life": _D(90, "days", "up", "practice: one quarter"),
}


def thresholds(overrides: Mapping[str, float] | None = None, *, file: str = "") -> dict[str, Threshold]:
    """All thresholds, those of `overrides` with their new value. `file` names who changed them.

    Raises UnknownName for a threshold that does not exist, UsageError for a value that is no limit.
    """
    changed = dict(overrides or {})
    for name, value in changed.items():
        _check(name, value, file)
    return {name: _changed(name, changed[name], file) if name in changed else default for name, default in _defaults().items()}


@cache
def _defaults() -> dict[str, Threshold]:
    return {name: Threshold(name, d.value, d.value, d.source, d.unit) for name, d in DEFAULTS.items()}


def default(name: str) -> Threshold:
    return _defaults()[name]


def _check(name: str, value: object, file: str) -> None:
    where = f"{file}: " if file else ""
    if name not in DEFAULTS:
        raise UnknownName("threshold", name, DEFAULTS, where=where, remedy="names of thresholds are those of `sfchaos explain thresholds`")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise UsageError(f"{where}threshold {name} = {value!r} is not a limit", remedy=f"write a number of {DEFAULTS[name].unit}, 0 or more")


def _changed(name: str, value: float, file: str) -> Threshold:
    default = DEFAULTS[name]
    relaxed = value > default.value if default.looser == "up" else value < default.value
    return Threshold(name, value, default.value, default.source, default.unit, file or "configuration", relaxed)
