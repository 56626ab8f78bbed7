"""The numbers we hold ourselves to, measured: `python tests/bench/run.py [NAME ...]`.

Each row is a figure, what it is compared with in the same run, the ratio, and the aim. Nothing passes or fails here: a
timed test on a shared machine would only be a coin. Peers that cannot be had on a machine are named, not guessed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import figures_bulk
import figures_org
import figures_process
import figures_server
from measure import Row, shown

FIGURES = {
    "handle": figures_org.handle, "soql": figures_org.soql, "bulk": figures_bulk.sample, "door": figures_process.door, "schedules": figures_process.schedules,
    "outage": figures_process.outage, "startup": figures_process.startup, "server": figures_server.server,
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*FIGURES, []], help="figures to take (all)")
    names = parser.parse_args().names or list(FIGURES)
    rows: list[Row] = []
    for number, name in enumerate(names, start=1):
        began = time.perf_counter()
        print(f"[{number}/{len(names)}] {name} ...", end=" ", file=sys.stderr, flush=True)
        rows += FIGURES[name]()
        print(f"{time.perf_counter() - began:.1f} s", file=sys.stderr)
    print(shown(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
