"""A stub made by grpcio-tools from the proto file, as clients make theirs, and a Pub/Sub API on a real socket."""

from __future__ import annotations

import importlib
import io
import json
import queue
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import fastavro
import grpc
import pytest

from sfchaos.core.clock import SystemClock
from sfchaos.core.messages import Request
from sfchaos.doors.pubsub import PubSubServer
from sfchaos.doors.tls import Authority
from sfchaos.org.org import Org
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field, SObject
from sfchaos.rig.rig import Rig

WAIT_S = 10.0
OWN = (Field("Id", "id"), Field("ReplayId"), Field("EventUuid"), Field("CreatedDate", "datetime", createable=False, defaulted_on_create=True),
       Field("CreatedById", "reference", reference_to=("User",), createable=False, defaulted_on_create=True))  # fmt: skip
SHIPMENT = SObject("Shipment__e", "Shipment", "Shipments", "e0S", (
    *OWN, Field("Number__c", custom=True, length=18), Field("Amount__c", "double", custom=True, precision=16, scale=2), Field("Paid__c", "boolean", custom=True),
), custom=True, event="HighVolume", publish="PublishAfterCommit")  # fmt: skip
ALARM = SObject("Alarm__e", "Alarm", "Alarms", "e0A", (*OWN, Field("Text__c", custom=True, length=80)), custom=True, event="HighVolume",
                publish="PublishImmediately")  # fmt: skip


@pytest.fixture(scope="session")
def stub_modules(tmp_path_factory):
    """`pb` and `rpc`: what protoc writes."""
    from grpc_tools import protoc

    folder, source = tmp_path_factory.mktemp("stub"), Path(__file__).parent
    assert protoc.main(["protoc", f"-I{source}", f"--python_out={folder}", f"--grpc_python_out={folder}", str(source / "pubsub_api.proto")]) == 0
    sys.path.insert(0, str(folder))
    try:
        return SimpleNamespace(pb=importlib.import_module("pubsub_api_pb2"), rpc=importlib.import_module("pubsub_api_pb2_grpc"))
    finally:
        sys.path.remove(str(folder))


@pytest.fixture
def org():
    return Org(schema=standard_schema().with_object(SHIPMENT).with_object(ALARM), clock=SystemClock())


@pytest.fixture
def rig(org):
    return Rig(org, clock=org.clock, storms=False)


class Client:
    """A subscriber and publisher as users write them, with the answers as values."""

    def __init__(self, rig, org, modules, channel):
        self.rig, self.pb, self._channel = rig, modules.pb, channel
        self.stub = modules.rpc.PubSubStub(channel)
        env = org.credentials.environment()
        self.metadata = (("accesstoken", env["SF_ACCESS_TOKEN"]), ("instanceurl", env["SF_INSTANCE_URL"]), ("tenantid", env["SF_ORG_ID"]))
        self._streams = []

    def rest(self, method, path, body):
        """A REST call of the integration user, through the same rig."""
        env = dict(self.metadata)
        headers = (("Authorization", f"Bearer {env['accesstoken']}"), ("Content-Type", "application/json"))
        return self.rig.handle(Request(method, f"{env['instanceurl']}/services/data/v62.0{path}", headers, body))

    def publish_by_rest(self, number):
        reply = self.rest("POST", "/sobjects/Shipment__e", b'{"Number__c": "%d", "Amount__c": 1.5}' % number)
        assert reply.status == 201, reply.body

    def topic(self, name, metadata=None):
        return self.stub.GetTopic(self.pb.TopicRequest(topic_name=name), metadata=metadata or self.metadata, timeout=WAIT_S)

    def schema(self, schema_id):
        return json.loads(self.stub.GetSchema(self.pb.SchemaRequest(schema_id=schema_id), metadata=self.metadata, timeout=WAIT_S).schema_json)

    def read(self, event):
        """The payload of a ConsumerEvent, read with the schema that it names."""
        return fastavro.schemaless_reader(io.BytesIO(event.event.payload), fastavro.parse_schema(self.schema(event.event.schema_id)), None)

    def event(self, topic, event_id="", **payload):
        schema_id = self.topic(topic).schema_id
        out = io.BytesIO()
        fastavro.schemaless_writer(out, fastavro.parse_schema(self.schema(schema_id)), {"CreatedDate": 1, "CreatedById": "005", **payload})
        return self.pb.ProducerEvent(id=event_id, schema_id=schema_id, payload=out.getvalue())

    def publish(self, topic, *events):
        return self.stub.Publish(self.pb.PublishRequest(topic_name=topic, events=events), metadata=self.metadata, timeout=WAIT_S)

    def subscribe(self, topic, wanted=1, preset=0, replay_id=b"", metadata=None):
        stream = Subscribed(self, metadata or self.metadata)
        self._streams.append(stream)
        with self.heard():
            stream.fetch(wanted, topic, preset, replay_id)
        return stream

    @contextmanager
    def heard(self):
        """Returns when the rig has had one request more: nothing tells a client that its message has arrived."""
        count = self.rig.requests + 1
        yield
        self.until(count)

    def until(self, count):
        """Returns when the rig has had so many requests."""
        ends = time.monotonic() + WAIT_S
        while self.rig.requests < count:
            assert time.monotonic() < ends, "the message was not heard"
            time.sleep(0.005)

    def close(self):
        for stream in self._streams:
            stream.close()
        self._channel.close()


class Subscribed:
    """One Subscribe call. `fetch` asks for more, `next` waits for a FetchResponse."""

    def __init__(self, client, metadata):
        self._client, self._asks = client, queue.SimpleQueue()
        self.call = client.stub.Subscribe(iter(self._asks.get, None), metadata=metadata, timeout=WAIT_S)

    def fetch(self, wanted, topic="", preset=0, replay_id=b""):
        self._asks.put(self._client.pb.FetchRequest(topic_name=topic, num_requested=wanted, replay_preset=preset, replay_id=replay_id))

    def next(self):
        return next(self.call)

    def events(self, count):
        """So many events, from one reply or several."""
        found = []
        while len(found) < count:
            found += self.next().events
        return found

    def end(self):
        """The client has said all."""
        self._asks.put(None)

    def close(self):
        self._asks.put(None)
        self.call.cancel()


@pytest.fixture
def pubsub(rig):
    with PubSubServer(rig.handle, clock=rig.clock) as server:
        yield server
    assert server.errors == []


@pytest.fixture
def client(rig, org, stub_modules, pubsub):
    client = Client(rig, org, stub_modules, grpc.insecure_channel(pubsub.address))
    yield client
    client.close()


@pytest.fixture
def secure_client(org, rig, stub_modules):
    authority = Authority()
    with PubSubServer(rig.handle, clock=rig.clock, authority=authority) as server:
        client = Client(rig, org, stub_modules, grpc.secure_channel(server.address, grpc.ssl_channel_credentials(authority.ca_pem)))
        yield client
        client.close()
