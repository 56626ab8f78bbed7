"""Every real client tells the same story. Its text, step by step, is tests/contract/story.yaml."""

from __future__ import annotations

from typing import Any


def test_the_story_is_the_same(client: Any, step: str, expected: Any, story_of: Any) -> None:
    assert story_of(client)[step] == expected


def test_every_step_that_is_told_is_checked(client: Any, steps: set[str], story_of: Any) -> None:
    """One that a client is said not to tell and does, or tells and nobody checks, is a mistake in the table of clients."""
    told = story_of(client)
    assert set(told) == (steps - set(client.silent)) | set(client.more)
    assert {step: told[step] for step in client.more} == client.more
