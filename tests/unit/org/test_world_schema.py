"""Another schema under a running org: every door sees it, and healing brings all of it back."""

import json

import pytest

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.core.messages import Request
from sfchaos.org.org import Org


@pytest.fixture
def org():
    made = Org(seed=7)
    made.mark()
    return made


def ask(org, method, path, body=None):
    headers = (("Authorization", f"Bearer {org.credentials.access_token}"), ("Content-Type", "application/json"))
    reply = org.handle(Request(method, f"{org.instance_url}/services/data/v62.0{path}", headers, b"" if body is None else json.dumps(body).encode()))
    return reply.status, json.loads(reply.body or b"null")


def code(answer):
    """The first error code of a reply, None for a success."""
    first = answer[1][0] if isinstance(answer[1], list) else answer[1]
    errors = first.get("errors") or [{}]
    return first.get("errorCode") or errors[0].get("statusCode")


def doors(org):
    """The same write by four doors of the API: what each says of the field Phone."""
    row = {"Name": "Acme", "Phone": "1"}
    collection = ask(org, "POST", "/composite/sobjects", {"allOrNone": False, "records": [{"attributes": {"type": "Account"}, **row}]})
    part = ask(org, "POST", "/composite", {"compositeRequest": [{"method": "POST", "url": "/services/data/v62.0/sobjects/Account", "referenceId": "a", "body": row}]})
    return [
        code(ask(org, "POST", "/sobjects/Account", row)),
        code((0, collection[1][0])) if collection[0] == 200 else code(collection),
        code((0, part[1]["compositeResponse"][0]["body"])),
        code(ask(org, "GET", "/query?q=SELECT+Phone+FROM+Account")),
    ]


def test_a_field_that_is_gone_is_gone_for_every_door(org):
    org.world.remove_field("Account", "Phone")
    assert doors(org) == ["INVALID_FIELD"] * 4


def test_healing_brings_fields_objects_types_and_values_back(org):
    account = org.admin.create("Account", Name="Acme", Phone="555", NumberOfEmployees=12)
    before = ask(org, "GET", f"/sobjects/Account/{account}")
    digest = org.schema.digest
    org.world.remove_field("Account", "Fax")
    org.world.rename_field("Account", "Phone", "")
    org.world.retype_field("Account", "NumberOfEmployees", "string")
    org.world.restrict_picklist("Account", "Industry", "")
    org.world.leak_field("Account", "Tax_Number__c", "990017")
    org.world.remove_object("Contact")
    assert ask(org, "GET", f"/sobjects/Account/{account}") != before
    org.heal()
    assert (ask(org, "GET", f"/sobjects/Account/{account}"), org.schema.digest) == (before, digest)
    assert ask(org, "GET", "/query?q=SELECT+Id+FROM+Contact")[0] == 200
    org.world.rename_field("Account", "Phone", "")  # and it can be done again
    assert ask(org, "GET", f"/sobjects/Account/{account}")[1]["Phone_Renamed__c"] == "555"


@pytest.mark.parametrize(("verb", "arguments", "error"), [
    ("remove_field", ("Account", "Name"), UsageError), ("remove_field", ("Account", "Phonee"), UnknownName), ("rename_field", ("Account", "Phone", "Fax"), UsageError),
    ("retype_field", ("Account", "NumberOfEmployees", "3"), UsageError), ("restrict_picklist", ("Account", "Phone", ""), UsageError), ("remove_object", ("Acount",), UnknownName),
])  # fmt: skip
def test_what_cannot_be_done_is_said(org, verb, arguments, error):
    with pytest.raises(error):
        getattr(org.world, verb)(*arguments)


def test_the_whole_org_is_itself_again_when_it_is_healed(org):
    now_s = org.now_s()
    org.world.shift_clock(3600.0)
    org.world.read_only(until_s=now_s + 1e6)
    org.world.retire_versions(62.0)
    org.world.disable_api()
    assert ask(org, "GET", "/limits")[0] == 410
    org.heal()
    assert org.now_s() == now_s
    assert ask(org, "POST", "/sobjects/Account", {"Name": "Acme"})[0] == 201


def test_a_read_only_org_refuses_rows_by_every_door_and_lets_the_administrator_write(org):
    org.world.read_only(until_s=org.now_s() + 60)
    assert doors(org)[:3] == ["INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"] * 3
    assert org.admin.create("Account", Name="Mine")
    org.clock.advance(61)
    assert doors(org) == [None] * 4


def test_a_test_still_counts_the_rows_of_an_object_that_a_fault_took_away(org):
    from sfchaos.rig.rig import Rig

    rig = Rig(org)
    rig.org.create("Account", Name="Acme", Phone="1")
    org.world.remove_object("Account")
    assert rig.org.count("Account", Phone="1") == 1
    assert rig.org.rows("Account")[0]["Phone"] == "1"
