"""Change events over gRPC, and the same events as streaming clients get them."""

import json

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.events.avro import schema_of_change
from sfchaos.org.events.avro_bitmaps import names_of

CHANGES = "/data/AccountChangeEvent"
EARLIEST = 1


@pytest.fixture
def captured(rig):
    """Accounts and contacts chosen for Change Data Capture."""
    for entity in ("AccountChangeEvent", "ContactChangeEvent"):
        rig.org.create("PlatformEventChannelMember", DeveloperName=entity, MasterLabel=entity, EventChannel="ChangeEvents", SelectedEntity=entity)


def names(org, bitmaps, sobject="Account"):
    return names_of(bitmaps, schema_of_change(org.schema, org.schema.find(sobject)).tree())


@pytest.mark.usefixtures("captured")
def test_a_new_account_is_a_create_event_with_its_values(client, org):
    stream = client.subscribe(CHANGES, preset=EARLIEST)
    reply = client.rest("POST", "/sobjects/Account", b'{"Name": "Acme", "BillingStreet": "12 Main Street", "AnnualRevenue": 13, "NumberOfEmployees": 3}')
    record_id = json.loads(reply.body)["id"]
    payload = client.read(stream.events(1)[0])
    header = payload["ChangeEventHeader"]
    assert (header["entityName"], header["recordIds"], header["changeType"], header["commitUser"]) == ("Account", [record_id], "CREATE", org.integration_user_id)
    assert (header["changedFields"], header["nulledFields"], header["diffFields"]) == ([], [], [])
    assert (payload["Name"], payload["AnnualRevenue"], payload["NumberOfEmployees"]) == ("Acme", 13.0, 3)
    assert payload["BillingAddress"]["Street"] == "12 Main Street"
    assert payload["Phone"] is None
    assert isinstance(payload["CreatedDate"], int)


@pytest.mark.usefixtures("captured")
def test_an_update_names_what_changed_and_what_was_emptied_in_bits(client, org):
    record_id = json.loads(client.rest("POST", "/sobjects/Account", b'{"Name": "Acme", "Phone": "1", "BillingStreet": "12 Main Street"}').body)["id"]
    org.clock.advance(2)  # LastModifiedDate counts seconds
    client.rest("PATCH", f"/sobjects/Account/{record_id}", b'{"Phone": null, "Site": "HQ", "BillingStreet": "14 Main Street"}')
    event = client.subscribe(CHANGES, wanted=2, preset=EARLIEST).events(2)[1]
    payload = client.read(event)
    header = payload["ChangeEventHeader"]
    assert header["changedFields"][0].startswith("0x")
    assert set(names(org, header["changedFields"])) == {"Phone", "Site", "BillingAddress.Street", "LastModifiedDate"}
    assert names(org, header["nulledFields"]) == ["Phone"]
    assert (payload["Name"], payload["Phone"], payload["Site"]) == (None, None, "HQ")


@pytest.mark.usefixtures("captured")
def test_a_deletion_has_only_its_header(client):
    record_id = json.loads(client.rest("POST", "/sobjects/Account", b'{"Name": "Acme"}').body)["id"]
    client.rest("DELETE", f"/sobjects/Account/{record_id}", b"")
    payload = client.read(client.subscribe(CHANGES, wanted=2, preset=EARLIEST).events(2)[1])
    assert payload.pop("ChangeEventHeader")["changeType"] == "DELETE"
    assert set(payload.values()) == {None}


@pytest.mark.usefixtures("captured")
def test_the_channel_of_all_changes_has_events_of_several_schemas(client, org):
    org.rights.forget()
    client.rest("POST", "/sobjects/Account", b'{"Name": "Acme"}')
    client.rest("POST", "/sobjects/Contact", b'{"FirstName": "Ada", "LastName": "Byron"}')
    token = org.sessions.open(org.admin_user_id, grant="test").token
    metadata = tuple({**dict(client.metadata), "accesstoken": token}.items())
    topic = client.topic("/data/ChangeEvents", metadata)
    assert (topic.schema_id, topic.can_publish) == ("", False)
    events = client.subscribe("/data/ChangeEvents", wanted=2, preset=EARLIEST, metadata=metadata).events(2)
    payloads = [client.read(event) for event in events]
    assert [payload["ChangeEventHeader"]["entityName"] for payload in payloads] == ["Account", "Contact"]
    assert payloads[1]["Name"] == {"Salutation": None, "FirstName": "Ada", "LastName": "Byron"}


