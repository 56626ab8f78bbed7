"""The org as a whole: requests in general, time, reset, files."""

import json

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.core.gate import Gate, OrgEvent, Refusal
from sfchaos.core.messages import Request, Response
from sfchaos.org.org import Org
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route
from sfchaos.org.schema.load import OrgModel
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.schema.volume import Volume

DATA = "https://acme.my.salesforce.com/services/data"


def call(org, method, url, body=None, token=None):
    headers = (("Authorization", f"Bearer {token or org.credentials.access_token}"), ("Content-Type", "application/json"))
    return org.handle(Request(method, url, headers, b"" if body is None else json.dumps(body).encode()))


def test_two_orgs_of_one_seed_answer_alike(caller):
    replies = []
    for _ in range(2):
        org = Org(seed=5, clock=VirtualClock())
        replies.append([call(org, "POST", f"{DATA}/v62.0/sobjects/Account", {"Name": name}) for name in ("A", "B")])
    assert replies[0] == replies[1]


def test_another_seed_has_other_secrets():
    assert Org(seed=1).credentials.access_token != Org(seed=2).credentials.access_token


def test_the_first_rows_are_the_organization_the_users_and_their_profiles(org):
    users = org.admin.rows("User")
    assert [user["Id"] for user in users] == [org.admin_user_id, org.integration_user_id]
    assert users[1]["Username"] == org.credentials.username
    assert [row["Id"] for row in org.admin.rows("Organization")] == [org.org_id]
    profiles = {row["Id"]: row["Name"] for row in org.admin.rows("Profile")}
    assert [profiles[user["ProfileId"]] for user in users] == ["System Administrator", "Integration"]
    assert org.name == "standard@2"


def test_reset_brings_everything_back(caller, org):
    before = org.digest()
    record = caller.create("Account", Name="A", External_Id__c="A-1")
    caller("PATCH", "/sobjects/Account/External_Id__c/A-1", {"Name": "B"})
    caller("DELETE", f"/sobjects/Account/{record}")
    caller("GET", "/query?q=SELECT+Id+FROM+Account")
    org.admin.populate("Contact", 3)
    org.world.hide_field("Account", "Industry")
    org.world.lock(record, org.now_s() + 60)
    org.world.add_validation("Account", "", "no", org.now_s() + 60)
    org.world.expire_session("")
    org.world.crowd(cap=None, until_s=org.now_s() + 60)
    org.world.rotate_refresh_tokens(0)
    org.schema = org.schema.with_object(SObject("Thing__c", "Thing", "Things", "a09", (Field("Id", "id"),)))
    org.store.create_tables(org.schema)
    assert org.digest() != before
    org.reset()
    assert org.digest() == before
    assert caller("GET", "/sobjects/Account/0015e0000000001AAA").status == 404


def test_a_run_after_a_reset_is_the_run_before_it(caller, org):
    org.clock = clock = VirtualClock()
    first = [caller("POST", "/sobjects/Account", {"Name": "A"}), caller("GET", "/sobjects/Account/0015e0000000001AAA")]
    org.reset()
    clock.reset()
    assert [caller("POST", "/sobjects/Account", {"Name": "A"}), caller("GET", "/sobjects/Account/0015e0000000001AAA")] == first


def test_a_reset_goes_back_to_the_last_mark(org):
    org.admin.create("Account", Name="kept")
    org.mark()
    org.admin.create("Account", Name="gone")
    org.reset()
    assert [row["Name"] for row in org.admin.rows("Account")] == ["kept"]


def test_no_token_no_entry(org):
    response = call(org, "GET", f"{DATA}/v62.0/sobjects/Account/0015e0000000001AAA", token="00D5e0000000001!nonsense")
    assert response.status == 401
    assert response.body == b'[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'
    assert response.header("WWW-Authenticate") == "Token"


@pytest.mark.parametrize(("path", "status", "code"), [
    ("/v62/sobjects/Account", 404, "NOT_FOUND"), ("/v30.0/sobjects/Account/1", 410, "UNSUPPORTED_API_VERSION"),
    ("/v68.0/sobjects/Account/1", 404, "NOT_FOUND"), ("/v62.0/nothing/at/all", 404, "NOT_FOUND"),
])  # fmt: skip
def test_paths_and_versions_that_there_are_not(org, path, status, code):
    response = call(org, "GET", DATA + path)
    assert (response.status, json.loads(response.body)[0]["errorCode"]) == (status, code)


def test_refused_calls_count_against_the_limit_too(caller):
    caller("POST", "/sobjects/Account", {})
    assert caller.last.status == 400
    assert caller.last.header("Sforce-Limit-Info").startswith("api-usage=1/")


def test_the_list_of_versions_counts_against_nothing(org):
    assert call(org, "GET", DATA).header("Sforce-Limit-Info") == ""


def test_every_reply_carries_the_common_headers_once(caller):
    caller("POST", "/sobjects/Account", {"Name": "A"})
    names = [name for name, _ in caller.last.headers if name != "Set-Cookie"]
    assert len(names) == len(set(names))
    cookies = [value.partition("=")[0] for name, value in caller.last.headers if name == "Set-Cookie"]
    assert cookies == ["BrowserId", "CookieConsentPolicy", "LSKey-c$CookieConsentPolicy"]
    assert caller.last.header("Date") == "Thu, 15 Jan 2026 09:00:00 GMT"
    assert caller.last.header("X-SFDC-Request-Id") == caller.last.header("X-Request-Id")
    assert caller.last.header("Server") == "sfdcedge"


