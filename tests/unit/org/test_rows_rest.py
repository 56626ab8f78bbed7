"""Rows over REST, wire reference 3.6 and 3.7."""

import gzip
import json

import pytest

SCHEME = "/services/data/v62.0/sobjects"


def test_a_create_answers_three_keys_a_location_and_the_limit_header(caller):
    response = caller("POST", "/sobjects/Account", {"Name": "Acme"})
    assert response.status == 201
    assert response.body == b'{"id":"0015e0000000001AAA","success":true,"errors":[]}'
    assert response.header("Location") == "/services/data/v62.0/sobjects/Account/0015e0000000001AAA"
    assert response.header("Sforce-Limit-Info").startswith("api-usage=1/")
    assert response.header("Content-Type") == "application/json;charset=UTF-8"


def test_pretty_print_spaces_the_reply(caller):
    response = caller("POST", "/sobjects/Account", {"Name": "Acme"}, headers=(("X-PrettyPrint", "1"),))
    assert response.body == b'{\n  "id" : "0015e0000000001AAA",\n  "success" : true,\n  "errors" : [ ]\n}'


def test_a_read_puts_attributes_first_and_id_last_when_it_was_not_asked_for(caller):
    record = caller.create("Account", Name="Acme", Industry="Energy")
    response = caller("GET", f"/sobjects/Account/{record}?fields=Industry,name")
    expected = {"attributes": {"type": "Account", "url": f"{SCHEME}/Account/{record}"}, "Industry": "Energy", "Name": "Acme", "Id": record}
    assert response.status == 200
    assert json.loads(response.body) == expected
    assert list(json.loads(response.body)) == list(expected)


def test_a_read_of_everything_follows_describe_order_with_id_first(caller, org):
    record = caller.create("Contact", FirstName="Ada", LastName="Byron", MailingCity="London")
    caller("GET", f"/sobjects/contact/{record[:15]}")
    row = caller.json
    assert list(row)[:2] == ["attributes", "Id"]
    assert [name for name in row if name != "attributes"] == [f.name for f in org.schema.find("Contact").fields]
    assert row["Name"] == "Ada Byron"
    assert row["MailingAddress"]["city"] == "London"
    assert row["OtherAddress"] is None
    assert row["OwnerId"] == org.integration_user_id
    assert row["CreatedDate"] == "2026-01-15T09:00:00.000+0000"
    assert row["IsDeleted"] is False


def test_a_created_person_without_first_name_has_the_last_name_as_name(caller):
    record = caller.create("Contact", LastName="Byron")
    caller("GET", f"/sobjects/Contact/{record}?fields=Name")
    assert caller.json["Name"] == "Byron"


def test_numbers_keep_their_kind(caller):
    record = caller.create("Account", Name="Acme", AnnualRevenue="23", NumberOfEmployees="10000")
    caller("GET", f"/sobjects/Account/{record}?fields=AnnualRevenue,NumberOfEmployees")
    assert b'"AnnualRevenue":23.0,"NumberOfEmployees":10000' in caller.last.body


def test_update_and_delete_answer_204_without_body_or_content_type(caller, org):
    record = caller.create("Account", Name="Acme")
    for method, body in (("PATCH", {"Name": "Beta"}), ("DELETE", None)):
        response = caller(method, f"/sobjects/Account/{record}", body)
        assert (response.status, response.body, response.header("Content-Type")) == (204, b"", "")
    assert org.admin.count("Account") == 0


def test_an_update_moves_the_stamps_and_leaves_the_creation_alone(caller, org):
    record = caller.create("Account", Name="Acme")
    org.clock.advance(90.7)
    caller("PATCH", f"/sobjects/Account/{record}", {"Name": "Beta"})
    row = org.admin.rows("Account")[0]
    assert row["Name"] == "Beta"
    assert row["CreatedDate"] == "2026-01-15T09:00:00.000+0000"
    assert row["LastModifiedDate"] == row["SystemModstamp"] == "2026-01-15T09:01:30.000+0000"


