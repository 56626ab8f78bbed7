"""The words between an org and whoever makes it misbehave.

The org asks the Gate at a row or a job step whether something is to go wrong, and tells the outside world facts that no
request owns through Emit. An administrator's verbs are in `core.world`. Nobody else touches its state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Verb = Literal["create", "update", "upsert", "delete", "undelete"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row or a request was refused: Salesforce's code, its sentence, the fields it blames.

    `status` overrides the HTTP status that the code has by itself.
    """

    code: str
    message: str
    fields: tuple[str, ...] = ()
    status: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowEvent:
    """A row about to be written. `position` is 1-based within the request or job; `job_id` is "" outside jobs.

    `key` is the external id value of an upsert, "" otherwise; `record_id` "" for a create. `item` is the 1-based number of the
    part that writes it, in a composite request, a batch or graphs (counted through all of them); 0 where there are no parts.
    """

    verb: Verb
    sobject: str
    position: int
    values: Mapping[str, Any]
    record_id: str = ""
    key: str = ""
    job_id: str = ""
    item: int = 0


@dataclass(frozen=True, slots=True)
class JobEvent:
    """A step of an asynchronous job about to be taken. `step`: "start" (leaves the queue), "batch" (number `batch`,
    0-based, of `batches`, about to take `rows`), "finish"."""

    job_id: str
    kind: Literal["bulk2", "bulk2q", "bulk1"]
    step: Literal["start", "batch", "finish"]
    batch: int = 0
    batches: int = 0
    rows_done: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class JobTurn:
    """What is to happen instead. hold: ask again in `hold_s` (the job shows `state` meanwhile, or stays as it is).
    fail: the job becomes Failed with `message`, rows not yet done stay unprocessed.  abort: the same as Aborted.
    Of the batch that was about to be taken the first `rows` are still done.
    leave: the Bulk API 1.0 leaves out this batch alone, which ends in `state` (NotProcessed or Failed)."""

    action: Literal["hold", "fail", "abort", "leave"]
    hold_s: float = 0.0
    state: str = ""
    message: str = ""
    rows: int = 0


class Gate(Protocol):
    """Asked inside the unit of work; pure; must not touch the org. None lets it through."""

    def row(self, event: RowEvent) -> Refusal | None: ...
    def job(self, event: JobEvent) -> JobTurn | None: ...


@dataclass(frozen=True, slots=True)
class OrgEvent:
    """A fact that no request owns (a job changed state, a token was revoked). `facts` holds integers, strings, lists of them.

    `at_s` is when it happened on the org's clock (a step that was due earlier happened then); None is now.
    """

    event: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    at_s: float | None = None


Emit = Callable[[OrgEvent], None]


@dataclass(frozen=True, slots=True)
class RowTouch:
    """What a request did, or was asked to do, to one row. `values` are the values sent (canonical field names)."""

    verb: Verb
    sobject: str
    record_id: str
    ok: bool
    code: str = ""
    key_field: str = ""
    key: str = ""
    created: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Receipt:
    """What the last `handle` did: the org fills it, the tap reads it. Facts, not what the reply says.

    `asked` and `changed` count effects (rows, state changes, tokens). `read` lists (sobject, field names, row ids) returned.
    `facts` are further facts for the journal: integers and strings only.
    """

    asked: int = 0
    changed: int = 0
    rows: list[RowTouch] = field(default_factory=list)
    read: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    user: str = ""
    error_codes: tuple[str, ...] = ()

    @property
    def applied(self) -> Literal["yes", "no", "partly"]:
        """yes: all that was asked took effect; no: nothing did (a read changes nothing); partly: between."""
        if not self.changed:
            return "no"
        return "yes" if self.changed >= self.asked else "partly"
