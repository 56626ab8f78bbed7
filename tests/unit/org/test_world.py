"""What faults may do to the org between requests."""

import json

import pytest

from sfchaos.core.errors import UnknownName
from sfchaos.core.world import World
from sfchaos.org import access

DATA = "/services/data/v62.0"


def lock(org, method, path, body=None, *, scope="record", hold_s=10):
    return org.world.lock_targets(method, DATA + path, b"" if body is None else json.dumps(body).encode(), scope=scope, until_s=org.now_s() + hold_s)


def locked(caller):
    return caller.json[0].get("errorCode") if isinstance(caller.json, list) else None


def test_the_world_has_every_verb_of_the_protocol(org):
    verbs = [name for name in dir(World) if not name.startswith("_")]
    assert len(verbs) >= 11
    assert [name for name in verbs if not callable(getattr(org.world, name, None))] == []


def test_a_locked_row_is_refused_until_the_lock_ends(caller, org):
    record = caller.create("Account", Name="A")
    assert lock(org, "PATCH", f"/sobjects/Account/{record}", {"Name": "B"}) == 1
    assert caller("PATCH", f"/sobjects/Account/{record}", {"Name": "B"}).status == 400
    assert caller.json == [{"message": f"unable to obtain exclusive access to this record or 1 records: {record}", "errorCode": "UNABLE_TO_LOCK_ROW", "fields": []}]
    assert caller("GET", f"/sobjects/Account/{record}").status == 200
    assert caller("DELETE", f"/sobjects/Account/{record}").status == 400
    org.clock.advance(10)
    assert caller("PATCH", f"/sobjects/Account/{record}", {"Name": "B"}).status == 204


def test_the_retry_of_a_locked_create_meets_the_same_lock(caller, org):
    assert lock(org, "POST", "/sobjects/Account", {"Name": "A", "Industry": "Energy"}) == 1
    assert caller("POST", "/sobjects/Account", {"Industry": "Energy", "Name": "A"}).status == 400
    assert locked(caller) == "UNABLE_TO_LOCK_ROW"
    assert caller("POST", "/sobjects/Account", {"Name": "B"}).status == 201
    org.clock.advance(10)
    assert caller("POST", "/sobjects/Account", {"Name": "A", "Industry": "Energy"}).status == 201


def test_a_lock_at_an_upsert_holds_for_collections_too_and_for_the_row_by_id(caller, org):
    record = caller.create("Account", Name="A", External_Id__c="A-1")
    assert lock(org, "PATCH", "/sobjects/Account/External_Id__c/a-1", {"Name": "B"}) == 2
    caller("PATCH", "/composite/sobjects/Account/External_Id__c", {"records": [
        {"attributes": {"type": "Account"}, "External_Id__c": key, "Name": "x"} for key in ("A-1", "A-2")]})  # fmt: skip
    assert [[e["statusCode"] for e in item["errors"]] for item in caller.json] == [["UNABLE_TO_LOCK_ROW"], []]
    assert caller("PATCH", f"/sobjects/Account/{record}", {"Name": "x"}).status == 400


def test_a_lock_at_a_collection_holds_for_single_rows(caller, org):
    first, second = (caller.create("Account", Name=name) for name in "AB")
    body = {"records": [{"attributes": {"type": "Account"}, "id": first, "Name": "x"}]}
    assert lock(org, "PATCH", "/composite/sobjects", body) == 1
    assert [caller("PATCH", f"/sobjects/Account/{record}", {"Name": "x"}).status for record in (first, second)] == [400, 204]
    assert lock(org, "DELETE", f"/composite/sobjects?ids={second}") == 1
    assert caller("DELETE", f"/sobjects/Account/{second}").status == 400


