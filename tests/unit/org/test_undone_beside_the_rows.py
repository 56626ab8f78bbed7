"""What a row brings with it and is no row (sessions, passwords, the recycle bin) is undone when the row is."""

import json
from urllib.parse import urlencode

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org

HOST = "https://acme.my.salesforce.com"
BAD = {"method": "POST", "url": "/services/data/v62.0/sobjects/Account", "referenceId": "bad", "body": {}}


class Place:
    """An org with an administrator who asks and a user `bob` who is asked about."""

    def __init__(self):
        self.org = Org(seed=7)
        self.admin = self.org.sessions.open(self.org.admin_user_id, grant="soap-login").token
        profile = self.org.admin.query("SELECT Id FROM Profile")[0]["Id"]
        self.bob = self.org.admin.create("User", Username="bob@acme.example", LastName="Bob", Alias="bob", Email="bob@acme.example", ProfileId=profile,
                                         TimeZoneSidKey="America/Los_Angeles", LocaleSidKey="en_US", EmailEncodingKey="UTF-8", LanguageLocaleKey="en_US")  # fmt: skip
        self.token = self.org.sessions.open(self.bob, grant="soap-login").token

    def say(self, method, path, body=None, token=None):
        headers = (("Authorization", f"Bearer {token or self.admin}"), ("Content-Type", "application/json"))
        reply = self.org.handle(Request(method, f"{HOST}/services/data/v62.0{path}", headers, b"" if body is None else json.dumps(body).encode()))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        return reply.status, json.loads(reply.body) if reply.body else None

    def query(self, soql):
        return self.say("GET", "/query?" + urlencode({"q": soql}))[1]["records"]

    def undone(self, method, path, body=None):
        """The statuses of a composite whose second part makes it roll back the first."""
        part = {"method": method, "url": f"/services/data/v62.0{path}", "referenceId": "first", **({} if body is None else {"body": body})}
        parts = self.say("POST", "/composite", {"allOrNone": True, "compositeRequest": [part, BAD]})[1]["compositeResponse"]
        assert [item["body"][0]["errorCode"] for item in parts] == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]

    def bob_is_in(self):
        return self.say("GET", "/limits", token=self.token)[0] == 200

    def logs_in(self, secret):
        known = self.org.credentials
        form = {"grant_type": "password", "client_id": known.client_id, "client_secret": known.client_secret, "username": "bob@acme.example", "password": secret}
        return self.org.handle(Request("POST", HOST + "/services/oauth2/token", (), urlencode(form).encode())).status == 200


@pytest.fixture
def place():
    return Place()


def test_a_user_whose_deactivation_is_rolled_back_stays_logged_in(place):
    place.undone("PATCH", f"/sobjects/User/{place.bob}", {"IsActive": False})
    assert place.bob_is_in()
    assert place.say("PATCH", f"/sobjects/User/{place.bob}", {"IsActive": False})[0] == 204
    assert not place.bob_is_in()


def test_collections_that_roll_back_end_no_session_and_tell_of_none(place):
    events = []
    place.org.on_event(events.append)
    kind = {"attributes": {"type": "User"}, "IsActive": False}
    status, items = place.say("PATCH", "/composite/sobjects", {"allOrNone": True, "records": [{**kind, "id": place.bob}, {**kind, "id": "005000000000999AAA"}]})
    assert (status, [item["success"] for item in items]) == (200, [False, False])
    assert place.bob_is_in()
    assert [event for event in events if event.event == "token_ended"] == []


def test_a_session_whose_deleted_row_comes_back_lives_on(place):
    [row] = place.query(f"SELECT Id FROM AuthSession WHERE UsersId = '{place.bob}'")
    place.undone("DELETE", f"/sobjects/AuthSession/{row['Id']}")
    assert place.bob_is_in()
    assert place.say("DELETE", f"/sobjects/AuthSession/{row['Id']}")[0] == 204
    assert not place.bob_is_in()


def test_a_password_that_was_rolled_back_does_not_work_and_the_old_one_does(place):
    old = place.org.credentials.password_of("bob@acme.example") + place.org.credentials.security_token_of("bob@acme.example")
    place.undone("POST", f"/sobjects/User/{place.bob}/password", {"NewPassword": "Another-1-of-them"})
    assert place.logs_in(old)


def test_a_cascade_that_was_rolled_back_leaves_nothing_in_the_recycle_bin(place):
    account = place.say("POST", "/sobjects/Account", {"Name": "Acme"})[1]["id"]
    place.say("POST", "/sobjects/Contact", {"LastName": "Ng", "AccountId": account})
    before = dict(place.org.registers.recycle_bin)
    place.undone("DELETE", f"/sobjects/Account/{account}")
    assert dict(place.org.registers.recycle_bin) == before
    assert place.say("DELETE", f"/sobjects/Account/{account}")[0] == 204
    assert account in place.org.registers.recycle_bin


def test_what_is_put_back_follows_the_unit_it_was_asked_for_in():
    store, done = Org(seed=1).store, []

    def failing(*names):
        with store.unit():
            for name in names:
                store.on_undo(lambda name=name: done.append(name))
            raise KeyError

    with store.unit():
        with store.unit():
            store.on_undo(lambda: done.append("kept"))
        with pytest.raises(KeyError):
            failing("first", "second")
        assert done == ["second", "first"]
    with pytest.raises(KeyError):
        failing()
    assert done == ["second", "first"]
    with pytest.raises(KeyError), store.unit():
        failing("inner")
    assert done == ["second", "first", "inner"]
