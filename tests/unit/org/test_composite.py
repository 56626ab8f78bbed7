"""/composite, wire reference 3.11 and the guide's pages on composite subrequests."""

import pytest

from sfchaos.org.parts.references import References

DATA = "/services/data/v62.0"
ACCOUNT = f"{DATA}/sobjects/Account"
CONTACT = f"{DATA}/sobjects/Contact"
HALTED = "The transaction was rolled back since another operation in the same transaction failed."


def part(method, url, reference, body=None, **headers):
    made = {"method": method, "url": url, "referenceId": reference}
    if body is not None:
        made["body"] = body
    if headers:
        made["httpHeaders"] = {name.replace("_", "-"): value for name, value in headers.items()}
    return made


def send(caller, *parts, version="62.0", **envelope):
    response = caller("POST", "/composite", {**envelope, "compositeRequest": list(parts)}, version=version)
    return response, caller.json


def items(caller, *parts, **envelope):
    response, body = send(caller, *parts, **envelope)
    assert response.status == 200, body
    return body["compositeResponse"]


def lost_reference(text):
    name = text.partition(".")[0].partition("[")[0]
    sentence = (f"Invalid reference specified. No value for {text} found in {name}. Provided referenceId ('{text}') must start with a letter or a number, "
                "and it can contain only letters, numbers and underscores ('_').")  # fmt: skip
    return [{"errorCode": "PROCESSING_HALTED", "message": sentence}]


def test_it_lists_the_other_composite_resources(caller):
    assert caller("GET", "/composite").status == 200
    assert caller.json == {name: f"{DATA}/composite/{name}" for name in ("tree", "batch", "sobjects", "graph")}


def test_an_item_has_body_headers_status_and_reference_in_this_order(caller):
    [made, changed] = items(caller, part("POST", ACCOUNT, "a", {"Name": "Acme"}), part("PATCH", ACCOUNT + "/@{a.id}", "b", {"Name": "New"}))
    record_id = made["body"]["id"]
    assert list(made.items()) == [
        ("body", {"id": record_id, "success": True, "errors": []}), ("httpHeaders", {"Location": f"{ACCOUNT}/{record_id}"}),
        ("httpStatusCode", 201), ("referenceId", "a")]  # fmt: skip
    assert changed == {"body": None, "httpHeaders": {}, "httpStatusCode": 204, "referenceId": "b"}


def test_references_reach_into_urls_bodies_and_headers(caller, org):
    org.admin.create("Account", Name="O'Brien & Sons", NumberOfEmployees=7, BillingCity="Bern", External_Id__c="a/b")
    answers = items(
        caller,
        part("GET", f"{DATA}/query?q=SELECT+Id,Name+FROM+Account", "q"),
        part("GET", ACCOUNT + "/@{q.records[0].Id}", "row"),
        part("GET", ACCOUNT + "/@{row.Id}?fields=Name,NumberOfEmployees", "some"),
        part("POST", CONTACT, "c", {"LastName": "of @{some.Name}", "AccountId": "@{row.Id}", "MailingCity": "@{row.BillingAddress.city}"}),
        part("GET", "@{q.records[0].attributes.url}?fields=Id", "again"),
        part("PATCH", ACCOUNT + "/@{row.Id}", "d", {"NumberOfEmployees": "@{some.NumberOfEmployees}"}),
        part("GET", CONTACT + "/@{c.id}?fields=LastName,MailingCity", "end"),
    )
    assert [item["httpStatusCode"] for item in answers] == [200, 200, 200, 201, 200, 204, 200]
    assert answers[-1]["body"]["LastName"] == "of O'Brien & Sons"
    assert answers[-1]["body"]["MailingCity"] == "Bern"
    assert org.admin.rows("Account")[0]["NumberOfEmployees"] == 7


def test_a_value_that_is_the_whole_text_keeps_its_type():
    known = References(62.0)
    known.add("a", {"size": 7, "yes": True, "rows": [{"name": "x"}]}, is_row=False)
    assert known.resolve({"one": "@{a.size}", "two": ["@{a.yes}"], "text": "n=@{a.size}, @{a.yes}, @{a.rows[0].name}"}) == {
        "one": 7, "two": [True], "text": "n=7, true, x"}  # fmt: skip


