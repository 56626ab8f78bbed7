"""Everything mutable that is not a row, in one object, so that a reset can put all of it back.

Values in these dicts are frozen (tuples, frozen dataclasses, strings, numbers): a mark copies the dicts, not what they
hold. A dict hidden in a handler module is the bug that makes the second run differ from the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class Registers:
    """`counters` numbers things by name ("id:001", "login", "job"). The rest belongs to the module named beside it."""

    counters: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, Any] = field(default_factory=dict)  # sessions.py: token -> Session
    refresh_tokens: dict[str, Any] = field(default_factory=dict)  # sessions.py: token -> RefreshToken
    identity: dict[str, Any] = field(default_factory=dict)  # identity.py: users, apps, failed logins, policies
    limits: dict[str, Any] = field(default_factory=dict)  # limits.py
    running: dict[int, tuple[float, float]] = field(default_factory=dict)  # limits.py: exchange number -> (start, end)
    locks: dict[str, float] = field(default_factory=dict)  # locks.py: key -> until, in org seconds
    hidden: dict[tuple[str, str], str] = field(default_factory=dict)  # access.py: (sobject, field) in lower case -> "read" | "edit"
    validations: dict[str, Any] = field(default_factory=dict)  # dml.py: rules armed by World.add_validation
    described: dict[str, tuple[str, int]] = field(default_factory=dict)  # api/describe.py: user -> (digest of what is seen, since when in seconds)
    locators: dict[str, Any] = field(default_factory=dict)  # soql/paging.py
    jobs: dict[str, Any] = field(default_factory=dict)  # bulk_engine.py: job id -> frozen Job
    synthetic: dict[int, Any] = field(default_factory=dict)  # synthesis.py: number -> Batch of generated rows
    record_types: dict[str, tuple[str, ...]] = field(default_factory=dict)  # record_types.py: profile or permission set id -> what it grants
    delegates: dict[str, Any] = field(default_factory=dict)  # delegation.py: group name -> (DelegateGroup, ids of its members)
    apps: dict[str, Any] = field(default_factory=dict)  # apps.py: consumer key -> App that was deployed, None for one that was removed
    mdapi: dict[str, Any] = field(default_factory=dict)  # mdapi/: id -> Deployment or Retrieval; "Type name" -> Kept
    healthy: dict[str, Any] = field(default_factory=dict)  # world/schema.py: what the org is given back when it is healed
    undo: dict[int, Any] = field(default_factory=dict)  # world_rows.py: number -> how to take back a row that a fault wrote
    batches: dict[str, Any] = field(default_factory=dict)  # bulk1/engine.py: batch id -> frozen Batch of the Bulk API 1.0
    serial_batches: dict[str, str] = field(default_factory=dict)  # bulk1/work.py: batch id -> "waiting" | "running", in the order they came
    agenda: dict[int, Any] = field(default_factory=dict)  # agenda.py: sequence number -> Due
    recycle_bin: dict[str, Any] = field(default_factory=dict)  # recycle_bin.py: record id -> Binned
    purges: dict[str, Any] = field(default_factory=dict)  # recycle_bin.py: "due_s" -> when; sObject -> deletion time of the last row that left
    events: dict[int, Any] = field(default_factory=dict)  # events/bus.py: replay id -> StoredEvent
    event_ends: dict[str, int] = field(default_factory=dict)  # events/bus.py: topic -> replay id of the last event of it whose time was up
    avro_schemas: dict[str, Any] = field(default_factory=dict)  # events/avro.py: schema id -> AvroSchema that a client may have seen
    streams: dict[str, Any] = field(default_factory=dict)  # events/clients.py: client id -> StreamClient
    event_log: dict[int, Any] = field(default_factory=dict)  # event_log.py: number -> what was served, in order
    event_log_files: dict[str, float] = field(default_factory=dict)  # event_log_files.py: id -> gone at; "made:Daily" -> written up to (org seconds)
    recent: dict[str, Any] = field(default_factory=dict)  # recent.py: user id -> what the user looked at, latest first

    def next(self, name: str) -> int:
        """1, 2, 3 ... for each name."""
        number = self.counters.get(name, 0) + 1
        self.counters[name] = number
        return number

    def as_now(self, *names: str) -> Callable[[], None]:
        """What puts these dicts back to how they are now; for `store.on_undo`, before a change that a row brings with it."""
        kept = [(held, dict(held)) for held in (getattr(self, name) for name in names)]

        def put_back() -> None:
            for held, before in kept:
                held.clear()
                held.update(before)

        return put_back

    def copies(self) -> dict[str, dict[Any, Any]]:
        return {f.name: dict(getattr(self, f.name)) for f in fields(self)}

    def restore(self, copies: Mapping[str, Mapping[Any, Any]]) -> None:
        """Put every dict back in place: the objects stay the same, so references to them stay good."""
        for f in fields(self):
            held = getattr(self, f.name)
            held.clear()
            held.update(copies[f.name])
