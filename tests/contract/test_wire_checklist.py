"""The wire reference's checklist (section 16), line by line: one behaviour, one test, by plain HTTP through every door."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from sfchaos.core.messages import Request
from sfchaos.org.ids import to_18

# Lines that this version cannot meet, with what is not there yet. Every other line has a test of its number.
LATER: dict[int, str] = {}
PARTLY: dict[int, str] = {}

HOST = "https://acme.my.salesforce.com"
COLLECTIONS = "/composite/sobjects"


def error(reply: requests.Response) -> tuple[int, str]:
    [item] = reply.json()
    return reply.status_code, item["errorCode"]


def refused(reply: requests.Response) -> bool:
    return 400 <= reply.status_code < 500 and bool(reply.json()[0]["errorCode"])


# ---------------------------------------------------------------------- rows


def test_01_create_is_201_with_three_keys_a_location_path_and_the_limit_header(wire):
    reply = wire.say("POST", "/sobjects/Account", {"Name": "Acme"})
    made = reply.json()
    assert reply.status_code == 201
    assert list(made.items()) == [("id", made["id"]), ("success", True), ("errors", [])]
    assert reply.headers["Location"] == f"/services/data/v62.0/sobjects/Account/{made['id']}"
    assert re.fullmatch(r"api-usage=\d+/15000", reply.headers["Sforce-Limit-Info"])
    assert reply.headers["Content-Type"] == "application/json;charset=UTF-8"


def test_02_json_is_compact_and_spaced_when_asked(wire):
    plain = wire.say("POST", "/sobjects/Account", {"Name": "Acme"})
    pretty = wire.say("POST", "/sobjects/Account", {"Name": "Acme"}, headers={"X-PrettyPrint": "1"})
    first, second = plain.json()["id"], pretty.json()["id"]
    assert plain.text == f'{{"id":"{first}","success":true,"errors":[]}}'
    assert pretty.text == f'{{\n  "id" : "{second}",\n  "success" : true,\n  "errors" : [ ]\n}}'


def test_03_patch_and_delete_are_204_without_body_and_content_type(wire):
    account = wire.create("Account", Name="Acme")
    for reply in (wire.say("PATCH", f"/sobjects/Account/{account}", {"Name": "B"}), wire.say("DELETE", f"/sobjects/Account/{account}")):
        assert (reply.status_code, reply.content, reply.headers.get("Content-Type")) == (204, b"", None)


def test_04_upsert_is_201_then_200_then_300_and_404_for_a_field_that_is_no_key(wire):
    path = "/sobjects/Account/Legacy_Id__c/A-1"
    first, second = (wire.say("PATCH", path, {"Name": "Acme"}) for _ in range(2))
    assert [(reply.status_code, reply.json()["created"]) for reply in (first, second)] == [(201, True), (200, False)]
    assert wire.say("PATCH", path, {"Name": "Acme"}, version="45.0").status_code == 204
    twin = wire.create("Account", Name="Twin", Legacy_Id__c="A-1")
    third = wire.say("PATCH", path, {"Name": "Acme"})
    assert (third.status_code, third.json()) == (300, [f"/services/data/v62.0/sobjects/Account/{row}" for row in (first.json()["id"], twin)])
    none = wire.say("PATCH", "/sobjects/Account/Industry/x", {"Name": "Acme"})
    assert (none.status_code, none.json()) == (404, [{"message": "Provided external ID field does not exist or is not accessible: Industry", "errorCode": "NOT_FOUND"}])


# ---------------------------------------------------------------------- queries


def test_05_pages_repeat_the_total_and_can_be_fetched_twice(wire):
    wire.rig.org.populate("Contact", 450)
    page = wire.query("SELECT Id FROM Contact", headers={"Sforce-Query-Options": "batchSize=200"})
    pages, seen = [page], []
    while not page["done"]:
        assert list(page) == ["totalSize", "done", "nextRecordsUrl", "records"]
        seen.append(page["nextRecordsUrl"].rpartition("-")[2])
        where = page["nextRecordsUrl"].partition("v62.0")[2]
        page = wire.get(where)
        assert wire.get(where) == page
        pages.append(page)
    assert list(page) == ["totalSize", "done", "records"]
    assert ([p["totalSize"] for p in pages], seen) == ([450] * 3, ["200", "400"])
    assert len({row["Id"] for p in pages for row in p["records"]}) == 450


def test_06_eleven_cursors_stay_open_and_die_after_48_hours(wire):
    wire.rig.org.populate("Contact", 201)
    tokens = [wire.query("SELECT Id FROM Contact", headers={"Sforce-Query-Options": "batchSize=200"})["nextRecordsUrl"] for _ in range(11)]
    paths = [token.partition("v62.0")[2] for token in tokens]
    assert len({*paths}) == 11
    assert {wire.say("GET", path).status_code for path in paths} == {200}
    wire.rig.clock.advance(48 * 3600)
    wire.token = wire.password().json()["access_token"]
    dead = wire.say("GET", paths[0])
    assert (dead.status_code, dead.json()) == (400, [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}])


def test_06_under_the_fault_an_eleventh_cursor_kills_the_oldest(wire):
    wire.rig.inject("limit.cursors", before="query.first/*#1~1")
    wire.rig.org.populate("Contact", 201)
    tokens = [wire.query("SELECT Id FROM Contact", headers={"Sforce-Query-Options": "batchSize=200"})["nextRecordsUrl"] for _ in range(11)]
    replies = [wire.say("GET", token.partition("v62.0")[2]) for token in tokens]
    assert [reply.status_code for reply in replies] == [400, *[200] * 10]
    assert replies[0].json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_07_count_has_no_records_and_count_of_a_field_has_expr0(wire):
    wire.rig.org.populate("Contact", 3)
    assert wire.query("SELECT COUNT() FROM Contact") == {"totalSize": 3, "done": True, "records": []}
    assert wire.query("SELECT COUNT(Id) FROM Contact")["records"] == [{"attributes": {"type": "AggregateResult"}, "expr0": 3}]


def test_08_parents_and_children_are_null_or_have_their_own_envelope(wire):
    lone, account = wire.create("Account", Name="Lone"), wire.create("Account", Name="Acme")
    wire.create("Contact", LastName="With", AccountId=account)
    wire.create("Contact", LastName="Without")
    rows = wire.query("SELECT LastName, Account.Name FROM Contact ORDER BY LastName")["records"]
    url = f"/services/data/v62.0/sobjects/Account/{account}"
    assert [row["Account"] for row in rows] == [{"attributes": {"type": "Account", "url": url}, "Name": "Acme"}, None]
    by_id = {row["Id"]: row["Contacts"] for row in wire.query("SELECT Id, (SELECT LastName FROM Contacts) FROM Account")["records"]}
    assert by_id[lone] is None
    assert list(by_id[account]) == ["totalSize", "done", "records"]
    assert [row["LastName"] for row in by_id[account]["records"]] == ["With"]


def test_09_query_errors_carry_the_position_block(wire):
    reply = wire.say("GET", "/query?q=SELECT+Id,Foo__c+FROM+Account")
    assert (reply.status_code, list(reply.json()[0])) == (400, ["message", "errorCode"])
    assert reply.json()[0]["message"].split("\n")[:4] == ["", "SELECT Id,Foo__c FROM Account", "          ^", "ERROR at Row:1:Column:11"]
    assert reply.json()[0]["message"].split("\n")[4].startswith("No such column 'Foo__c' on entity 'Account'. If you are attempting")


def test_10_fields_stand_in_dml_errors_and_not_in_query_errors(wire):
    assert wire.say("POST", "/sobjects/Account", {}).json() == [
        {"message": "Required fields are missing: [Name]", "errorCode": "REQUIRED_FIELD_MISSING", "fields": ["Name"]}]  # fmt: skip
    account = wire.create("Account", Name="Acme")
    wire.say("DELETE", f"/sobjects/Account/{account}")
    assert wire.say("DELETE", f"/sobjects/Account/{account}").json()[0]["fields"] == []
    assert "fields" not in wire.say("GET", "/query?q=SELECT+Id+FROM+Nothing").json()[0]


def test_11_only_the_plain_not_found_has_its_code_first(wire):
    plain = wire.say("GET", "/nothing/here")
    assert plain.text == '[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]'
    assert wire.say("GET", "/sobjects/XYZZY").text == plain.text
    for other in (wire.say("GET", "/sobjects/Account/001000000000000AAA"), wire.say("POST", "/sobjects/Account", {}), wire.say("GET", "/query")):
        assert list(other.json()[0])[:2] == ["message", "errorCode"]


# ---------------------------------------------------------------------- collections


def records(kinds: str) -> list[dict[str, Any]]:
    """`AC` is an Account and a Contact; a small letter lacks its required field."""
    types = {"A": ("Account", "Name"), "C": ("Contact", "LastName")}
    made = []
    for kind in kinds:
        sobject, name = types[kind.upper()]
        made.append({"attributes": {"type": sobject}, "Phone": "1", **({name: "x"} if kind.isupper() else {})})
    return made


def test_13_collections_are_200_with_aligned_results_and_refused_when_too_large(wire):
    reply = wire.say("POST", COLLECTIONS, {"allOrNone": False, "records": records("AcA")})
    good, bad, last = reply.json()
    assert reply.status_code == 200
    assert (list(good), list(last)) == (["id", "success", "errors"], ["id", "success", "errors"])
    assert bad == {"success": False, "errors": [
        {"statusCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing: [LastName]", "fields": ["LastName"]}]}  # fmt: skip
    before = wire.rig.org.count("Account")
    rolled = wire.say("POST", COLLECTIONS, {"allOrNone": True, "records": records("Aa")}).json()
    assert [item["errors"][0]["statusCode"] for item in rolled] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert refused(wire.say("POST", COLLECTIONS, {"records": records("A" * 201)}))
    assert refused(wire.say("POST", COLLECTIONS, {"records": records("AC" * 5 + "A")}))
    assert wire.rig.org.count("Account") == before
    assert wire.say("POST", COLLECTIONS, {"records": records("AC" * 5)}).status_code == 200


# ---------------------------------------------------------------------- sessions


def test_16_both_schemes_work_and_a_wrong_token_is_401_with_the_exact_text(wire):
    assert [wire.say("GET", "/limits", scheme=scheme).status_code for scheme in ("Bearer", "OAuth")] == [200, 200]
    wrong = wire.say("GET", "/limits", token="00Dxx0000000001!made.up")
    assert (wrong.status_code, wrong.json()) == (401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])


def test_17_token_replies_have_the_keys_of_their_grant(wire):
    password, refreshed = wire.password().json(), wire.refresh(wire.known.refresh_token).json()
    secret = {"client_id": wire.known.client_id, "client_secret": wire.known.client_secret}
    client = wire.login(grant_type="client_credentials", **secret).json()
    base = ["access_token", "instance_url", "id", "token_type", "issued_at", "signature"]
    assert list(password) == base
    assert sorted(refreshed) == sorted([*base, "scope"])
    assert {*base, "scope"} <= {*client}
    assert "refresh_token" not in client
    assert re.fullmatch(r"\d{13}", password["issued_at"])
    assert wire.refresh(wire.known.refresh_token).status_code == 200
    wire.rig.inject("auth.rotated", before="auth.refresh")
    assert {"refresh_token"} == {*wire.refresh(wire.known.refresh_token).json()} - {*refreshed}
    dead = wire.refresh(wire.known.refresh_token)
    assert (dead.status_code, dead.json()) == (400, {"error": "invalid_grant", "error_description": "expired access/refresh token"})


def test_18_a_sixth_token_kills_the_first(wire):
    browser = wire.org.sessions.open(wire.org.integration_user_id, grant="login-page", kind="ui", scopes=("full",))

    def consent() -> str:
        asked = {"response_type": "code", "client_id": wire.known.client_id, "redirect_uri": "https://app.example/back", "scope": "api refresh_token"}
        sent = wire.session.get(f"{HOST}/services/oauth2/authorize", params=asked, allow_redirects=False, headers={"Cookie": f"sid={browser.token}"})
        code = re.search("code=([^&]+)", sent.headers["Location"])[1]
        return str(wire.login(grant_type="authorization_code", code=unquote(code), redirect_uri=asked["redirect_uri"], client_id=wire.known.client_id,
                              client_secret=wire.known.client_secret).json()["refresh_token"])  # fmt: skip

    tokens = [wire.known.refresh_token, *(consent() for _ in range(4))]
    assert [wire.refresh(token).status_code for token in tokens] == [200] * 5
    tokens.append(consent())
    assert [wire.refresh(token).status_code for token in tokens] == [400] + [200] * 5


def test_19_a_revoked_refresh_token_takes_its_access_tokens_with_it(wire):
    access = wire.refresh(wire.known.refresh_token).json()["access_token"]
    assert wire.say("GET", "/limits", token=access).status_code == 200
    revoked = wire.login("revoke", token=wire.known.refresh_token)
    assert (revoked.status_code, revoked.content) == (200, b"")
    assert error(wire.say("GET", "/limits", token=access)) == (401, "INVALID_SESSION_ID")
    assert wire.refresh(wire.known.refresh_token).status_code == 400


# ---------------------------------------------------------------------- limits


def used(reply: requests.Response) -> int:
    return int(re.fullmatch(r"api-usage=(\d+)/\d+", reply.headers["Sforce-Limit-Info"])[1])


def test_20_rest_replies_count_even_when_they_fail_and_say_so(wire):
    counts = [used(wire.say("GET", path)) for path in ("/limits", "/query?q=nonsense", "/sobjects/Account/001000000000000AAA", "/sobjects")]
    assert counts == [*range(counts[0], counts[0] + 4)]
    versions = wire.session.get(HOST + "/services/data/")
    assert versions.json()[-1] == {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"}
    for reply in (versions, wire.password(), wire.login(grant_type="nonsense")):
        assert "Sforce-Limit-Info" not in reply.headers
    assert used(wire.say("GET", "/limits")) == counts[-1] + 1


def test_21_at_the_daily_cap_it_is_403_with_the_exact_sentence(wire):
    wire.org.limits.configure({"DailyApiRequests": 3})
    replies = [wire.say("GET", "/limits") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 403]
    assert replies[3].json() == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    assert replies[3].headers["Sforce-Limit-Info"] == "api-usage=3/3"
    assert "Retry-After" not in replies[3].headers
    wire.rig.clock.advance(24 * 3600 + 60)
    wire.token = wire.password().json()["access_token"]
    assert wire.say("GET", "/limits").status_code == 200


# ---------------------------------------------------------------------- the rest


def test_29_soap_login_succeeds_and_fails_as_soap_does(wire):
    good = wire.soap(wire.known.password + wire.known.security_token)
    assert (good.status_code, good.headers["Content-Type"]) == (200, "text/xml;charset=UTF-8")
    names = re.findall(r"<(metadataServerUrl|passwordExpired|sandbox|serverUrl|sessionId|userId|userInfo)>", good.text)
    assert names[:7] == ["metadataServerUrl", "passwordExpired", "sandbox", "serverUrl", "sessionId", "userId", "userInfo"]
    assert wire.say("GET", "/limits", token=re.search("<sessionId>(.*?)</sessionId>", good.text)[1]).status_code == 200
    bad = wire.soap("wrong")
    assert bad.status_code == 500
    assert "<faultcode>INVALID_LOGIN</faultcode>" in bad.text
    assert "<sf:exceptionMessage>Invalid username, password, security token; or user locked out.</sf:exceptionMessage>" in bad.text
    wire.org.identity.expire_password(wire.org.integration_user_id)
    expired = wire.soap(wire.known.password + wire.known.security_token)
    assert (expired.status_code, re.search("<passwordExpired>(.*?)<", expired.text)[1]) == (200, "true")
    token = re.search("<sessionId>(.*?)</sessionId>", expired.text)[1]
    assert error(wire.say("GET", "/limits", token=token)) == (403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD")


def test_30_a_hidden_field_is_left_out_and_an_error_when_named(wire):
    account = wire.create("Account", Name="Acme", Phone="1")
    wire.org.world.hide_field("Account", "Phone")
    assert "Phone" not in wire.get(f"/sobjects/Account/{account}")
    assert "Phone" not in [field["name"] for field in wire.get("/sobjects/Account/describe")["fields"]]
    assert error(wire.say("GET", "/query?q=SELECT+Phone+FROM+Account")) == (400, "INVALID_FIELD")
    assert error(wire.say("GET", f"/sobjects/Account/{account}?fields=Phone")) == (400, "INVALID_FIELD")
    assert refused(wire.say("PATCH", f"/sobjects/Account/{account}", {"Phone": "2"}))
    assert wire.rig.org.rows("Account", Id=account)[0]["Phone"] == "1"


def test_32_both_forms_of_an_id_are_one_and_the_prefix_decides(wire):
    account = wire.create("Account", Name="Acme")
    assert (len(account), to_18(account[:15]), to_18("0015e00000AAAAA")) == (18, account, "0015e00000AAAAAAA5")
    assert wire.get(f"/sobjects/Account/{account[:15]}")["Id"] == account
    assert wire.query(f"SELECT Id FROM Account WHERE Id = '{account[:15]}'")["totalSize"] == 1
    assert refused(wire.say("GET", f"/sobjects/Contact/{account}"))
    assert account[:3] == "001"
    assert wire.create("Contact", LastName="Doe")[:3] == "003"


def test_33_datetimes_are_written_as_each_surface_writes_them(wire):
    wire.create("Account", Name="Acme")
    stamp = wire.query("SELECT CreatedDate FROM Account")["records"][0]["CreatedDate"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000", stamp)
    job = "/jobs/query/" + wire.say("POST", "/jobs/query", {"operation": "query", "query": "SELECT CreatedDate FROM Account"}).json()["id"]
    wire.rig.clock.advance(60)
    assert wire.say("GET", job + "/results").text.splitlines()[1] == f'"{stamp[:-5]}Z"'


def test_34_limits_are_max_and_remaining_and_counts_leave_unknown_objects_out(wire):
    found = wire.get("/limits")
    nested = found["PermissionSets"].pop("CreateCustom")
    assert {tuple(item) for item in (nested, *found.values())} == {("Max", "Remaining")}
    assert found["DailyApiRequests"]["Max"] - found["DailyApiRequests"]["Remaining"] == used(wire.say("GET", "/limits")) - 1
    assert "DailyBulkApiBatches" in found
    wire.create("Account", Name="Acme")
    assert wire.get("/limits/recordCount?sObjects=Account,Nothing") == {"sObjects": [{"count": 1, "name": "Account"}]}


def test_38_deleted_rows_show_in_query_all_only_and_cannot_be_deleted_again(wire):
    account = wire.create("Account", Name="Acme")
    wire.say("DELETE", f"/sobjects/Account/{account}")
    soql = "SELECT+Id,IsDeleted+FROM+Account"
    assert wire.get(f"/query?q={soql}")["totalSize"] == 0
    assert [row["IsDeleted"] for row in wire.get(f"/queryAll?q={soql}")["records"]] == [True]
    assert wire.say("DELETE", f"/sobjects/Account/{account}").json() == [{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]


def test_39_a_lost_reply_leaves_its_row_in_place(wire):
    wire.rig.inject("net.response_lost", on="row.create/Account")
    with pytest.raises(requests.ConnectionError):
        wire.say("POST", "/sobjects/Account", {"Name": "Acme"})
    assert wire.query("SELECT Id FROM Account")["totalSize"] == 1


def test_40_two_upserts_of_a_new_key_at_once_make_one_row(wire):
    start, statuses = threading.Barrier(8), []
    headers = (("Authorization", f"Bearer {wire.token}"), ("Content-Type", "application/json"))

    def upsert() -> None:
        start.wait()
        statuses.append(wire.rig.handle(Request("PATCH", HOST + "/services/data/v62.0/sobjects/Account/External_Id__c/A-1", headers, b'{"Name":"Acme"}')).status)

    threads = [threading.Thread(target=upsert) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 7 + [201]
    assert wire.rig.org.count("Account", External_Id__c="A-1") == 1


# ---------------------------------------------------------------------- describe


def words(text: str) -> set[str]:
    return {*text.replace(",", " ").split()}


TOP = words("""actionOverrides activateable childRelationships compactLayoutable createable custom customSetting deepCloneable defaultImplementation deletable
    deprecatedAndHidden extendedBy extendsInterfaces feedEnabled fields hasSubtypes implementedBy implementsInterfaces isInterface isSubtype keyPrefix label labelPlural
    layoutable listviewable lookupLayoutable mergeable mruEnabled name namedLayoutInfos networkScopeFieldName queryable recordTypeInfos replicateable retrieveable
    searchLayoutable searchable supportedScopes triggerable undeletable updateable urls""")
FIELD = words("""aggregatable aiPredictionField autoNumber byteLength calculated calculatedFormula cascadeDelete caseSensitive compoundFieldName controllerName createable
    custom defaultValue defaultValueFormula defaultedOnCreate dependentPicklist deprecatedAndHidden digits displayLocationInDecimal encrypted externalId extraTypeInfo
    filterable filteredLookupInfo formulaTreatNullNumberAsZero groupable highScaleNumber htmlFormatted idLookup inlineHelpText label length mask maskType name nameField
    namePointing nillable permissionable picklistValues polymorphicForeignKey precision queryByDistance referenceTargetField referenceTo relationshipName
    relationshipOrder restrictedDelete restrictedPicklist scale searchPrefilterable soapType sortable type unique updateable writeRequiresMasterRead""")
CHILD = words("cascadeDelete childSObject deprecatedAndHidden field junctionIdListNames junctionReferenceTo relationshipName restrictedDelete")
RECORD_TYPE = words("active available defaultRecordTypeMapping developerName master name recordTypeId urls")


def test_35_describe_has_the_full_key_sets(wire):
    found = wire.get("/sobjects/Account/describe")
    assert {*found} >= TOP
    assert {*found} - TOP <= words("associateEntityType associateParentEntity sobjectDescribeOption")
    assert {frozenset(field) for field in found["fields"]} == {frozenset(FIELD)}
    assert {frozenset(child) for child in found["childRelationships"]} == {frozenset(CHILD)}
    assert {frozenset(kind) for kind in found["recordTypeInfos"]} == {frozenset(RECORD_TYPE)}
    every = wire.get("/sobjects")
    assert (list(every), every["encoding"], every["maxBatchSize"]) == (["encoding", "maxBatchSize", "sobjects"], "UTF-8", 200)


def test_36_a_describe_that_has_not_changed_is_304(wire):
    first = wire.say("GET", "/sobjects/Account/describe")
    again = wire.say("GET", "/sobjects/Account/describe", headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")
    older = wire.say("GET", "/sobjects/Account/describe", headers={"If-Modified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"})
    assert older.status_code == 200


def test_every_line_of_the_checklist_has_its_test_or_its_reason():
    files = Path(__file__).parent.glob("test_wire_checklist*.py")
    tested = {int(number) for file in files for number in re.findall(r"^def test_(\d\d)_", file.read_text(encoding="utf-8"), re.MULTILINE)}
    assert tested | {*LATER} == {*range(1, 41)}
    assert not tested & {*LATER}
    assert {*PARTLY} <= tested