def test_a_reference_that_leads_nowhere_halts_the_part_and_those_after_it(caller, org):
    answers = items(
        caller,
        part("POST", CONTACT, "early", {"LastName": "x", "AccountId": "@{later.id}"}),
        part("POST", ACCOUNT, "later", {"Name": "A"}),
        part("POST", CONTACT, "case", {"LastName": "x", "AccountId": "@{later.Id}"}),
        part("PATCH", CONTACT + "/@{case.id}", "chain", {"LastName": "y"}),
        part("POST", CONTACT, "whole", {"LastName": "@{later.errors}"}),
    )
    assert [item["body"] for item in answers if item["httpStatusCode"] == 400] == [
        lost_reference("later.id"), lost_reference("later.Id"), lost_reference("case.id"), lost_reference("later.errors")]  # fmt: skip
    assert (org.admin.count("Account"), org.admin.count("Contact")) == (1, 0)
    assert org.receipt.applied == "partly"


def test_what_does_not_depend_on_a_failure_goes_on(caller, org):
    answers = items(caller, part("POST", ACCOUNT, "bad", {}), part("POST", ACCOUNT, "good", {"Name": "A"}), part("GET", ACCOUNT + "/@{bad[0].errorCode}", "lost"))
    assert [item["httpStatusCode"] for item in answers] == [400, 201, 400]
    assert answers[0]["body"] == [{"message": "Required fields are missing: [Name]", "errorCode": "REQUIRED_FIELD_MISSING", "fields": ["Name"]}]
    assert answers[2]["body"] == lost_reference("bad[0].errorCode")


@pytest.mark.parametrize(("version", "statuses"), [("51.0", [200, 400]), ("52.0", [200, 201])])
def test_a_null_field_of_a_row_may_be_referred_to_since_v52(caller, org, version, statuses):
    contact = org.admin.create("Contact", LastName="Wong")
    parts = (part("GET", f"{CONTACT}/{contact}?fields=FirstName,LastName", "c"), part("POST", CONTACT, "n", {"FirstName": "@{c.FirstName}", "LastName": "@{c.LastName}"}))
    assert [item["httpStatusCode"] for item in items(caller, *parts, version=version)] == statuses


def test_a_null_field_of_a_query_never_may(caller, org):
    org.admin.create("Contact", LastName="Wong")
    parts = (part("GET", f"{DATA}/query?q=SELECT+FirstName+FROM+Contact", "c"), part("POST", CONTACT, "n", {"LastName": "x", "FirstName": "@{c.records[0].FirstName}"}))
    assert items(caller, *parts)[1]["body"] == lost_reference("c.records[0].FirstName")


def test_all_or_none_undoes_everything_and_halts_all_but_the_cause(caller, org):
    answers = items(
        caller, part("POST", ACCOUNT, "a", {"Name": "A"}), part("POST", ACCOUNT, "b", {}), part("POST", ACCOUNT, "c", {"Name": "C"}), allOrNone=True,
    )  # fmt: skip
    halted = [{"errorCode": "PROCESSING_HALTED", "message": HALTED}]
    assert [item["httpStatusCode"] for item in answers] == [400, 400, 400]
    assert (answers[0]["body"], answers[2]["body"]) == (halted, halted)
    assert answers[0]["httpHeaders"] == {}
    assert answers[1]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert org.admin.count("Account") == 0
    assert org.receipt.applied == "no"
    assert [(touch.ok, touch.code) for touch in org.receipt.rows] == [(False, "PROCESSING_HALTED"), (False, "REQUIRED_FIELD_MISSING"), (False, "PROCESSING_HALTED")]


def test_the_outer_all_or_none_goes_before_that_of_collections(caller, org):
    rows = {"allOrNone": False, "records": [{"attributes": {"type": "Account"}, "Name": "A"}, {"attributes": {"type": "Account"}}]}
    parts = (part("POST", ACCOUNT, "a", {"Name": "First"}), part("POST", f"{DATA}/composite/sobjects", "b", rows))
    loose = items(caller, *parts)
    assert [row["success"] for row in loose[1]["body"]] == [True, False]
    assert org.admin.count("Account") == 2
    strict = items(caller, *parts, allOrNone=True)
    assert [row["errors"][0]["statusCode"] for row in strict[1]["body"]] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert strict[0]["body"][0]["message"] == HALTED
    assert org.admin.count("Account") == 2


