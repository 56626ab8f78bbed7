"""Reads a bundle back: its files, and the record that wrote them, so that it can be judged and rendered again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sfchaos.core.errors import BundleError
from sfchaos.core.history import History
from sfchaos.core.journal import ChainCheck, check_chain
from sfchaos.core.judgement import ExceptionRef, Judgement
from sfchaos.evidence import manifest
from sfchaos.evidence.contents import Series
from sfchaos.evidence.document import BLOCKS, SCHEMA, thresholds_from
from sfchaos.evidence.record import EvidenceRecord, RunRecord
from sfchaos.evidence.state import histories_from, unpacked


@dataclass(frozen=True)
class Bundle:
    """A bundle's files as they are stored, by relative path."""

    path: Path
    files: Mapping[str, bytes]

    def evidence(self) -> dict[str, Any]:
        """evidence.json. Raises ValueError when it is none of this schema."""
        tree = json.loads(self.files["evidence.json"])
        if not isinstance(tree, dict) or tree.get("schema") != SCHEMA:
            raise ValueError(f"evidence.json is not of schema {SCHEMA}")
        return tree

    def content(self, path: str) -> bytes:
        return unpacked(path, self.files[path])

    @cached_property
    def chain(self) -> ChainCheck:
        return check_chain(self.files["journal.jsonl"])

    @cached_property
    def histories(self) -> dict[str, History]:
        """Every run's history, by run id. Raises ValueError, KeyError, TypeError or OSError for files that are not as written."""
        content = {path: self.content(path) for path in self.files if path.startswith("state/")}
        return histories_from(content, json.loads(self.files["plan.json"]), self.chain.lines)

    @cached_property
    def record(self) -> EvidenceRecord:
        """The record that wrote the bundle, without secrets. Raises like `histories`."""
        tree = self.evidence()
        return EvidenceRecord(
            mode=tree["mode"], seed=tree["seed"], start=tree["start"], end=tree["end"], runs=tuple(_run(row, self.histories[row["id"]]) for row in tree["runs"]),
            journal=self.files["journal.jsonl"], journal_head=tree["journal_head"], objectives=tuple(row["objective"] for row in tree["results"]),
            blocks={name: tree[name] for name in BLOCKS if name in tree}, harness_error=tree["harness_error"],
        )  # fmt: skip

    def series(self) -> Series:
        tree = self.evidence()["series"]
        return Series(int(tree["sequence"]), str(tree["previous_manifest_sha256"]))


def read_bundle(path: Path) -> Bundle:
    """Raises BundleError when there is no bundle at `path`."""
    if not path.is_dir():
        raise BundleError(f"{path} is not a folder" if path.exists() else f"{path} does not exist", remedy="name the folder of one bundle, such as evidence/run-0001")
    files = {file.relative_to(path).as_posix(): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file() or file.is_symlink()}
    missing = [name for name in (manifest.NAME, "evidence.json", "journal.jsonl") if name not in files]
    if missing:
        raise BundleError(f"{path} is no bundle: {', '.join(missing)} is missing", remedy="name the folder of one bundle, such as evidence/run-0001")
    return Bundle(path, files)


def histories_of(path: Path) -> dict[str, History]:
    """The histories of a bundle, by run id: what its verdicts were judged from."""
    return read_bundle(path).histories


def _run(row: Mapping[str, Any], history: History) -> RunRecord:
    return RunRecord(
        row["id"], row["clean"], row["scenario"], row["title"], row["schedule"], row["seed"], row["outcome"], row["trace_digest"], history,
        tuple(judgement_from(item) for item in row["judgements"]), tuple(row["fired"]), tuple(row["unfired"]), tuple(row["shadowed"]), row["replay"],
        row["route"], row["requests"], row["virtual_ms"], row["expected"], row["remark"],
        converged={"yes": True, "no": False}.get(row.get("converged", "")), baseline_ms=row.get("baseline_ms", 0),
    )  # fmt: skip


def judgement_from(tree: Mapping[str, Any]) -> Judgement:
    """The reverse of Judgement.as_dict; figures stay as they are written."""
    exceptions = tuple(
        ExceptionRef(item.get("detail", ""), item.get("journal"), item.get("run", ""), item.get("file", ""), item.get("line", 0), item.get("address", ""),
                     tuple(item.get("story", ()))) for item in tree["exceptions"]
    )  # fmt: skip
    return Judgement(tree["objective"], tree["verdict"], tree["reason"], tree["stimuli"], tree["checked"], exceptions, tree["exceptions_total"],
                     tree["measured"], thresholds_from(tree["thresholds"]), tree["detail"])  # fmt: skip

