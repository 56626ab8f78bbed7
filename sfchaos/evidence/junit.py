"""export/junit.xml: a test suite per run, a test case per objective. inconclusive is skipped with its reason, never passed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from sfchaos.core.judgement import Judgement
from sfchaos.evidence.document import waiver_of
from sfchaos.evidence.record import EvidenceRecord, RunRecord
from sfchaos.evidence.tags import control_names

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
COUNTED = ("failures", "errors", "skipped")
_COUNTS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def junit_xml(record: EvidenceRecord) -> str:
    root = ET.Element("testsuites", {"name": "sfchaos"})
    for run in record.reported:
        root.append(_suite(record, run))
    if record.harness_error:
        root.append(_harness_suite(record))
    totals = {name: str(sum(int(suite.get(name, "0")) for suite in root)) for name in ("tests", *COUNTED)}
    root.attrib.update(totals)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(record: EvidenceRecord, run: RunRecord) -> ET.Element:
    name = run.scenario or "clean twin"
    seconds = f"{run.virtual_ms / 1000:.3f}"
    suite = ET.Element("testsuite", {"name": name, "id": run.id, "timestamp": record.start[:19], "time": seconds})
    facts = {"sfc.run": run.id, "sfc.seed": run.seed, "sfc.outcome": run.outcome, "sfc.trace_digest": run.trace_digest, "sfc.route": run.route, "sfc.replay": run.replay}
    suite.append(_properties((key, str(value)) for key, value in facts.items() if value != ""))
    cases = [_case(record, name, judgement) for judgement in run.judgements]
    if run.unexpected:
        cases.append(_outcome_case(name, run))
    return _counted(suite, cases)


def _counted(suite: ET.Element, cases: list[ET.Element]) -> ET.Element:
    counts = dict.fromkeys(COUNTED, 0)
    for case in cases:
        for child in case:
            if child.tag in _COUNTS:
                counts[_COUNTS[child.tag]] += 1
    suite.attrib.update({"tests": str(len(cases)), **{name: str(number) for name, number in counts.items()}})
    suite.extend(cases)
    return suite


def _case(record: EvidenceRecord, suite: str, judgement: Judgement) -> ET.Element:
    from sfchaos.controls.catalogue import objective

    case = ET.Element("testcase", {"name": _clean(f"{judgement.objective} {objective(judgement.objective).title}"), "classname": _clean(suite), "time": "0.000"})
    facts = [("sfc.objective", judgement.objective), ("sfc.verdict", judgement.verdict), *(("control", name) for name in control_names(judgement.objective))]
    waiver = waiver_of(judgement, record)
    if waiver is not None:
        facts.append(("sfc.waived_until", waiver.expires))
    case.append(_properties(facts))
    said = _said(judgement)
    if said is not None:
        case.append(said)
    return case


def _said(judgement: Judgement) -> ET.Element | None:
    message = _clean(f"{judgement.reason}: {judgement.detail}")
    if judgement.verdict == "fail":
        return _element("failure", {"type": judgement.reason, "message": message}, "\n".join(e.detail for e in judgement.exceptions))
    if judgement.verdict == "error":
        return _element("error", {"type": judgement.reason, "message": _clean(judgement.reason)}, judgement.detail)
    if judgement.verdict in ("inconclusive", "not-applicable"):
        return _element("skipped", {"type": judgement.verdict, "message": f"{judgement.verdict}: {message}"}, "")
    return None


def _outcome_case(suite: str, run: RunRecord) -> ET.Element:
    case = ET.Element("testcase", {"name": f"outcome {run.outcome}", "classname": _clean(suite), "time": "0.000"})
    allowed = " or ".join(run.expected.get("outcome", ("pass",)))
    case.append(_element("failure", {"type": "outcome", "message": f"outcome {run.outcome}; a sound target ends {allowed}"}, run.remark))
    return case


def _harness_suite(record: EvidenceRecord) -> ET.Element:
    case = ET.Element("testcase", {"name": "harness", "classname": "sfchaos", "time": "0.000"})
    case.append(_element("error", {"type": "harness", "message": _clean(record.harness_error)}, ""))
    return _counted(ET.Element("testsuite", {"name": "sfchaos", "timestamp": record.start[:19], "time": "0.000"}), [case])


def _properties(facts: Iterable[tuple[str, str]]) -> ET.Element:
    found = ET.Element("properties")
    for name, value in facts:
        found.append(ET.Element("property", {"name": name, "value": _clean(value)}))
    return found


def _element(tag: str, attributes: dict[str, str], text: str) -> ET.Element:
    element = ET.Element(tag, attributes)
    element.text = _clean(text) or None
    return element


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return _ILLEGAL.sub("�", text)
