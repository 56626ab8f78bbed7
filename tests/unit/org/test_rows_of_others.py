"""What a user gets to hear of rows that sharing hides: nothing, not even that they are there."""

import json

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.schema.load import load_org_file

FILE = """
sfchaos_org: 1
name: private
objects:
  Account: {sharing: Private}
users:
  - {username: a@acme.example, profile: Low, integration: true}
  - {username: b@acme.example, profile: Low}
profiles:
  Low:
    system: [ApiEnabled]
    objects: {Account: [read, create, edit, delete], Attachment: [read, create, edit, delete]}
"""


@pytest.fixture
def org(tmp_path):
    (tmp_path / "org.yaml").write_text(FILE)
    return Org(schema=load_org_file(tmp_path / "org.yaml"), seed=7)


@pytest.fixture
def ask(org):
    [other] = [user["Id"] for user in org.admin.rows("User") if user["Username"] == "b@acme.example"]
    token = org.sessions.open(other, grant="soap-login", kind="api").token

    def ask(method, path, body=None, *, other=True, **headers):
        sent = (("Authorization", f"Bearer {token if other else org.credentials.access_token}"), ("Content-Type", "application/json"), *headers.items())
        reply = org.handle(Request(method, f"https://acme.my.salesforce.com/services/data/v62.0{path}", sent, json.dumps(body).encode() if body is not None else b""))
        assert "defect" not in org.receipt.facts, org.receipt.facts["defect"]
        return reply.status, json.loads(reply.body) if reply.body else None

    return ask


@pytest.fixture
def hidden(ask):
    return ask("POST", "/sobjects/Account", {"Name": "Secret"}, other=False)[1]["id"]


@pytest.mark.parametrize("headers", [{}, {"If-Match": '"x"'}, {"If-None-Match": "*"}, {"If-Unmodified-Since": "Thu, 15 Jan 2015 09:00:00 GMT"},
                                     {"If-Modified-Since": "Thu, 15 Jan 2099 09:00:00 GMT"}], ids=str)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_condition_does_not_give_away_a_hidden_row(ask, hidden, method, headers):
    body = {"Name": "Mine"} if method == "PATCH" else None
    assert ask(method, f"/sobjects/Account/{hidden}", body, **headers) == ask(method, f"/sobjects/Account/{hidden}", body)
    missing = "001000000000009AAA"
    status, [error] = ask(method, f"/sobjects/Account/{hidden}", body, **headers)
    assert (status, error["message"].replace(hidden, missing)) == (404, ask(method, f"/sobjects/Account/{missing}", body, **headers)[1][0]["message"])


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_that_a_hidden_row_was_deleted_is_not_told_either(ask, hidden, method):
    body = {"Name": "Mine"} if method == "PATCH" else None
    before = ask(method, f"/sobjects/Account/{hidden}", body)
    assert ask("DELETE", f"/sobjects/Account/{hidden}", other=False)[0] == 204
    assert ask(method, f"/sobjects/Account/{hidden}", body) == before
    assert ask(method, f"/sobjects/Account/{hidden}", body, other=False)[1][0]["errorCode"] == "ENTITY_IS_DELETED"


def test_hidden_rows_are_in_no_list_of_changes_and_cannot_be_brought_back(org, ask, hidden):
    org.clock.advance(120)
    span = "start=2026-01-15T08:00:00Z&end=2026-01-15T10:00:00Z"
    assert ask("GET", f"/sobjects/Account/updated?{span}")[1]["ids"] == []
    ask("DELETE", f"/sobjects/Account/{hidden}", other=False)
    org.clock.advance(120)
    assert ask("GET", f"/sobjects/Account/deleted?{span}")[1]["deletedRecords"] == []
    assert [row["id"] for row in ask("GET", f"/sobjects/Account/deleted?{span}", other=False)[1]["deletedRecords"]] == [hidden]
    [other] = [user["Id"] for user in org.admin.rows("User") if user["Username"] == "b@acme.example"]
    assert not org.dml.write("undelete", "Account", [{"Id": hidden}], user_id=other)[0].ok
    assert not org.recycle_bin.empty([hidden], user_id=other)[0].ok
    assert org.dml.write("undelete", "Account", [{"Id": hidden}], user_id=org.integration_user_id)[0].ok
