"""How a found state differs from the expected one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sfchaos.controls.reading import Written
from sfchaos.controls.rejects import Reports
from sfchaos.core.history import RowLine

Kind = Literal["lost", "reported", "duplicate", "extra", "corrupt"]
Basis = Literal["declared", "metamorphic", "journal"]
SYSTEM_FIELDS = frozenset({
    "id", "createddate", "createdbyid", "lastmodifieddate", "lastmodifiedbyid", "systemmodstamp", "ownerid", "lastvieweddate", "lastreferenceddate",
    "lastactivitydate", "casenumber", "ordernumber", "contractnumber", "orderitemnumber",
})  # fmt: skip
"""Fields that the org fills by itself (and auto numbers of the standard objects): never compared between two runs."""


@dataclass(frozen=True)
class Difference:
    """lost: missing or not updated, and nobody said so. reported: the same, but said. duplicate: more rows than expected.
    extra: a row that nothing asked for. corrupt: a row whose `fields` hold other values.

    `lines` are journal lines worth showing; `flow` is "" without a declared flow.
    """

    kind: Kind
    sobject: str
    detail: str
    key: str = ""
    id: str = ""
    fields: tuple[str, ...] = ()
    flow: str = ""
    lines: tuple[int, ...] = ()
    how: str = ""  # of a reported one: reject, log, ending


@dataclass(frozen=True)
class Reconciliation:
    basis: Basis
    checked: int
    differences: tuple[Difference, ...] = ()

    def of(self, *kinds: str) -> tuple[Difference, ...]:
        return tuple(d for d in self.differences if d.kind in kinds)


def row_name(sobject: str, key: str = "", record_id: str = "") -> str:
    return f"{sobject} key:{key}" if key else f"{sobject} {record_id}".strip()


def missing(sobject: str, key: str, what: str, reports: Reports, *, flow: str = "", refused: Written | None = None, lines: tuple[int, ...] = ()) -> Difference:
    """A row that is not there, or not updated: lost, or reported if anybody said so."""
    written = refused or Written(RowLine("", sobject, "", False, "", key, "", False, {}, ()), 0, 0, None)
    how = "reject" if reports.reject_for(key, flow) else reports.of(written)
    if refused is not None:
        lines = (*lines, refused.n)
        what += f"; the org refused it with {refused.row.code or 'no code'}"
    return Difference("reported" if how else "lost", sobject, what, key=key, flow=flow, lines=lines, how=how)
