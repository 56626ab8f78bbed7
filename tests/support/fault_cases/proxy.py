"""Faults named proxy.*"""

from __future__ import annotations

from fault_case import CREATED, Case, Pair, creates

CASES = [
    Case("proxy.407", "B", "no", creates, "row.create", ["ProxyError"], CREATED, not_expressible=("real",)),  # there is no proxy on that line
]  # fmt: skip
PAIRS = [
    Pair("proxy.407", "tls_clients:ends_loudly", "tls_clients:goes_on_without_a_word", {"on": "*/*", "times": "always"}, ("SFC-INT-01", "row-lost"), outcomes=("loud_ok",)),
]  # fmt: skip
