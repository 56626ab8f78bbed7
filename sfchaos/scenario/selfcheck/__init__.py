"""The harness proves itself: for each judged objective a known-good and a known-bad client, played in the same session.

A judge that passes the bad one or fails the good one is not believed: its objective's verdict becomes `error`
(control catalogue 1.7).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sfchaos.core.judgement import Judgement
from sfchaos.scenario.selfcheck import access, files, integrity, logs, resilience
from sfchaos.scenario.selfcheck.bench import Bench, examined
from sfchaos.scenario.selfcheck.pair import Examination, Pair

__all__ = ["PAIRS", "Examination", "Pair", "self_check"]

PAIRS: Mapping[str, Pair | Examination] = {**resilience.PAIRS, **access.PAIRS, **logs.PAIRS, **integrity.PAIRS, **files.PAIRS}


def self_check(objectives: Iterable[str]) -> dict[str, dict[str, str]]:
    """The pairs of these objectives, by objective: the verdict of each client, the bad one's reason, whether the pair was told
    apart, and in `detail` what went wrong when it was not. Objectives without a judge have no pair.
    """
    bench = Bench()
    try:
        return {name: _told_apart(bench, name, PAIRS[name]) for name in objectives if name in PAIRS}
    finally:
        bench.close()


def _told_apart(bench: Bench, objective: str, pair: Pair | Examination) -> dict[str, str]:
    good, bad = (_judged(bench, objective, pair, sound=sound) for sound in (True, False))
    wrong = _wrong(good, bad, pair.reason)
    found = {"good": good.verdict, "bad": bad.verdict, "reason": bad.reason, "ok": "no" if wrong else "yes"}
    return found | ({"detail": wrong} if wrong else {})


def _judged(bench: Bench, objective: str, pair: Pair | Examination, *, sound: bool) -> Judgement:
    from sfchaos.controls.judges import judge

    try:
        if isinstance(pair, Examination):
            history = examined(pair, pair.good if sound else pair.bad)
        else:
            history = bench.played(pair, pair.good if sound else pair.bad)
    except Exception as error:  # an instrument that breaks is what this is here to find
        said = error.strerror if isinstance(error, OSError) else error  # without the path: it is this machine's
        return Judgement(objective, "error", "self-check-broke", detail=f"{type(error).__name__}: {said}")
    return judge(objective, history)


def _wrong(good: Judgement, bad: Judgement, reason: str) -> str:
    texts = []
    if good.verdict != "pass":
        texts.append(f"the known-good client was judged {_said(good)}")
    if (bad.verdict, bad.reason) != ("fail", reason):
        texts.append(f"the known-bad client was judged {_said(bad)}, expected fail ({reason})")
    return "; ".join(texts)


def _said(judgement: Judgement) -> str:
    last = judgement.detail.strip().splitlines()[-1:] or [""]
    return f"{judgement.verdict} ({judgement.reason})" + (f": {last[0]}" if last[0] else "")
