import pytest

from sfchaos.core.errors import UsageError
from sfchaos.faults.conditions import Facts, parse_condition


@pytest.mark.parametrize(
    ("tree", "facts", "expected"),
    [
        ({"inflight": ">=8"}, Facts(inflight=8), True),
        ({"inflight": ">=8"}, Facts(inflight=7), False),
        ({"rate_1m": 3}, Facts(rate_1m=3), True),
        ({"rate_1m": "<3"}, Facts(rate_1m=3), False),
        ({"quota_used": ">0.9"}, Facts(quota_used=0.95), True),
        ({"rows_committed": "!=0"}, Facts(rows_committed=0), False),
        ({"object": "contact"}, Facts(object="Contact"), True),
        ({"job_state": "In*"}, Facts(job_state="InProgress"), True),
        ({"client": "loader*"}, Facts(client="other"), False),
        ({"user": "005A"}, Facts(user="005A"), True),
        ({"header": {"user-agent": "*requests*"}}, Facts(headers=(("User-Agent", "python-requests/2"),)), True),
        ({"header": {"X-Missing": "*"}}, Facts(), False),
        ({"inflight": ">=1", "object": "Lead"}, Facts(inflight=2, object="Contact"), False),
    ],
)
def test_all_parts_of_a_condition_must_hold(tree, facts, expected):
    assert parse_condition(tree, where="if").holds(facts) is expected


@pytest.mark.parametrize("tree", [{}, "inflight", {"inflight": "=> 3"}, {"inflight": True}, {"object": 3}, {"header": "x"}, {"header": {"a": 1}}])
def test_a_condition_that_says_nothing_is_refused(tree):
    with pytest.raises(UsageError, match="if"):
        parse_condition(tree, where="if")
