"""CometD by aiosfstream-ng (programs/aiosfstream_deep.py): each step, and what must come of it."""

from __future__ import annotations

from typing import Any

import pytest

EXPECTED: dict[str, Any] = {
    "push_topic": True,
    "subscriptions": ["/event/Order__e", "/topic/Names"],
    "published": [True, "e00", "OPERATION_ENQUEUED"],
    "event": ["/event/Order__e", "S-1", 1.5, ["Amount__c", "CreatedById", "CreatedDate", "Order_Number__c", "Shipped__c", "Status__c"],
              ["event", "payload", "schema"], ["replayId"]],
    "topic": [["/topic/Names", "created", "Streamed", True], ["/topic/Names", "updated", "Streamed again", True]],
    "after_unsubscribe": ["/event/Order__e", "S-2"],
    "replay_all": ["S-1", "S-2"],
    "replay_ids_grow": True,
    "replay_after_mark": ["S-4"],
    "changes": [["UPDATE", True, "Captured"], ["DELETE", True, None]],
    "changed_fields": ["LastModifiedDate", "Name"],
    "unknown_channel": ["ServerError", "403:denied_by_security_policy:create_denied"],
    "unknown_topic": ["ServerError", "403:denied_by_security_policy:create_denied"],
}  # fmt: skip


@pytest.mark.parametrize("step", EXPECTED)
def test_aiosfstream_hears_what_it_would_of_salesforce(step: str, deep: Any) -> None:
    assert deep("aiosfstream")[step] == EXPECTED[step]


def test_every_step_of_aiosfstream_is_checked(deep: Any) -> None:
    assert set(deep("aiosfstream")) == set(EXPECTED)
