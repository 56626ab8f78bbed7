"""Faults named comp.*: which requests they can change, which item they strike, what becomes of replies."""

import json

import pytest

from sfchaos.core.errors import UsageError
from sfchaos.core.gate import RowEvent
from sfchaos.core.messages import Request, Response
from sfchaos.core.operations import classify
from sfchaos.faults.at import At, Draw
from sfchaos.faults.comp.asked import Asked, asked_of
from sfchaos.faults.params import build
from sfchaos.faults.registry import FAULTS, info_of, operations_of

BASE = "https://acme.my.salesforce.com/services/data/v62.0"
JSON = ("Content-Type", "application/json;charset=UTF-8")
POST, GET = {"method": "POST", "url": "x"}, {"method": "GET", "url": "x"}


def request(path, body=None, method="POST"):
    return Request(method, BASE + path, (JSON,), b"" if body is None else json.dumps(body).encode())


def composite(*parts, **envelope):
    return request("/composite", {"compositeRequest": parts, **envelope})


def batch(*parts, **envelope):
    return request("/composite/batch", {"batchRequests": parts, **envelope})


def graph(*groups):
    return request("/composite/graph", {"graphs": [{"graphId": f"g{n}", "compositeRequest": parts} for n, parts in enumerate(groups)]})


def collection(count, method="POST", **envelope):
    return request("/composite/sobjects", {"records": [{"attributes": {"type": "Account"}}] * count, **envelope}, method)


def delete(ids, **options):
    return request(f"/composite/sobjects?ids={ids}" + "".join(f"&{name}={value}" for name, value in options.items()), method="DELETE")


TREE = request("/composite/tree/Account", {"records": [{"Name": "A", "Contacts": {"records": [{"LastName": "B"}, {"LastName": "C"}]}}, {"Name": "D"}]})
ROW = request("/sobjects/Account", {"Name": "A"})


def at(sent):
    return At(sent, classify(sent).op)


@pytest.mark.parametrize(("sent", "asked"), [
    (composite(POST, GET), Asked(((True, False),))), (composite(POST, allOrNone=True), Asked(((True,),), together=True)),
    (composite(POST, allOrNone="true"), Asked(((True,),), together=True)), (batch(GET, POST, haltOnError=True), Asked(((False, True),), halts=True)),
    (graph([POST], [GET, POST]), Asked(((True,), (False, True)), together=True)), (collection(3), Asked(((True,) * 3,))),
    (collection(2, "PATCH", allOrNone=True), Asked(((True,) * 2,), together=True)), (delete("a,b,"), Asked(((True,) * 2,))),
    (delete("a,b", allOrNone="true"), Asked(((True,) * 2,), together=True)), (TREE, Asked(((True,) * 4,), together=True)), (ROW, Asked()),
    (request("/composite/sobjects/Account?ids=a,b,c&fields=Id", method="GET"), Asked(((False,) * 3,))),
    (request("/composite/sobjects/Account", {"ids": ["a", "b"], "fields": ["Id"]}), Asked(((False,) * 2,))),
    (request("/composite/sobjects/Account", {"ids": 7}), Asked(((),))),
    (composite("not a part"), Asked(((),))), (request("/composite", [1]), Asked(((),))), (request("/composite/graph", {"graphs": 1}), Asked((), together=True)),
    (Request("POST", BASE + "/composite", (JSON,), b'{"compositeRequest":' + b"[" * 100_000), Asked(((),))),
])  # fmt: skip
def test_what_a_request_asks_for_is_read_from_its_own_words(sent, asked):
    assert asked_of(classify(sent).op, sent) == asked


PARTLY = [composite(POST, POST), composite(GET, POST), batch(POST, POST), collection(2), delete("a,b"), graph([POST], [POST])]
WHOLLY = [composite(POST, POST, allOrNone=True), collection(2, allOrNone=True), delete("a,b", allOrNone="true"), TREE, graph([POST, POST])]
NEITHER = [composite(POST), composite(POST, GET), collection(1), graph([POST]), ROW, batch(POST)]


@pytest.mark.parametrize(("fault", "sent", "expected"), [
    *(("comp.partial", sent, True) for sent in PARTLY), *(("comp.partial", sent, False) for sent in (*WHOLLY, *NEITHER)),
    *(("comp.rollback", sent, True) for sent in WHOLLY), *(("comp.rollback", sent, False) for sent in (*PARTLY, *NEITHER)),
])  # fmt: skip
def test_one_item_fails_alone_or_with_all_others_but_never_both(fault, sent, expected):
    assert FAULTS[fault]().applies(at(sent)) is expected


def test_the_first_of_a_batch_that_halts_leaves_nothing_done():
    assert not FAULTS["comp.partial"](item=1).applies(at(batch(POST, POST, haltOnError=True)))
    assert FAULTS["comp.partial"](item=2).applies(at(batch(POST, POST, haltOnError=True)))
    assert FAULTS["comp.partial"](item=1).applies(at(composite(POST, GET)))


@pytest.mark.parametrize(("sent", "item", "expected"), [
    (composite(POST, GET), 2, True), (composite(POST, POST), 3, False), (composite(POST, POST, allOrNone=True), 2, False), (batch(GET, GET, GET), 3, True),
    (graph([POST, POST], [POST]), 2, False), (graph([POST, POST], [POST]), 3, True), (graph([POST, POST]), 2, False), (graph(), 2, False), (collection(5), 2, False),
])  # fmt: skip
def test_the_quota_ends_inside_only_where_something_stays_done(sent, item, expected):
    limit = FAULTS["comp.limit_inside"](item=item)
    assert (limit.applies(at(sent)) and at(sent).op.startswith("comp.")) is expected


