"""How long the org works on a request: what `work_s` of a reply says, and what the cap on long requests counts.

A new org works 0.05 s on everything, so that nothing waits that a test did not ask for. An org file says otherwise
(`service_times: {row_s: 0.2, read_row_s: 0.01}`): triggers and sharing make real orgs slow in proportion to rows, and a
collection of 200 slow rows is a long request then (20 s and more, wire reference 7). The figures are the file's own; Salesforce
documents none.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from sfchaos.core.gate import Receipt

REQUEST_S = 0.05


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """Seconds: `request_s` for any request, `row_s` more for each row that it writes (refused ones too), `read_row_s` for each it reads."""

    request_s: float = REQUEST_S
    row_s: float = 0.0
    read_row_s: float = 0.0

    @property
    def is_plain(self) -> bool:
        return self == PLAIN

    def of(self, receipt: Receipt, work_s: float) -> float:
        """The service time of a request that a handler put at `work_s`."""
        read = sum(len(ids) for _, _, ids in receipt.read) if self.read_row_s else 0
        return round(work_s - REQUEST_S + self.request_s + len(receipt.rows) * self.row_s + read * self.read_row_s, 6)


PLAIN = ServiceTimes()
NAMES = tuple(f.name for f in fields(ServiceTimes))
