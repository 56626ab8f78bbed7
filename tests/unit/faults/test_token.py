import base64
import zlib

import pytest

from sfchaos.core.errors import UsageError
from sfchaos.faults.schedule import Schedule
from sfchaos.faults.token import decode, encode, read_token

THREE = {"sfchaos_schedule": 1, "seed": 7, "rules": [
    {"id": "r1", "fault": "net.response_lost", "on": "row.create/Contact#2~1"},
    {"id": "r2", "fault": "row.locked", "on": "row.upsert/*", "p": 0.05, "times": 2, "with": {"hold": "10s"}},
    {"id": "r3", "fault": "http.503", "on": "*/*", "if": {"inflight": ">=8"}}]}  # fmt: skip
ORG = "0123456789abcdef"


def test_a_token_gives_the_schedule_back():
    schedule = Schedule.from_tree(THREE)
    token = encode(schedule, org_digest=ORG)
    assert token.startswith("sfx1.")
    assert len(token) <= 400
    assert decode(token) == schedule
    assert decode(f"  {token}\n").digest == schedule.digest


def test_a_token_says_what_is_different_now():
    held = read_token(encode(Schedule.from_tree(THREE), org_digest=ORG))
    assert held.differences(org_digest=ORG) == []
    assert held.differences(org_digest="f" * 16) == [f"org {ORG} vs {'f' * 16}"]


def test_a_long_schedule_is_kept_in_a_file(tmp_path):
    rules = [{"fault": "net.response_lost", "on": f"row.create/Object_{i * 7919 % 1000}__c#{i + 1}~1"} for i in range(60)]
    schedule = Schedule.from_tree({"sfchaos_schedule": 1, "rules": rules})
    token = encode(schedule, org_digest=ORG, folder=tmp_path)
    assert token.startswith("sfx1f.")
    assert len(token) == 22
    assert decode(token, search=tmp_path) == schedule
    assert decode(encode(schedule, org_digest=ORG)) == schedule
    with pytest.raises(UsageError, match="no schedule"):
        decode("sfx1f." + "0" * 16, search=tmp_path)


@pytest.mark.parametrize("text", ["", "sfx2.abc", "sfx1.", "sfx1.!!!", "sfx1.AAAA", "sfx1f.../../etc/passwd", "sfx1f.xyz"])
def test_what_is_no_token_is_refused(text):
    with pytest.raises(UsageError, match="remedy"):
        decode(text)


def test_a_token_that_was_cut_or_changed_is_refused():
    token = encode(Schedule.from_tree(THREE), org_digest=ORG)
    with pytest.raises(UsageError):
        decode(token[:-20])
    with pytest.raises(UsageError):
        decode(token[:40] + ("A" if token[40] != "A" else "B") + token[41:])
    harmless = "sfx1." + base64.urlsafe_b64encode(zlib.compress(b'{"s": 3}')).decode()
    with pytest.raises(UsageError, match="holds no schedule"):
        decode(harmless)
    deep = "sfx1." + base64.urlsafe_b64encode(zlib.compress(b"[" * 100_000)).decode()
    with pytest.raises(UsageError, match="holds no schedule"):
        decode(deep)


def test_a_token_cannot_fill_memory():
    bomb = "sfx1." + base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000, 9)).decode()
    with pytest.raises(UsageError, match="cut short"):
        decode(bomb)