def test_a_locked_parent_stops_its_children(caller, org):
    account = caller.create("Account", Name="A", External_Id__c="A-1")
    other = caller.create("Account", Name="B")
    contact = caller.create("Contact", LastName="x", AccountId=account)
    assert lock(org, "POST", "/sobjects/Contact", {"LastName": "y", "AccountId": account}, scope="parent") == 1
    statuses = [
        caller("POST", "/sobjects/Contact", {"LastName": "z", "AccountId": account[:15]}).status,
        caller("PATCH", f"/sobjects/Contact/{contact}", {"LastName": "z"}).status,
        caller("PATCH", f"/sobjects/Account/{account}", {"Name": "z"}).status,
        caller("POST", "/sobjects/Contact", {"LastName": "z", "AccountId": other}).status,
    ]
    assert statuses == [400, 400, 400, 201]


def test_a_parent_named_by_its_key_is_locked_by_it(caller, org):
    caller.create("Account", Name="A", External_Id__c="A-1")
    body = {"LastName": "y", "Account": {"External_Id__c": "A-1"}}
    assert lock(org, "POST", "/sobjects/Contact", body, scope="parent") == 1
    assert caller("POST", "/sobjects/Contact", {**body, "LastName": "z"}).status == 400


def test_parts_of_a_composite_are_locked(caller, org):
    record = caller.create("Account", Name="A")
    part = {"method": "PATCH", "url": f"{DATA}/sobjects/Account/{record}", "referenceId": "a", "body": {"Name": "x"}}
    assert lock(org, "POST", "/composite", {"compositeRequest": [part]}) == 1
    assert caller("PATCH", f"/sobjects/Account/{record}", {"Name": "x"}).status == 400


@pytest.mark.parametrize(("method", "path", "body"), [
    ("GET", "/sobjects/Account/0015e0000000001AAA", None), ("POST", "/sobjects/Nothing__c", {"Name": "x"}), ("POST", "/query", {}), ("POST", "/composite", []),
    ("POST", "/composite/sobjects", {"records": [5]}), ("PATCH", "/jobs/ingest/7505e0000000001AAA", {}),
])  # fmt: skip
def test_requests_that_write_no_row_lock_nothing(org, method, path, body):
    assert lock(org, method, path, body) == 0


def test_a_longer_lock_is_not_shortened(org):
    org.world.lock("0015e0000000001AAA", org.now_s() + 100)
    org.world.lock("0015e0000000001", org.now_s() + 10)
    org.clock.advance(50)
    assert org.locks.is_held("0015e0000000001")


def test_a_hidden_field_is_missing_unnameable_and_not_writable(caller, org):
    record = caller.create("Account", Name="A", Industry="Energy")
    before = org.access_digest(org.integration_user_id)
    assert "Industry" in caller("GET", f"/sobjects/Account/{record}").body.decode()
    assert caller("GET", f"/sobjects/Account/{record}?fields=Industry").status == 200
    org.world.hide_field("account", "industry")
    assert org.access_digest(org.integration_user_id) != before
    caller("GET", f"/sobjects/Account/{record}")
    assert "Industry" not in caller.json
    assert caller("GET", f"/sobjects/Account/{record}?fields=Industry").status == 400
    assert caller.json[0]["message"] == "No such column 'Industry' on sobject of type Account"
    assert caller("PATCH", f"/sobjects/Account/{record}", {"Industry": "Media"}).status == 400
    assert (caller.json[0]["errorCode"], caller.json[0]["fields"]) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ["Industry"])
    assert org.admin.rows("Account")[0]["Industry"] == "Energy"


def test_a_read_only_field_is_seen_but_not_written(caller, org):
    record = caller.create("Account", Name="A", Industry="Energy")
    org.world.hide_field("Account", "Industry", right="edit")
    caller("GET", f"/sobjects/Account/{record}?fields=Industry")
    assert caller.json["Industry"] == "Energy"
    assert caller("POST", "/sobjects/Account", {"Name": "B", "Industry": "Media"}).status == 400


def test_hiding_a_compound_field_hides_its_parts(caller, org):
    record = caller.create("Account", Name="A", BillingCity="Bonn")
    org.world.hide_field("Account", "BillingAddress")
    caller("GET", f"/sobjects/Account/{record}")
    assert [name for name in caller.json if name.startswith("Billing")] == []


