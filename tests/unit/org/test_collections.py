"""sObject collections, wire reference 3.11."""

import pytest


def typed(sobject, **fields):
    return {"attributes": {"type": sobject}, **fields}


def send(caller, method, records, *, path="", **envelope):
    return caller(method, f"/composite/sobjects{path}", {**envelope, "records": records})


def test_results_line_up_with_the_records(caller, org):
    response = send(caller, "POST", [typed("Account", Name="A"), typed("Account"), typed("Contact", LastName="B")])
    assert response.status == 200
    assert response.body == (
        b'[{"id":"0015e0000000001AAA","success":true,"errors":[]},'
        b'{"success":false,"errors":[{"statusCode":"REQUIRED_FIELD_MISSING","message":"Required fields are missing: [Name]","fields":["Name"]}]},'
        b'{"id":"0035e0000000001AAA","success":true,"errors":[]}]'
    )
    assert (org.admin.count("Account"), org.admin.count("Contact")) == (1, 1)


def test_all_or_none_rolls_back_across_types(caller, org):
    send(caller, "POST", [typed("Account", Name="A"), typed("Contact", FirstName="B")], allOrNone=True)
    assert [item["errors"][0]["statusCode"] for item in caller.json] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert caller.json[0]["errors"][0]["message"] == "Record rolled back because not all records were valid and the request was using AllOrNone header"
    assert "id" not in caller.json[0]
    assert org.admin.count("Account") == 0
    assert org.receipt.applied == "no"


def test_updates_name_their_row_and_failures_repeat_the_id(caller, org):
    first = caller.create("Account", Name="A")
    missing = "0015e00000ZZZZZAA5"
    records = [typed("Account", id=first, Name="B"), typed("Account", Id=missing, Name="C"), typed("Account", Name="D"), typed("Account", id=first, Name="E")]
    assert send(caller, "PATCH", records).status == 200
    assert [(item.get("id"), item["success"], [e["statusCode"] for e in item["errors"]]) for item in caller.json] == [
        (first, True, []), (missing, False, ["INVALID_CROSS_REFERENCE_KEY"]), (None, False, ["MISSING_ARGUMENT"]), (first, False, ["DUPLICATE_VALUE"])]  # fmt: skip
    assert [row["Name"] for row in org.admin.rows("Account")] == ["B"]
    assert org.receipt.applied == "partly"


def test_an_upsert_says_created_last(caller, org):
    records = [typed("Account", External_Id__c=key, Name=key) for key in ("A-1", "A-2")]
    send(caller, "PATCH", records[:1], path="/Account/External_Id__c")
    send(caller, "PATCH", records, path="/Account/External_Id__c")
    assert [list(item.items())[-1] for item in caller.json] == [("created", False), ("created", True)]
    assert org.admin.count("Account") == 2


def test_an_upsert_takes_one_type_and_a_real_key(caller):
    assert send(caller, "PATCH", [typed("Contact", External_Id__c="A-1", LastName="x")], path="/Account/External_Id__c").status == 400
    assert send(caller, "PATCH", [typed("Account", Industry="x", Name="x")], path="/Account/Industry").status == 404


def test_deleting_takes_ids_of_several_types(caller, org):
    account, contact = caller.create("Account", Name="A"), caller.create("Contact", LastName="B")
    assert caller("DELETE", f"/composite/sobjects?ids={account},{contact},bad,{account}").status == 200
    assert [(item["id"], item["success"]) for item in caller.json] == [(account, True), (contact, True), ("bad", False), (account, False)]
    assert caller.json[3]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"
    assert org.admin.count("Contact") == 0


def test_deleting_all_or_none_deletes_nothing_when_one_id_is_bad(caller, org):
    account = caller.create("Account", Name="A")
    for other in ("bad", "0015e00000ZZZZZ"):
        caller("DELETE", f"/composite/sobjects?ids={account},{other}&allOrNone=true")
        assert [item["success"] for item in caller.json] == [False, False]
        assert caller.json[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert org.admin.count("Account") == 1


def test_retrieving_gives_null_for_what_is_not_there(caller, org):
    first, second = caller.create("Account", Name="A"), caller.create("Account", Name="B")
    caller("DELETE", f"/sobjects/Account/{second}")
    ids = [second, "0015e00000ZZZZZ", first[:15], "bad"]
    caller("GET", f"/composite/sobjects/Account?ids={','.join(ids)}&fields=Name")
    assert [row and row["Name"] for row in caller.json] == [None, None, "A", None]
    assert list(caller.json[2]) == ["attributes", "Name", "Id"]
    assert caller.json[2]["Id"] == first
    assert org.receipt.read == [("Account", ("Name", "Id"), (first,))]
    caller("POST", "/composite/sobjects/Account", {"ids": ids, "fields": ["Name"]})
    assert [row and row["Name"] for row in caller.json] == [None, None, "A", None]


def test_retrieving_an_unknown_field_is_refused(caller):
    record = caller.create("Account", Name="A")
    assert caller("GET", f"/composite/sobjects/Account?ids={record}&fields=Name,Foo__c").status == 400
    assert caller.json[0]["errorCode"] == "INVALID_FIELD"


@pytest.mark.parametrize(("records", "code"), [
    ([typed("Account", Name=str(n)) for n in range(201)], "EXCEEDED_ID_LIMIT"),
    ([typed(name, Name="x", LastName="x") for n in range(6) for name in ("Account", "Contact")], "EXCEEDED_MAX_TYPES_LIMIT"),
    ([{"Name": "x"}], "MISSING_ARGUMENT"), ("x", "MISSING_ARGUMENT"), ([], "MISSING_ARGUMENT"), ([typed("Nothing__c", Name="x")], "INVALID_TYPE"),
    ([typed("Account", Name="ok"), typed("Account", Foo__c="x")], "INVALID_FIELD"),
])  # fmt: skip
def test_a_request_that_is_not_well_formed_is_refused_as_a_whole(caller, org, records, code):
    assert send(caller, "POST", records).status == 400
    assert caller.json[0]["errorCode"] == code
    assert org.admin.count("Account") == 0
    assert org.receipt.applied == "no"


def test_exactly_200_records_and_ten_runs_are_taken(caller, org):
    send(caller, "POST", [typed("Account", Name=str(n)) for n in range(200)])
    assert all(item["success"] for item in caller.json)
    send(caller, "POST", [typed(name, Name="x", LastName="x") if name == "Account" else typed(name, LastName="x") for n in range(5) for name in ("Account", "Contact")])
    assert caller.last.status == 400  # LastName is no column of Account: the request is not well formed
    send(caller, "POST", [typed("Account", Name="x") if n % 2 else typed("Contact", LastName="x") for n in range(10)])
    assert [item["success"] for item in caller.json] == [True] * 10
