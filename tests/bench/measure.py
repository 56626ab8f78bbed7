"""How figures are taken: several rounds, the best of them, and ratios within one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the result. `value` and `peer` are texts with units; `ratio` is value : peer unless `peer` says otherwise."""

    figure: str
    value: str
    peer: str = ""
    ratio: str = ""
    aim: str = ""


def best_s(work: Callable[[], object], *, rounds: int = 5) -> float:
    """Seconds of processor time of the quickest of some rounds: other programs on the machine only ever add."""
    found = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def paired(first: Callable[[], object], second: Callable[[], object], *, rounds: int = 7) -> tuple[float, float, float]:
    """Best seconds of each and the median ratio first : second, the two taken in turn."""
    pairs = [(best_s(first, rounds=1), best_s(second, rounds=1)) for _ in range(rounds)]
    ratios = sorted(a / b for a, b in pairs if b)
    return min(a for a, _ in pairs), min(b for _, b in pairs), ratios[len(ratios) // 2]


def shown(rows: list[Row]) -> str:
    columns = ("figure", "value", "compared with", "ratio", "aim")
    table = [columns, *((r.figure, r.value, r.peer, r.ratio, r.aim) for r in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(columns))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table)


def micro(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} us"
