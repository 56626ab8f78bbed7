"""Names of gRPC messages."""

import pytest

from sfchaos.core.messages import Request
from sfchaos.core.operations import OPERATIONS, Operation, classify

URL = "https://api.pubsub.salesforce.com:7443/eventbus.v1.PubSub/"
ORDER = b"\n\x0f/event/Order__e\x20\x01"


@pytest.mark.parametrize(("method", "headers", "body", "expected"), [
    ("GetTopic", (), ORDER, Operation("event.topic", "read", "Order__e", "object")),
    ("GetSchema", (), b"\n\x16AAAAAAAAAAAAAAAAAAAAAA", Operation("event.schema", "read")),
    ("Publish", (), ORDER, Operation("event.publish", "nonidem", "Order__e", "object")),
    ("PublishStream", (("pubsub-topic", "/event/Order__e"),), b"", Operation("event.publish", "nonidem", "Order__e", "object")),
    ("Subscribe", (), b"\n\x18/data/AccountChangeEvent", Operation("event.subscribe", "stream", "AccountChangeEvent", "object")),
    ("Subscribe", (("pubsub-stage", "pull"), ("pubsub-topic", "/event/Order__e")), b"\x20\x01", Operation("event.fetch", "stream", "Order__e", "object")),
    ("Subscribe", (), b"", Operation("event.subscribe", "stream")),
    ("Subscribe", (), b"\xff\xff\xff", Operation("event.subscribe", "stream")),
    ("Elsewhere", (), ORDER, Operation("other", "read")),
])  # fmt: skip
def test_a_message_is_named_for_what_it_does_and_its_topic(method, headers, body, expected):
    assert classify(Request("POST", URL + method, headers, body)) == expected
    assert expected.op in OPERATIONS


@pytest.mark.parametrize(("path", "target"), [("/sobjects/Order__e/eventSchema", "Order__e"), ("/event/eventSchema/AAAAAAAAAAAAAAAAAAAAAA", "")])
def test_schemas_by_rest_have_the_same_name(path, target):
    found = classify(Request("GET", f"https://acme.my.salesforce.com/services/data/v62.0{path}"))
    assert (found.op, found.target) == ("event.schema", target)