def test_rights_are_asked_by_field_and_do_not_bind_the_administrator(org):
    account = org.schema.find("Account")
    industry, rating, name = (account.find(field) for field in ("Industry", "Rating", "Name"))
    org.world.hide_field("Account", "Industry")
    org.world.hide_field("Account", "Rating", right="edit")
    user, admin = org.integration_user_id, org.admin_user_id
    assert [access.can_read(org, user, account, f) for f in (industry, rating, name)] == [False, True, True]
    assert [access.can_write(org, user, account, f) for f in (industry, rating, name)] == [False, False, True]
    assert [f.name for f in account.fields if f not in access.readable(org, user, account)] == ["Industry"]
    assert {f.name for f in access.writable(org, admin, account)} - {f.name for f in access.writable(org, user, account)} == {"Industry", "Rating"}
    assert access.readable(org, admin, account) == account.fields
    assert access.can_read(org, admin, account, industry)


def test_a_validation_rule_refuses_writes_of_its_field_while_it_lasts(caller, org):
    record = caller.create("Account", Name="A")
    org.world.add_validation("Account", "Phone", "Phone must have 10 digits", org.now_s() + 60)
    org.world.add_validation("Account", "", "Not today", org.now_s() + 30)
    assert caller("PATCH", f"/sobjects/Account/{record}", {"Phone": "1"}).status == 400
    assert caller.json == [
        {"message": "Phone must have 10 digits", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Phone"]},
        {"message": "Not today", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": []},
    ]
    org.clock.advance(30)
    assert caller("PATCH", f"/sobjects/Account/{record}", {"Name": "B"}).status == 204
    assert caller("POST", "/sobjects/Account", {"Name": "C"}).status == 400
    assert caller("DELETE", f"/sobjects/Account/{record}").status == 204
    org.clock.advance(30)
    assert caller("POST", "/sobjects/Account", {"Name": "C"}).status == 201


def test_an_expired_session_is_401(caller, org):
    org.world.expire_session(org.credentials.access_token)
    assert caller("GET", "/sobjects/Account/0015e0000000001AAA").status == 401
    assert caller.json == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_an_exhausted_daily_limit_is_403(caller, org):
    org.world.exhaust("DailyApiRequests", used=None, maximum=None, until_s=org.now_s() + 60, profile="cliff", per_minute=0)
    assert caller("GET", "/sobjects/Account/0015e0000000001AAA").status == 403
    assert caller.json[0]["message"] == "TotalRequests Limit exceeded."
    org.clock.advance(61)
    assert caller("GET", "/sobjects/Account/0015e0000000001AAA").status == 404


def test_a_crowded_org_refuses_short_calls_too(caller, org):
    org.world.crowd(cap=None, until_s=org.now_s() + 30)
    assert caller("GET", "/sobjects/Account/0015e0000000001AAA").status == 403
    assert caller.json[0]["message"].startswith("ConcurrentRequests")


def test_killed_locators_are_invalid(caller, org):
    org.admin.populate("Account", 401)
    headers = (("Sforce-Query-Options", "batchSize=200"),)
    caller("GET", "/query?q=SELECT+Id+FROM+Account", headers=headers)
    rest = caller.json["nextRecordsUrl"].removeprefix(DATA)
    assert caller("GET", rest, headers=headers).status == 200
    org.world.kill_locator(rest.rpartition("/")[2])
    assert caller("GET", rest, headers=headers).status == 400
    assert caller.json[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_names_that_the_org_does_not_have_are_errors(org):
    with pytest.raises(UnknownName, match="did you mean 'Industry'"):
        org.world.hide_field("Account", "Industri")
    with pytest.raises(UnknownName, match="did you mean 'Account'"):
        org.world.add_validation("Acount", "", "x", 0)


def test_the_longest_unchanged_rows_are_saved_again_and_keep_their_values(org):
    ids = [org.admin.create("Account", Name=f"A{n}") for n in range(4)]
    org.clock.advance(60)
    org.world.touch_rows("Account", 0.5)
    stamps = {row["Id"]: row["SystemModstamp"] for row in org.admin.rows("Account")}
    assert [stamps[i] > stamps[ids[3]] for i in ids] == [True, True, False, False]
    assert [row["Name"] for row in org.admin.rows("Account")] == ["A0", "A1", "A2", "A3"]
