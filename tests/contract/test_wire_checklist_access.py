"""Lines 30 and 31 of the conformance checklist, through every door. Source: wire reference 16 and 10.1."""

from __future__ import annotations

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound


def test_30_a_field_without_the_right_is_omitted_and_an_error_when_named(place, sf):
    admin = place.org.admin
    account = admin.create("Account", Name="Acme", Phone="1")
    row = admin.query("SELECT Id FROM FieldPermissions WHERE Parent.Profile.Name = 'Integration' AND Field = 'Account.Phone'")[0]
    admin.update("FieldPermissions", row["Id"], PermissionsRead=False, PermissionsEdit=False)
    assert "Phone" not in sf.Account.get(account)
    assert "Phone" not in [field["name"] for field in sf.Account.describe()["fields"]]
    with pytest.raises(SalesforceMalformedRequest) as named:
        sf.query("SELECT Phone FROM Account")
    assert named.value.content[0]["errorCode"] == "INVALID_FIELD"
    with pytest.raises(SalesforceMalformedRequest) as written:
        sf.Account.update(account, {"Phone": "2"})
    assert written.value.content[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_31_a_hidden_row_is_absent_from_queries_not_found_and_no_parent(place, sf):
    account = place.org.admin.create("Account", Name="Theirs")
    assert sf.query("SELECT Id FROM Account")["totalSize"] == 1
    place.org.world.shrink_sharing("Account")
    assert sf.query("SELECT Id FROM Account")["totalSize"] == 0
    with pytest.raises(SalesforceResourceNotFound):
        sf.Account.get(account)
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Contact.create({"LastName": "Doe", "AccountId": account})
    assert refused.value.status == 400
    assert refused.value.content == [{
        "message": f"insufficient access rights on cross-reference id: {account[:15]}", "errorCode": "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "fields": [],
    }]  # fmt: skip
