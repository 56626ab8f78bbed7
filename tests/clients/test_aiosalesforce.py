"""aiosalesforce, beyond the story (programs/aiosalesforce_deep.py): each step, and what must come of it."""

from __future__ import annotations

from typing import Any

import pytest

EXPECTED: dict[str, Any] = {
    "client_credentials": 1,
    "wrong_secret": ["AuthenticationError", "invalid_client"],
    "jwt_of_nobody": ["AuthenticationError", "invalid_grant"],
    "wrong_password": ["AuthenticationError", "INVALID_LOGIN"],
    "jwt": 15000,
    "events": [["request", "response", "rest_api_call_consumption"], True],
    "renewed": [1, True],
    "by_key": "Acme",
    "fields": ["Id", "Industry", "Name", "attributes"],
    "query_all": [True],
    "not_found": ["NotFoundError", "ENTITY_IS_DELETED"],
    "two_of_one_key": ["MoreThanOneRecordError", None],
    "two_upserted": ["MoreThanOneRecordError", None],
    "unknown_object": ["NotFoundError", "NOT_FOUND"],
    "too_long": ["SalesforceError", "STRING_TOO_LONG"],
    "batch": [["Ada", "Bob"], "001", 400, "REQUIRED_FIELD_MISSING", 404],
    "halted": [412, "BATCH_PROCESSING_HALTED", 0],
    "batch_writes": [[True, False], 204, 204],
    "references": ["Head", "two steps"],
    "rolled_back": ["INVALID_EMAIL_ADDRESS", "PROCESSING_HALTED", 0],
    "bulk_insert": ["JobComplete", 300, ["REQUIRED_FIELD_MISSING"], []],
    "bulk_upsert": ["false", "true"],
    "bulk_delete": [299, 0],
    "bulk_abort": "Aborted",
    "bulk_gone": ["NotFoundError", "NOT_FOUND"],
    "bulk_unknown_object": ["SalesforceError", "INVALIDENTITY"],
    "bulk_jobs": 3,
}


@pytest.mark.parametrize("step", EXPECTED)
def test_aiosalesforce_comes_to_what_it_would_at_salesforce(step: str, deep: Any) -> None:
    assert deep("aiosalesforce")[step] == EXPECTED[step]


def test_every_step_of_aiosalesforce_is_checked(deep: Any) -> None:
    assert set(deep("aiosalesforce")) == set(EXPECTED)
