"""The story that every real client tells (story.yaml), told by simple-salesforce through every door."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

HERE = Path(__file__).parent
STORY: dict[str, Any] = YAML(typ="safe").load((HERE / "story.yaml").read_text("utf-8"))


def _program() -> Any:
    """The client's program, as tests/clients starts it."""
    spec = importlib.util.spec_from_file_location("simple_salesforce_story", HERE.parent / "clients/programs/simple_salesforce_story.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=("urllib3", "responses", "proxy"))
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def told(door: str, open_place: Any) -> Iterator[dict[str, Any]]:
    place: AbstractContextManager[Any] = open_place(door)
    with place as found:
        admin = found.org.admin
        parent = admin.create("Account", Name="Parent", External_Id__c="P-1")
        admin.create_many("Contact", [{"LastName": "Ada", "AccountId": parent}, {"LastName": "Bob", "AccountId": parent}, *[{"LastName": "Crowd"}] * 2500])
        yield dict(_program().story(found.login()))


def test_every_step_comes_to_the_same_through_every_door(told: dict[str, Any]) -> None:
    assert told == STORY
