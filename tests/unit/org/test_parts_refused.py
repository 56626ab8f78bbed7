"""One item of a request is refused from outside, or the quota ends before it: every kind of request of several parts says so in its own way."""

import json

import pytest

from sfchaos.core.gate import Refusal

DATA = "/services/data/v62.0"
ACCOUNT = f"{DATA}/sobjects/Account"
SPENT = {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}


class ThirdItem:
    """Refuses what stands third, and writes down what it was asked."""

    def __init__(self):
        self.asked = []

    def row(self, event):
        self.asked.append((event.item, event.position))
        return Refusal("UNABLE_TO_LOCK_ROW", "no") if (event.item or event.position) == 3 else None

    def job(self, event):
        return None


def part(n, **body):
    return {"method": "POST", "url": ACCOUNT, "referenceId": f"r{n}", "body": {"Name": f"N{n}", **body}}


def composite(caller, count, **envelope):
    caller("POST", "/composite", {"compositeRequest": [part(n) for n in range(1, count + 1)], **envelope})
    return [item["httpStatusCode"] for item in caller.json["compositeResponse"]]


def batch(caller, count, **envelope):
    parts = [{"method": "POST", "url": "v62.0/sobjects/Account", "richInput": {"Name": f"N{n}"}} for n in range(1, count + 1)]
    caller("POST", "/composite/batch", {"batchRequests": parts, **envelope})
    return [item["statusCode"] for item in caller.json["results"]]


def graphs(caller, *counts):
    number = iter(range(1, 100))
    sent = [{"graphId": f"g{g}", "compositeRequest": [part(next(number)) for _ in range(count)]} for g, count in enumerate(counts, 1)]
    caller("POST", "/composite/graph", {"graphs": sent})
    return [[item["httpStatusCode"] for item in graph["graphResponse"]["compositeResponse"]] for graph in caller.json["graphs"]]


def collection(caller, count, **envelope):
    caller("POST", "/composite/sobjects", {"records": [{"attributes": {"type": "Account"}, "Name": f"N{n}"} for n in range(count)], **envelope})
    return [item["errors"][0]["statusCode"] if item["errors"] else item["success"] for item in caller.json]


@pytest.fixture
def gate(org):
    org.gate = ThirdItem()
    return org.gate


def test_parts_of_composites_and_batches_are_numbered_and_rows_of_collections_and_trees_are_counted(caller, gate):
    composite(caller, 2)
    batch(caller, 2)
    graphs(caller, 1, 1)
    assert gate.asked == [(1, 1), (2, 1)] * 3
    gate.asked.clear()
    collection(caller, 2)
    caller("POST", "/composite/tree/Account", {"records": [{"attributes": {"type": "Account", "referenceId": f"r{n}"}, "Name": "T"} for n in (1, 2)]})
    caller("POST", "/sobjects/Account", {"Name": "A"})
    assert gate.asked == [(0, 1), (0, 2)] * 2 + [(0, 1)]


def test_reads_and_parts_that_never_come_to_a_row_are_numbered_too(caller, gate):
    read = {"method": "GET", "url": f"{DATA}/query?q=SELECT+Id+FROM+Account", "referenceId": "q"}
    caller("POST", "/composite", {"compositeRequest": [read, {**part(2), "url": f"{DATA}/sobjects/Nothing"}, part(3), part(4)]})
    assert [item["httpStatusCode"] for item in caller.json["compositeResponse"]] == [200, 404, 400, 201]
    assert gate.asked == [(3, 1), (4, 1)]


def test_one_refused_item_leaves_the_others_alone(caller, org, gate):
    assert composite(caller, 4) == [201, 201, 400, 201]
    assert caller.json["compositeResponse"][2]["body"] == [{"message": "no", "errorCode": "UNABLE_TO_LOCK_ROW", "fields": []}]
    assert batch(caller, 4) == [201, 201, 400, 201]
    assert batch(caller, 4, haltOnError=True) == [201, 201, 400, 412]
    assert collection(caller, 4) == [True, True, "UNABLE_TO_LOCK_ROW", True]
    assert graphs(caller, 2, 2) == [[201, 201], [400, 400]]
    assert [graph["isSuccessful"] for graph in caller.json["graphs"]] == [True, False]
    assert org.receipt.applied == "partly"
    assert org.admin.count("Account") == 3 + 3 + 2 + 3 + 2


