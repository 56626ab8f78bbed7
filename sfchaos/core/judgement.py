"""What a judge says: five verdicts, and the figures behind them.

Worst wins: error > fail > inconclusive > pass; not-applicable is neutral; nothing at all is inconclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Verdict = Literal["pass", "fail", "inconclusive", "not-applicable", "error"]
VERDICTS: tuple[str, ...] = get_args(Verdict)
_WORST_FIRST: tuple[Verdict, ...] = ("error", "fail", "inconclusive", "pass", "not-applicable")
MAX_EXCEPTIONS = 50
EXIT_CODES: Mapping[str, int] = {"pass": 0, "not-applicable": 0, "fail": 1, "error": 2, "inconclusive": 3}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of many. An empty set is inconclusive: no stimulus, no pass."""
    seen = set(verdicts)
    for verdict in _WORST_FIRST:
        if verdict in seen:
            return verdict
    return "inconclusive"


@dataclass(frozen=True)
class ExceptionRef:
    """One violating instance: where it stands (journal line `n`, or file and line), and redacted words for people.

    `story` are journal line numbers worth showing around it, in order; `address` is the point, where there is one.
    """

    detail: str
    journal: int | None = None
    run: str = ""
    file: str = ""
    line: int = 0
    address: str = ""
    story: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {"run": self.run, "journal": self.journal, "detail": self.detail, "address": self.address,
                               "story": list(self.story), "file": self.file, "line": self.line}  # fmt: skip
        return {key: value for key, value in out.items() if value not in ("", None, []) and (key != "line" or value)}


@dataclass(frozen=True)
class Threshold:
    """A limit with where it comes from. `overridden_by` names the file that changed it; `relaxed` when looser than the default."""

    name: str
    value: int | float
    default: int | float
    source: str
    unit: str = ""
    overridden_by: str = ""
    relaxed: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"value": text_number(self.value), "default": text_number(self.default), "unit": self.unit, "source": self.source,
                "overridden_by": self.overridden_by, "relaxed": self.relaxed}  # fmt: skip


@dataclass(frozen=True)
class Tag:
    """A framework reference. `edition` is mandatory: A.8.2 means another thing in 2013 than in 2022."""

    framework: str
    edition: str
    id: str
    relation: str = "supports"
    status: str = "current"

    def __post_init__(self) -> None:
        if not self.edition:
            raise ValueError(f"tag {self.framework} {self.id} has no edition")

    def as_dict(self) -> dict[str, str]:
        return {"framework": self.framework, "edition": self.edition, "id": self.id, "relation": self.relation, "status": self.status}


@dataclass(frozen=True)
class SourceTag:
    """What a customer's own document says, verbatim: shown beside the tags, never merged with them, never counted."""

    document: str
    framework: str
    edition: str
    id: str
    printed_title: str
    assessment: str
    corrected_to: tuple[str, ...]
    note: str

    def as_dict(self) -> dict[str, Any]:
        return {**self.__dict__, "corrected_to": list(self.corrected_to)}


@dataclass(frozen=True)
class Judgement:
    """One objective judged over one history (or rolled up over several)."""

    objective: str
    verdict: Verdict
    reason: str
    stimuli: int = 0
    checked: int = 0
    exceptions: tuple[ExceptionRef, ...] = ()
    exceptions_total: int = 0
    measured: Mapping[str, int | float | str] = field(default_factory=dict)
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    detail: str = ""  # one sentence for people

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; no floats (they are written as text, so that canonical bytes are the same everywhere)."""
        return {
            "objective": self.objective, "verdict": self.verdict, "reason": self.reason, "detail": self.detail,
            "stimuli": self.stimuli, "checked": self.checked,
            "exceptions": [e.as_dict() for e in self.exceptions], "exceptions_total": self.exceptions_total,
            "measured": {key: text_number(value) for key, value in sorted(self.measured.items())},
            "thresholds": {key: value.as_dict() for key, value in sorted(self.thresholds.items())},
        }  # fmt: skip


def text_number(value: int | float | str) -> int | str:
    """Whole numbers stay numbers; 0.5 becomes "0.5"."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else f"{value:.6g}"
    return value


def roll_up(objective: str, parts: Iterable[Judgement]) -> Judgement:
    """One judgement from those of several runs: worst verdict wins, counts add up, exceptions are capped but counted.

    The reason and figures are those of the first judgement that has the worst verdict.
    """
    judged = [part for part in parts if part.objective == objective]
    verdict = worst(part.verdict for part in judged)
    if not judged:
        return Judgement(objective, "inconclusive", "not-run", detail="no run judged this objective")
    lead = next(part for part in judged if part.verdict == verdict)
    exceptions = tuple(e for part in judged for e in part.exceptions)
    return Judgement(
        objective, verdict, lead.reason,
        stimuli=sum(part.stimuli for part in judged), checked=sum(part.checked for part in judged),
        exceptions=exceptions[:MAX_EXCEPTIONS], exceptions_total=sum(part.exceptions_total for part in judged),
        measured=lead.measured, thresholds=lead.thresholds, detail=lead.detail,
    )  # fmt: skip
