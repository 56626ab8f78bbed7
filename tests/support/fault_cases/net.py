"""Faults named net.*"""

from __future__ import annotations

from fault_case import CREATED, Case, Pair, creates

CASES = [
    Case("net.response_lost", "A", "yes", creates, "row.create", ["ConnectionError"], CREATED),
    Case("net.reset_before", "B", "no", creates, "row.create", ["ConnectionError"], CREATED),
    Case("net.read_timeout", "B", "no", creates, "row.create", ["ReadTimeout"], CREATED),
    Case("net.read_timeout.pre", "B", "no", creates, "row.create", ["ReadTimeout"], CREATED),
    Case("net.read_timeout.post", "A", "yes", creates, "row.create", ["ReadTimeout"], CREATED),
]  # fmt: skip
PAIRS: list[Pair] = []