def test_a_conditional_describe_is_304_with_a_null_body(caller):
    [item] = items(caller, part("GET", f"{ACCOUNT}/describe", "d", If_Modified_Since="Tue, 31 May 2033 18:00:00 GMT"))
    assert (item["httpStatusCode"], item["body"], sorted(item["httpHeaders"])) == (304, None, ["ETag", "Last-Modified"])


def test_other_resources_are_refused_inside(caller):
    urls = (f"{DATA}/limits", f"{DATA}/composite", f"{DATA}/composite/batch", f"{DATA}/jobs/ingest", "/services/oauth2/userinfo", "v62.0/sobjects/Account")
    assert [item["httpStatusCode"] for item in items(caller, *(part("GET", url, f"r{n}") for n, url in enumerate(urls)))] == [400] * len(urls)


def test_it_counts_as_one_call(caller, org):
    before = org.limits.used
    items(caller, *(part("POST", ACCOUNT, f"r{n}", {"Name": "A"}) for n in range(25)))
    assert org.limits.used == before + 1


MANY = [part("POST", ACCOUNT, f"r{n}", {"Name": "A"}) for n in range(26)]
QUERIES = [part("GET", f"{DATA}/query?q=SELECT+Id+FROM+Account", f"r{n}") for n in range(6)]
TWICE = [part("GET", ACCOUNT, "r"), part("GET", ACCOUNT, "r")]
BAD_NAME = [part("POST", ACCOUNT, "a[1]", {"Name": "A"})]
HEADER = [part("GET", ACCOUNT, "r", Authorization="Bearer x")]


@pytest.mark.parametrize(
    ("parts", "code"),
    [(MANY, "LIMIT_EXCEEDED"), (QUERIES, "LIMIT_EXCEEDED"), (TWICE, "JSON_PARSER_ERROR"), (BAD_NAME, "JSON_PARSER_ERROR"), (HEADER, "JSON_PARSER_ERROR"),
     ([], "JSON_PARSER_ERROR"), (["x"], "JSON_PARSER_ERROR"), ([{"method": "GET", "url": ACCOUNT}], "JSON_PARSER_ERROR"),
     ([part("get", ACCOUNT, "r")], "JSON_PARSER_ERROR"), ([part("GET", None, "r")], "JSON_PARSER_ERROR")],
)  # fmt: skip
def test_an_envelope_that_is_wrong_is_400_and_nothing_is_done(caller, org, parts, code):
    response = caller("POST", "/composite", {"compositeRequest": parts})
    assert (response.status, caller.json[0]["errorCode"]) == (400, code)
    assert org.admin.count("Account") == 0


def test_an_odd_reference_id_fails_only_its_users_before_v52(caller, org):
    parts = (part("POST", ACCOUNT, "a[1]", {"Name": "A"}), part("POST", CONTACT, "c", {"LastName": "x", "AccountId": "@{a[1].id}"}))
    assert [item["httpStatusCode"] for item in items(caller, *parts, version="51.0")] == [201, 400]
    response, body = send(caller, *parts)
    assert (response.status, body[0]["message"]) == (
        400, "Provided referenceId ('a[1]') must start with a letter or a number, and it can contain only letters, numbers and underscores ('_').")  # fmt: skip


def test_versions_before_it_do_not_have_it(caller):
    assert send(caller, part("GET", ACCOUNT, "a"), version="37.0")[0].status == 404


def test_the_tooling_composite_takes_tooling_resources_alone(caller):
    query = part("GET", f"{DATA}/tooling/query?q=SELECT+Id+FROM+ApexClass", "q")
    caller("POST", "/tooling/composite", {"compositeRequest": [query, part("GET", ACCOUNT, "a")]})
    assert [item["httpStatusCode"] for item in caller.json["compositeResponse"]] == [200, 400]
