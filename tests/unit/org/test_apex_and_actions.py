"""Apex REST, invocable and quick actions, rules and approvals: wire reference 3.1 and 3.13."""

import json

import pytest

from sfchaos.core.errors import UsageError
from sfchaos.core.messages import Request
from sfchaos.org.apex import ApexException, ApexReply

DATA = "/services/data/v62.0"


@pytest.fixture
def apex(org):
    """`apex("GET", "orders/7")`: one call of /services/apexrest."""

    def call(method, path, body=None):
        headers = (("Authorization", f"Bearer {org.credentials.access_token}"), ("Content-Type", "application/json"))
        return org.handle(Request(method, f"https://acme.my.salesforce.com/services/apexrest/{path}", headers, b"" if body is None else json.dumps(body).encode()))

    return call


def test_a_handler_gets_path_query_and_body_and_its_value_is_json(org, apex):
    seen = []
    org.apexrest("POST", "orders/{number}", lambda call: seen.append((call.params, call.query["q"], call.json(), call.user_id)) or {"done": True})
    response = apex("POST", "Orders/a%2Fb?q=1", {"x": [1]})
    assert (response.status, response.body) == (200, b'{"done":true}')
    assert seen == [({"number": "a/b"}, "1", {"x": [1]}, org.integration_user_id)]


def test_unmapped_paths_are_404_and_other_methods_405(org, apex):
    org.apexrest(("GET", "POST"), "orders/*", lambda call: call.params["*"])
    assert json.loads(apex("GET", "orders/a/b").body) == "a/b"
    assert json.loads(apex("GET", "other").body) == [{"message": "Could not find a match for URL", "errorCode": "NOT_FOUND"}]
    refused = apex("PUT", "orders/1")
    assert (refused.status, json.loads(refused.body)) == (
        405, [{"message": "HTTP Method 'PUT' not allowed. Allowed are GET,POST", "errorCode": "METHOD_NOT_ALLOWED"}])  # fmt: skip


def test_fixed_parts_go_before_named_ones_and_those_before_a_star(org, apex):
    for template in ("a/*", "a/{b}", "a/b"):
        org.apexrest("GET", template, lambda call, template=template: template)
    assert [json.loads(apex("GET", path).body) for path in ("a/b", "a/c", "a/c/d")] == ["a/b", "a/{b}", "a/*"]


def test_a_handler_queries_as_the_calling_user(org, apex):
    org.admin.create("Account", Name="Acme", Rating="Hot")
    org.apexrest("GET", "accounts", lambda call: call.query_rows(f"SELECT {call.query['field']} FROM Account"))
    assert json.loads(apex("GET", "accounts?field=Name").body) == [{"Name": "Acme"}]
    org.world.hide_field("Account", "Rating")
    hidden = apex("GET", "accounts?field=Rating")
    assert (hidden.status, "No such column 'Rating'" in hidden.body.decode()) == (500, True)
    assert json.loads(hidden.body)[0]["errorCode"] == "APEX_ERROR"


def test_a_field_that_is_not_there_is_the_handlers_exception(org, apex):
    org.apexrest("POST", "accounts", lambda call: call.create("Account", Name="A", Nope="x"))
    response = apex("POST", "accounts", {})
    assert (response.status, json.loads(response.body)[0]["errorCode"]) == (500, "APEX_ERROR")
    assert "System.SObjectException: No such column 'Nope'" in json.loads(response.body)[0]["message"]


def test_an_exception_is_500_apex_error_and_undoes_what_was_written(org, apex):
    def fail(call):
        call.create("Account", Name="A")
        raise ApexException("OrderException", "no such order", "Class.Orders.place: line 3, column 1")

    org.apexrest("POST", "fail", fail)
    org.apexrest("POST", "crash", lambda call: 1 / 0)
    org.apexrest("POST", "row", lambda call: call.create("Account"))
    response = apex("POST", "fail", {})
    assert (response.status, json.loads(response.body)) == (
        500, [{"message": "OrderException: no such order\n\nClass.Orders.place: line 3, column 1", "errorCode": "APEX_ERROR"}])  # fmt: skip
    assert org.admin.count("Account") == 0
    assert "defect" not in org.receipt.facts
    assert json.loads(apex("POST", "crash", {}).body)[0]["message"].startswith("System.ZeroDivisionError: division by zero")
    assert "first error: REQUIRED_FIELD_MISSING, Required fields are missing: [Name]: [Name]" in json.loads(apex("POST", "row", {}).body)[0]["message"]


def test_what_a_handler_writes_is_on_the_receipt(org, apex):
    def work(call):
        made = call.create("Account", Name="A")
        call.update("Account", made, Name="B")
        return [row["Name"] for row in call.query_rows("SELECT Name FROM Account")]

    org.apexrest("POST", "work", work)
    assert json.loads(apex("POST", "work", {}).body) == ["B"]
    assert [(touch.verb, touch.ok) for touch in org.receipt.rows] == [("create", True), ("update", True)]
    assert org.receipt.applied == "yes"


