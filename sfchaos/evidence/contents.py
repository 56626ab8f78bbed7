"""Every file of a bundle but its manifest, as content. The same record, number and predecessor give the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from sfchaos.core.canonical import canonical_json, sha256_hex
from sfchaos.core.errors import HarnessError
from sfchaos.evidence.document import document, plain, plan
from sfchaos.evidence.manifest import media_type
from sfchaos.evidence.record import EvidenceRecord
from sfchaos.evidence.state import packed, state_files

_LABEL = re.compile(rb"secret:\d+")
REDACTION_RULE = "secret: passwords, tokens and keys become secret:<n>, numbered by first appearance; field values become keyed digests"


@dataclass(frozen=True)
class Series:
    """A bundle's place among those of its folder: its number, and the SHA-256 of the manifest before it ("" for none)."""

    sequence: int
    previous_manifest_sha256: str = ""

    @property
    def name(self) -> str:
        return f"run-{self.sequence:04d}"

    def as_dict(self) -> dict[str, Any]:
        return {"sequence": self.sequence, "name": self.name, "previous_manifest_sha256": self.previous_manifest_sha256}


def settled(record: EvidenceRecord) -> EvidenceRecord:
    """The record with nothing in its blocks that JSON would change, so that a record read back renders alike."""
    return replace(record, blocks=plain(record.blocks))


def contents(record: EvidenceRecord, series: Series) -> dict[str, bytes]:
    """Relative path to content, not yet compressed."""
    record = settled(record)
    files = {"journal.jsonl": record.journal, **state_files(record), **_given(record.files), **rendered(record, series)}
    files["evidence.json"] = evidence_json(record, series, files)
    return dict(sorted(files.items()))


def rendered(record: EvidenceRecord, series: Series) -> dict[str, bytes]:
    """What is only another form of the evidence: made again by `verify` and compared."""
    from sfchaos.evidence.csv_table import reconcile_csv, results_csv
    from sfchaos.evidence.html import report_html
    from sfchaos.evidence.junit import junit_xml
    from sfchaos.evidence.oscal_common import PLAN_FILE, RESULTS_FILE
    from sfchaos.evidence.oscal_plan import assessment_plan
    from sfchaos.evidence.oscal_results import assessment_results

    return {
        "plan.json": json_text(plan(record)),
        "report.html": report_html(record, bundle=series.name).encode(),
        "reconcile.csv": reconcile_csv(record).encode(),
        "export/junit.xml": junit_xml(record).encode(),
        "export/results.csv": results_csv(record).encode(),
        f"export/oscal/{RESULTS_FILE}": json_text(assessment_results(record, bundle=series.name)),
        f"export/oscal/{PLAN_FILE}": json_text(assessment_plan(record, bundle=series.name)),
        **_logs(record),
    }


def evidence_json(record: EvidenceRecord, series: Series, files: Mapping[str, bytes], stored: Mapping[str, bytes] | None = None) -> bytes:
    """evidence.json: the document, its place in the series, the other files, and how much was redacted in each.

    `stored` are the other files as they lie in a bundle: another machine may compress the same content to other bytes.
    """
    from sfchaos.controls.catalogue import catalogue_digest

    stored = {path: packed(path, data) for path, data in files.items() if path != "evidence.json"} if stored is None else stored
    artefacts = [{"path": path, "media_type": media_type(path), "size": len(data), "sha256": sha256_hex(data)} for path, data in sorted(stored.items())]
    counts = {path: len(_LABEL.findall(data)) for path, data in sorted(files.items()) if path != "evidence.json"}
    redaction = {"rule": REDACTION_RULE, "replaced": {path: number for path, number in counts.items() if number}}
    return json_text(document(record) | {"series": series.as_dict(), "catalogue_sha256": catalogue_digest(), "artefacts": artefacts, "redaction": redaction,
                                         "retain_until": retain_until(record.end)})  # fmt: skip


def retain_until(end: str) -> str:
    """400 days after the end: a period of twelve months and time to report. Nothing is ever deleted by itself."""
    from datetime import date, timedelta

    return (date.fromisoformat(end[:10]) + timedelta(days=400)).isoformat()


def json_text(tree: Any) -> bytes:
    return json.dumps(tree, indent=1, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass") + b"\n"


def _logs(record: EvidenceRecord) -> dict[str, bytes]:
    """What each run logged, redacted, one JSON object a line: for readers, taken out of the journal."""
    found: dict[str, bytes] = {}
    for run in record.runs:
        lines = [{key: value for key, value in line.items() if key not in ("prev", "kind")} for line in run.history.lines if line["kind"] == "log"]
        if lines:
            found[f"logs/{run.id}.jsonl.gz"] = b"".join(canonical_json(line) + b"\n" for line in lines)
    return found


def _given(files: Mapping[str, bytes]) -> dict[str, bytes]:
    for path in files:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\\" in path or parts[0] not in ("config", "logs", "explore"):
            raise HarnessError(f"{path!r} has no place in a bundle", remedy="further files lie under config/, logs/ or explore/")
    return dict(files)
