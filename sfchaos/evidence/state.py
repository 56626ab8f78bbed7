"""Rows that judges compare, as files of a bundle, and histories made again from them.

    state/runs.jsonl            one line a run: ending, log sources, what was examined
    state/<kind>.jsonl.gz       before, after, expected, source, rejects, sink: one row a line

Every row names the runs it belongs to. Runs that hold the same rows share them: most start from the same org.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sfchaos.core.canonical import canonical_json
from sfchaos.core.declaration import declaration_from
from sfchaos.core.history import Ending, Examined, Finding, History, Line, RowState, SourceRow
from sfchaos.evidence.document import thresholds_from
from sfchaos.evidence.record import EvidenceRecord

Row = RowState | SourceRow
STATES = ("before", "after", "expected")
PORTS = ("source", "rejects", "sink")
RUNS = "state/runs.jsonl"


def path_of(kind: str) -> str:
    return f"state/{kind}.jsonl.gz"


def state_files(record: EvidenceRecord) -> dict[str, bytes]:
    """Relative path to content, not yet compressed (`packed` does that)."""
    histories = [run.history for run in record.runs]
    files = {path_of(kind): _rows_text(kind, histories) for kind in (*STATES, *PORTS)}
    files[RUNS] = b"".join(canonical_json(_run_line(history)) + b"\n" for history in histories)
    return files


def packed(path: str, data: bytes) -> bytes:
    """Bytes as they are stored: `.gz` is compressed, without a time in its header."""
    return gzip.compress(data, compresslevel=4, mtime=0) if path.endswith(".gz") else data


def unpacked(path: str, data: bytes) -> bytes:
    """The reverse of `packed`. Raises OSError or EOFError for damaged data."""
    return gzip.decompress(data) if path.endswith(".gz") else data


def _rows_text(kind: str, histories: Sequence[History]) -> bytes:
    blocks: list[tuple[Sequence[Row], list[str]]] = []
    for history in histories:
        rows: Sequence[Row] = getattr(history, kind) or ()
        held = next((runs for found, runs in blocks if found is rows or list(found) == list(rows)), None)
        if held is None:
            blocks.append((rows, [history.run]))
        else:
            held.append(history.run)
    return b"".join(canonical_json({"runs": runs, **_row_tree(row)}) + b"\n" for rows, runs in blocks for row in rows)


def _row_tree(row: Row) -> dict[str, Any]:
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in row.__dict__.items()}


def _run_line(history: History) -> dict[str, Any]:
    line: dict[str, Any] = {
        "run": history.run, "clean": history.clean, "transient": history.transient, "log_sources": list(history.log_sources),
        "has_expected": history.expected is not None, "ending": {**history.ending.__dict__, "summary": dict(history.ending.summary)},
    }  # fmt: skip
    if history.examined is not None:
        examined = history.examined
        line["examined"] = {"files": examined.files, "skipped": list(examined.skipped), "rules": examined.rules,
                            "findings": [dict(finding.__dict__) for finding in examined.findings]}  # fmt: skip
    return line


# ---------------------------------------------------------------------- and back


def histories_from(files: Mapping[str, bytes], plan: Mapping[str, Any], journal: Iterable[Line]) -> dict[str, History]:
    """Every run's history from the (unpacked) files of a bundle, by run id, without the clear keys that only people see.

    Raises ValueError, KeyError or TypeError when the files are not what `state_files` writes.
    """
    lines: dict[str, list[Line]] = {}
    for line in journal:
        lines.setdefault(str(line["run"]), []).append(line)
    rows = {kind: _rows_of(kind, files[path_of(kind)]) for kind in (*STATES, *PORTS)}
    runs = [json.loads(raw) for raw in files[RUNS].splitlines()]
    return {run["run"]: _history(run, lines.get(run["run"], []), rows, plan) for run in runs}


def _rows_of(kind: str, data: bytes) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for raw in data.splitlines():
        tree = json.loads(raw)
        runs = tree.pop("runs")
        row: Row = RowState(**tree) if kind in STATES else SourceRow(**tree)
        for run in runs:
            found.setdefault(run, []).append(row)
    return found


def _history(run: Mapping[str, Any], lines: list[Line], rows: Mapping[str, Mapping[str, list[Row]]], plan: Mapping[str, Any]) -> History:
    name = str(run["run"])
    terms = {**plan, **plan["exceptions"].get(name, {})}
    held: dict[str, Any] = {kind: tuple(found.get(name, ())) for kind, found in rows.items()}
    if not run["has_expected"]:
        held["expected"] = None
    return History(
        name, lines, clean=bool(run["clean"]), ending=Ending(**run["ending"]), declaration=declaration_from(terms["declaration"]),
        thresholds=thresholds_from(terms["thresholds"]), examined=_examined(run.get("examined")), log_sources=tuple(run["log_sources"]),
        transient=bool(run["transient"]), **held,
    )  # fmt: skip


def _examined(tree: Mapping[str, Any] | None) -> Examined | None:
    if tree is None:
        return None
    return Examined(tree["files"], tuple(tree["skipped"]), tuple(Finding(**item) for item in tree["findings"]), tree["rules"])


def end_lines(journal: Iterable[Line]) -> Iterator[Line]:
    """Lines that end a run: they hold the digests of its rows."""
    return (line for line in journal if line["kind"] == "end")


def digest_tree(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows in the form whose digest stands in a run's last line."""
    return [_row_tree(row) for row in rows]
