"""GET /query, /queryAll and their locators, through the org's front door."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org

HOST = "https://acme.my.salesforce.com"
ROWS = 4500


@pytest.fixture(scope="module")
def loaded():
    org = Org(seed=1)
    org.admin.create_many("Account", [{"Name": f"A{n:04d}"} for n in range(ROWS)])
    org.mark()
    return org


@pytest.fixture
def org(loaded):
    loaded.reset()
    loaded.clock.reset()
    return loaded


def get(org, path, *, token="", method="GET", **headers):
    sent = (("Authorization", f"Bearer {token or org.credentials.access_token}"), *((k.replace("_", "-"), v) for k, v in headers.items()))
    return org.handle(Request(method, HOST + path, sent))


def query(org, text, version="62.0", **headers):
    return get(org, f"/services/data/v{version}/query?q={quote(text)}", **headers)


def body(response):
    return json.loads(response.body)


def refusal(response):
    (item,) = body(response)
    return response.status, item


DEAD = (400, {"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"})


def test_a_result_that_fits_is_done(org):
    reply = query(org, "SELECT Name FROM Account WHERE Name = 'A0007'")
    row = org.admin.rows("Account", Name="A0007")[0]
    assert reply.status == 200
    assert reply.body == (
        b'{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Account","url":"/services/data/v62.0/sobjects/Account/'
        + row["Id"].encode()
        + b'"},"Name":"A0007"}]}'
    )
    assert org.receipt.read == [("Account", ("Name",), (row["Id"],))]
    assert org.registers.locators == {}


def test_pages_follow_each_other_until_done(org):
    names, sizes, reply = [], [], body(query(org, "SELECT Name FROM Account ORDER BY Name"))
    while True:
        assert reply["totalSize"] == ROWS
        assert list(reply)[:2] == ["totalSize", "done"]
        names += [r["Name"] for r in reply["records"]]
        sizes.append(len(reply["records"]))
        if reply["done"]:
            break
        reply = body(get(org, reply["nextRecordsUrl"]))
    assert "nextRecordsUrl" not in reply
    assert sizes == [2000, 2000, 500]
    assert names == [f"A{n:04d}" for n in range(ROWS)]


def test_a_page_is_the_same_however_often_and_whatever_changed(org):
    more = body(query(org, "SELECT Name FROM Account ORDER BY Name"))["nextRecordsUrl"]
    first = body(get(org, more))
    org.admin.create("Account", Name="A0000 new")
    org.admin.delete("Account", org.admin.rows("Account", Name="A2500")[0]["Id"])
    assert body(get(org, more)) == first


@pytest.mark.parametrize(("wish", "rows"), [("batchSize=500", 500), ("batchSize=10", 200), ("batchsize = 9999", 2000), ("nonsense", 2000)])
def test_the_batch_size_is_kept_between_200_and_2000(org, wish, rows):
    assert len(body(query(org, "SELECT Id FROM Account", Sforce_Query_Options=wish))["records"]) == rows


def test_pages_keep_the_size_of_the_first(org):
    first = body(query(org, "SELECT Id FROM Account", Sforce_Query_Options="batchSize=200"))
    assert first["nextRecordsUrl"].endswith("-200")
    assert body(get(org, first["nextRecordsUrl"]))["nextRecordsUrl"].endswith("-400")


@pytest.mark.parametrize(("version", "prefix"), [("55.0", "01g"), ("56.0", "0r8")])
def test_locators_have_18_characters_and_a_prefix_by_version(org, version, prefix):
    more = body(query(org, "SELECT Id FROM Account", version))["nextRecordsUrl"]
    locator, _, offset = more.rpartition("/")[2].partition("-")
    assert more.startswith(f"/services/data/v{version}/query/{prefix}")
    assert (len(locator), offset) == (18, "2000")


def test_eleven_open_locators_all_work(org):
    urls = [body(query(org, "SELECT Id FROM Account"))["nextRecordsUrl"] for _ in range(11)]
    assert [get(org, url).status for url in urls] == [200] * 11


def test_a_locator_lives_two_days(org):
    org.sessions.timeout_s = 4 * 86_400.0
    token = org.sessions.open(org.integration_user_id, grant="password").token
    more = body(query(org, "SELECT Id FROM Account"))["nextRecordsUrl"]
    org.clock.advance(2 * 86_400 - 1)
    assert get(org, more, token=token).status == 200
    org.clock.advance(1)
    assert refusal(get(org, more, token=token)) == DEAD
    org.sessions.timeout_s = 7200.0


def test_a_locator_is_its_users_own(org):
    more = body(query(org, "SELECT Id FROM Account"))["nextRecordsUrl"]
    other = org.sessions.open(org.admin_user_id, grant="password").token
    again = org.sessions.open(org.integration_user_id, grant="password").token
    assert refusal(get(org, more, token=other)) == DEAD
    assert get(org, more, token=again).status == 200


@pytest.mark.parametrize("tail", ["-4500", "-x", "", "-"])
def test_a_locator_needs_a_place_inside_the_result(org, tail):
    name = body(query(org, "SELECT Id FROM Account"))["nextRecordsUrl"].rpartition("/")[2].partition("-")[0]
    assert refusal(get(org, f"/services/data/v62.0/query/{name}{tail}")) == DEAD


@pytest.mark.parametrize("which", ["one", "*"])
def test_a_killed_locator_is_invalid(org, which):
    more = body(query(org, "SELECT Id FROM Account"))["nextRecordsUrl"]
    org.world.kill_locator("*" if which == "*" else more.rpartition("/")[2])
    assert refusal(get(org, more)) == DEAD


def test_an_unknown_locator_is_invalid(org):
    assert refusal(get(org, "/services/data/v62.0/query/0r85e0000000099AAA-2000")) == DEAD


def test_query_all_shows_the_recycle_bin_page_by_page(org):
    gone = org.admin.rows("Account", Name="A0001")[0]["Id"]
    org.admin.delete("Account", gone)
    live = body(query(org, "SELECT Id FROM Account"))
    everything = body(get(org, "/services/data/v62.0/queryAll?q=SELECT+Id,IsDeleted+FROM+Account"))
    assert (live["totalSize"], everything["totalSize"]) == (ROWS - 1, ROWS)
    assert [r["Id"] for r in everything["records"] if r["IsDeleted"]] == [gone]
    assert everything["nextRecordsUrl"].startswith("/services/data/v62.0/query/")
    assert get(org, everything["nextRecordsUrl"].replace("/query/", "/queryAll/")).status == 200


def test_subqueries_work_on_every_page(org):
    last = org.admin.rows("Account", Name="A2001")[0]["Id"]
    org.admin.create("Contact", LastName="Ada", AccountId=last)
    more = body(query(org, "SELECT Name, (SELECT LastName FROM Contacts) FROM Account ORDER BY Name"))["nextRecordsUrl"]
    second = body(get(org, more))["records"][1]
    assert second["Contacts"]["records"][0]["LastName"] == "Ada"


def test_count_has_no_records_and_count_of_a_field_one_without_url(org):
    assert body(query(org, "SELECT COUNT() FROM Account")) == {"totalSize": ROWS, "done": True, "records": []}
    assert body(query(org, "SELECT COUNT(Id) FROM Account")) == {
        "totalSize": 1, "done": True, "records": [{"attributes": {"type": "AggregateResult"}, "expr0": ROWS}],
    }  # fmt: skip


def test_an_error_has_a_position_and_no_fields_key(org):
    status, item = refusal(query(org, "SELECT Id,Foo__c FROM Account"))
    assert status == 400
    assert list(item) == ["message", "errorCode"]
    assert item["message"].startswith(
        "\nSELECT Id,Foo__c FROM Account\n          ^\nERROR at Row:1:Column:11\nNo such column 'Foo__c' on entity 'Account'. "
    )


def test_without_a_statement_there_is_nothing_to_do(org):
    assert refusal(get(org, "/services/data/v62.0/query")) == (400, {"message": "A query string has to be specified", "errorCode": "MALFORMED_QUERY"})


def test_post_is_not_allowed(org):
    status, item = refusal(get(org, "/services/data/v62.0/query?q=SELECT+Id+FROM+Account", method="POST"))
    assert (status, item["errorCode"]) == (405, "METHOD_NOT_ALLOWED")


def test_head_is_answered_where_get_is(org):
    assert get(org, "/services/data/v62.0/query/?q=SELECT+Id+FROM+Account", method="HEAD").status == 200


def test_spaced_json_on_demand(org):
    assert query(org, "SELECT COUNT() FROM Account", X_PrettyPrint="1").body == b'{\n  "totalSize" : 4500,\n  "done" : true,\n  "records" : [ ]\n}'


def columns_of(org, text):
    return body(get(org, f"/services/data/v62.0/query?q={quote(text)}&columns=true"))


def test_columns_are_described_instead_of_rows(org):
    found = columns_of(org, "select id, name, NumberOfEmployees, Owner.Name, (SELECT LastName FROM Contacts) from account")
    assert [found[key] for key in ("entityName", "groupBy", "idSelected", "keyPrefix")] == ["Account", False, True, "001"]
    plain, joined = found["columnMetadata"][:3], found["columnMetadata"][3:]
    assert [(c["columnName"], c["apexType"], c["textType"], c["numberType"], c["aggregate"]) for c in plain] == [
        ("Id", "Id", False, False, False),
        ("Name", "String", True, False, False),
        ("NumberOfEmployees", "Integer", False, True, False),
    ]
    assert [(c["columnName"], c["aggregate"], [j["columnName"] for j in c["joinColumns"]]) for c in joined] == [
        ("Owner", False, ["Name"]),
        ("Contacts", True, ["LastName"]),
    ]


def test_aggregate_columns_say_so(org):
    found = columns_of(org, "SELECT Industry, COUNT(Id), MAX(Name) best FROM Account GROUP BY Industry")
    assert found["groupBy"] is True
    assert [(c["columnName"], c["aggregate"]) for c in found["columnMetadata"]] == [("Industry", False), ("expr0", True), ("best", True)]
