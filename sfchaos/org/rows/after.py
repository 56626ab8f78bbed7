"""What follows from a saved row: other rows that the org writes by itself (history, audit trail, shares, a file's document).

A room registers a follower when the org is put together; `row_writer` calls them, in that order, inside the unit of the save; `batch` tells them of a chunk of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from sfchaos.core.gate import Verb
from sfchaos.org.schema.model import SObject

if TYPE_CHECKING:
    from sfchaos.org.org import Org


class Saved(NamedTuple):
    """One row that was saved. `values` are the stored values that were set; `before` the row as it was, by column, where a
    follower asked for it (empty for a create). `verb` is create, update, delete or undelete (an upsert is one of the first two).
    """

    verb: Verb
    sobject: SObject
    id: str
    user_id: str
    values: Mapping[str, Any]
    before: Mapping[str, Any] = {}
    as_admin: bool = False
    job_id: str = ""


class Follower(Protocol):
    def wants(self, sobject: SObject, verb: Verb) -> bool:
        """Whether saves of this kind concern it at all; asked once per sObject and verb, and kept."""

    def saved(self, org: Org, saved: Saved) -> None: ...


@runtime_checkable
class BatchFollower(Follower, Protocol):
    """A follower that can be told of many saves at once, creates and updates or deletes of one sObject in the order of their rows.

    All of these rows are in the store by then. What follows must be what `saved` called for each of them would have done, whatever
    the other followers do. Rows of a CSV are written one by one where a follower lacks this.
    """

    def saved_many(self, org: Org, saves: Sequence[Saved]) -> None: ...


@dataclass(slots=True)
class Followers:
    _all: list[Follower] = field(default_factory=list)
    _wanted: dict[tuple[str, Verb], tuple[Follower, ...]] = field(default_factory=dict)

    def add(self, follower: Follower) -> None:
        self._all.append(follower)
        self._wanted.clear()

    def of(self, sobject: SObject, verb: Verb) -> tuple[Follower, ...]:
        """Those that a save concerns; empty for most, so that a plain save costs one lookup."""
        key = (sobject.name, verb)
        found = self._wanted.get(key)
        if found is None:
            found = self._wanted[key] = tuple(f for f in self._all if f.wants(sobject, verb))
        return found

    def in_batches(self, sobject: SObject, verb: Verb) -> bool:
        """Whether all that such a save concerns can be told of many at once."""
        return all(isinstance(follower, BatchFollower) for follower in self.of(sobject, verb))

    def forget(self) -> None:
        """The schema changed: ask again."""
        self._wanted.clear()
