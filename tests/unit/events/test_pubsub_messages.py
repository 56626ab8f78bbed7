"""The table of messages against what protoc makes of the proto file that clients have."""

from pathlib import Path

import pytest

from sfchaos.core.errors import UsageError
from sfchaos.pubsub_proto import METHODS, messages, need
from sfchaos.pubsub_proto import service as service_module
from sfchaos.pubsub_proto.messages import ENUMS, MESSAGES

PROTO = Path(__file__).parents[2] / "contract/pubsub/pubsub_api.proto"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The file's description by protoc."""
    from google.protobuf import descriptor_pb2
    from grpc_tools import protoc

    target = tmp_path_factory.mktemp("proto") / "set.pb"
    assert protoc.main(["protoc", f"-I{PROTO.parent}", f"--descriptor_set_out={target}", str(PROTO)]) == 0
    return descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes()).file[0]


def test_every_message_has_the_published_fields_and_numbers(published):
    assert sorted(message.name for message in published.message_type) == sorted(MESSAGES)
    for message in published.message_type:
        ours = getattr(messages(), message.name).DESCRIPTOR
        found = {(f.name, f.number, f.type, f.is_repeated, (f.message_type or f.enum_type).full_name if f.message_type or f.enum_type else "") for f in ours.fields}
        assert found == {(f.name, f.number, f.type, f.label == f.LABEL_REPEATED, f.type_name.lstrip(".")) for f in message.field}, message.name


def test_enums_have_the_published_values(published):
    assert {enum.name: tuple(value.name for value in enum.value) for enum in published.enum_type} == ENUMS


def test_methods_are_the_published_ones(published):
    found = {(m.name, m.input_type.rpartition(".")[2], m.output_type.rpartition(".")[2], m.client_streaming and m.server_streaming) for m in published.service[0].method}
    assert found == {(m.name, m.asks, m.answers, m.streams) for m in METHODS}


def test_a_message_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError):
        messages().Nothing  # noqa: B018


def test_a_missing_package_is_named_with_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setattr(service_module, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as caught:
        need("grpc")
    assert "'grpcio'" in caught.value.message
    assert caught.value.remedy == "pip install 'sfchaos[pubsub]'"


def test_importing_the_door_and_the_org_imports_no_grpc():
    import subprocess
    import sys

    code = ("import sys; import sfchaos.doors.pubsub, sfchaos.doors.server, sfchaos.cli.main; from sfchaos.org.org import Org; Org(); "
            "print([m for m in ('grpc', 'google.protobuf', 'fastavro') if m in sys.modules])")  # fmt: skip
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_an_org_without_the_packages_says_so(monkeypatch):
    from sfchaos.core.messages import Request
    from sfchaos.org.org import Org

    monkeypatch.setattr(service_module, "find_spec", lambda name: None)
    reply = Org().handle(Request("POST", "https://api.pubsub.salesforce.com:7443/eventbus.v1.PubSub/GetTopic"))
    assert (reply.status, reply.header("grpc-status")) == (501, "12")
    assert b"sfchaos[pubsub]" in reply.body
