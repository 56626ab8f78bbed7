"""Faults of a rig as a gRPC client meets them, and what the journal says of it."""

import time

import grpc
import pytest

TOPIC = "/event/Shipment__e"
EARLIEST, CUSTOM = 1, 2


def failure(call):
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code(), dict(caught.value.trailing_metadata() or ()).get("error-code")


def exchanges(rig, op):
    return [line for line in rig.journal if line["kind"] == "exchange" and line["address"].startswith(op)]


def test_a_lost_reply_to_a_publish_leaves_the_event_published(client, rig):
    event = client.event(TOPIC, Number__c="1")
    rig.inject("net.response_lost", on="event.publish/*", times=1)
    assert failure(lambda: client.publish(TOPIC, event)) == (grpc.StatusCode.UNAVAILABLE, None)
    assert [client.read(e)["Number__c"] for e in client.subscribe(TOPIC, preset=EARLIEST).events(1)] == ["1"]
    line = exchanges(rig, "event.publish")[0]
    assert (line["applied"], line["delivered"], line["address"]) == ("yes", "lost", "event.publish/Shipment__e#1~1")


def test_a_connection_reset_before_a_publish_publishes_nothing(client, rig):
    event = client.event(TOPIC, Number__c="1")
    rig.inject("net.reset_before", on="event.publish/*", times=1)
    assert failure(lambda: client.publish(TOPIC, event))[0] is grpc.StatusCode.UNAVAILABLE
    assert client.publish(TOPIC, event).results[0].error.msg == ""
    assert len(client.subscribe(TOPIC, wanted=2, preset=EARLIEST).next().events) == 1


@pytest.mark.parametrize(("fault", "code", "error_code"), [
    ("http.503", grpc.StatusCode.UNAVAILABLE, "sfdc.platform.eventbus.grpc.service.unavailable"),
    ("http.503_html", grpc.StatusCode.UNAVAILABLE, "sfdc.platform.eventbus.grpc.service.unavailable"),
    ("auth.expired", grpc.StatusCode.UNAUTHENTICATED, "sfdc.platform.eventbus.grpc.service.auth.error"),
])  # fmt: skip
def test_what_stands_between_looks_like_grpc(client, rig, fault, code, error_code):
    rig.inject(fault, on="event.topic/*", times=1)
    assert failure(lambda: client.topic(TOPIC)) == (code, error_code)


def test_a_subscription_that_breaks_goes_on_after_the_last_event_that_came(client, rig):
    rig.inject("net.response_lost", on="event.fetch/*", times=1)
    stream = client.subscribe(TOPIC, wanted=3, preset=EARLIEST)
    client.publish_by_rest(1)
    first = stream.events(1)[0]
    client.publish_by_rest(2)
    client.publish_by_rest(3)
    assert failure(stream.next)[0] is grpc.StatusCode.UNAVAILABLE
    again = client.subscribe(TOPIC, wanted=2, preset=CUSTOM, replay_id=first.replay_id)
    assert [client.read(event)["Number__c"] for event in again.events(2)] == ["2", "3"]


def test_a_subscription_that_waits_writes_one_line_when_its_wait_is_over(client, rig):
    stream = client.subscribe(TOPIC)
    before = len(rig.journal)
    time.sleep(0.5)  # ten looks
    assert len(rig.journal) == before
    client.publish_by_rest(1)
    stream.events(1)
    lines = exchanges(rig, "event.subscribe")
    assert [(line["status"], line["delivered"]) for line in lines] == [(200, "whole")]


def test_the_token_stands_in_the_journal_by_its_label_only(client, rig):
    client.topic(TOPIC)
    line = exchanges(rig, "event.topic")[0]
    assert line["bearer"].startswith("secret:")
    assert dict(client.metadata)["accesstoken"] not in str(line)


def test_a_client_that_hangs_up_is_noted_as_one_that_got_nothing(client, rig):
    stream = client.subscribe(TOPIC)
    stream.close()
    ends = time.monotonic() + 5
    while not exchanges(rig, "event.subscribe"):
        assert time.monotonic() < ends, "the wait was never given up"
        time.sleep(0.01)
    assert exchanges(rig, "event.subscribe")[0]["status"] == 0
