"""jsforce 3 listening by CometD (programs/jsforce_streaming.mjs): each step, and what must come of it."""

from __future__ import annotations

from typing import Any

import pytest

EXPECTED: dict[str, Any] = {
    "published": [True, ["OPERATION_ENQUEUED"]],
    "event": ["S-1", ["event", "payload", "schema"], ["EventUuid", "replayId", "EventApiName"]],
    "push_topic": True,
    "topic": [["created", "Streamed", True], ["updated", "Streamed again", True]],
    "change": [["DELETE", True]],
    "denied": "create_denied",  # faye reads `403:denied_by_security_policy:create_denied` as code, parameter and message
    "replay_all": ["S-1", "S-2"],
    "replay_after": ["S-2"],
    "replay_invalid": "400::The replayId {987654} you provided was invalid",
    "dead_session": ["/meta/handshake", "403::Handshake denied", "401::Authentication invalid"],
}


@pytest.mark.parametrize("step", EXPECTED)
def test_jsforce_hears_what_it_would_of_salesforce(step: str, deep: Any) -> None:
    assert deep("jsforce-streaming")[step] == EXPECTED[step]


def test_every_step_of_jsforce_listening_is_checked(deep: Any) -> None:
    assert set(deep("jsforce-streaming")) == set(EXPECTED)
