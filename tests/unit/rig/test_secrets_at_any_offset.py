"""Secrets are looked for at every fifth place first: wherever one stands, one of those places lies in it."""

from __future__ import annotations

import pytest

from sfchaos.core.redact import SecretBook

SECRET = "Zk4w-9Qx.7Lm_2Rt"


@pytest.mark.parametrize("before", range(12))
@pytest.mark.parametrize("size", [8, 9, 10, 11, 12, 16])
def test_a_secret_is_found_at_every_offset(before: int, size: int):
    book = SecretBook()
    book.learn(SECRET[:size], "password")
    text, hits = book.scrub(f"{'.' * before}{SECRET[:size]} tail")
    assert text == f"{'.' * before}secret:1 tail"
    assert [hit.start for hit in hits] == [before]


def test_a_secret_that_starts_like_every_record_id_is_found_and_record_ids_are_not():
    book = SecretBook()
    token = "00D5e0000000001!AQ7kWm2xYb91"
    book.learn(token, "access_token")
    assert book.hits("/sobjects/Account/0015e0000000001AAA") == []
    assert [hit.what for hit in book.hits(f"/x?oauth_token={token}")] == ["access_token"]
