import pytest

from sfchaos.core.messages import Delivery, Request, Response
from sfchaos.rig.codes import codes_in
from sfchaos.rig.sight import Sight, sight_of


@pytest.mark.parametrize(
    ("delivery", "timeout_s", "expected"),
    [
        (Delivery(), None, Sight("whole", 0.5, 201)),
        (Delivery(delay_s=5), None, Sight("whole", 5.5, 201)),
        (Delivery(delay_s=5), 5.5, Sight("whole", 5.5, 201)),
        (Delivery(delay_s=5), 3.0, Sight("never", 3.0, 0)),
        (Delivery(bytes_per_s=4), None, Sight("whole", 3.0, 201)),
        (Delivery(fate="lost"), 30.0, Sight("lost", 0.5, 0)),
        (Delivery(fate="cut", cut_after=4, bytes_per_s=4), None, Sight("cut", 1.5, 201)),
        (Delivery(fate="never", hold_s=3600), None, Sight("never", 3600.5, 0)),
        (Delivery(fate="never", hold_s=3600), 30.0, Sight("never", 30.0, 0)),
    ],
)
def test_what_the_caller_sees_and_when_follows_from_the_delivery_and_its_patience(delivery, timeout_s, expected):
    request = Request("GET", "https://x/", timeout_s=timeout_s)
    assert sight_of(request, Response(201, b"0123456789", work_s=0.5, delivery=delivery)) == expected


@pytest.mark.parametrize(
    ("status", "body", "codes"),
    [
        (400, b'[{"message":"m","errorCode":"A"},{"message":"m","errorCode":"B"}]', ("A", "B")),
        (400, b'{"error":"invalid_grant","error_description":"x"}', ("invalid_grant",)),
        (400, b'{"exceptionCode":"InvalidBatch","exceptionMessage":"m"}', ("InvalidBatch",)),
        (400, b"<error><exceptionCode>InvalidSessionId</exceptionCode></error>", ("InvalidSessionId",)),
        (500, b"<sf:exceptionCode>sf:INVALID_LOGIN</sf:exceptionCode>", ("INVALID_LOGIN",)),
        (503, b"<!DOCTYPE html><html></html>", ()),
        (500, b"", ()),
        (500, b"[{cut", ()),
        (500, b"[null, 3]", ()),
        (200, b'[{"errorCode":"A"}]', ()),
    ],
)
def test_codes_are_read_from_every_surface_and_never_from_a_success(status, body, codes):
    assert codes_in(Response(status, body)) == codes
