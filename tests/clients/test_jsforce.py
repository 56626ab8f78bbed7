"""jsforce 3, beyond the story (programs/jsforce_deep.mjs): each step, and what must come of it."""

from __future__ import annotations

from typing import Any

import pytest

REFUSED = "The requested resource does not exist"
EXPECTED: dict[str, Any] = {
    # logins and renewals
    "authorize": ["s 1", True],
    "web_server": [True, True, True],
    "code_twice": ["invalid_grant", None, "expired authorization code"],
    "identity": [True, True, True],
    "renewed": [1, 1, True],  # asked once, with the refresh token
    "refresh_fn": [1, 1],
    "refresh_revoked": ["Error", None, "Unable to refresh session due to: expired access/refresh token"],
    "session_of_it_ended": "INVALID_SESSION_ID",
    "jwt": True,
    "client_credentials": True,
    "wrong_password": ["Error", None, "INVALID_LOGIN: Invalid username, password, security token; or user locked out."],
    "logout": ["INVALID_SESSION_ID", "INVALID_SESSION_ID", "Session expired or invalid"],
    # what the org says of itself
    "describe_global": ["UTF-8", 200, "/services/data/v62.0/sobjects/Account/describe"],
    "describe_cached": ["Contact", 0],  # requests that two more describes cost
    "limit_info": [True, 15000],
    "layouts": [True, True],
    "approval_layouts": True,
    "listviews": "Account",
    "quick_actions": [True, True],
    "tabs": True,
    "theme": ["themeItems"],
    "process": [[], []],
    # finding
    "find": [["Bob", "Parent"]],
    "find_skip": ["Bob"],
    "find_in": ["Bob", "Ada"],
    "find_or": 2,
    "find_all_fields": True,
    "count": 2500,
    "include": ["Parent", ["Ada"], 1],
    "date_literal": 1,
    "explain": [["Index", "Contact"]],
    "query_more": [2000, False, 500, True, True],
    "page_size": 250,
    "page_limit": 2300,
    "bad_locator": ["INVALID_QUERY_LOCATOR", "INVALID_QUERY_LOCATOR"],
    "malformed": ["MALFORMED_QUERY", "MALFORMED_QUERY", "\nSELECT Id FORM Account\n          ^\nERROR at Row:1:Column:11\nunexpected token: 'FORM'"],
    "bad_object": ["INVALID_TYPE", "INVALID_TYPE"],
    # many rows
    "create_201": [201, True],
    "create_too_many": ["EXCEEDED_ID_LIMIT", "EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records in one request"],
    "too_many_made": 0,
    "retrieve_many": ["Many 0", "Many 1", "Many 2", None],
    "retrieve_fields": ["attributes", "Name", "Industry", "Id"],
    "update_many": [[True, []], [False, ["REQUIRED_FIELD_MISSING"]]],
    "update_all_or_none": ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"],
    "rolled_back": "Energy",
    "upsert_many": [[True, False], [True, True]],
    "mixed": ["001", "003"],
    "destroy_many": [[True, []], [True, []], [True, []], [False, ["INVALID_CROSS_REFERENCE_KEY"]]],
    "destroy_all_or_none": [False, False],
    "destroyed_by_query": [True],
    "updated_by_query": [1, "Many 7 Ltd"],
    "scan_all": [0, [True, True, True]],
    # one row
    "record": ["Single", True],
    "updated": [True, True],  # just the rows of minutes that are over
    "deleted": [True, ["deletedRecords", "earliestDateAvailable", "latestDateCovered"]],
    "deleted_too_old": ["INVALID_REPLICATION_DATE", "INVALID_REPLICATION_DATE"],
    "recent": [[True], 1],
    "gone": ["ENTITY_IS_DELETED", "ENTITY_IS_DELETED", "entity is deleted"],
    "unknown_id": ["NOT_FOUND", "NOT_FOUND", "Provided external ID field does not exist or is not accessible: 0015e0000009999AAA"],
    "bad_id": ["NOT_FOUND", "NOT_FOUND", "Provided external ID field does not exist or is not accessible: nonsense"],
    "bad_type": ["JSON_PARSER_ERROR", "JSON_PARSER_ERROR"],
    "unknown_field": ["INVALID_FIELD", "INVALID_FIELD", "No such column 'Nope__c' on sobject of type Account"],
    "read_only": ["INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_FIELD_FOR_INSERT_UPDATE"],
    "unknown_object": ["NOT_FOUND", "NOT_FOUND", REFUSED],
    "duplicate": ["DUPLICATE_VALUE", "DUPLICATE_VALUE"],
    # any request
    "relative": [15000, 15000],
    "absolute": True,
    "batch": [True, [200, 404]],
    "tree": [False, ["a", "c"]],
    "tree_refused": ["ERROR_HTTP_400", "ERROR_HTTP_400"],  # its body is no list of errors, so jsforce finds no code
    "graph": [["g", True]],
    "graphql": ["Ada"],
    "no_such_path": ["NOT_FOUND", "NOT_FOUND", REFUSED],
    "bad_json": ["JSON_PARSER_ERROR", "JSON_PARSER_ERROR"],
    "multipart": ["068", 13, True],
    # tooling, Apex
    "tooling_query": ["Account"],
    "tooling_describe": [True, "ApexClass"],
    "execute_anonymous": [False, "This org has no Apex compiler: anonymous Apex is not executed. `org.apex.anonymous(handler)` lets a Python function stand in for it."],
    "apex_rest": ["NOT_FOUND", "NOT_FOUND", "Could not find a match for URL"],
    # SOSL
    "search": [["Account", "Parent"]],
    "search_refused": ["MALFORMED_SEARCH", "MALFORMED_SEARCH"],
}


@pytest.mark.parametrize("step", EXPECTED)
def test_jsforce_comes_to_what_it_would_at_salesforce(step: str, deep: Any) -> None:
    assert deep("jsforce")[step] == EXPECTED[step]


def test_every_step_of_jsforce_is_checked(deep: Any) -> None:
    assert set(deep("jsforce")) == set(EXPECTED)
