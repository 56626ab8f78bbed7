"""The `sf` command line's metadata commands (programs/sf_deploy.py): each step, and what must come of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parent / "programs/sf_deploy.py"
ORG = """
sfchaos_org: 1
name: depot
users: [{username: dev@acme.example, profile: System Administrator, integration: true}]
"""
PARTS = ["ConnectedApp Depot", "CustomField Parcel__c.Weight__c", "CustomObject Parcel__c", "PermissionSet Parcels", "ValidationRule Parcel__c.Heavy"]
EXPECTED: dict[str, Any] = {
    "types": ["ConnectedApp", "CustomObject", "PermissionSet", "PermissionSetGroup", "Profile"],
    "list": ["Integration"],
    "validate": ["Succeeded", True],
    "deploy": ["Succeeded", [f"{part} Created" for part in PARTS]],
    "deploy_again_by_rest": ["Succeeded", [f"{part} Changed" for part in PARTS]],
    "assign": ["Parcels"],
    "use": [["P-0001", 12.5]],
    "rule": "Too heavy",
    "retrieve": [f"{part} Created" for part in PARTS],
    "retrieved": [True, True],
    "retrieve_missing": ["Succeeded", "Entity of type 'PermissionSet' named 'Nobodys' cannot be found"],
    "deploy_fails": ["Failed", [["Bad", "In field: field - no CustomField named Account.Nowhere__c found (2:1)", 2]]],
    "rolled_back": 0,
    "apex": [False, True],
}


@pytest.fixture(scope="module")
def deployed(run_program: Callable[..., dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the program told, in an org whose integration user may deploy; it runs once."""
    org_file = tmp_path_factory.mktemp("depot") / "org.yaml"
    org_file.write_text(ORG, encoding="utf-8")
    return run_program("sf-deploy", (sys.executable, str(PROGRAM)), org_file)


@pytest.mark.parametrize("step", EXPECTED)
def test_sf_moves_metadata_as_it_would_at_salesforce(step: str, deployed: dict[str, Any]) -> None:
    assert deployed[step] == EXPECTED[step]


def test_every_step_of_the_deployments_is_checked(deployed: dict[str, Any]) -> None:
    assert set(deployed) == set(EXPECTED)