def test_one_refused_item_takes_the_others_with_it_where_they_stand_or_fall_together(caller, org, gate):
    assert composite(caller, 4, allOrNone=True) == [400] * 4
    assert [item["body"][0]["errorCode"] for item in caller.json["compositeResponse"]] == ["PROCESSING_HALTED"] * 2 + ["UNABLE_TO_LOCK_ROW", "PROCESSING_HALTED"]
    assert graphs(caller, 4) == [[400] * 4]
    assert collection(caller, 4, allOrNone=True) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK"] * 2 + ["UNABLE_TO_LOCK_ROW", "ALL_OR_NONE_OPERATION_ROLLED_BACK"]
    records = [{"attributes": {"type": "Account", "referenceId": f"r{n}"}, "Name": "T"} for n in range(1, 5)]
    assert caller("POST", "/composite/tree/Account", {"records": records}).status == 400
    assert caller.json["results"] == [{"referenceId": "r3", "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "no", "fields": []}]}]
    assert (org.admin.count("Account"), org.receipt.applied) == (0, "no")


# ---------------------------------------------------------------------- the quota ends


def test_from_the_part_on_at_which_the_quota_ended_all_are_403_inside_200(caller, org):
    for send in (composite, batch):
        org.world.end_quota_within(3)
        assert send(caller, 5) == [201, 201, 403, 403, 403]
        assert caller.last.status == 200
        assert (org.receipt.asked, org.receipt.changed, org.receipt.applied) == (5, 2, "partly")
    assert caller.json["results"][4]["result"] == [SPENT]


def test_a_read_inside_is_refused_too(caller, org):
    org.world.end_quota_within(2)
    read = {"method": "GET", "url": f"{DATA}/query?q=SELECT+Id+FROM+Account", "referenceId": "q"}
    caller("POST", "/composite", {"compositeRequest": [part(1), read]})
    assert caller.json["compositeResponse"][1] == {"body": [SPENT], "httpHeaders": {}, "httpStatusCode": 403, "referenceId": "q"}


def test_graphs_before_the_end_of_the_quota_are_done_and_those_after_it_are_not(caller, org):
    org.world.end_quota_within(4)
    assert graphs(caller, 2, 2, 1) == [[201, 201], [400, 403], [403]]
    assert org.admin.count("Account") == 2


def test_all_or_none_undoes_what_came_before_the_end(caller, org):
    org.world.end_quota_within(3)
    assert composite(caller, 3, allOrNone=True) == [400, 400, 403]
    assert org.admin.count("Account") == 0


def test_without_an_end_the_next_request_goes_well(caller, org):
    org.world.end_quota_within(2)
    assert composite(caller, 2) == [201, 403]
    assert composite(caller, 2) == [201, 201]


def test_the_quota_waits_for_a_request_that_has_parts(caller, org):
    org.world.end_quota_within(2)
    assert caller("POST", "/sobjects/Account", {"Name": "A"}).status == 201
    assert collection(caller, 2) == [True, True]
    assert batch(caller, 2) == [201, 403]


def test_with_an_end_everybody_is_refused_until_then(caller, org):
    org.world.end_quota_within(2, until_s=org.now_s() + 60)
    assert composite(caller, 3) == [201, 403, 403]
    assert caller.last.header("sforce-limit-info") == "api-usage=15000/15000"
    assert caller("GET", "/sobjects/Account").status == 403
    org.clock.advance(60)
    assert composite(caller, 3) == [201, 201, 201]


def test_the_words_of_the_refusal_can_be_others(caller, org):
    org.world.end_quota_within(2, code="SERVER_UNAVAILABLE", message="Server too busy")
    assert composite(caller, 2) == [201, 503]
    assert caller.json["compositeResponse"][1]["body"][0]["message"] == "Server too busy"


def test_healing_takes_back_a_quota_that_was_to_end(caller, org):
    org.mark()
    before = org.digest()
    org.world.end_quota_within(2)
    org.world.end_quota_within(2)
    assert org.digest() != before
    org.heal()
    assert composite(caller, 2) == [201, 201]
    org.world.end_quota_within(1, until_s=org.now_s() + 60)
    assert composite(caller, 2) == [403, 403]
    org.heal()
    assert json.loads(caller("GET", "/limits").body)["DailyApiRequests"]["Remaining"] > 0
    org.reset()
    assert org.digest() == before