def test_a_reply_may_have_status_headers_and_another_type(org, apex):
    org.apexrest("GET", "xml", lambda call: ApexReply(202, "<a/>", {"X-Own": "1"}, "application/xml"))
    org.apexrest("DELETE", "void", lambda call: None)
    response = apex("GET", "xml")
    assert (response.status, response.body, response.header("content-type"), response.header("x-own")) == (202, b"<a/>", "application/xml", "1")
    assert (apex("DELETE", "void").status, apex("DELETE", "void").body) == (200, b"")


def test_a_session_is_needed_first(org):
    assert org.handle(Request("GET", "https://acme.my.salesforce.com/services/apexrest/x")).status == 401


@pytest.mark.parametrize(("methods", "template"), [("LOOK", "a"), ("GET", ""), ("GET", "{a}")])
def test_a_handler_that_cannot_be_reached_is_refused(org, methods, template):
    with pytest.raises(UsageError):
        org.apexrest(methods, template, lambda call: None)


# ---------------------------------------------------------------------- actions


EMAIL = {"emailBody": "b", "emailSubject": "s", "emailAddresses": "a@b.example"}


def test_the_lists_of_actions(caller, org):
    caller("GET", "/actions")
    assert caller.json == {"standard": f"{DATA}/actions/standard", "custom": f"{DATA}/actions/custom"}
    org.action("flow", "Place_Order", lambda call: None)
    caller("GET", "/actions/custom/flow")
    assert caller.json == {"actions": [{"label": "Place Order", "name": "Place_Order", "type": "FLOW", "url": f"{DATA}/actions/custom/flow/Place_Order"}]}
    caller("GET", "/actions/standard/emailSimple")
    assert [item["name"] for item in caller.json["inputs"] if item["required"]] == ["emailBody", "emailSubject"]


def test_an_email_counts_against_its_limit_and_meets_it(caller, org):
    for status in [200] * 15 + [400]:
        assert caller("POST", "/actions/standard/emailSimple", {"inputs": [EMAIL]}).status == status
    assert caller.json[0]["errors"][0]["statusCode"] == "SINGLE_EMAIL_LIMIT_EXCEEDED"
    assert org.limits.used_of("SingleEmail") == 15


def test_an_action_answers_each_input(caller, org):
    def place(call):
        if not call.params.get("number"):
            raise ApexException("OrderException", "no number")
        return {"order": call.create("Account", Name=call.params["number"])}

    org.action("apex", "Place", place)
    assert caller("POST", "/actions/custom/apex/Place", {"inputs": [{"number": "7"}, {}]}).status == 400
    good, bad = caller.json
    assert list(good) == ["actionName", "errors", "isSuccess", "outputValues", "sortOrder", "version"]
    assert (good["isSuccess"], good["errors"], bad["isSuccess"], bad["outputValues"]) == (True, None, False, None)
    assert org.admin.rows("Account")[0]["Id"] == good["outputValues"]["order"]


@pytest.mark.parametrize(("path", "body", "status"), [("standard/nothing", {"inputs": [{}]}, 404), ("custom/flow/None", {"inputs": [{}]}, 404), ("custom/x/None", {}, 404),
                                                      ("standard/emailSimple", {}, 400), ("standard/emailSimple", {"inputs": ["x"]}, 400)])  # fmt: skip
def test_actions_that_cannot_be_run(caller, path, body, status):
    assert caller("POST", f"/actions/{path}", body).status == status


# ---------------------------------------------------------------------- quick actions, process


def test_a_quick_action_creates_its_row_under_the_context(caller, org):
    account = caller.create("Account", Name="A")
    response = caller("POST", "/sobjects/Account/quickActions/NewContact", {"contextId": account, "record": {"LastName": "x"}})
    assert (response.status, caller.json["contextId"], caller.json["success"]) == (201, account, True)
    assert org.admin.rows("Contact")[0]["AccountId"] == account
    assert caller("POST", "/quickActions/LogACall", {"contextId": account}).status == 201
    [task] = org.admin.rows("Task")
    assert (task["WhatId"], task["Status"]) == (account, "Completed")


def test_quick_actions_are_listed_described_and_refused(caller):
    caller("GET", "/sobjects/Account/quickActions")
    assert caller.json[0]["urls"]["describe"] == f"{DATA}/sobjects/Account/quickActions/{caller.json[0]['name']}/describe"
    caller("GET", "/quickActions/NewTask/describe")
    assert (caller.json["targetSobjectType"], caller.json["type"]) == ("Task", "Create")
    assert caller("POST", "/quickActions/NewContact", {"record": {}}).status == 400
    assert caller("POST", "/quickActions/Nothing", {"record": {}}).status == 404
    assert caller("GET", "/sobjects/Nothing/quickActions").status == 404


def test_there_are_no_rules_and_no_approvals(caller):
    answers = [(caller("GET", path).status, caller.json) for path in ("/process/rules", "/process/rules/account", "/process/approvals")]
    assert answers == [(200, {"rules": {}}), (200, {"rules": {"Account": []}}), (200, {"approvals": {}})]
    assert (caller("POST", "/process/rules", {"contextIds": ["001"]}).status, caller.json) == (200, {"errors": None, "success": True})
    assert caller("POST", "/process/approvals", {"requests": [{"actionType": "Submit", "contextId": "001"}]}).status == 400
    assert caller.json[0]["errors"][0]["statusCode"] == "NO_APPLICABLE_PROCESS"
