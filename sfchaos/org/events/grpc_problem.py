"""Why a call of the Pub/Sub API is refused: a gRPC status, Salesforce's own error code, a sentence.

Inside the org it travels as an HTTP reply: the status code in gRPC's own header `grpc-status`, the error code and the RPC id in headers that
the door makes trailers of. The body says the same as REST would, for whoever reads the journal.
Source: Pub/Sub API guide, "Handle Errors" (codes marked D; the others and texts without a mark are guesses in the same style).
"""

from __future__ import annotations

import json
from urllib.parse import quote

from sfchaos.core.messages import Response

PREFIX = "sfdc.platform.eventbus.grpc."
# name -> (number, HTTP status of the same meaning). Source: gRPC, "Status codes and their use in gRPC"
STATUSES = {
    "INVALID_ARGUMENT": (3, 400), "NOT_FOUND": (5, 404), "PERMISSION_DENIED": (7, 403), "RESOURCE_EXHAUSTED": (8, 429), "UNIMPLEMENTED": (12, 501),
    "INTERNAL": (13, 500), "UNAVAILABLE": (14, 503), "UNAUTHENTICATED": (16, 401),
}  # fmt: skip
AUTH_TEXT = "An authentication exception occurred. Provide valid authentication via metadata headers."  # R: pub-sub-api-java-client#3


class Problem(Exception):
    """`code` is what follows Salesforce's prefix: `service.auth.error`."""

    def __init__(self, status: str, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, PREFIX + code, text

    def response(self, rpc_id: str) -> Response:
        number, http = STATUSES[self.status]
        text = f"{self.text} rpcId: {rpc_id}"  # R: pub-sub-api-java-client#2
        body = json.dumps([{"message": text, "errorCode": self.code}], separators=(",", ":")).encode()
        headers = (("Content-Type", "application/json;charset=UTF-8"), ("grpc-status", str(number)), ("grpc-message", quote(text, safe=" ,.:/'()-_")),
                   ("error-code", self.code), ("rpc-id", rpc_id))  # fmt: skip
        return Response(http, body, headers)


def not_authenticated() -> Problem:
    return Problem("UNAUTHENTICATED", "service.auth.error", AUTH_TEXT)  # code and text D


def no_such_topic(org_id: str, topic: str) -> Problem:
    """Text R: pub-sub-api-java-client#2; the code is a guess."""
    return Problem("NOT_FOUND", "topic.not.found", f"The topic information for org CORE/prod/{org_id} and topic {topic} not found. "
                   "Ensure the topic name is correct and that the topic exists.")  # fmt: skip


def no_such_schema(schema_id: str) -> Problem:
    return Problem("NOT_FOUND", "schema.not.found", f"The schema with ID {schema_id} is not found. Ensure the schema ID is correct.")


def topic_changed(first: str, then: str) -> Problem:
    """That it is INVALID_ARGUMENT is in the proto file (D)."""
    return Problem("INVALID_ARGUMENT", "topic.name.mismatch", f"The topic {then} differs from the topic {first} of the first request of this stream.")


def no_events_requested(number: int) -> Problem:
    return Problem("INVALID_ARGUMENT", "subscription.fetch.requested.events.invalid",  # code D
                   f"The number of requested events is {number}. Ensure that num_requested is greater than 0.")  # fmt: skip


def replay_id_missing() -> Problem:
    return Problem("INVALID_ARGUMENT", "subscription.fetch.replayid.validation.failed",  # code D
                   "The Replay ID is missing. Specify a replay_id with the CUSTOM replay preset, and none with the others.")  # fmt: skip


def replay_id_corrupted() -> Problem:
    return Problem("INVALID_ARGUMENT", "subscription.fetch.replayid.corrupted",  # code and text D
                   "The Replay ID validation failed. Ensure that the Replay ID is valid and refers to an event within the retention window.")  # fmt: skip


def delivery_limit_exceeded() -> Problem:
    return Problem("RESOURCE_EXHAUSTED", "subscription.limit.exceeded", "You have exceeded the event delivery limit for your org.")  # code and text D


def not_allowed_to_publish(topic: str) -> Problem:
    return Problem("PERMISSION_DENIED", "publish.permission.denied", f"You don't have permission to publish on the topic {topic}.")


def bad_request(text: str) -> Problem:
    return Problem("INVALID_ARGUMENT", "request.invalid", text)


def not_served(text: str) -> Problem:
    return Problem("UNIMPLEMENTED", "method.unimplemented", text)