@pytest.mark.usefixtures("captured")
def test_a_field_that_the_user_may_not_read_is_not_delivered(client, org):
    from sfchaos.org import access

    account = org.schema.find("Account")
    access.hide(org, account, account.find("Site"))
    rows = org.dml.write("create", "Account", [{"Name": "Acme", "Site": "HQ"}], user_id=org.admin_user_id, as_admin=True)
    org.changes.flush()
    assert rows[0].ok
    payload = client.read(client.subscribe(CHANGES, preset=EARLIEST).events(1)[0])
    assert (payload["Name"], payload["Site"]) == ("Acme", None)


def test_changes_of_an_object_that_was_not_chosen_are_no_topic(client):
    import grpc

    with pytest.raises(grpc.RpcError) as caught:
        client.topic(CHANGES)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


# ------------------------------------------------------------------ the same to everybody


class Bayeux:
    """A streaming client, as far as one event needs it. `say` gives what comes back for some messages."""

    def __init__(self, client):
        self._client, self._cookie = client, ""
        hello = self.say(channel="/meta/handshake", version="1.0", supportedConnectionTypes=["long-polling"], ext={"replay": True})
        self._id = hello[0]["clientId"]

    def say(self, **message):
        env = dict(self._client.metadata)
        headers = (("Authorization", f"Bearer {env['accesstoken']}"), ("Content-Type", "application/json"), ("Cookie", self._cookie))
        if self._cookie:
            message["clientId"] = self._id
        reply = self._client.rig.handle(Request("POST", f"{env['instanceurl']}/cometd/62.0", headers, json.dumps([message]).encode()))
        self._cookie = self._cookie or next(value.partition(";")[0] for name, value in reply.headers if name == "Set-Cookie" and "BAYEUX_BROWSER" in value)
        return json.loads(reply.body)


def test_an_event_published_here_reaches_a_streaming_client_with_the_same_values(client):
    topic = "/event/Shipment__e"
    browser = Bayeux(client)
    browser.say(channel="/meta/subscribe", subscription=topic, ext={"replay": {topic: -2}})
    result = client.publish(topic, client.event(topic, Number__c="7", Amount__c=1.5, Paid__c=False)).results[0]
    messages = browser.say(channel="/meta/connect", connectionType="long-polling")
    data = next(message["data"] for message in messages if message["channel"] == topic)
    delivered = client.subscribe(topic, preset=EARLIEST).events(1)[0]
    payload = client.read(delivered)
    assert data["schema"] == delivered.event.schema_id
    assert data["event"]["replayId"] == int.from_bytes(result.replay_id, "big") == int.from_bytes(delivered.replay_id, "big")
    assert data["event"]["EventUuid"] == delivered.event.id
    shown = {name: data["payload"][name] for name in ("Number__c", "Amount__c", "Paid__c", "CreatedById")}
    assert shown == {name: payload[name] for name in shown}


def test_rest_gives_the_same_schema_by_name_and_by_id(client):
    schema_id = client.topic("/event/Shipment__e").schema_id
    by_name = json.loads(client.rest("GET", "/sobjects/Shipment__e/eventSchema?payloadFormat=COMPACT", b"").body)
    by_id = json.loads(client.rest("GET", f"/event/eventSchema/{schema_id}?payloadFormat=COMPACT", b"").body)
    assert by_name == by_id
    assert by_name["uuid"] == schema_id
    assert by_name["fields"] == client.schema(schema_id)["fields"]
