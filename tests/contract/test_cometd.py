"""CometD as a client meets it, through every door: handshake, subscribe, the long poll, replay, loss (wire reference, section 11)."""

from __future__ import annotations

import threading
import time

import pytest
import requests

HOST = "https://acme.my.salesforce.com"
DATA = HOST + "/services/data/v62.0"


class Stream:
    def __init__(self, place) -> None:
        self.place, self.session = place, place.session()
        self.token = place.org.credentials.access_token
        self.number = 0
        self.client_id = ""

    def send(self, *messages, **how):
        sent = [self.completed(message) for message in messages]
        return self.session.post(f"{HOST}/cometd/62.0", json=sent, headers={"Authorization": f"Bearer {self.token}"}, timeout=how.get("timeout", 120))

    def completed(self, message):
        self.number += 1
        mine = {"clientId": self.client_id} if self.client_id else {}
        return {**mine, "id": str(self.number), **message}

    def handshake(self, **ext):
        ext = ext or {"ext": {"replay": True}}
        reply = self.send({"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"], **ext}).json()[0]
        self.client_id = reply.get("clientId", "")
        return reply

    def subscribe(self, channel, replay=None):
        ext = {} if replay is None else {"ext": {"replay": {channel: replay}}}
        return self.send({"channel": "/meta/subscribe", "subscription": channel, **ext}).json()[0]

    def connect(self, **how):
        return self.send({"channel": "/meta/connect", "connectionType": "long-polling"}, **how).json()

    def open(self, *channels, replay=None):
        assert self.handshake()["successful"]
        assert all(self.subscribe(channel, replay)["successful"] for channel in channels)
        self.connect()
        return self

    def say(self, method, path, json=None):
        with requests.Session() as session:
            return session.request(method, DATA + path, json=json, headers={"Authorization": f"Bearer {self.place.org.credentials.access_token}"})

    def publish(self, number):
        reply = self.say("POST", "/sobjects/Order__e", {"Order_Number__c": number})
        assert reply.status_code == 201, reply.text
        return reply.json()


@pytest.fixture
def stream(place):
    return Stream(place)


def numbers(messages):
    return [message["data"]["payload"]["Order_Number__c"] for message in messages if "data" in message]


def replay_ids(messages):
    return [message["data"]["event"]["replayId"] for message in messages if "data" in message]


def test_the_handshake_has_its_keys_in_order_and_sets_a_cookie(stream):
    reply = stream.handshake()
    assert list(reply) == ["ext", "minimumVersion", "clientId", "supportedConnectionTypes", "channel", "id", "version", "successful"]
    assert reply["ext"] == {"replay": True, "payload.format": True}
    assert reply["supportedConnectionTypes"] == ["long-polling"]
    assert "BAYEUX_BROWSER" in stream.session.cookies


def test_an_event_published_by_rest_comes_with_the_next_connect(stream):
    stream.open("/event/Order__e")
    published = stream.publish("A-1")
    assert published["success"] is True
    assert published["errors"][0]["statusCode"] == "OPERATION_ENQUEUED"
    event, connected = stream.connect()
    assert event["channel"] == "/event/Order__e"
    assert len(event["data"]["schema"]) == 22
    assert event["data"]["payload"]["Order_Number__c"] == "A-1"
    assert event["data"]["event"]["EventUuid"] == published["errors"][0]["message"]
    assert (connected["channel"], connected["successful"]) == ("/meta/connect", True)


def test_a_held_connect_is_answered_when_the_event_comes(stream):
    stream.open("/event/Order__e")
    got = []
    thread = threading.Thread(target=lambda: got.append(stream.connect()))
    thread.start()
    for _ in range(1000):
        if stream.place.org.registers.streams[stream.client_id].turn == 2:
            break
        time.sleep(0.01)
    stream.publish("while waiting")
    thread.join(20)
    assert numbers(got[0]) == ["while waiting"]
    lines = [line for line in stream.place.rig.journal if line.get("op") == "event.connect"]
    assert [line["status"] for line in lines] == [200, 200]


def test_changes_of_chosen_objects_come_as_change_events(stream):
    stream.place.org.admin.create("PlatformEventChannelMember", EventChannel="ChangeEvents", SelectedEntity="AccountChangeEvent")
    stream.open("/data/AccountChangeEvent")
    account = stream.say("POST", "/sobjects/Account", {"Name": "Acme"}).json()["id"]
    assert stream.say("PATCH", f"/sobjects/Account/{account}", {"Rating": "Hot", "BillingCity": "Roma"}).status_code == 204
    messages = stream.connect()[:-1]
    first, second = (message["data"]["payload"] for message in messages)
    assert list(first["ChangeEventHeader"]) == ["commitNumber", "commitUser", "sequenceNumber", "entityName", "changeType", "changedFields", "changeOrigin",
                                                "transactionKey", "commitTimestamp", "recordIds"]  # fmt: skip
    assert first["ChangeEventHeader"]["changeType"] == "CREATE"
    assert first["Name"] == "Acme"
    assert second["ChangeEventHeader"]["recordIds"] == [account]
    assert {"Rating", "BillingAddress.City"} <= set(second["ChangeEventHeader"]["changedFields"])
    assert (second["Rating"], second["BillingAddress"]) == ("Hot", {"City": "Roma"})
    assert "Name" not in second


def test_replay_gives_all_that_is_kept_or_what_came_after_an_id(stream):
    for number in ("1", "2", "3"):
        stream.publish(number)
    stream.handshake()
    stream.subscribe("/event/Order__e", -2)
    messages = stream.connect()
    assert numbers(messages) == ["1", "2", "3"]
    assert replay_ids(messages) == sorted(replay_ids(messages))
    again = Stream(stream.place)
    again.handshake()
    again.subscribe("/event/Order__e", replay_ids(messages)[0])
    assert numbers(again.connect()) == ["2", "3"]


