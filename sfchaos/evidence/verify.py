"""`sfchaos verify`: is a bundle whole, and does judging its journal again give the same verdicts? Without the integration.

    manifest    every file is there, none was added, none was changed
    journal     each line follows the one before it, and the head is the one that evidence.json names
    state       the rows that judges compared are those whose digests the journal holds
    verdicts    every judgement, outcome and rolled-up result, judged again
    exports     report, logs, tables, JUnit and OSCAL, rendered again and compared byte for byte
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sfchaos
from sfchaos.core.canonical import canonical_json, sha256_hex
from sfchaos.core.errors import BundleError
from sfchaos.evidence import manifest
from sfchaos.evidence.contents import evidence_json, rendered
from sfchaos.evidence.reading import Bundle, read_bundle
from sfchaos.evidence.record import EvidenceRecord
from sfchaos.evidence.rejudge import rejudged
from sfchaos.evidence.state import PORTS, STATES, digest_tree, end_lines

MOST_DETAILS = 8
Check = tuple[str, bool, str]


@dataclass
class VerifyReport:
    """`checks` are (name, whether it holds, what was seen); `unverifiable` says what no check can tell."""

    path: str
    checks: list[Check] = field(default_factory=list)
    unverifiable: list[str] = field(default_factory=list)
    unreadable: str = ""
    verdict: str = ""

    @property
    def ok(self) -> bool:
        return not self.unreadable and bool(self.checks) and all(held for _, held, _ in self.checks)

    @property
    def exit_code(self) -> int:
        """0 verified and judged alike, 1 tampered with or judged otherwise, 2 not readable as a bundle."""
        return 2 if self.unreadable else 0 if self.ok else 1

    def lines(self) -> list[str]:
        if self.unreadable:
            return [f"NOT A BUNDLE  {self.unreadable}"]
        lines = [f"{'ok  ' if held else 'FAIL'}  {name:<9} {detail}" for name, held, detail in self.checks]
        lines += [f"      not verifiable: {text}" for text in self.unverifiable]
        said = f"verified, and judged alike; its verdict is {self.verdict}" if self.ok else "NOT verified: do not rely on it"
        return [*lines, f"{self.path}: {said}"]


def verify_bundle(path: Path) -> VerifyReport:
    """Check one bundle. Never raises for what a bundle holds."""
    report = VerifyReport(str(path))
    try:
        bundle = read_bundle(Path(path))
        _known_schema(bundle)
    except (BundleError, OSError) as error:
        report.unreadable = str(error)
        return report
    for name, check in _CHECKS.items():
        try:
            report.checks.append((name, *check(bundle, report)))
        except Exception as error:  # whatever damaged files make our readers do is a finding about the bundle
            report.checks.append((name, False, f"cannot be checked: {type(error).__name__}: {error}"))
    return report


def print_report(report: VerifyReport) -> None:
    print("\n".join(report.lines()))


def _known_schema(bundle: Bundle) -> None:
    """An intact bundle of another schema is not ours to judge; a damaged one is for the manifest to name."""
    try:
        bundle.evidence()
    except ValueError as error:
        if not manifest.differences(bundle.files[manifest.NAME], bundle.files):
            raise BundleError(f"{bundle.path}: {error}", remedy="verify it with the version of sfchaos that wrote it") from error


def _manifest(bundle: Bundle, report: VerifyReport) -> tuple[bool, str]:
    try:
        found = manifest.differences(bundle.files[manifest.NAME], bundle.files)
    except (ValueError, KeyError, TypeError) as error:
        return False, f"{manifest.NAME} cannot be read: {error}"
    signed = [name for name in sorted(manifest.OUTSIDE - {manifest.NAME}) if name in bundle.files]
    report.unverifiable.append(f"{' and '.join(signed)}: not checked by this version" if signed else
                               "who wrote it and when: the manifest carries no signature and no time stamp")  # fmt: skip
    return not found, _told(found) or f"{len(bundle.files) - 1} files as stated, SHA-256 of the manifest {sha256_hex(bundle.files[manifest.NAME])}"


def _journal(bundle: Bundle, report: VerifyReport) -> tuple[bool, str]:
    chain = bundle.chain
    if chain.trouble:
        return False, f"journal.jsonl: {chain.trouble}"
    stated = str(bundle.evidence()["journal_head"])
    if chain.head != stated:
        return False, f"journal.jsonl ends in {chain.head[:16]}…, evidence.json says {stated[:16]}…: lines are missing at its end"
    return True, f"{len(chain.lines)} lines, unbroken, head {chain.head[:16]}…"


def _state(bundle: Bundle, report: VerifyReport) -> tuple[bool, str]:
    if _is_aborted(bundle):
        return True, "none was kept: the session was aborted"
    histories = bundle.histories
    found, checked = [], 0
    for line in end_lines(bundle.chain.lines):
        history = histories.get(str(line["run"]))
        for kind in (*STATES, *PORTS):
            stated = line.get(f"{kind}_sha256")
            if stated is None:
                continue
            checked += 1
            if history is None or sha256_hex(canonical_json(digest_tree(getattr(history, kind) or ()))) != stated:
                found.append(f"rows `{kind}` of run {line['run']} are not those of the journal's line {line['n']}")
    if bundle.chain.trouble:
        return False, _told(found) or f"only {checked} sets of rows could be compared: the journal does not hold to its end"
    return not found, _told(found) or f"{checked} sets of rows as the journal says"


def _verdicts(bundle: Bundle, report: VerifyReport) -> tuple[bool, str]:
    report.verdict = str(bundle.evidence()["verdict"])
    if _is_aborted(bundle):
        report.unverifiable.append("verdicts: the session was aborted and nothing was judged")
        held = report.verdict == "inconclusive" and not bundle.evidence()["results"]
        return held, "inconclusive, nothing judged" if held else "an aborted session claims verdicts"
    result = rejudged(bundle.record, bundle.evidence())
    report.unverifiable += result.unverifiable
    found = [*_left_out(bundle), *result.differences]
    return not found, _told(found) or f"{result.judged} judgements and {result.outcomes} outcomes as written"


def _left_out(bundle: Bundle) -> list[str]:
    """Runs that the journal holds and evidence.json does not: a bad run cannot be dropped quietly."""
    if bundle.record.harness_error:
        return []  # a session that broke off may have begun a run that was never judged
    told = {run.id for run in bundle.record.runs}
    begun = dict.fromkeys(str(line["run"]) for line in bundle.chain.lines)
    return [f"evidence.json leaves out run {run}, which is in the journal" for run in begun if run not in told]


def _exports(bundle: Bundle, report: VerifyReport) -> tuple[bool, str]:
    if _is_aborted(bundle):
        return True, "none were written: the session was aborted"
    found = list(_differing(bundle, bundle.record))
    writer = str(bundle.evidence().get("written_by", "another version"))
    if found and writer != f"sfchaos {sfchaos.__version__}":
        report.unverifiable.append(f"exports: written by {writer}, this is {sfchaos.__version__}; it renders otherwise: {', '.join(found)}")
        return True, "rendered by another version"
    return not found, _told([f"{name} is not what the evidence renders to" for name in found]) or "rendered again to the same bytes"


def _differing(bundle: Bundle, record: EvidenceRecord) -> Iterator[str]:
    series = bundle.series()
    again = rendered(record, series)
    others = {path: bundle.content(path) for path in bundle.files if path not in manifest.OUTSIDE}
    again["evidence.json"] = evidence_json(record, series, others, {path: bundle.files[path] for path in others if path != "evidence.json"})
    return (name for name, data in again.items() if others.get(name) != data)


def _is_aborted(bundle: Bundle) -> bool:
    return "aborted" in bundle.evidence()


def _told(texts: list[str]) -> str:
    more = f"; and {len(texts) - MOST_DETAILS} more" if len(texts) > MOST_DETAILS else ""
    return "; ".join(texts[:MOST_DETAILS]) + more


_CHECKS: dict[str, Callable[[Bundle, VerifyReport], tuple[bool, str]]] = {
    "manifest": _manifest, "journal": _journal, "state": _state, "verdicts": _verdicts, "exports": _exports,
}  # fmt: skip
