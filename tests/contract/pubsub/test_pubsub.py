"""The Pub/Sub API as a generated stub sees it, over a real socket."""

import time

import grpc
import pytest

TOPIC = "/event/Shipment__e"
AUTH = "sfdc.platform.eventbus.grpc.service.auth.error"
LATEST, EARLIEST, CUSTOM = 0, 1, 2


def refusal(call):
    """Code, error-code and text of a call that is refused."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error = caught.value
    return error.code(), dict(error.trailing_metadata()).get("error-code"), error.details()


# ------------------------------------------------------------------ topics and schemas


def test_a_topic_tells_its_schema_and_what_the_user_may_do(client, org):
    topic = client.topic(TOPIC)
    assert (topic.topic_name, topic.can_publish, topic.can_subscribe) == (TOPIC, True, True)
    assert topic.tenant_guid == f"CORE/prod/{org.org_id}"
    assert [field["name"] for field in client.schema(topic.schema_id)["fields"]] == ["CreatedDate", "CreatedById", "Number__c", "Amount__c", "Paid__c"]


def test_a_topic_that_is_not_there_is_not_found(client, org):
    code, error_code, text = refusal(lambda: client.topic("/event/Gone__e"))
    assert code is grpc.StatusCode.NOT_FOUND
    assert error_code == "sfdc.platform.eventbus.grpc.topic.not.found"
    assert text.startswith(f"The topic information for org CORE/prod/{org.org_id} and topic /event/Gone__e not found. "
                           "Ensure the topic name is correct and that the topic exists. rpcId: ")  # fmt: skip


def test_a_schema_that_is_not_there_is_not_found(client):
    assert refusal(lambda: client.schema("AAAAAAAAAAAAAAAAAAAAAA"))[0] is grpc.StatusCode.NOT_FOUND


def test_a_new_field_makes_a_new_schema_and_the_old_one_stays_known(client, org):
    from sfchaos.org.schema.model import Field

    before = client.topic(TOPIC).schema_id
    org.schema = org.schema.with_object(org.schema.find("Shipment__e").with_field(Field("City__c", custom=True)))
    after = client.topic(TOPIC).schema_id
    assert after != before
    assert [field["name"] for field in client.schema(after)["fields"]][-1] == "City__c"
    assert [field["name"] for field in client.schema(before)["fields"]][-1] == "Paid__c"


# ------------------------------------------------------------------ who calls


@pytest.mark.parametrize("wrong", [
    {"accesstoken": "00Dnobody!knows"}, {"tenantid": "00D000000000000EAA"}, {"instanceurl": "https://other.my.salesforce.com"}, {"instanceurl": "nowhere"},
], ids=str)  # fmt: skip
def test_wrong_metadata_are_not_authenticated(client, wrong):
    metadata = tuple({**dict(client.metadata), **wrong}.items())
    code, error_code, text = refusal(lambda: client.topic(TOPIC, metadata))
    assert (code, error_code) == (grpc.StatusCode.UNAUTHENTICATED, AUTH)
    assert text.startswith("An authentication exception occurred. Provide valid authentication via metadata headers. rpcId: ")


@pytest.mark.parametrize("name", ["accesstoken", "tenantid", "instanceurl"])
def test_each_of_the_three_metadata_is_needed(client, name):
    metadata = tuple(pair for pair in client.metadata if pair[0] != name) or (("x", "y"),)
    assert refusal(lambda: client.topic(TOPIC, metadata))[:2] == (grpc.StatusCode.UNAUTHENTICATED, AUTH)


def test_a_refusal_names_its_rpc_in_text_and_trailer(client):
    with pytest.raises(grpc.RpcError) as caught:
        client.topic("/event/Gone__e")
    assert caught.value.details().endswith("rpcId: " + dict(caught.value.trailing_metadata())["rpc-id"])


def test_a_session_that_ends_ends_its_subscriptions(client, org):
    stream = client.subscribe(TOPIC)
    client.publish_by_rest(1)
    stream.events(1)
    stream.fetch(1)
    org.sessions.expire_session("")
    assert refusal(stream.next)[:2] == (grpc.StatusCode.UNAUTHENTICATED, AUTH)


# ------------------------------------------------------------------ publish and subscribe


def test_an_event_published_by_rest_is_delivered(client):
    stream = client.subscribe(TOPIC)
    client.publish_by_rest(7)
    reply = stream.next()
    assert client.read(reply.events[0])["Number__c"] == "7"
    assert reply.latest_replay_id == reply.events[0].replay_id
    assert len(reply.latest_replay_id) == 8


def test_an_event_published_here_is_delivered_with_what_it_says(client, org):
    stream = client.subscribe(TOPIC, preset=EARLIEST)
    reply = client.publish(TOPIC, client.event(TOPIC, "key-1", Number__c="A-1", Amount__c=12.5, Paid__c=True))
    assert reply.schema_id == client.topic(TOPIC).schema_id
    assert [(r.correlation_key, r.error.msg) for r in reply.results] == [("key-1", "")]
    event = stream.events(1)[0]
    payload = client.read(event)
    assert event.replay_id == reply.results[0].replay_id
    assert (payload["Number__c"], payload["Amount__c"], payload["Paid__c"]) == ("A-1", 12.5, True)
    assert payload["CreatedById"] == org.integration_user_id
    assert abs(payload["CreatedDate"] / 1000 - time.time()) < 60


def test_events_that_cannot_be_read_are_refused_one_by_one(client):
    good = client.event(TOPIC, "good", Number__c="1")
    bad = client.pb.ProducerEvent(id="bad", schema_id=good.schema_id, payload=b"\x00")
    other = client.pb.ProducerEvent(id="other", schema_id=client.topic("/event/Alarm__e").schema_id, payload=good.payload)
    long = client.event(TOPIC, "long", Number__c="x" * 19)
    results = client.publish(TOPIC, bad, good, other, long).results
    assert [r.correlation_key for r in results] == ["bad", "good", "other", "long"]
    assert [bool(r.replay_id) for r in results] == [False, True, False, False]
    assert [r.error.code for r in results] == [1, 0, 1, 1]
    assert "STRING_TOO_LONG" in results[3].error.msg


def test_a_publish_stream_answers_each_request_in_order(client):
    asks = [client.pb.PublishRequest(topic_name=TOPIC, events=[client.event(TOPIC, "1", Number__c="1")]),
            client.pb.PublishRequest(events=[client.event(TOPIC, "2"), client.event(TOPIC, "3")])]  # fmt: skip
    replies = list(client.stub.PublishStream(iter(asks), metadata=client.metadata, timeout=10))
    assert [[r.correlation_key for r in reply.results] for reply in replies] == [["1"], ["2", "3"]]


def test_a_publish_stream_keeps_its_topic(client):
    asks = [client.pb.PublishRequest(topic_name=TOPIC, events=[client.event(TOPIC)]), client.pb.PublishRequest(topic_name="/event/Alarm__e", events=[client.event(TOPIC)])]
    stream = client.stub.PublishStream(iter(asks), metadata=client.metadata, timeout=10)
    next(stream)
    assert refusal(lambda: next(stream))[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_a_user_who_may_not_create_the_event_may_not_publish_it(client, org):
    from sfchaos.org import access

    event = client.event(TOPIC)
    access.take_away(org, org.schema.find("Shipment__e"), "create")
    assert refusal(lambda: client.publish(TOPIC, event))[0] is grpc.StatusCode.PERMISSION_DENIED
    assert client.topic(TOPIC).can_publish is False


# ------------------------------------------------------------------ flow control


def test_no_more_events_come_than_were_asked_for(client):
    stream = client.subscribe(TOPIC, wanted=2, preset=EARLIEST)
    for number in range(5):
        client.publish_by_rest(number)
    assert [client.read(event)["Number__c"] for event in stream.events(2)] == ["0", "1"]
    stream.fetch(3)
    assert [client.read(event)["Number__c"] for event in stream.events(3)] == ["2", "3", "4"]


def test_pending_num_requested_counts_what_is_still_to_come(client):
    for number in range(3):
        client.publish_by_rest(number)
    stream = client.subscribe(TOPIC, wanted=5, preset=EARLIEST)
    reply = stream.next()
    assert (len(reply.events), reply.pending_num_requested) == (3, 2)
    with client.heard():
        stream.fetch(4)
    client.publish_by_rest(3)
    reply = stream.next()
    assert (len(reply.events), reply.pending_num_requested) == (1, 5)


def test_a_client_that_has_said_all_still_gets_what_it_asked_for(client):
    stream = client.subscribe(TOPIC, wanted=2, preset=EARLIEST)
    stream.end()
    client.publish_by_rest(1)
    client.publish_by_rest(2)
    assert len([event for reply in stream.call for event in reply.events]) == 2
    assert stream.call.code() is grpc.StatusCode.OK


def test_many_streams_get_every_event(client):
    streams = [client.subscribe(TOPIC, wanted=3, preset=EARLIEST) for _ in range(20)]
    for number in range(3):
        client.publish_by_rest(number)
    assert [[client.read(event)["Number__c"] for event in stream.events(3)] for stream in streams] == [["0", "1", "2"]] * 20


@pytest.mark.parametrize("wanted", [0, -1])
def test_a_request_for_no_events_is_an_error(client, wanted):
    code, error_code, _ = refusal(client.subscribe(TOPIC, wanted=wanted).next)
    assert (code, error_code) == (grpc.StatusCode.INVALID_ARGUMENT, "sfdc.platform.eventbus.grpc.subscription.fetch.requested.events.invalid")


def test_a_stream_keeps_its_topic(client):
    stream = client.subscribe(TOPIC)
    stream.fetch(1, "/event/Alarm__e")
    assert refusal(stream.next)[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_a_subscription_to_no_topic_is_not_found(client):
    assert refusal(client.subscribe("/event/Gone__e").next)[0] is grpc.StatusCode.NOT_FOUND


def test_pushtopics_are_no_topics_of_the_pubsub_api(client):
    assert refusal(client.subscribe("/topic/Anything").next)[0] is grpc.StatusCode.NOT_FOUND


# ------------------------------------------------------------------ where a subscription starts


def test_a_custom_start_is_after_the_event_with_that_id(client):
    for number in range(4):
        client.publish_by_rest(number)
    first = client.subscribe(TOPIC, wanted=2, preset=EARLIEST).events(2)
    rest_of_them = client.subscribe(TOPIC, wanted=2, preset=CUSTOM, replay_id=first[1].replay_id).events(2)
    assert [client.read(event)["Number__c"] for event in rest_of_them] == ["2", "3"]


def test_a_replay_id_with_two_zero_bytes_behind_is_taken_too(client):
    client.publish_by_rest(1)
    client.publish_by_rest(2)
    first = client.subscribe(TOPIC, preset=EARLIEST).events(1)[0]
    after = client.subscribe(TOPIC, preset=CUSTOM, replay_id=first.replay_id + b"\0\0").events(1)[0]
    assert client.read(after)["Number__c"] == "2"


def test_the_latest_start_leaves_out_what_was_before(client):
    client.publish_by_rest(1)
    stream = client.subscribe(TOPIC, preset=LATEST)
    client.publish_by_rest(2)
    assert client.read(stream.events(1)[0])["Number__c"] == "2"


@pytest.mark.parametrize("replay_id", [b"\0" * 7 + b"\x7f", b"12907414x", b"\xff" * 8], ids=["never-given", "text", "too-large"])
def test_a_replay_id_that_was_never_given_is_corrupted(client, replay_id):
    client.publish_by_rest(1)
    code, error_code, _ = refusal(client.subscribe(TOPIC, preset=CUSTOM, replay_id=replay_id).next)
    assert (code, error_code) == (grpc.StatusCode.INVALID_ARGUMENT, "sfdc.platform.eventbus.grpc.subscription.fetch.replayid.corrupted")


def test_a_custom_start_without_a_replay_id_is_an_error(client):
    code, error_code, _ = refusal(client.subscribe(TOPIC, preset=CUSTOM).next)
    assert (code, error_code) == (grpc.StatusCode.INVALID_ARGUMENT, "sfdc.platform.eventbus.grpc.subscription.fetch.replayid.validation.failed")


def test_a_replay_id_past_its_72_hours_is_corrupted(client, org):
    client.publish_by_rest(1)
    old = client.subscribe(TOPIC, preset=EARLIEST).events(1)[0].replay_id
    org.clock.advance(73 * 3600)
    env = org.credentials.environment()
    session = org.sessions.open(org.integration_user_id, grant="test")
    metadata = (("accesstoken", session.token), ("instanceurl", env["SF_INSTANCE_URL"]), ("tenantid", env["SF_ORG_ID"]))
    _, error_code, _ = refusal(client.subscribe(TOPIC, preset=CUSTOM, replay_id=old, metadata=metadata).next)
    assert error_code == "sfdc.platform.eventbus.grpc.subscription.fetch.replayid.corrupted"


def test_an_empty_reply_with_the_latest_replay_id_keeps_a_stream_alive(client, org):
    client.publish_by_rest(1)
    stream = client.subscribe(TOPIC, wanted=2, preset=EARLIEST)
    first = stream.next()
    client.until(3)  # the event, the subscription, the pull for the other
    publish = client.rest("POST", "/sobjects/Alarm__e", b'{"Text__c": "elsewhere"}')
    assert publish.status == 201
    org.clock.advance(265)
    kept = stream.next()
    assert (len(kept.events), kept.pending_num_requested) == (0, 1)
    assert kept.latest_replay_id > first.latest_replay_id


def test_the_delivery_allowance_ends_a_subscription(client, org):
    org.limits.exhaust("DailyDeliveredPlatformEvents")
    client.publish_by_rest(1)
    code, error_code, text = refusal(client.subscribe(TOPIC, preset=EARLIEST).next)
    assert (code, error_code) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "sfdc.platform.eventbus.grpc.subscription.limit.exceeded")
    assert text.startswith("You have exceeded the event delivery limit for your org. ")


def test_managed_subscriptions_are_said_to_be_missing(client):
    ask = client.pb.ManagedFetchRequest(developer_name="Mine", num_requested=1)
    stream = client.stub.ManagedSubscribe(iter([ask]), metadata=client.metadata, timeout=10)
    code, _, text = refusal(lambda: next(stream))
    assert code is grpc.StatusCode.UNIMPLEMENTED
    assert "Use Subscribe" in text


def test_tls_with_the_runs_authority(secure_client):
    secure_client.publish_by_rest(3)
    assert secure_client.read(secure_client.subscribe(TOPIC, preset=EARLIEST).events(1)[0])["Number__c"] == "3"
