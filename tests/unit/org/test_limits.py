"""The daily count rolls, the wall stands where it should, and comes down as its profile says."""

import json

import pytest

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.quotas.rolling import RollingCount

BASE = "https://acme.my.salesforce.com"
EXACT = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
CROWDED = [{"message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]


@pytest.fixture
def org():
    return Org(seed=3)


def get(org, path="/services/data/v62.0/limits"):
    return org.handle(Request("GET", BASE + path, (("Authorization", f"Bearer {org.sessions.open(org.integration_user_id, grant='jwt-bearer').token}"),)))


def statuses(org, n):
    return [get(org).status for _ in range(n)]


def test_every_call_counts_also_one_that_is_refused_for_its_content(org):
    assert get(org).header("Sforce-Limit-Info") == "api-usage=1/15000"
    assert get(org, "/services/data/v62.0/sobjects/Nonsense/describe").header("Sforce-Limit-Info") == "api-usage=2/15000"


def test_the_list_of_versions_does_not_count(org):
    reply = org.handle(Request("GET", BASE + "/services/data/"))
    assert (reply.status, reply.header("Sforce-Limit-Info"), org.limits.used) == (200, "", 0)


def test_calls_stop_counting_when_they_are_24_hours_old(org):
    get(org)
    org.clock.advance(12 * 3600)
    get(org)
    assert org.limits.used == 2
    org.clock.advance(12 * 3600)
    assert org.limits.used == 1
    org.clock.advance(12 * 3600)
    assert org.limits.used == 0


def test_at_the_cap_the_exact_sentence_with_its_full_stop_and_no_retry_after(org):
    org.limits.exhaust("daily", maximum=2, used=0, profile="never")
    assert statuses(org, 2) == [200, 200]
    reply = get(org)
    assert (reply.status, json.loads(reply.body)) == (403, EXACT)
    assert reply.header("Retry-After") == ""
    assert reply.header("Sforce-Limit-Info") == "api-usage=2/2"


def test_a_cliff_gives_everything_back_at_once(org):
    org.limits.exhaust("DailyApiRequests", until_s=org.now_s() + 600)
    assert get(org).header("Sforce-Limit-Info") == "api-usage=15000/15000"
    org.clock.advance(599)
    assert get(org).status == 403
    org.clock.advance(1)
    assert get(org).status == 200
    assert org.limits.used == 1


def test_a_cliff_without_an_end_comes_down_after_a_day(org):
    org.limits.exhaust("daily")
    org.clock.advance(24 * 3600 - 1)
    assert get(org).status == 403
    org.clock.advance(1)
    assert get(org).status == 200


def test_rolling_gives_back_each_unit_when_it_is_a_day_old(org):
    org.limits.exhaust("daily", maximum=1440, profile="rolling")
    assert statuses(org, 1) == [403]
    org.clock.advance(60)
    assert statuses(org, 2) == [200, 403]  # one unit a minute
    org.clock.advance(600)
    assert statuses(org, 11) == [200] * 10 + [403]


def test_a_trickle_lets_the_early_through(org):
    org.limits.exhaust("daily", profile="trickle", per_minute=2)
    assert statuses(org, 1) == [403]
    org.clock.advance(60)
    assert statuses(org, 3) == [200, 200, 403]
    org.clock.advance(120)
    assert statuses(org, 5) == [200] * 4 + [403]


def test_a_relapse_is_back_for_a_minute_and_gone_for_ten(org):
    org.limits.exhaust("daily", profile="relapse")
    seen = []
    for _ in range(23):
        seen.append(get(org).status)
        org.clock.advance(60)
    assert seen == [403] * 10 + [200] + [403] * 10 + [200] + [403]


def test_never_does_not_come_back(org):
    org.limits.exhaust("daily", profile="never")
    org.clock.advance(30 * 24 * 3600)
    assert get(org).status == 403


def test_a_count_near_the_wall_is_only_a_warning_until_it_is_reached(org):
    org.limits.exhaust("daily", used=14998, until_s=org.now_s() + 3600)
    assert get(org).header("Sforce-Limit-Info") == "api-usage=14999/15000"
    assert statuses(org, 2) == [200, 403]


def test_the_same_exhaustion_again_changes_nothing(org):
    org.limits.exhaust("daily", profile="trickle", per_minute=1)
    org.clock.advance(120)
    org.limits.exhaust("daily", profile="trickle", per_minute=1)
    assert statuses(org, 3) == [200, 200, 403]


def test_unknown_limits_and_profiles_name_the_nearest(org):
    with pytest.raises(UnknownName, match="DailyApiRequests"):
        org.limits.exhaust("DailyApiRequest")
    with pytest.raises(UnknownName, match="trickle"):
        org.limits.exhaust("daily", profile="trikle")
    with pytest.raises(UsageError, match="-1"):
        org.limits.configure({"DailyApiRequests": -1})


def test_a_configured_maximum_shows_in_header_and_limits(org):
    org.limits.configure({"DailyApiRequests": 100_000})
    reply = get(org)
    assert reply.header("Sforce-Limit-Info") == "api-usage=1/100000"
    assert json.loads(reply.body)["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_999}


def test_limits_are_pairs_of_whole_numbers(org):
    table = json.loads(get(org).body)
    assert {"ActiveScratchOrgs", "DailyBulkApiBatches", "DailyBulkV2QueryJobs", "SingleEmail"} <= set(table)
    assert "DataStorageMB" not in table  # it takes Manage Users
    nested = table["PermissionSets"].pop("CreateCustom")
    assert all(list(pair) == ["Max", "Remaining"] and all(type(n) is int for n in pair.values()) for pair in (nested, *table.values()))


def test_any_limit_can_be_spent_until_it_is_gone(org):
    org.limits.configure({"DailyBulkV2QueryJobs": 3})
    assert [org.limits.spend("DailyBulkV2QueryJobs") for _ in range(4)] == [True, True, True, False]
    assert json.loads(get(org).body)["DailyBulkV2QueryJobs"] == {"Max": 3, "Remaining": 0}


def long_request(org, work_s):
    org.limits.took(None, work_s)


def test_the_sixth_request_is_refused_while_five_long_ones_run(org):
    for _ in range(5):
        long_request(org, 30)
    reply = get(org)
    assert (reply.status, json.loads(reply.body)) == (403, CROWDED)
    org.clock.advance(30)
    assert get(org).status == 200


def test_requests_under_20_seconds_do_not_count_as_concurrent(org):
    for _ in range(50):
        long_request(org, 19.9)
    assert get(org).status == 200


def test_a_production_org_takes_25_long_requests(org):
    org.limits.configure({"DailyApiRequests": 100_000})
    for _ in range(24):
        long_request(org, 30)
    assert get(org).status == 200
    long_request(org, 30)
    assert get(org).status == 403


def test_a_crowd_stands_for_the_long_requests_of_others(org):
    org.limits.crowd(cap=None, until_s=org.now_s() + 60)
    assert json.loads(get(org).body) == CROWDED
    org.clock.advance(60)
    assert get(org).status == 200
    org.limits.crowd(cap=4, until_s=org.now_s() + 60)
    assert json.loads(get(org).body) == CROWDED
    org.clock.advance(60)
    for _ in range(4):
        long_request(org, 30)
    assert get(org).status == 200


def test_a_request_refused_at_the_wall_does_not_count(org):
    org.limits.crowd(cap=None, until_s=org.now_s() + 60)
    get(org)
    assert org.limits.used == 0


def test_record_count_leaves_out_what_it_does_not_know(org):
    reply = json.loads(get(org, "/services/data/v62.0/limits/recordCount?sObjects=Account,Nonsense,User").body)
    assert [item["name"] for item in reply["sObjects"]] == ["Account", "User"]
    assert [list(item) for item in reply["sObjects"]] == [["count", "name"]] * 2
    assert reply["sObjects"][0]["count"] == 0
    assert reply["sObjects"][1]["count"] >= 2


def test_record_count_does_not_count_the_recycle_bin(org):
    kept, gone = org.admin.create("Account", Name="kept"), org.admin.create("Account", Name="gone")
    org.admin.delete("Account", gone)
    assert json.loads(get(org, "/services/data/v62.0/limits/recordCount?sObjects=account").body) == {"sObjects": [{"count": 1, "name": "Account"}]}
    assert org.admin.rows("Account")[0]["Id"] == kept


def test_a_reset_takes_back_counts_and_walls(org):
    get(org)
    org.limits.exhaust("daily", profile="never")
    org.limits.crowd(cap=None, until_s=org.now_s() + 60)
    org.reset()
    assert get(org).header("Sforce-Limit-Info") == "api-usage=1/15000"


def test_a_rolling_count_survives_a_jump_of_a_century():
    register = {}
    count = RollingCount(register, "x")
    count.add(0.0, 5)
    assert count.at(3_155_760_000.0) == 0
    assert register["x|total"] == 0
    count.add(3_155_760_000.0, 2)
    assert count.at(3_155_760_000.0 + 86_399) == 2
    assert count.at(3_155_760_000.0 + 86_401) == 0
