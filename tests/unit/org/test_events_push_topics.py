"""PushTopics: what their query may be, and which changes they tell."""

from __future__ import annotations

import pytest


def topic(caller, query, **fields):
    return caller("POST", "/sobjects/PushTopic", {"Name": "T", "Query": query, "ApiVersion": 62.0, **fields})


def told(org):
    return [(event.payload["event"]["type"], event.payload["sobject"]) for event in org.events.after("/topic/T", 0)]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT Name FROM Account", "the Id field must be selected"),
        ("SELECT Id FROM Account ORDER BY Name", "ORDER BY, LIMIT and OFFSET are not supported"),
        ("SELECT Id FROM Account LIMIT 5", "ORDER BY, LIMIT and OFFSET are not supported"),
        ("SELECT COUNT(Id) FROM Account", "only fields of the object itself can be selected"),
        ("SELECT Id, Owner.Name FROM Account", "only fields of the object itself can be selected"),
        ("SELECT Id, Nothing__c FROM Account", "No such column 'nothing__c' on entity 'Account'"),
        ("SELECT Id FROM Nothing", "the entity Nothing is not supported for topics"),
    ],
)
def test_a_query_that_no_topic_can_have_is_refused(caller, query, why):
    assert topic(caller, query).status == 400
    assert caller.json[0]["errorCode"] == "INVALID_FIELD"
    assert why in caller.json[0]["message"]


def test_a_query_that_is_none_is_refused_as_queries_are(caller):
    assert topic(caller, "SELECT FROM").status == 400
    assert caller.json[0]["errorCode"] == "MALFORMED_QUERY"


def test_creates_updates_and_deletes_are_told(caller, org):
    assert topic(caller, "SELECT Id, Name FROM Account").status == 201
    account = caller.create("Account", Name="Acme")
    caller("PATCH", f"/sobjects/Account/{account}", {"Name": "Acme 2"})
    caller("DELETE", f"/sobjects/Account/{account}")
    assert told(org) == [("created", {"Id": account, "Name": "Acme"}), ("updated", {"Id": account, "Name": "Acme 2"}), ("deleted", {"Id": account})]


@pytest.mark.parametrize(
    ("notify", "changes"),
    [("All", ["Name", "Rating", "Site"]), ("Referenced", ["Name", "Rating"]), ("Select", ["Name"]), ("Where", ["Rating"])],
)
def test_which_fields_matter_is_the_topics_choice(caller, org, notify, changes):
    topic(caller, "SELECT Id, Name FROM Account WHERE Rating != 'Cold'", NotifyForFields=notify, NotifyForOperationCreate=False)
    account = caller.create("Account", Name="Acme", Rating="Warm")
    seen = []
    for name, value in (("Name", "Acme 2"), ("Rating", "Hot"), ("Site", "Here")):
        before = len(told(org))
        caller("PATCH", f"/sobjects/Account/{account}", {name: value})
        seen += [name] if len(told(org)) > before else []
    assert seen == changes


def test_an_inactive_topic_tells_nothing(caller, org):
    made = topic(caller, "SELECT Id FROM Account")
    assert made.status == 201
    caller("PATCH", f"/sobjects/PushTopic/{caller.json['id']}", {"IsActive": False})
    caller.create("Account", Name="Acme")
    assert told(org) == []
    assert org.events.find_topic("/topic/T", org.integration_user_id) is None
