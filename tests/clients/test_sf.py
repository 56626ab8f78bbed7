"""The `sf` command line, beyond the story (programs/sf_deep.py): each step, and what must come of it."""

from __future__ import annotations

from typing import Any

import pytest

EXPECTED: dict[str, Any] = {
    "display": [True, "Connected", "https://acme.my.salesforce.com", "it"],
    "list": ["Acme", "Developer Edition", False, False, False, "Connected"],
    "user": [True, "Integration", "005"],
    "users": ["Integration"],
    "assign": ["entity type cannot be inserted: PermissionSetAssignment"],
    "assign_unknown": ['Permission set "Nobodys" not found in target org. Do you need to push source?'],
    "human": ["Parent Ada", "Total number of records retrieved: 1."],
    "csv": ["LastName,Account.Name", "Ada,Parent", "Bob,Parent"],
    "human_group": ["LastName,n", "Ada,1", "Bob,1", "Crowd,2500"],
    "no_rows": "Total number of records retrieved: 0.",
    "tooling": 2,
    "counts": {"Account": 1, "Contact": 2502},
    "refused": [1, "INVALID_TYPE", True],
    "search": ["Account"],
    "export_bulk": [0, ['"LastName"', '"Ada"']],
    "import_tree": [["A1", "Account", "001"], ["C1", "Contact", "003"]],
    "export_tree": ["Tree", "Leaf"],
    "import_refused": True,
    "values": ["Two Words", 7],
    "deleted": "ENTITY_IS_DELETED",
    "ambiguous": "DataRecordGetMultipleRecords",
    "file": ["Hello", "txt", "068", "069"],
    "file_body": "hello file",
    "custom": True,
    "describe_tooling": ["ApexClass", True],
    "describe_unknown": [1, "NOT_FOUND"],
    "rest": ["HTTP/1.1 200", True],
    "rest_refused": "NOT_FOUND",
    "graphql": [{"node": {"LastName": {"value": "Ada"}}}],
    "token": True,
    "logout": ["sync@acme.example"],
}


@pytest.mark.parametrize("step", EXPECTED)
def test_sf_comes_to_what_it_would_at_salesforce(step: str, deep: Any) -> None:
    assert deep("sf")[step] == EXPECTED[step]


def test_every_step_of_sf_is_checked(deep: Any) -> None:
    assert set(deep("sf")) == set(EXPECTED)