def test_a_defect_is_an_unknown_exception_and_leaves_no_trace_in_the_rows(org):
    def broken(call):
        call.org.admin.create("Account", Name="half done")
        call.receipt.changed = 1
        raise ZeroDivisionError

    org.routes.add([Route("GET", "/services/data/{v}/broken", broken)])
    response = call(org, "GET", f"{DATA}/v62.0/broken")
    assert response.status == 500
    assert json.loads(response.body)[0]["errorCode"] == "UNKNOWN_EXCEPTION"
    assert "ZeroDivisionError" in org.receipt.facts["defect"]
    assert org.receipt.applied == "no"
    assert org.admin.count("Account") == 0


def test_events_of_a_refused_request_are_not_told(org):
    def refusing(call):
        call.org.emit(OrgEvent("never", {}))
        raise refuse("NOT_FOUND", "x")

    told = []
    org.on_event(told.append)
    org.routes.add([Route("GET", "/services/data/{v}/refusing", refusing)])
    call(org, "GET", f"{DATA}/v62.0/refusing")
    assert [event.event for event in told] == []


def test_due_work_runs_before_the_request_at_its_own_time(caller, org):
    seen = []
    org.agenda.steps["test"] = lambda name: seen.append((name, org.now_s() - start))
    start = org.now_s()
    org.agenda.add(start + 20, "test", "second")
    org.agenda.add(start + 10, "test", "first")
    org.agenda.add(start + 99, "test", "later")
    org.clock.advance(30)
    caller("GET", "/sobjects/Account/0015e0000000001AAA")
    assert seen == [("first", 10.0), ("second", 20.0)]
    assert org.next_due_s() == start + 99


def test_the_receipt_says_what_a_request_did(caller, org):
    record = caller.create("Account", Name="A")
    assert (org.receipt.applied, org.receipt.user, org.receipt.error_codes) == ("yes", org.integration_user_id, ())
    assert [(t.verb, t.record_id, dict(t.values)) for t in org.receipt.rows] == [("create", record, {"Name": "A"})]
    caller("GET", f"/sobjects/Account/{record}?fields=Name")
    assert (org.receipt.applied, org.receipt.read) == ("no", [("Account", ("Name", "Id"), (record,))])
    caller("POST", "/sobjects/Account", {"Industry": "x"})
    assert (org.receipt.applied, org.receipt.error_codes) == ("no", ("REQUIRED_FIELD_MISSING",))
    assert [(t.ok, t.code) for t in org.receipt.rows] == [(False, "REQUIRED_FIELD_MISSING")]


def test_the_gate_can_be_set_and_taken_away(caller, org):
    class Refusing(Gate):
        def row(self, event):
            return Refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no")

        def job(self, event):
            return None

    org.gate = Refusing()
    assert caller("POST", "/sobjects/Account", {"Name": "A"}).status == 400
    assert caller.json == [{"message": "no", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": []}]
    org.gate = None
    assert caller("POST", "/sobjects/Account", {"Name": "A"}).status == 201


def test_an_org_starts_with_the_rows_and_limits_of_its_model():
    from sfchaos.org.schema.library import standard_schema

    model = OrgModel(standard_schema(), rows={"Account": [{"Name": "Old", "External_Id__c": "A-1"}], "Contact": [{"LastName": "x", "Account": {"External_Id__c": "A-1"}}]},
                     populate={"Lead": Volume(2)}, limits={"DailyApiRequests": 5})  # fmt: skip
    org = Org(schema=model)
    assert org.admin.rows("Contact")[0]["AccountId"] == org.admin.rows("Account")[0]["Id"]
    assert org.admin.count("Lead") == 2
    assert org.limits.maximum == 5
    org.admin.create("Account", Name="New")
    org.reset()
    assert org.admin.count("Account") == 1


def test_an_org_may_have_a_schema_of_its_own_without_any_setup_object():
    note = SObject("Note__c", "Note", "Notes", "a05", (Field("Id", "id"), Field("Name", length=5), Field("Loc__c", "location"),
                   Field("Loc__Latitude__s", "double", compound="Loc__c"), Field("Loc__Longitude__s", "double", compound="Loc__c"), Field("Body__c", "base64")))  # fmt: skip
    org = Org(schema=Schema("notes", 3, {"note__c": note}))
    assert org.name == "notes@3"
    record = org.admin.create("Note__c", Name="N", Loc__Latitude__s=1, Loc__Longitude__s=2)
    row = json.loads(call(org, "GET", f"{DATA}/v62.0/sobjects/Note__c/{record}").body)
    assert row["Loc__c"] == {"latitude": 1.0, "longitude": 2.0}
    assert row["Body__c"] == f"/services/data/v62.0/sobjects/Note__c/{record}/Body__c"
    assert call(org, "DELETE", f"{DATA}/v62.0/sobjects/Note__c/{record}").status == 204
    assert call(org, "DELETE", f"{DATA}/v62.0/sobjects/Note__c/{record}").status == 404


def test_an_org_in_a_file_keeps_rows_and_goes_on_counting_ids(tmp_path):
    path = tmp_path / "org.sqlite"
    org = Org(seed=7, store_path=path)
    first = json.loads(call(org, "POST", f"{DATA}/v62.0/sobjects/Account", {"Name": "A"}).body)["id"]
    org.store.close()
    again = Org(seed=7, store_path=path)
    second = json.loads(call(again, "POST", f"{DATA}/v62.0/sobjects/Account", {"Name": "B"}).body)["id"]
    assert (first, second) == ("0015e0000000001AAA", "0015e0000000002AAA")
    assert [row["Name"] for row in again.admin.rows("Account")] == ["A", "B"]
    assert again.admin.count("User") == 2
    assert isinstance(call(again, "GET", f"{DATA}/v62.0/sobjects/Account/{first}"), Response)
    again.store.close()
