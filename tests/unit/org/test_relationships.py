"""Rows by way of other rows."""

import pytest


@pytest.fixture
def family(caller):
    """(account, contact, boss) with a second contact in the same account."""
    account = caller.create("Account", Name="Acme", External_Id__c="A-1")
    boss = caller.create("Contact", LastName="Boss", AccountId=account)
    contact = caller.create("Contact", LastName="Byron", AccountId=account, ReportsToId=boss)
    return account, contact, boss


def error(caller):
    [item] = caller.json
    return caller.last.status, item["errorCode"], item["message"]


def test_a_parent_is_read_like_a_row_of_its_own(caller, family):
    account, contact, _ = family
    assert caller("GET", f"/sobjects/Contact/{contact}/Account?fields=Name").status == 200
    assert caller.json == {"attributes": {"type": "Account", "url": f"/services/data/v62.0/sobjects/Account/{account}"}, "Name": "Acme", "Id": account}
    caller("GET", f"/sobjects/contact/{contact[:15]}/account")
    whole = caller.json
    caller("GET", f"/sobjects/Account/{account}")
    assert caller.json == whole


def test_several_parents_can_be_walked_and_children_end_the_way(caller, family, org):
    account, contact, boss = family
    assert caller("GET", f"/sobjects/Contact/{contact}/ReportsTo/Account/Owner?fields=Username").status == 200
    assert caller.json["Username"] == org.credentials.username
    assert caller("GET", f"/sobjects/Contact/{contact}/Account/Contacts?fields=LastName").status == 200
    assert [(row["Id"], row["LastName"]) for row in caller.json["records"]] == [(boss, "Boss"), (contact, "Byron")]
    assert account


def test_children_come_as_a_querys_result(caller, family):
    account, contact, boss = family
    assert caller("GET", f"/sobjects/Account/{account}/Contacts?fields=LastName").status == 200
    assert list(caller.json) == ["totalSize", "done", "records"]
    assert (caller.json["totalSize"], caller.json["done"]) == (2, True)
    assert caller.json["records"][0]["attributes"] == {"type": "Contact", "url": f"/services/data/v62.0/sobjects/Contact/{boss}"}
    caller("GET", f"/sobjects/Account/{account}/Contacts")
    assert {row["Id"] for row in caller.json["records"]} == {boss, contact}
    assert "LastModifiedDate" in caller.json["records"][0]


def test_no_children_are_an_empty_result(caller, family):
    account, *_ = family
    assert caller("GET", f"/sobjects/Account/{account}/Opportunities").status == 200
    assert caller.json == {"totalSize": 0, "done": True, "records": []}


def test_many_children_have_pages(caller, org):
    account = caller.create("Account", Name="Acme")
    org.admin.create_many("Contact", [{"LastName": f"C{number}", "AccountId": account} for number in range(250)])
    caller("GET", f"/sobjects/Account/{account}/Contacts?fields=LastName", headers=(("Sforce-Query-Options", "batchSize=200"),))
    first = caller.json
    assert (first["totalSize"], first["done"], len(first["records"])) == (250, False, 200)
    caller("GET", first["nextRecordsUrl"].removeprefix("/services/data/v62.0"))
    assert (caller.json["done"], len(caller.json["records"])) == (True, 50)


def test_a_parent_can_be_changed_and_deleted_by_its_path(caller, family, org):
    account, contact, boss = family
    assert caller("PATCH", f"/sobjects/Contact/{contact}/Account", {"Industry": "Energy"}).status == 204
    assert org.admin.rows("Account", Id=account)[0]["Industry"] == "Energy"
    assert caller("DELETE", f"/sobjects/Contact/{contact}/ReportsTo").status == 204
    assert [row["Id"] for row in org.admin.rows("Contact")] == [contact]
    assert caller("GET", f"/sobjects/Contact/{boss}").status == 404


def test_a_post_that_stands_for_a_patch_changes_a_parent(caller, family, org):
    account, contact, _ = family
    assert caller("POST", f"/sobjects/Contact/{contact}/Account?_HttpMethod=PATCH", {"Industry": "Energy"}).status == 204
    assert org.admin.rows("Account", Id=account)[0]["Industry"] == "Energy"


def test_an_external_id_can_begin_the_way(caller, family):
    account, contact, boss = family
    caller("GET", "/sobjects/Account/External_Id__c/A-1/Contacts?fields=LastName")
    assert {row["Id"] for row in caller.json["records"]} == {contact, boss}
    assert caller("GET", "/sobjects/Account/External_Id__c/A-2/Contacts").status == 404
    caller.create("Account", Name="x", Legacy_Id__c="L")
    caller.create("Account", Name="y", Legacy_Id__c="L")
    assert caller("GET", "/sobjects/Account/Legacy_Id__c/L/Contacts").status == 300
    assert len(caller.json) == 2
    assert account


def test_a_way_that_leads_nowhere_is_404(caller, family):
    account, contact, boss = family
    nowhere = (404, "NOT_FOUND", "The requested resource does not exist")
    for path in (f"Contact/{boss}/ReportsTo", f"Contact/{contact}/Nonsense", f"Contact/{contact}/LastName", f"Account/{account}/Contacts/Owner",
                 f"Contact/{contact}/Account/Nonsense", f"Contact/{contact}/" + "/".join(["Account", "Owner", "CreatedBy", "CreatedBy", "CreatedBy", "CreatedBy"])):  # fmt: skip
        caller("GET", f"/sobjects/{path}")
        assert error(caller) == nowhere, path
    caller("GET", f"/sobjects/Contact/{contact[:14]}9/Account")
    assert error(caller)[:2] == (404, "NOT_FOUND")
    assert caller("GET", f"/sobjects/Nothing__c/{account}/Contacts/Owner").status == 404


def test_children_cannot_be_changed_as_a_whole(caller, family):
    account, *_ = family
    for method in ("PATCH", "DELETE"):
        caller(method, f"/sobjects/Account/{account}/Contacts", {} if method == "PATCH" else None)
        assert error(caller) == (405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are HEAD,GET")


def test_an_unknown_field_is_400(caller, family):
    account, contact, _ = family
    for path in (f"Contact/{contact}/Account", f"Account/{account}/Contacts"):
        caller("GET", f"/sobjects/{path}?fields=Foo__c")
        assert error(caller)[:2] == (400, "INVALID_FIELD")


def test_a_deleted_row_leads_nowhere(caller, family):
    account, contact, _ = family
    caller("DELETE", f"/sobjects/Contact/{contact}")
    caller("GET", f"/sobjects/Contact/{contact}/Account")
    assert error(caller)[:2] == (404, "ENTITY_IS_DELETED")
    assert account


def test_there_were_no_such_paths_before_36(caller, family):
    _, contact, _ = family
    assert caller("GET", f"/sobjects/Contact/{contact}/Account", version="35.0").status == 404
    assert caller("GET", f"/sobjects/Contact/{contact}/Account", version="36.0").status == 200


def test_a_hidden_lookup_leads_nowhere(caller, family, org):
    account, contact, _ = family
    org.world.hide_field("Contact", "AccountId")
    assert caller("GET", f"/sobjects/Contact/{contact}/Account").status == 404
    assert caller("GET", f"/sobjects/Account/{account}/Contacts").status == 404
