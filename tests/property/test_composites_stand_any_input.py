"""No composite, action or GraphQL request is answered by a defect, however it is made; and a part that is refused changes nothing."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sfchaos.core.messages import Request
from sfchaos.org.org import Org

DATA = "/services/data/v62.0"
ORG = Org(seed=7)
scalars = st.none() | st.booleans() | st.integers(-5, 300) | st.sampled_from(["", "a", "@{a.id}", "@{a", "@{a[0].x}", "Account", "GET", "POST", "001000000000000AAA", f"{DATA}/sobjects/Account"])
names = st.sampled_from(["method", "url", "referenceId", "body", "httpHeaders", "richInput", "records", "attributes", "type", "Name", "Contacts", "graphId", "compositeRequest",
                         "batchRequests", "graphs", "inputs", "allOrNone", "haltOnError", "query", "variables", "record", "contextId", "fields", "apiName"])  # fmt: skip
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5), max_leaves=20)
parts = st.lists(
    st.fixed_dictionaries(
        {"method": st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT"]), "referenceId": st.sampled_from(["a", "b", "c", "d"]),
         "url": st.sampled_from([f"{DATA}/sobjects/Account", f"{DATA}/sobjects/Account/@{{a.id}}", f"{DATA}/query?q=SELECT+Id+FROM+Account", f"{DATA}/composite/sobjects", "@{b.id}", "x"])},
        optional={"body": values, "httpHeaders": st.dictionaries(st.sampled_from(["If-Match", "X-PrettyPrint"]), scalars, max_size=2)},
    ), min_size=1, max_size=4, unique_by=lambda part: part["referenceId"],
)  # fmt: skip


def say(path: str, body: Any) -> int:
    headers = (("Authorization", f"Bearer {ORG.credentials.access_token}"), ("Content-Type", "application/json"))
    response = ORG.handle(Request("POST", f"https://acme.my.salesforce.com{DATA}{path}", headers, json.dumps(body).encode()))
    assert "defect" not in ORG.receipt.facts, ORG.receipt.facts["defect"]
    assert response.status < 500
    return response.status


@given(path=st.sampled_from(["/composite", "/composite/batch", "/composite/tree/Account", "/composite/graph", "/composite/sobjects", "/actions/standard/emailSimple",
                             "/quickActions/NewTask", "/process/rules", "/process/approvals", "/ui-api/records", "/graphql", "/tooling/composite"]), body=values)  # fmt: skip
def test_any_body_has_an_answer(path, body):
    ORG.reset()
    say(path, body)


@given(parts=parts, strict=st.booleans())
def test_any_parts_have_an_answer_and_all_or_none_leaves_nothing_half_done(parts, strict):
    ORG.reset()
    say("/composite", {"allOrNone": strict, "compositeRequest": parts})
    if strict and ORG.receipt.changed == 0:
        assert ORG.admin.count("Account") == 0
    assert ORG.admin.count("Account") <= ORG.receipt.changed


pieces = st.sampled_from(["{", "}", "(", ")", "uiapi", "query", "mutation", "Account", "edges", "node", "Id", "Name", "value", "first:", "1", "where:", '"a"', "$x", ":", "...", "on", "fragment",
                          "[", "]", "eq", "orderBy", "aggregate", "AccountCreate", "input:", "null"])  # fmt: skip


@given(words=st.lists(pieces, max_size=25))
def test_any_document_has_an_answer(words):
    ORG.reset()
    assert say("/graphql", {"query": " ".join(words)}) == 200


@given(where=values, order=values)
def test_any_filter_has_an_answer(where, order):
    ORG.reset()
    query = "query q($w: Account_Filter, $o: Account_OrderBy) { uiapi { query { Account(where: $w, orderBy: $o) { edges { node { Id } } } } aggregate { Account(where: $w, groupBy: $o) { totalCount } } } }"
    assert say("/graphql", {"query": query, "variables": {"w": where, "o": order}}) == 200