def row(position, item=0):
    return RowEvent("create", "Account", position, {"Name": "A"}, item=item)


@pytest.mark.parametrize("fault", ["comp.partial", "comp.rollback"])
def test_the_item_is_the_part_where_there_are_parts_and_else_the_row(fault):
    made = FAULTS[fault](item=2, code="REQUIRED_FIELD_MISSING")
    refused = [event for event in (row(1), row(2), row(1, 2), row(3, 2), row(2, 1), row(2, 3)) if made.on_row(event, Draw(0, 0)) is not None]
    assert refused == [row(2), row(1, 2), row(3, 2)]
    assert (made.on_row(row(2), Draw(0, 0)).code, made.on_row(row(2), Draw(0, 0)).message) == ("REQUIRED_FIELD_MISSING", "Required fields are missing")
    assert FAULTS[fault](item=2, code="ENTITY_IS_LOCKED").on_row(row(2), Draw(0, 0)).message == "entity is locked"


def test_the_end_of_a_quota_is_a_fact_of_the_org_with_the_window_of_the_rule():
    asked = []

    class World:
        def end_quota_within(self, item, **how):
            asked.append((item, how))

    FAULTS["comp.limit_inside"](item=4).strike(World(), At(composite(POST), "comp.composite", now_s=100.0, until_s=160.0))
    assert asked == [(4, {"code": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded.", "until_s": 160.0})]


def reordered(sent, status, body):
    return json.loads(FAULTS["comp.reordered"]().around(sent, lambda _: Response(status, json.dumps(body).encode(), (JSON, ("Content-Length", "1")))).body)


def test_results_are_turned_round_where_each_says_whose_it_is():
    assert reordered(composite(POST, POST), 200, {"compositeResponse": [1, 2, 3]}) == {"compositeResponse": [3, 2, 1]}
    assert reordered(TREE, 201, {"hasErrors": False, "results": [1, 2]}) == {"hasErrors": False, "results": [2, 1]}
    answered = {"graphs": [{"graphId": name, "graphResponse": {"compositeResponse": [1, 2]}, "isSuccessful": True} for name in "ab"]}
    assert reordered(graph([POST], [POST]), 200, answered)["graphs"] == [
        {"graphId": name, "graphResponse": {"compositeResponse": [2, 1]}, "isSuccessful": True} for name in "ba"
    ]  # fmt: skip
    assert reordered(collection(2, "PATCH"), 200, [{"id": "1"}, {"id": "2"}]) == [{"id": "2"}, {"id": "1"}]
    assert reordered(collection(2), 200, [{"Id": "1"}, {"Id": "2"}]) == [{"Id": "2"}, {"Id": "1"}]


def test_results_without_ids_and_refusals_stay_as_they_are():
    assert reordered(collection(2, "PATCH"), 200, [{"id": "1"}, {"success": False}]) == [{"id": "1"}, {"success": False}]
    assert reordered(collection(2), 200, [{"Id": "1"}, None]) == [{"Id": "1"}, None]
    assert reordered(TREE, 400, {"results": [1, 2]}) == {"results": [1, 2]}
    assert reordered(composite(POST), 200, 7) == 7
    assert not FAULTS["comp.reordered"]().applies(at(composite(POST)))
    assert FAULTS["comp.reordered"]().applies(at(composite(POST, GET)))


def test_a_lost_composite_is_one_that_had_something_to_do():
    lost = FAULTS["comp.lost"]()
    assert [lost.applies(at(sent)) for sent in (composite(GET, POST), composite(GET), collection(1), TREE)] == [True, False, True, True]
    done = []
    assert lost.around(TREE, lambda sent: done.append(sent) or Response(201)).delivery.fate == "lost"
    assert done == [TREE]


@pytest.mark.parametrize(("fault", "operations"), [
    ("comp.partial", ["coll.create", "coll.delete", "coll.update", "coll.upsert", "comp.batch", "comp.composite", "comp.graph"]),
    ("comp.rollback", ["coll.create", "coll.delete", "coll.update", "coll.upsert", "comp.composite", "comp.graph", "tree.create"]),
    ("comp.lost", ["coll.create", "coll.delete", "coll.update", "coll.upsert", "comp.batch", "comp.composite", "comp.graph", "tree.create"]),
    ("comp.reordered", ["coll.delete", "coll.get", "coll.update", "comp.composite", "comp.graph", "tree.create"]),
    ("comp.limit_inside", ["comp.batch", "comp.composite", "comp.graph"]),
])  # fmt: skip
def test_each_is_paired_with_requests_of_several_items_alone(fault, operations):
    assert sorted(operations_of(info_of(fault))) == operations


@pytest.mark.parametrize(("fault", "settings"), [("comp.partial", {"item": 0}), ("comp.limit_inside", {"item": 1}), ("comp.rollback", {"code": 7})])
def test_settings_that_mean_nothing_are_refused(fault, settings):
    with pytest.raises(UsageError, match="with"):
        build(FAULTS[fault], settings, where="with")
