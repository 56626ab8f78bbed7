"""The service: where it is, its methods, and whether the packages that speak it are there."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from sfchaos.core.errors import UsageError

HOST, PORT = "api.pubsub.salesforce.com", 7443  # wire reference 11 (D)
PATH = "/eventbus.v1.PubSub"
_PACKAGES = {"grpc": "grpcio", "fastavro": "fastavro", "google.protobuf": "protobuf"}


@dataclass(frozen=True, slots=True)
class Method:
    """`asks` and `answers` name messages; `streams` is true where both sides send any number of them."""

    name: str
    asks: str
    answers: str
    streams: bool = False


# Source: the published pubsub_api.proto, service eventbus.v1.PubSub (github.com/forcedotcom/pub-sub-api)
METHODS = (
    Method("GetTopic", "TopicRequest", "TopicInfo"),
    Method("GetSchema", "SchemaRequest", "SchemaInfo"),
    Method("Publish", "PublishRequest", "PublishResponse"),
    Method("PublishStream", "PublishRequest", "PublishResponse", streams=True),
    Method("Subscribe", "FetchRequest", "FetchResponse", streams=True),
    Method("ManagedSubscribe", "ManagedFetchRequest", "ManagedFetchResponse", streams=True),
)


def need(*modules: str) -> None:
    """Raises UsageError when a package of the extra is missing; all of them are looked for when none is named."""
    for module in modules or tuple(_PACKAGES):
        if not _is_there(module):
            raise UsageError(f"the Pub/Sub API needs the package {_PACKAGES[module]!r}, which is not installed", remedy="pip install 'sfchaos[pubsub]'")


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a parent package
        return False
