"""jsforce 3 by SOAP (programs/jsforce_soap.mjs): each step, and what must come of it."""

from __future__ import annotations

from typing import Any

import pytest

BAD_LOGIN = "INVALID_LOGIN: Invalid username, password, security token; or user locked out."
EXPECTED: dict[str, Any] = {
    "timestamp": True,
    "user": [True, True, True, None, False],
    "create": [[True, []], [False, [["REQUIRED_FIELD_MISSING", ["Name"]]]]],
    "made": [["Soap & Söhne", 5]],
    "update": True,
    "updated": None,
    "upsert": [[True, True], [True, False]],
    "delete": [[True, True]],
    "undelete": [True],
    "empty": [True],
    "undelete_late": [[False, "UNDELETE_FAILED"]],
    "convert": [True, "001", "003", None],
    "convert_again": [[False, "CANNOT_UPDATE_CONVERTED_LEAD"]],
    # it calls the argument `mergeRequests`, which the WSDL calls `request`
    "merge": ["soapenv:Client", "Element {urn:partner.soap.sforce.com}mergeRequests invalid at this location"],
    "tabs": ["sf:FUNCTIONALITY_NOT_ENABLED", "FUNCTIONALITY_NOT_ENABLED: the SOAP call 'describeTabs' is not served here"],
    "bad_type": ["sf:INVALID_TYPE", "INVALID_TYPE: sObject type 'Nope__c' is not supported"],
    "bad_field": ["sf:INVALID_FIELD", "INVALID_FIELD: No such column 'Nope__c' on entity 'Account'"],
    "bad_id": ["sf:MALFORMED_ID", "MALFORMED_ID: bad id nonsense"],
    "foreign_password": ["sf:INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS: insufficient access rights on object id"],
    "password": [True, ["Error", BAD_LOGIN]],
    "dead_session": ["sf:INVALID_SESSION_ID", "INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session"],
}


@pytest.mark.parametrize("step", EXPECTED)
def test_jsforce_by_soap_comes_to_what_it_would_at_salesforce(step: str, deep: Any) -> None:
    assert deep("jsforce-soap")[step] == EXPECTED[step]


def test_every_step_of_jsforce_by_soap_is_checked(deep: Any) -> None:
    assert set(deep("jsforce-soap")) == set(EXPECTED)
