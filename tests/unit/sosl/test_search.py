"""SOSL over an org: what is found, in which order and shape, and what is refused."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from sfchaos.core.messages import Request, Response
from sfchaos.org.org import Org
from sfchaos.org.sosl.run import shared


@pytest.fixture
def org() -> Org:
    made = Org(seed=7)
    for name in ("Acme Corp", "Acme-Widgets & Sons", "acmeology", "Zürich Zeta"):
        made.admin.create("Account", Name=name, Phone="(415) 555-1212", Description=f"about {name}")
    made.admin.create("Contact", LastName="Acme", Email="joe.doe@x.example")
    return made


def ask(org: Org, path: str, method: str = "GET", body: Any = None, version: str = "62.0") -> Response:
    headers = (("Authorization", f"Bearer {org.credentials.access_token}"), ("Content-Type", "application/json"))
    reply = org.handle(Request(method, f"https://acme.my.salesforce.com/services/data/v{version}{path}", headers, b"" if body is None else json.dumps(body).encode()))
    assert "defect" not in org.receipt.facts, org.receipt.facts["defect"]
    return reply


def records(reply: Response) -> list[dict[str, Any]]:
    assert reply.status == 200, reply.body
    return list(json.loads(reply.body)["searchRecords"])


def names(org: Org, sosl: str) -> list[str]:
    return [row["Name"] for row in records(ask(org, "/search?q=" + quote(sosl)))]


def refusal(org: Org, sosl: str) -> tuple[int, str, str]:
    reply = ask(org, "/search?q=" + quote(sosl))
    [item] = json.loads(reply.body)
    assert list(item) == ["message", "errorCode"]
    return reply.status, item["errorCode"], item["message"]


@pytest.mark.parametrize(("find", "expected"), [
    ("acme", ["Acme Corp", "Acme-Widgets & Sons"]),
    ("ACME", ["Acme Corp", "Acme-Widgets & Sons"]),
    ("acm", []),
    ("acme*", ["Acme Corp", "Acme-Widgets & Sons", "acmeology"]),
    ("*corp", ["Acme Corp"]),
    ("ac?e", ["Acme Corp", "Acme-Widgets & Sons"]),
    ("acme corp", ["Acme Corp"]),
    ('"acme corp"', ["Acme Corp"]),
    ('"corp acme"', []),
    ("acme AND NOT corp", ["Acme-Widgets & Sons"]),
    ("corp OR zeta", ["Acme Corp", "Zürich Zeta"]),
    ("acme AND (sons OR zeta)", ["Acme-Widgets & Sons"]),
    ("corp OR acme AND sons", ["Acme Corp", "Acme-Widgets & Sons"]),
    (r"acme\-widgets", ["Acme-Widgets & Sons"]),
    ("ZÜRICH", ["Zürich Zeta"]),
    ("4155551212", ["Acme Corp", "Acme-Widgets & Sons", "acmeology", "Zürich Zeta"]),
    ("41555*", ["Acme Corp", "Acme-Widgets & Sons", "acmeology", "Zürich Zeta"]),
])  # fmt: skip
def test_words_are_found_without_case_by_wildcards_operators_and_phrases(org, find, expected):
    assert names(org, f"FIND {{{find}}} RETURNING Account(Name)") == expected


def test_a_group_searches_its_fields_only(org):
    assert names(org, "FIND {about} RETURNING Account(Name)") != []
    assert names(org, "FIND {about} IN NAME FIELDS RETURNING Account(Name)") == []
    assert names(org, "FIND {4155551212} IN NAME FIELDS RETURNING Account(Name)") == []
    assert len(names(org, "FIND {4155551212} IN PHONE FIELDS RETURNING Account(Name)")) == 4
    assert [row["Email"] for row in records(ask(org, "/search?q=" + quote(r"FIND {joe.doe\@x.example} IN EMAIL FIELDS RETURNING Contact(Email)")))] == ["joe.doe@x.example"]


def test_words_of_two_fields_make_no_phrase(org):
    assert names(org, 'FIND {"corp about"} RETURNING Account(Name)') == []


def test_returning_filters_sorts_and_limits_as_soql_does(org):
    assert names(org, "FIND {acme*} RETURNING Account(Name WHERE Name LIKE 'A%' ORDER BY Name DESC LIMIT 2)") == ["acmeology", "Acme-Widgets & Sons"]
    assert names(org, "FIND {acme*} RETURNING Account(Name WHERE Name != 'it''s' ORDER BY Name LIMIT 1 OFFSET 1)".replace("''", "")) == ["Acme-Widgets & Sons"]


def test_without_returning_only_types_and_ids_come_back(org):
    rows = records(ask(org, "/search?q=FIND+%7Bacme*%7D"))
    assert {"Account", "Contact"} <= {row["attributes"]["type"] for row in rows}
    assert all(list(row) == ["attributes", "Id"] for row in rows)


def test_before_v37_the_reply_is_a_bare_array(org):
    assert {row["attributes"]["type"] for row in json.loads(ask(org, "/search?q=FIND+%7Bacme%7D", version="36.0").body)} >= {"Account", "Contact"}
    assert list(json.loads(ask(org, "/search?q=FIND+%7Bacme%7D", version="37.0").body)) == ["searchRecords"]


def test_a_deleted_row_is_not_found(org):
    org.admin.delete("Account", org.store.one("SELECT Id FROM Account WHERE Name = 'Acme Corp'")[0])
    assert names(org, "FIND {corp} RETURNING Account(Name)") == []


def test_a_hidden_field_is_not_searched_and_not_shown(org):
    org.world.hide_field("Account", "Description")
    assert names(org, "FIND {about} RETURNING Account(Name)") == []
    assert refusal(org, "FIND {acme} RETURNING Account(Description)")[1] == "INVALID_FIELD"


@pytest.mark.parametrize(("sosl", "code", "text"), [
    ("FIND acme", "MALFORMED_SEARCH", "No search term found. The search term must be enclosed in braces."),
    ("FIND {}", "MALFORMED_SEARCH", "No search term found. The search term must be enclosed in braces."),
    ("FIND {a}", "INVALID_SEARCH", "search term must be longer than one character: a"),
    ("FIND {a*}", "INVALID_SEARCH", "search term must be longer than one character: a*"),
    # the next two as captured: restforce#688, force-rest-api#92
    ("FIND {John|jane_gray@uoa.edu} RETURNING Contact", "MALFORMED_SEARCH",
     "\nFIND {John|jane_gray@uoa.edu} RETURNING Contact\n         ^\nERROR at Row:1:Column:10\nline 1:10 mismatched character '|' expecting '}'"),
    ("FIND {name} IN ALL TYPE RETURNING Account(name)", "MALFORMED_SEARCH",
     "\nFIND {name} IN ALL TYPE RETURNING Account(name)\n                  ^\nERROR at Row:1:Column:19\nMalformed search token: TYPE"),
])  # fmt: skip
def test_refusals_have_salesforces_words(org, sosl, code, text):
    assert refusal(org, sosl) == (400, code, text)


@pytest.mark.parametrize(("sosl", "code"), [
    ("FIND {acme", "MALFORMED_SEARCH"), ('FIND {"acme}', "MALFORMED_SEARCH"), ("FIND {(acme}", "MALFORMED_SEARCH"), ("FIND {acme)}", "MALFORMED_SEARCH"),
    ("FIND {acme AND}", "MALFORMED_SEARCH"), ("FIND {OR acme}", "MALFORMED_SEARCH"), ("FIND {acme} RETURNING", "MALFORMED_SEARCH"),
    ("FIND {acme} RETURNING Nope(Id)", "INVALID_TYPE"), ("FIND {acme} RETURNING Account(Nope)", "INVALID_FIELD"),
    ("FIND {acme} RETURNING Account(COUNT(Id))", "MALFORMED_SEARCH"), ("FIND {acme} RETURNING Account((SELECT Id FROM Contacts))", "MALFORMED_SEARCH"),
    ("FIND {acme} WITH DIVISION = 'x'", "MALFORMED_SEARCH"), ("FIND {acme} WITH SNIPPET (target_length=120)", "MALFORMED_SEARCH"),
    ("FIND {acme} UPDATE NOTHING", "MALFORMED_SEARCH"), ("FIND {acme} RETURNING Account(Name USING ListView=Mine)", "MALFORMED_SEARCH"),
    ("FIND {" + "(" * 5000 + "acme" + ")" * 5000 + "}", "MALFORMED_SEARCH"), ("FIND {acme} " + "x" * 100_001, "MALFORMED_SEARCH"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(org, sosl, code):
    from sfchaos.org.refusals import Refused
    from sfchaos.org.sosl.run import search

    with pytest.raises(Refused) as found:
        search(org, sosl, user_id=org.integration_user_id, version=62.0)
    assert found.value.refusals[0].code == code


def test_labels_come_with_the_metadata_clause(org):
    body = json.loads(ask(org, "/search?q=" + quote("FIND {acme} RETURNING Account(Name) WITH METADATA = 'LABELS'")).body)
    assert body["metadata"] == {"entityetadata": [{"entityName": "Account", "fieldMetadata": [{"label": "Account Name", "name": "Name"}]}]}


@pytest.mark.parametrize(("counts", "most", "expected"), [
    ([19, 12], 20, [10, 10]), ([3, 30], 20, [3, 17]), ([5, 5], 20, [5, 5]), ([9, 9, 9], 1, [1, 0, 0]), ([], 5, []), ([4], 0, [0]),
])  # fmt: skip
def test_a_limit_is_shared_evenly_and_what_is_left_goes_to_the_others(counts, most, expected):
    assert shared(counts, most) == expected


# ---------------------------------------------------------------------- by parameters


def test_parameters_in_the_url(org):
    rows = records(ask(org, "/parameterizedSearch?q=acme&sobject=Account&Account.fields=id,name&Account.limit=1"))
    assert [(list(row), row["Name"]) for row in rows] == [(["attributes", "Id", "Name"], "Acme Corp")]
    assert records(ask(org, "/parameterizedSearch/?q=Acme-Widgets&sobject=Account&Account.where=Name+LIKE+'Z%25'")) == []
    assert len(records(ask(org, "/parameterizedSearch?q=acme&sobject=Account&sobject=Contact&in=NAME"))) == 3


def test_parameters_in_the_body(org):
    body = {"q": "acme*", "fields": ["id"], "sobjects": [{"name": "Account", "fields": ["name"], "orderBy": "Name DESC", "limit": 2}, {"name": "Contact"}], "in": "ALL",
            "overallLimit": 100, "defaultLimit": 10}  # fmt: skip
    rows = records(ask(org, "/parameterizedSearch", "POST", body))
    assert [row.get("Name") for row in rows] == ["acmeology", "Acme-Widgets & Sons", None]


@pytest.mark.parametrize("body", [{}, {"q": ""}, {"q": 5}, {"q": "acme", "nope": 1}, {"q": "acme", "sobjects": ["Account"]}, {"q": "acme", "overallLimit": "many"},
                                  {"q": "acme", "in": "HERE"}, {"q": "acme", "sobjects": [{"name": "Account(Id) LIMIT 1"}]}, {"q": "acme", "division": "x"}])  # fmt: skip
def test_bad_parameters_are_refused(org, body):
    reply = ask(org, "/parameterizedSearch", "POST", body)
    assert reply.status == 400
    assert json.loads(reply.body)[0]["errorCode"] in ("MALFORMED_SEARCH", "INVALID_SEARCH", "JSON_PARSER_ERROR", "INVALID_TYPE")


def test_scope_layout_and_suggestions(org):
    scope = json.loads(ask(org, "/search/scopeOrder").body)
    assert scope[0] == {"type": "Account", "url": "/services/data/v62.0/sobjects/Account/describe"}
    assert len(scope) <= 20
    [layout] = json.loads(ask(org, "/search/layout?q=Account,Nothing").body)
    assert layout["searchColumns"][0] == {"field": "Account.Name", "format": None, "label": "Account Name", "name": "Name"}
    found = json.loads(ask(org, "/search/suggestions?q=acm&sobject=Account&limit=2").body)
    assert ([row["Name"] for row in found["autoSuggestResults"]], found["hasMoreResults"]) == (["Acme Corp", "Acme-Widgets & Sons"], True)
