"""ISO 27001 in its two editions, and which objectives support which control.

A public mapping file is not used on purpose: those that were looked at send transfer to redundancy or lack rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sfchaos.controls.catalogue import objectives, tree
from sfchaos.core.errors import UnknownName
from sfchaos.core.judgement import Verdict

THEMES: Mapping[str, str] = {"A.5": "organisational", "A.6": "people", "A.7": "physical", "A.8": "technological"}


def iso_2022() -> Mapping[str, str]:
    """All 93 controls of Annex A, 2022 edition: id to short title."""
    found: dict[str, str] = tree()["iso27001"]["controls"]
    return found


def iso_2013() -> Mapping[str, str]:
    """The controls of the 2013 edition that are used here: id to short title."""
    return {name: item["title"] for name, item in tree()["iso27001"]["successors"].items()}


def successors(control_2013: str) -> tuple[str, ...]:
    """Where a control of 2013 went in 2022. Raises UnknownName for an id that is not in the table."""
    known = tree()["iso27001"]["successors"]
    if control_2013 not in known:
        raise UnknownName("control of ISO 27001:2013", control_2013, known)
    return tuple(known[control_2013]["to"])


def unused() -> frozenset[str]:
    """Ids that no objective may be evidence toward: protection from malware, in both editions."""
    return frozenset(tree()["iso27001"]["unused"])


def theme(control_2022: str) -> str:
    return THEMES[".".join(control_2022.split(".")[:2])]


def title_of(framework: str, edition: str, control: str) -> str:
    """Short title of a control where we print one (ISO 27001), else ""."""
    if framework != "iso27001":
        return ""
    return (iso_2022() if edition == "2022" else iso_2013()).get(control, "")


def objectives_of(framework: str, edition: str, control: str) -> tuple[str, ...]:
    """Ids of the objectives that are tagged with this control. Source tags never count."""
    return tuple(name for name, item in objectives().items()
                 if any((t.framework, t.edition, t.id) == (framework, edition, control) for t in item.tags))  # fmt: skip


def controls(framework: str, edition: str) -> tuple[str, ...]:
    """Ids of all controls of one framework that any objective is tagged with, in order of their numbers."""
    found = {t.id for item in objectives().values() for t in item.tags if (t.framework, t.edition) == (framework, edition)}
    return tuple(sorted(found, key=_numbered))


def standing(names: Iterable[str], verdicts: Mapping[str, Verdict]) -> str:
    """How the objectives of one control stand: `supported` only if each one in scope passed, else the counts. Never a percentage."""
    counts = {"pass": 0, "fail": 0, "inconclusive": 0, "error": 0, "not-applicable": 0, "not run": 0}
    for name in names:
        counts[verdicts.get(name, "not run")] += 1
    in_scope = sum(counts.values()) - counts["not-applicable"]
    if in_scope and counts["pass"] == in_scope:
        return "supported"
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "no objective"


def _numbered(control: str) -> tuple[object, ...]:
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in control.replace("-", ".").split("."))
