"""The checklist's lines about the life of rows (wire reference, section 16), and what belongs beside them, through every door."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
import requests

HOST = "https://acme.my.salesforce.com/services/data/v62.0"


class Client:
    def __init__(self, place) -> None:
        self.place, self.session = place, place.session()

    def say(self, method, path, json=None, **more):
        headers = {"Authorization": f"Bearer {self.place.org.credentials.access_token}", **more.pop("headers", {})}
        return self.session.request(method, HOST + path, json=json, headers=headers, **more)

    def create(self, sobject, **fields):
        reply = self.say("POST", f"/sobjects/{sobject}", fields)
        assert reply.status_code == 201, reply.text
        return reply.json()["id"]

    def window(self, back_s=600):
        now_s = self.place.org.now_s()
        start, end = (datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00") for at_s in (now_s - back_s, now_s + 600))
        return {"start": start, "end": end}


@pytest.fixture
def client(place):
    return Client(place)


def test_37_get_updated_and_get_deleted_have_their_keys_and_windows(client):
    kept, gone = client.create("Account", Name="Kept"), client.create("Account", Name="Gone")
    assert client.say("DELETE", f"/sobjects/Account/{gone}").status_code == 204
    client.place.org.clock.advance(60)
    updated = client.say("GET", "/sobjects/Account/updated/", params=client.window()).json()
    assert list(updated) == ["ids", "latestDateCovered"]
    assert updated["ids"] == [kept]
    deleted = client.say("GET", "/sobjects/Account/deleted/", params=client.window()).json()
    assert list(deleted) == ["deletedRecords", "earliestDateAvailable", "latestDateCovered"]
    assert [(list(row), row["id"]) for row in deleted["deletedRecords"]] == [(["deletedDate", "id"], gone)]
    assert deleted["latestDateCovered"].endswith(":00.000+0000")
    for span in ({"start": client.window()["end"], "end": client.window()["start"]}, client.window(31 * 86_400)):
        reply = client.say("GET", "/sobjects/Account/updated/", params=span)
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALID_REPLICATION_DATE")


def test_a_restored_row_is_there_again_for_every_door(client):
    account = client.create("Account", Name="Acme")
    client.create("Contact", LastName="Byron", AccountId=account)
    assert client.say("DELETE", f"/sobjects/Account/{account}").status_code == 204
    assert client.say("GET", f"/sobjects/Account/{account}").json() == [{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]
    assert client.say("PATCH", f"/sobjects/Account/{account}", {"Name": "x"}).status_code == 404
    [result] = client.place.org.dml.write("undelete", "Account", [{"Id": account}], user_id=client.place.org.integration_user_id)
    assert result.ok
    found = client.say("GET", f"/sobjects/Account/{account}/Contacts", params={"fields": "LastName"}).json()
    assert [row["LastName"] for row in found["records"]] == ["Byron"]


def test_a_file_sent_as_a_form_comes_back_byte_for_byte(client):
    data = bytes(range(256)) * 300
    reply = client.say("POST", "/sobjects/ContentVersion", files={
        "entity_content": (None, '{"PathOnClient": "a.bin", "Title": "a"}', "application/json"), "VersionData": ("a.bin", data, "application/octet-stream"),
    })  # fmt: skip
    assert reply.status_code == 201, reply.text
    version = client.say("GET", f"/sobjects/ContentVersion/{reply.json()['id']}").json()
    blob = client.say("GET", version["VersionData"].removeprefix("/services/data/v62.0"))
    assert (blob.content, blob.headers["Content-Type"], version["ContentSize"]) == (data, "application/octetstream", len(data))
    again = client.say("POST", "/sobjects/ContentVersion", {"PathOnClient": "a.bin", "VersionData": base64.b64encode(data).decode(), "ContentDocumentId": version["ContentDocumentId"]})
    assert client.say("GET", f"/sobjects/ContentVersion/{again.json()['id']}").json()["VersionNumber"] == "2"


def test_a_parent_is_reached_changed_and_missed_by_its_path(client):
    account = client.create("Account", Name="Acme")
    contact = client.create("Contact", LastName="Byron", AccountId=account)
    path = f"/sobjects/Contact/{contact}/Account"
    assert client.say("PATCH", path, {"Name": "New"}).status_code == 204
    assert client.say("GET", path, params={"fields": "Name"}).json()["Name"] == "New"
    missing: requests.Response = client.say("GET", f"/sobjects/Contact/{contact}/ReportsTo")
    assert (missing.status_code, missing.text) == (404, '[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]')


def test_conditions_of_a_row_hold_through_every_door(client):
    account = client.create("Account", Name="Acme")
    tag = client.say("GET", f"/sobjects/Account/{account}").headers["ETag"]
    same = client.say("GET", f"/sobjects/Account/{account}", headers={"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")
    assert client.say("PATCH", f"/sobjects/Account/{account}", {"Name": "x"}, headers={"If-Match": '"other"'}).status_code == 412
    assert client.say("PATCH", f"/sobjects/Account/{account}", {"Name": "x"}, headers={"If-Match": tag}).status_code == 204
