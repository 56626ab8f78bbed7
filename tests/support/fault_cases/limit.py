"""Faults named limit.*"""

from __future__ import annotations

from fault_case import CREATED, Case, Pair, creates

CASES = [
    Case("limit.daily", "B", "no", creates, "row.create", [(403, "REQUEST_LIMIT_EXCEEDED")], CREATED),
    Case("limit.concurrent", "B", "no", creates, "row.create", [(403, "REQUEST_LIMIT_EXCEEDED")], CREATED),
]  # fmt: skip
PAIRS: list[Pair] = []
