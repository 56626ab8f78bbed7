"""The messages of Salesforce's Pub/Sub API as protobuf classes, made when first asked for; needs the extra `pubsub`."""

from sfchaos.pubsub_proto.messages import Messages, messages
from sfchaos.pubsub_proto.service import HOST, METHODS, PATH, PORT, Method, need

__all__ = ["HOST", "METHODS", "PATH", "PORT", "Messages", "Method", "messages", "need"]
