"""Letting the followers of a save know: what the row was before, and what was stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Verb
from sfchaos.org.rows.after import BatchFollower, Follower, Saved
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.rows.row_work import Work
    from sfchaos.org.schema.model import SObject


def row_before(org: Org, sobject: SObject, verb: Verb, record_id: str) -> dict[str, Any]:
    """The row as it is, by column, where a follower of such a save will want it; else nothing."""
    if not org.followers.of(sobject, verb):
        return {}
    names = [f.name for f in sobject.columns]
    found = org.store.one(f"SELECT {', '.join(map(quoted, names))} FROM {quoted(sobject.name)} WHERE Id = ?", (record_id,))
    return dict(zip(names, found, strict=True)) if found else {}


def tell(work: Work, sobject: SObject, verb: Verb, record_id: str, values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Let the followers of such a save write what follows from it. `sobject` is a child's where a deletion goes on to children."""
    followers = work.org.followers.of(sobject, verb)
    if followers:
        saved = Saved(verb, sobject, record_id, work.user_id, values, before, work.admin, work.job_id)
        for follower in followers:
            follower.saved(work.org, saved)


def tell_many(org: Org, saves: Sequence[Saved]) -> None:
    """The same for rows of one sObject, all of them stored, whose followers take many at once; each hears of its own in their order."""
    heard: dict[int, tuple[Follower, list[Saved]]] = {}
    for saved in saves:
        for follower in org.followers.of(saved.sobject, saved.verb):
            heard.setdefault(id(follower), (follower, []))[1].append(saved)
    for follower, its in heard.values():
        assert isinstance(follower, BatchFollower)  # `Followers.in_batches` was asked
        follower.saved_many(org, its)