def test_a_client_that_did_not_speak_of_replay_in_its_handshake_may_still_replay(stream):
    """As aiosfstream does."""
    stream.publish("1")
    stream.handshake(ext={})
    stream.subscribe("/event/Order__e", -2)
    assert numbers(stream.connect()) == ["1"]


def test_a_replay_id_that_never_was_is_refused_with_the_exact_text(stream):
    stream.handshake()
    reply = stream.subscribe("/event/Order__e", 987654)
    assert reply["successful"] is False
    assert reply["error"] == ("400::The replayId {987654} you provided was invalid.  Please provide a valid ID, -2 to replay all events, "
                              "or -1 to replay only new events.")  # fmt: skip


def test_events_older_than_three_days_are_gone_and_their_ids_invalid(stream):
    stream.publish("old")
    old = stream.place.org.events.last_replay_id
    stream.place.org.clock.advance(72 * 3600 + 60)
    stream.token = stream.place.org.sessions.open(stream.place.org.integration_user_id, grant="test").token
    stream.handshake()
    assert stream.subscribe("/event/Order__e", old)["error"].startswith(f"400::The replayId {{{old}}} you provided was invalid.")
    assert stream.subscribe("/event/Order__e", -2)["successful"]
    assert numbers(stream.connect()) == []


def test_an_unknown_channel_is_denied(stream):
    stream.handshake()
    assert stream.subscribe("/event/Nothing__e")["error"] == "403:denied_by_security_policy:create_denied"
    assert stream.subscribe("/topic/Nothing")["error"] == "403:denied_by_security_policy:create_denied"


def test_a_client_that_stays_away_for_forty_seconds_is_unknown(stream):
    stream.open("/event/Order__e")
    stream.place.org.clock.advance(41)
    (reply,) = stream.connect()
    assert reply["error"] == "403::Unknown client"
    assert reply["advice"]["reconnect"] == "handshake"


def test_a_bad_token_denies_the_handshake(stream):
    stream.token = "00D000000000000!nobody"
    reply = stream.handshake()
    assert (reply["error"], reply["advice"]) == ("403::Handshake denied", {"reconnect": "none"})
    assert reply["ext"]["sfdc"]["failureReason"] == "401::Authentication invalid"


def test_a_session_that_ends_ends_the_stream(stream):
    stream.open("/event/Order__e")
    stream.place.org.sessions.end(stream.token)
    first, second = stream.connect()
    assert first == {"channel": "/meta/disconnect"}
    assert (second["error"], second["advice"]["reconnect"]) == ("401::Authentication invalid", "none")


def test_a_disconnected_client_is_forgotten(stream):
    stream.open("/event/Order__e")
    assert stream.send({"channel": "/meta/disconnect"}).json()[0]["successful"] is True
    assert stream.connect()[0]["error"] == "403::Unknown client"


def test_a_client_without_patience_gets_its_own_time_out_and_loses_nothing(stream):
    stream.open("/event/Order__e")
    with pytest.raises((requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError)):
        stream.connect(timeout=0.3)
    stream.publish("after the time-out")
    assert numbers(stream.connect()) == ["after the time-out"]


def test_a_batch_is_answered_in_its_order_and_never_held(stream):
    stream.handshake()
    replies = stream.send({"channel": "/meta/subscribe", "subscription": "/event/Order__e"}, {"channel": "/meta/connect", "connectionType": "long-polling"}).json()
    assert [reply["channel"] for reply in replies] == ["/meta/subscribe", "/meta/connect"]


def test_a_push_topic_tells_of_rows_that_its_query_finds(stream):
    made = stream.say("POST", "/sobjects/PushTopic", {"Name": "Hot", "Query": "SELECT Id, Name FROM Account WHERE Rating = 'Hot'", "ApiVersion": 62.0})
    assert made.status_code == 201, made.text
    stream.open("/topic/Hot")
    stream.say("POST", "/sobjects/Account", {"Name": "Cold one", "Rating": "Cold"})
    hot = stream.say("POST", "/sobjects/Account", {"Name": "Hot one", "Rating": "Hot"}).json()["id"]
    event, _ = stream.connect()
    assert event["data"]["sobject"] == {"Id": hot, "Name": "Hot one"}
    assert (event["channel"], event["data"]["event"]["type"]) == ("/topic/Hot", "created")


def test_a_generic_channel_carries_any_text(stream):
    channel = stream.say("POST", "/sobjects/StreamingChannel", {"Name": "/u/notices"}).json()["id"]
    stream.open("/u/notices")
    pushed = stream.say("POST", f"/sobjects/StreamingChannel/{channel}/push", {"pushEvents": [{"payload": "hello", "userIds": []}]})
    assert pushed.json() == [{"fanoutCount": -1, "userOnlineStatus": {}}]
    event, _ = stream.connect()
    assert (event["channel"], event["data"]["payload"]) == ("/u/notices", "hello")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"[1]", b"\xff\xfe", b"[" * 100_000, b'[{"id": NaN}]'])
def test_a_body_that_is_no_list_of_messages_is_a_bad_request(stream, body):
    reply = stream.session.post(f"{HOST}/cometd/62.0", data=body, headers={"Authorization": f"Bearer {stream.token}", "Content-Type": "application/json"}, timeout=120)
    assert (reply.status_code, reply.content) == (400, b"")
