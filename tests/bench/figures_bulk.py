"""Bulk API 2.0 against csv and sqlite3 by hand, each in a process of its own: time, and memory beyond the rows themselves.

`python figures_bulk.py [ROWS]` takes both stores at that size (1,000,000).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Row, shown

WORKER = Path(__file__).with_name("bulk_worker.py")
SAMPLE_ROWS = 50_000


def sample() -> list[Row]:
    """A size that takes seconds."""
    return at_size(SAMPLE_ROWS, ("memory",))


def at_size(rows: int, stores: tuple[str, ...] = ("memory", "file")) -> list[Row]:
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for store in stores:
            hand, org = (_taken(who, rows, store, Path(folder)) for who in ("hand", "org"))
            for what, aim in (("ingest", "<= 5"), ("extract", "")):
                ours_s, hand_s = org[f"{what}_s"], hand[f"{what}_s"]
                found.append(Row(f"Bulk 2.0 {what}, {rows:,} rows, {store}", f"{ours_s:.2f} s, {ours_s / rows * 1e6:.1f} us a row",
                                 f"by hand: {hand_s:.2f} s, {hand_s / rows * 1e6:.1f} us a row", f"{ours_s / hand_s:.1f}", aim))  # fmt: skip
            beyond = org["ingest_peak_mb"] - org["before_mb"] - org["table_mb"]
            found.append(Row("  peak of an ingest beyond what is stored", f"{beyond:.0f} MB", f"the upload: {org['upload_mb']:.0f} MB", f"{beyond / org['upload_mb']:.1f}", "flat"))
            more = org["peak_mb"] - org["ingest_peak_mb"]
            found.append(Row("  and of an extract after it", f"{more:.0f} MB", f"its pages: {org['extract_mb']:.0f} MB", f"{more / org['extract_mb']:.1f}", "once"))
    return found


def _taken(who: str, rows: int, store: str, folder: Path) -> dict[str, float]:
    print(f"{who}, {store}", file=sys.stderr, flush=True)
    done = subprocess.run([sys.executable, str(WORKER), who, str(rows), store, str(folder)], stdout=subprocess.PIPE, check=True, text=True)
    for database in folder.glob("*.db*"):
        database.unlink()
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    print(shown(at_size(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)))
