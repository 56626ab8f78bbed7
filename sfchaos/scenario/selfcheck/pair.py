"""What a pair is: a sound client and an unsound one, the fault that tells them apart, and what each must come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfchaos.core.declaration import Flow
from sfchaos.scenario.selfcheck.desk import Desk

Client = Callable[[Desk], int | None]
Writer = Callable[[Path], None]


@dataclass(frozen=True)
class Pair:
    """Two clients played under `rules` (as in a schedule): `good` must hold the objective, `bad` must fail it for `reason`.

    `also` are objectives that the bad client fails besides, because the mistake cannot be made without. With `rows` above 0 a
    flow is declared that has people 1 to `rows` as its source, keyed by the field `key` and written by `operation`.
    """

    good: Client
    bad: Client
    reason: str
    rules: tuple[dict[str, Any], ...] = ()
    also: tuple[str, ...] = ()
    rows: int = 0
    key: str = "External_Id__c"
    operation: str = "upsert"

    @property
    def flows(self) -> tuple[Flow, ...]:
        if not self.rows:
            return ()
        columns = {self.key: "key", "LastName": "name"}
        return (Flow("people", "to-salesforce", "Contact", self.key, (self.operation,), columns, has_source=True, has_rejects=True),)


@dataclass(frozen=True)
class Examination:
    """Two sets of files for an objective that is judged by reading: each function writes one into an empty folder."""

    good: Writer
    bad: Writer
    reason: str
    also: tuple[str, ...] = ()