def test_post_with_the_method_in_the_query_stands_for_patch(caller, org):
    record = caller.create("Account", Name="Acme")
    assert caller("POST", f"/sobjects/Account/{record}?_HttpMethod=PATCH", {"Name": "Beta"}).status == 204
    assert org.admin.rows("Account")[0]["Name"] == "Beta"


def test_a_post_that_stands_for_a_get_by_external_id_reads_and_deletes_nothing(caller, org):
    caller.create("Account", Name="Acme", External_Id__c="A-1")
    reply = caller("POST", "/sobjects/Account/External_Id__c/A-1?_HttpMethod=GET&fields=Name")
    assert (reply.status, caller.json["Name"]) == (200, "Acme")
    assert caller("POST", "/sobjects/Account/External_Id__c/A-1?_HttpMethod=HEAD").body == b""
    assert [row["Name"] for row in org.admin.rows("Account")] == ["Acme"]
    assert caller("POST", "/sobjects/Account/External_Id__c/A-1?_HttpMethod=DELETE").status == 204
    assert org.admin.rows("Account") == []


@pytest.mark.parametrize("name", ["Id", "id"])
def test_creating_by_an_upsert_on_id_takes_no_id(caller, org, name):
    record = caller.create("Account", Name="Acme")
    assert caller("POST", "/sobjects/Account/Id", {name: record, "Name": "Beta"}).status == 400
    assert caller.json == [{"message": "The Id field should not be specified in the sobject data.", "errorCode": "INVALID_FIELD"}]
    assert [row["Name"] for row in org.admin.rows("Account")] == ["Acme"]


def test_head_is_get_without_the_body(caller):
    record = caller.create("Account", Name="Acme")
    response = caller("HEAD", f"/sobjects/Account/{record}")
    assert (response.status, response.body) == (200, b"")


