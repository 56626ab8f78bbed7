"""The wire reference's checklist (section 16): describe, its conditions, and ids, through every door with an unmodified client."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceError

OBJECT_KEYS = {
    "actionOverrides", "activateable", "associateEntityType", "associateParentEntity", "childRelationships", "compactLayoutable", "createable", "custom",
    "customSetting", "deepCloneable", "defaultImplementation", "deletable", "deprecatedAndHidden", "extendedBy", "extendsInterfaces", "feedEnabled",
    "fields", "hasSubtypes", "implementedBy", "implementsInterfaces", "isInterface", "isSubtype", "keyPrefix", "label", "labelPlural", "layoutable",
    "listviewable", "lookupLayoutable", "mergeable", "mruEnabled", "name", "namedLayoutInfos", "networkScopeFieldName", "queryable", "recordTypeInfos",
    "replicateable", "retrieveable", "searchLayoutable", "searchable", "sobjectDescribeOption", "supportedScopes", "triggerable", "undeletable",
    "updateable", "urls",
}  # fmt: skip
FIELD_KEYS = 57
CHILD_KEYS = ["cascadeDelete", "childSObject", "deprecatedAndHidden", "field", "junctionIdListNames", "junctionReferenceTo", "relationshipName", "restrictedDelete"]
RECORD_TYPE_KEYS = ["active", "available", "defaultRecordTypeMapping", "developerName", "master", "name", "recordTypeId", "urls"]


def ask(sf: Salesforce, path: str, **headers: str) -> requests.Response:
    return sf.session.get(f"{sf.base_url}{path}", headers={**sf.headers, **headers})


def test_35_describe_has_the_full_key_sets_for_every_object(sf: Salesforce) -> None:
    found: dict[str, Any] = sf.describe()
    names = [entry["name"] for entry in found["sobjects"]]
    assert len(names) > 60
    for name in ("Account", "OpportunityLineItem", "AccountHistory", "Invoice__Share", "PermissionSet"):
        assert name in names
        described = getattr(sf, name).describe()
        assert set(described) == OBJECT_KEYS
        assert {len(field) for field in described["fields"]} == {FIELD_KEYS}
        assert all(list(child) == CHILD_KEYS for child in described["childRelationships"])
        assert [list(info) for info in described["recordTypeInfos"]] == [RECORD_TYPE_KEYS]


def test_36_describe_is_304_when_nothing_changed_since(sf: Salesforce) -> None:
    for path in ("sobjects", "sobjects/Account/describe"):
        first = ask(sf, path)
        again = ask(sf, path, **{"If-Modified-Since": first.headers["Last-Modified"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert first.headers["ETag"].startswith('"')
        assert ask(sf, path, **{"If-Modified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}).status_code == 200


def test_32_ids_are_equal_in_both_forms_and_their_prefix_decides_the_object(sf: Salesforce) -> None:
    product = sf.Product2.create({"Name": "Bolt"})["id"]
    assert (len(product), product[:3]) == (18, "01t")
    assert sf.Product2.get(product[:15])["Id"] == product
    assert sf.query(f"SELECT Id FROM Product2 WHERE Id = '{product[:15]}'")["records"][0]["Id"] == product
    with pytest.raises(SalesforceError) as refused:
        sf.Order.get(product)
    assert refused.value.status in (400, 404)
