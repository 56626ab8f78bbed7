"""A stub generated from the published proto file, as Salesforce's quick start tells Python users to make one; fastavro reads the events.

Started by test_pubsub_stub.py with the proto file as argument. It speaks to Salesforce's own host, as it would to an org.
"""

import importlib
import io
import json
import os
import queue
import sys
import tempfile
import threading
import urllib.request

import fastavro
import grpc
from grpc_tools import protoc

HOST = "api.pubsub.salesforce.com:7443"
TOPIC = "/event/Order__e"
METADATA = (("accesstoken", os.environ["SF_ACCESS_TOKEN"]), ("instanceurl", os.environ["SF_INSTANCE_URL"]), ("tenantid", os.environ["SF_ORG_ID"]))


def generated(proto):
    folder = tempfile.mkdtemp()
    place, name = os.path.split(proto)
    assert protoc.main(["protoc", f"-I{place}", f"--python_out={folder}", f"--grpc_python_out={folder}", name]) == 0
    sys.path.insert(0, folder)
    return importlib.import_module("pubsub_api_pb2"), importlib.import_module("pubsub_api_pb2_grpc")


def tell(step, value):
    print(json.dumps({"step": step, "value": value}), flush=True)


def post(path, body):
    request = urllib.request.Request(os.environ["SF_INSTANCE_URL"] + "/services/data/v62.0" + path, json.dumps(body).encode(), {
        "Authorization": "Bearer " + os.environ["SF_ACCESS_TOKEN"], "Content-Type": "application/json"})  # fmt: skip
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def refusal(call):
    try:
        call()
    except grpc.RpcError as error:
        return [error.code().name, dict(error.trailing_metadata() or ()).get("error-code", "")]
    return ["OK", ""]


def main(proto):
    pb, rpc = generated(proto)
    with grpc.secure_channel(HOST, grpc.ssl_channel_credentials()) as channel:
        stub = rpc.PubSubStub(channel)
        topic = stub.GetTopic(pb.TopicRequest(topic_name=TOPIC), metadata=METADATA)
        tell("topic", [topic.topic_name, topic.can_publish, topic.can_subscribe])
        schema = fastavro.parse_schema(json.loads(stub.GetSchema(pb.SchemaRequest(schema_id=topic.schema_id), metadata=METADATA).schema_json))
        tell("schema", [field["name"] for field in schema["fields"]])

        tell("rest", post("/sobjects/Order__e", {"Order_Number__c": "R-1"})["success"])
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schema, {"CreatedDate": 0, "CreatedById": "005000000000000AAA", "Order_Number__c": "G-1", "Amount__c": 2.5})
        event = pb.ProducerEvent(id="g1", schema_id=topic.schema_id, payload=out.getvalue())
        result = stub.Publish(pb.PublishRequest(topic_name=TOPIC, events=[event]), metadata=METADATA).results[0]
        tell("published", [result.correlation_key, len(result.replay_id), result.error.msg])

        def received(count, **start):
            asks = queue.SimpleQueue()
            asks.put(pb.FetchRequest(topic_name=TOPIC, num_requested=count, **start))
            stream = stub.Subscribe(iter(asks.get, None), metadata=METADATA, timeout=20)
            found = []
            while len(found) < count:
                found += next(stream).events
            asks.put(None)
            stream.cancel()
            return [(fastavro.schemaless_reader(io.BytesIO(e.event.payload), schema), e.replay_id) for e in found]

        all_events = received(2, replay_preset=pb.ReplayPreset.EARLIEST)
        tell("earliest", [payload["Order_Number__c"] for payload, _ in all_events])
        tell("custom", [payload["Order_Number__c"] for payload, _ in received(1, replay_preset=pb.ReplayPreset.CUSTOM, replay_id=all_events[0][1])])

        later = threading.Timer(0.5, lambda: post("/sobjects/Order__e", {"Order_Number__c": "R-2"}))
        later.start()
        tell("latest", [payload["Order_Number__c"] for payload, _ in received(1)])
        later.join()

        tell("nobody", refusal(lambda: stub.GetTopic(pb.TopicRequest(topic_name=TOPIC), metadata=(("accesstoken", "x"), *METADATA[1:]))))
        tell("no_topic", refusal(lambda: stub.GetTopic(pb.TopicRequest(topic_name="/event/Gone__e"), metadata=METADATA))[0])
        tell("old_replay_id", refusal(lambda: received(1, replay_preset=pb.ReplayPreset.CUSTOM, replay_id=b"\xff" * 8)))


main(sys.argv[1])