def test_a_second_delete_and_a_later_read_say_that_the_row_is_deleted(caller):
    record = caller.create("Account", Name="Acme")
    caller("DELETE", f"/sobjects/Account/{record}")
    for method, body in (("DELETE", None), ("GET", None), ("PATCH", {"Name": "x"})):
        response = caller(method, f"/sobjects/Account/{record}", body)
        assert response.status == 404
        assert caller.json == [{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]


@pytest.mark.parametrize("record", ["0015e00000ZZZZZ", "0015e00000ZZZZZ" + "AAA"])
def test_a_missing_id_is_an_external_id_that_does_not_exist(caller, record):
    for method, body in (("GET", None), ("PATCH", {"Name": "x"})):
        assert caller(method, f"/sobjects/Account/{record}", body).status == 404
        assert caller.json[0]["errorCode"] == "NOT_FOUND"
        assert caller.json[0]["message"] == f"Provided external ID field does not exist or is not accessible: {record}"


def test_deleting_a_missing_row_is_an_invalid_cross_reference(caller):
    assert caller("DELETE", "/sobjects/Account/0015e00000ZZZZZ").status == 404
    assert caller.json == [{"message": "invalid cross reference id", "errorCode": "INVALID_CROSS_REFERENCE_KEY", "fields": []}]


def test_an_id_of_another_object_is_malformed(caller):
    record = caller.create("Contact", LastName="Byron")
    assert caller("GET", f"/sobjects/Account/{record}").status == 400
    assert caller.json == [{"message": f"Account ID: id value of incorrect type: {record}", "errorCode": "MALFORMED_ID", "fields": ["Id"]}]


def test_an_object_that_does_not_exist_is_the_plain_404_with_its_own_key_order(caller):
    assert caller("POST", "/sobjects/Nothing__c", {"Name": "x"}).status == 404
    assert caller.last.body == b'[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]'


def test_a_wrong_method_lists_the_right_ones(caller):
    record = caller.create("Account", Name="Acme")
    assert caller("PUT", f"/sobjects/Account/{record}", {"Name": "x"}).status == 405
    assert caller.last.body == b'[{"message":"HTTP Method \'PUT\' not allowed. Allowed are HEAD,GET,PATCH,DELETE","errorCode":"METHOD_NOT_ALLOWED"}]'


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json2"])
def test_a_body_that_is_not_json_is_415(caller, org, kind):
    response = caller("POST", "/sobjects/Account", {"Name": "Acme"}, headers=(("Content-Type", kind),))
    assert response.status == 415
    assert caller.json == [{"message": f"Content-Type header specified in HTTP request is not supported: {kind}", "errorCode": "UNSUPPORTED_MEDIA_TYPE"}]
    assert org.admin.count("Account") == 0


@pytest.mark.parametrize(("raw", "words"), [
    (b"", "The HTTP entity body is required, but this request has no entity body."),
    (b'{"Name": }', "Unexpected character ('}' (code 125)) at [line:1, column:10]"),
    (b'{"Name": "A', "Unexpected"),
    (b"[]", "Cannot deserialize instance of object from START_ARRAY"),
    (b'{"Name": NaN}', "Unexpected character ('N' (code 78))"),
    (b'{"Name": "\xff"}', "Invalid UTF-8 start byte 0xff"),
    (b'{"AnnualRevenue": "12,5", "Name": "A"}', "Cannot deserialize instance of currency from VALUE_STRING value 12,5 or request may be missing a required field at [line:1, column:1]"),
    (b'{"Name": 5}', "Cannot deserialize instance of string from VALUE_NUMBER_INT value 5"),
    (b'{"Name": {"a": 1}}', "Cannot deserialize instance of string from START_OBJECT"),
])  # fmt: skip
def test_a_body_that_does_not_parse_is_a_parser_error(caller, org, raw, words):
    assert caller("POST", "/sobjects/Account", raw=raw).status == 400
    assert caller.json[0]["errorCode"] == "JSON_PARSER_ERROR"
    assert caller.json[0]["message"].startswith(words)
    assert "fields" not in caller.json[0]
    assert org.admin.count("Account") == 0


def test_a_compressed_body_is_read(caller, org):
    body = gzip.compress(b'{"Name":"Acme"}')
    assert caller("POST", "/sobjects/Account", raw=body, headers=(("Content-Encoding", "gzip"),)).status == 201
    assert caller("POST", "/sobjects/Account", raw=body[:10], headers=(("Content-Encoding", "gzip"),)).status == 400
    assert caller("POST", "/sobjects/Account", raw=body, headers=(("Content-Encoding", "br"),)).status == 415
    assert org.admin.count("Account") == 1


def test_the_id_has_no_place_in_an_update(caller):
    record = caller.create("Account", Name="Acme")
    assert caller("PATCH", f"/sobjects/Account/{record}", {"id": record}).status == 400
    assert caller.json == [{"message": "The Id field should not be specified in the sobject data.", "errorCode": "INVALID_FIELD"}]


def test_unknown_fields_are_named(caller, org):
    record = caller.create("Account", Name="Acme")
    expected = [{"message": "No such column 'Foo__c' on sobject of type Account", "errorCode": "INVALID_FIELD"}]
    for method, path, body in (("POST", "/sobjects/Account", {"Name": "A", "Foo__c": 1}), ("GET", f"/sobjects/Account/{record}?fields=Name,Foo__c", None)):
        assert caller(method, path, body).status == 400
        assert caller.json == expected
    assert org.admin.count("Account") == 1


# ---------------------------------------------------------------------------- external ids


def test_an_upsert_creates_then_updates_in_any_case(caller, org):
    assert caller("PATCH", "/sobjects/Account/External_Id__c/A-1", {"Name": "Acme"}).status == 201
    created = caller.json
    assert created == {"id": "0015e0000000001AAA", "success": True, "errors": [], "created": True}
    assert caller.last.header("Location").endswith(created["id"])
    assert caller("PATCH", "/sobjects/Account/external_id__c/a-1", {"Name": "Beta"}).status == 200
    assert caller.json == {**created, "created": False}
    assert [(row["Name"], row["External_Id__c"]) for row in org.admin.rows("Account")] == [("Beta", "A-1")]


def test_until_version_45_an_upsert_that_updates_answers_204(caller):
    caller("PATCH", "/sobjects/Account/External_Id__c/A-1", {"Name": "Acme"}, version="45.0")
    assert caller("PATCH", "/sobjects/Account/External_Id__c/A-1", {"Name": "Beta"}, version="45.0").status == 204
    assert caller("PATCH", "/sobjects/Account/External_Id__c/A-1", {"Name": "Beta"}, version="46.0").status == 200


def test_a_key_that_several_rows_have_is_300_and_changes_nothing(caller, org):
    ids = [caller.create("Account", Name=name, Legacy_Id__c="L/1") for name in ("A", "B")]
    for method, body in (("PATCH", {"Name": "x"}), ("GET", None), ("DELETE", None)):
        assert caller(method, "/sobjects/Account/Legacy_Id__c/l%2F1", body).status == 300
        assert caller.json == [f"{SCHEME}/Account/{record}" for record in ids]
    assert [row["Name"] for row in org.admin.rows("Account")] == ["A", "B"]
    assert org.receipt.applied == "no"


@pytest.mark.parametrize("field", ["Industry", "Foo__c"])
def test_a_field_that_is_no_key_is_404(caller, field):
    for method, body in (("PATCH", {"Name": "x"}), ("GET", None)):
        assert caller(method, f"/sobjects/Account/{field}/A-1", body).status == 404
        assert caller.json == [{"message": f"Provided external ID field does not exist or is not accessible: {field}", "errorCode": "NOT_FOUND"}]


def test_the_key_must_not_be_repeated_in_the_body(caller, org):
    assert caller("PATCH", "/sobjects/Account/External_Id__c/A-1", {"Name": "Acme", "External_Id__c": "A-1"}).status == 400
    assert caller.json[0]["errorCode"] == "INVALID_FIELD"
    assert org.admin.count("Account") == 0


def test_update_only_never_creates(caller, org):
    path = "/sobjects/Account/External_Id__c/A-1?updateOnly=true"
    assert caller("PATCH", path, {"Name": "Acme"}).status == 404
    assert org.admin.count("Account") == 0
    assert caller("PATCH", path, {"Name": "Acme"}, version="52.0").status == 201  # the parameter came with v53
    assert caller("PATCH", path, {"Name": "Beta"}).status == 200


def test_rows_are_read_and_deleted_by_external_id(caller, org):
    caller("PATCH", "/sobjects/Account/External_Id__c/A%20%2F.1", {"Name": "Acme"})
    assert caller("GET", "/sobjects/Account/External_Id__c/a%20%2f.1").status == 200
    assert caller.json["External_Id__c"] == "A /.1"
    assert caller("DELETE", "/sobjects/Account/External_Id__c/A%20%2F.1").status == 204
    assert caller("GET", "/sobjects/Account/External_Id__c/A%20%2F.1").status == 404
    assert org.admin.count("Account") == 0


def test_an_upsert_by_email_matches_as_recorded(caller, org):
    record = caller.create("Contact", LastName="Byron", Email="ada@example.com")
    assert caller("PATCH", "/sobjects/Contact/Email/ada@example.com", {"FirstName": "Ada"}).status == 200
    assert caller.json["id"] == record


def test_posting_to_id_creates_through_an_upsert(caller, org):
    assert caller("POST", "/sobjects/Account/Id", {"Name": "Acme"}).status == 201
    assert caller.json["created"] is True
    assert org.admin.count("Account", Name="Acme") == 1


def test_a_parent_is_found_by_its_external_id(caller, org):
    account = caller.create("Account", Name="Acme", External_Id__c="A-1")
    caller.create("Contact", LastName="Byron", Account={"External_Id__c": "a-1"})
    assert org.admin.rows("Contact")[0]["AccountId"] == account
    assert caller("POST", "/sobjects/Contact", {"LastName": "X", "Account": {"External_Id__c": "A-2"}}).status == 400
    assert caller.json[0] == {"message": "Foreign key external ID: a-2 not found for field External_Id__c in entity Account", "errorCode": "INVALID_FIELD", "fields": []}
    assert org.admin.count("Contact") == 1


def test_a_parent_key_that_several_rows_have_is_refused(caller, org):
    for name in ("A", "B"):
        caller.create("Account", Name=name, Legacy_Id__c="L-1")
    assert caller("POST", "/sobjects/Contact", {"LastName": "X", "Account": {"Legacy_Id__c": "L-1"}}).status == 400
    assert caller.json[0]["errorCode"] == "DUPLICATE_EXTERNAL_ID"
    assert org.admin.count("Contact") == 0


# ---------------------------------------------------------------------------- conditional requests

AT, LATER = "Thu, 15 Jan 2026 09:00:00 GMT", "Thu, 15 Jan 2026 09:00:01 GMT"
BEFORE = "Thu, 15 Jan 2026 08:59:59 GMT"


@pytest.mark.parametrize(("header", "status"), [
    (("If-Modified-Since", AT), 304), (("If-Modified-Since", BEFORE), 200), (("If-Modified-Since", "yesterday"), 200),
    (("If-Unmodified-Since", AT), 200), (("If-Unmodified-Since", BEFORE), 412),
])  # fmt: skip
def test_reads_on_conditions_of_time(caller, header, status):
    record = caller.create("Contact", LastName="x")
    response = caller("GET", f"/sobjects/Contact/{record}", headers=(header,))
    assert response.status == status
    assert (response.body == b"") is (status == 304)


def test_an_update_after_somebody_elses_is_412_and_changes_nothing(caller, org):
    record = caller.create("Contact", LastName="x")
    org.clock.advance(1)
    org.admin.update("Contact", record, LastName="theirs")
    path = f"/sobjects/Contact/{record}"
    assert caller("PATCH", path, {"LastName": "mine"}, headers=(("If-Unmodified-Since", AT),)).status == 412
    assert caller("PATCH", path, {"LastName": "mine"}, headers=(("If-Unmodified-Since", "soon"),)).status == 400
    assert org.admin.rows("Contact")[0]["LastName"] == "theirs"
    assert caller("PATCH", path, {"LastName": "mine"}, headers=(("If-Unmodified-Since", LATER),)).status == 204


def test_account_rows_have_etags(caller, org):
    record = caller.create("Account", Name="A")
    path = f"/sobjects/Account/{record}"
    tag = caller("GET", path).header("ETag")
    assert tag.startswith('"')
    assert caller("GET", path, headers=(("If-None-Match", tag),)).status == 304
    assert caller("GET", path, headers=(("If-None-Match", '"other", ' + tag[:-1] + '-gzip"'),)).status == 304
    assert caller("PATCH", path, {"Name": "B"}, headers=(("If-None-Match", tag),)).status == 412
    assert caller("PATCH", path, {"Name": "B"}, headers=(("If-Match", '"other"'),)).status == 412
    org.clock.advance(1)
    assert caller("PATCH", path, {"Name": "B"}, headers=(("If-Match", tag),)).status == 204
    assert caller("PATCH", path, {"Name": "C"}, headers=(("If-Match", tag),)).status == 412
    assert caller("DELETE", path, headers=(("If-Match", tag),)).status == 204


def test_other_rows_have_none(caller):
    record = caller.create("Contact", LastName="x")
    assert caller("GET", f"/sobjects/Contact/{record}").header("ETag") == ""
    assert caller("PATCH", f"/sobjects/Contact/{record}", {"LastName": "y"}, headers=(("If-Match", '"other"'),)).status == 204
