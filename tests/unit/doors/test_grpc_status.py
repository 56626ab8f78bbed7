"""Replies as gRPC statuses."""

import pytest

from sfchaos.core.messages import Response
from sfchaos.doors.grpc_status import LOST, Status, status_of

JSON = (("Content-Type", "application/json;charset=UTF-8"),)
PREFIX = "sfdc.platform.eventbus.grpc."


def test_a_message_has_no_status_of_its_own():
    assert status_of(Response(200, b"\n\x02/x")) is None


@pytest.mark.parametrize("fate", ["lost", "cut", "never"])
def test_a_delivery_that_is_not_whole_is_unavailable(fate):
    assert status_of(Response(200, b"\n\x02/x").travelling(fate=fate)) == Status(14, LOST)


def test_what_the_org_says_in_its_headers_comes_first():
    headers = (*JSON, ("grpc-status", "5"), ("grpc-message", "not found%3A it is gone"), ("error-code", PREFIX + "topic.not.found"), ("rpc-id", "r1"))
    assert status_of(Response(404, b"[]", headers)) == Status(5, "not found: it is gone", (("error-code", PREFIX + "topic.not.found"), ("rpc-id", "r1")))


@pytest.mark.parametrize(("status", "body", "number", "code", "text"), [
    (401, b'[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]', 16, "service.auth.error", "INVALID_SESSION_ID: Session expired or invalid"),
    (403, b'[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]', 8, "", "REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded."),
    (403, b'[{"message":"no","errorCode":"INSUFFICIENT_ACCESS"}]', 7, "", "INSUFFICIENT_ACCESS: no"),
    (429, b"", 8, "", "HTTP status code 429"),
    (503, b"<html>down</html>", 14, "service.unavailable", "<html>down</html>"),
    (500, b"{}", 13, "", "HTTP status code 500"),
    (418, b"", 2, "", "HTTP status code 418"),
])  # fmt: skip
def test_an_http_reply_means_what_its_status_means(status, body, number, code, text):
    assert status_of(Response(status, body, JSON)) == Status(number, text, (("error-code", PREFIX + code),) if code else ())
