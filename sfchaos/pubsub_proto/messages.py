"""Protobuf classes built from a table, in a pool of their own: a client in the same process may have generated classes of these names.

Names and numbers of the fields are the published API's. Source: pubsub_api.proto, package eventbus.v1 (github.com/forcedotcom/pub-sub-api).
"""

from __future__ import annotations

from functools import cache
from typing import Any

_FILE = "sfchaos/eventbus_v1.proto"
_PACKAGE = "eventbus.v1"

ENUMS = {
    "ErrorCode": ("UNKNOWN", "PUBLISH", "COMMIT"),
    "ReplayPreset": ("LATEST", "EARLIEST", "CUSTOM"),
}

# message -> its fields as "type name", numbered from 1; a "*" after the type makes the field repeated
MESSAGES = {
    "TopicInfo": ("string topic_name", "string tenant_guid", "bool can_publish", "bool can_subscribe", "string schema_id", "string rpc_id"),
    "TopicRequest": ("string topic_name",),
    "EventHeader": ("string key", "bytes value"),
    "ProducerEvent": ("string id", "string schema_id", "bytes payload", "EventHeader* headers"),
    "ConsumerEvent": ("ProducerEvent event", "bytes replay_id"),
    "Error": ("ErrorCode code", "string msg"),
    "PublishResult": ("bytes replay_id", "Error error", "string correlation_key"),
    "FetchRequest": ("string topic_name", "ReplayPreset replay_preset", "bytes replay_id", "int32 num_requested", "string auth_refresh"),
    "FetchResponse": ("ConsumerEvent* events", "bytes latest_replay_id", "string rpc_id", "int32 pending_num_requested"),
    "SchemaRequest": ("string schema_id",),
    "SchemaInfo": ("string schema_json", "string schema_id", "string rpc_id"),
    "PublishRequest": ("string topic_name", "ProducerEvent* events", "string auth_refresh"),
    "PublishResponse": ("PublishResult* results", "string schema_id", "string rpc_id"),
    "CommitReplayRequest": ("string commit_request_id", "bytes replay_id"),
    "CommitReplayResponse": ("string commit_request_id", "bytes replay_id", "Error error", "int64 process_time"),
    "ManagedFetchRequest": ("string subscription_id", "string developer_name", "int32 num_requested", "string auth_refresh",
                            "CommitReplayRequest commit_replay_id_request"),
    "ManagedFetchResponse": ("ConsumerEvent* events", "bytes latest_replay_id", "string rpc_id", "int32 pending_num_requested",
                             "CommitReplayResponse commit_response"),
}  # fmt: skip


class Messages:
    """The classes by name: `messages().FetchRequest(topic_name="/event/Order__e", num_requested=1)`."""

    def __init__(self, classes: dict[str, Any]) -> None:
        self._classes = classes

    def __getattr__(self, name: str) -> Any:
        try:
            return self._classes[name]
        except KeyError:
            raise AttributeError(name) from None


@cache
def messages() -> Messages:
    """Raises UsageError when protobuf is not installed."""
    from sfchaos.pubsub_proto.service import need

    need("google.protobuf")
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(_file(descriptor_pb2).SerializeToString())
    return Messages({name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in MESSAGES})


def _file(pb: Any) -> Any:
    """The table as protobuf's own description of a file."""
    file = pb.FileDescriptorProto(name=_FILE, package=_PACKAGE, syntax="proto3")
    for name, values in ENUMS.items():
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, text in enumerate(fields, start=1):
            kind, _, field = text.partition(" ")
            _add_field(pb.FieldDescriptorProto, message, kind, field, number)
    return file


def _add_field(pb: Any, message: Any, kind: str, name: str, number: int) -> None:
    label = pb.LABEL_REPEATED if kind.endswith("*") else pb.LABEL_OPTIONAL
    added = message.field.add(name=name, number=number, label=label)
    kind = kind.rstrip("*")
    if kind in ENUMS or kind in MESSAGES:
        added.type, added.type_name = (pb.TYPE_ENUM if kind in ENUMS else pb.TYPE_MESSAGE), f".{_PACKAGE}.{kind}"
    else:
        added.type = getattr(pb, f"TYPE_{kind.upper()}")
