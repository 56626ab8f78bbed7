"""The SOAP doors of Apex, of a team's own classes, and of the Tooling API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sfchaos.core.errors import UsageError
from sfchaos.org.apex import ApexCall, ApexException
from sfchaos.org.apex_anonymous import ApexCompileError

APEX, TOOLING = "http://soap.sforce.com/2006/08/apex", "urn:tooling.soap.sforce.com"
DEBUG = f'<DebuggingHeader xmlns="{APEX}"><debugLevel>DEBUGONLY</debugLevel></DebuggingHeader>'


def run(desk: Any, code: str, headers: str = "") -> Any:
    return desk.say("executeAnonymous", f"<apexcode>{code}</apexcode>", letter="s", namespace=APEX, headers=headers)


def test_without_a_handler_anonymous_apex_does_not_compile(desk: Any, said: Any) -> None:
    told = run(desk, "System.debug(1);")

    assert (said(told, ".//compiled"), said(told, ".//success")) == ("false", "false")
    assert "org.apex.anonymous" in said(told, ".//compileProblem")


def test_a_handler_runs_as_the_user_and_its_log_comes_back(desk: Any, said: Any) -> None:
    def handler(call: ApexCall) -> str:
        call.create("Account", Name=call.body.decode())
        return "USER_DEBUG|made"

    desk.org.apex.anonymous(handler)
    told = run(desk, "Acme", DEBUG)

    assert (said(told, ".//compiled"), said(told, ".//success"), said(told, ".//line")) == ("true", "true", "-1")
    assert [row["Name"] for row in desk.org.admin.rows("Account")] == ["Acme"]


def test_what_a_handler_wrote_is_undone_when_it_throws(desk: Any, said: Any) -> None:
    def handler(call: ApexCall) -> None:
        call.create("Account", Name="Acme")
        raise ApexException("OrderException", "no such order")

    desk.org.apex.anonymous(handler)
    told = run(desk, "x")

    assert (said(told, ".//compiled"), said(told, ".//success"), said(told, ".//exceptionMessage")) == ("true", "false", "OrderException: no such order")
    assert desk.org.admin.count("Account") == 0


def test_a_handler_may_find_that_text_does_not_compile(desk: Any, said: Any) -> None:
    def handler(call: ApexCall) -> None:
        raise ApexCompileError("Variable does not exist: x", 3, 7)

    desk.org.apex.anonymous(handler)
    told = run(desk, "x")

    assert (said(told, ".//compileProblem"), said(told, ".//line"), said(told, ".//column")) == ("Variable does not exist: x", "3", "7")


def test_rest_and_soap_have_the_same_handler(desk: Any) -> None:
    desk.org.apex.anonymous(lambda call: "done")

    assert json.loads(desk.rest("GET", "/tooling/executeAnonymous?anonymousBody=x").body)["success"] is True


def test_compiling_classes_is_a_clear_fault(desk: Any, said: Any) -> None:
    told = desk.say("compileClasses", "<scripts>class A {}</scripts>", letter="s", namespace=APEX)

    assert said(told, ".//faultcode") == "sf:FUNCTIONALITY_NOT_ENABLED"
    assert "org.apex.anonymous" in said(told, ".//faultstring")


def test_a_class_of_the_team_answers(desk: Any, said: Any) -> None:
    desk.org.apex.soap("Orders", "place", lambda call: {"number": call.params["number"], "lines": call.params["line"]})
    told = desk.say("place", "<number>7</number><line>a</line><line>b</line>", letter="class/Orders", namespace="http://soap.sforce.com/schemas/class/Orders")

    assert [child.tag for child in told] == ["placeResponse"]
    assert (said(told, ".//number"), [one.text for one in told.iter("lines")]) == ("7", ["a", "b"])


@pytest.mark.parametrize(("name", "method", "words"), [("Nobody", "place", "Class not found: Nobody"), ("Orders", "cancel", "No operation available for request")])
def test_what_no_class_has_is_a_fault(desk: Any, said: Any, name: str, method: str, words: str) -> None:
    desk.org.apex.soap("Orders", "place", lambda call: None)

    assert words in said(desk.say(method, letter=f"class/{name}", namespace="http://soap.sforce.com/schemas/class/Orders"), ".//faultstring")


def test_an_exception_in_a_class_is_apexs_fault(desk: Any, said: Any) -> None:
    def handler(call: ApexCall) -> None:
        raise ApexException("OrderException", "sold out")

    desk.org.apex.soap("Orders", "place", handler)

    assert "OrderException: sold out" in said(desk.say("place", letter="class/Orders", namespace="x"), ".//faultstring")


def test_a_name_that_no_class_has_cannot_be_registered(desk: Any) -> None:
    with pytest.raises(UsageError, match="no name of an Apex class"):
        desk.org.apex.soap("A-B", "place", lambda call: None)


def test_tooling_queries_tell_what_rest_tells(desk: Any, said: Any) -> None:
    told = desk.say("query", "<queryString>SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Account'</queryString>", letter="T", namespace=TOOLING)

    assert (said(told, ".//size"), said(told, ".//entityTypeName"), said(told, ".//QualifiedApiName")) == ("1", "EntityDefinition", "Account")


def test_tooling_describes_its_objects(desk: Any, said: Any) -> None:
    names = [one.findtext("name") for one in desk.say("describeGlobal", letter="T", namespace=TOOLING).iter("sobjects")]
    one = desk.say("describeSObject", "<type>ApexClass</type>", letter="T", namespace=TOOLING)

    assert {"ApexClass", "EntityDefinition"} <= set(names)
    assert said(one, "describeSObjectResponse/result/name") == "ApexClass"


@pytest.mark.parametrize(("call", "code"), [("create", "FUNCTIONALITY_NOT_ENABLED"), ("queryMore", "INVALID_QUERY_LOCATOR")])
def test_tooling_refuses_clearly(desk: Any, said: Any, call: str, code: str) -> None:
    assert said(desk.say(call, letter="T", namespace=TOOLING), ".//faultcode") == f"sf:{code}"


def test_tooling_knows_the_user(desk: Any, said: Any) -> None:
    assert said(desk.say("getUserInfo", letter="T", namespace=TOOLING), ".//userId") == desk.org.admin_user_id
