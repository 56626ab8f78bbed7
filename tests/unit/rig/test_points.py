from urllib.parse import quote

import pytest

from sfchaos.core.messages import Request
from sfchaos.rig.points import Namer, object_of

BASE = "https://acme.my.salesforce.com/services/data/v62.0"
JSON = (("Content-Type", "application/json"),)


def post(path, body, **headers):
    return Request("POST", BASE + path, JSON, body)


def get(path):
    return Request("GET", BASE + path)


def addresses(*requests, namer=None):
    namer = namer or Namer()
    return [namer.name(request).address for request in requests]


def test_distinct_requests_count_up_and_repeats_count_their_attempts():
    a, b = post("/sobjects/Contact", b'{"LastName":"A"}'), post("/sobjects/Contact", b'{"LastName":"B"}')
    assert addresses(a, b, a, a, b) == ["row.create/Contact#1~1", "row.create/Contact#2~1", "row.create/Contact#1~2", "row.create/Contact#1~3",
                                        "row.create/Contact#2~2"]  # fmt: skip


def test_each_operation_and_target_counts_for_itself():
    assert addresses(post("/sobjects/Contact", b"{}"), post("/sobjects/Lead", b"{}"), get("/limits"), get("/limits")) == [
        "row.create/Contact#1~1", "row.create/Lead#1~1", "meta.limits/-#1~1", "meta.limits/-#1~2"]  # fmt: skip


def test_a_request_is_the_same_whatever_the_order_of_its_keys_and_its_volatile_values():
    first = post("/sobjects/Contact", b'{"LastName":"A","Ran_At__c":"2026-01-15T09:00:00Z","Run__c":"0b1f6f8e-6f0e-4b6e-9d3e-2f5a1c9b7d10"}')
    again = post(
        "/sobjects/Contact", b'{ "Run__c":"11111111-2222-3333-4444-555555555555", "Ran_At__c":"2026-02-01T00:00:00.000+0000", "LastName":"A"}'
    )
    assert addresses(first, again) == ["row.create/Contact#1~1", "row.create/Contact#1~2"]


def test_objects_are_one_whatever_their_case():
    assert addresses(get("/sobjects/Contact/003A"), get("/sobjects/contact/003B")) == ["row.get/Contact#1~1", "row.get/Contact#2~1"]
    canonical = Namer(lambda name: {"contact": "Contact"}.get(name.lower(), name))
    assert addresses(get("/sobjects/contact/003A"), namer=canonical) == ["row.get/Contact#1~1"]


def query(soql):
    return get("/query?q=" + quote(soql))


def test_queries_have_aliases_by_their_text_without_times():
    namer = Namer()
    first = namer.name(query("SELECT Id FROM Contact WHERE SystemModstamp > 2026-01-15T09:00:00Z"))
    later = namer.name(query("SELECT Id  FROM Contact WHERE SystemModstamp > 2026-01-15T10:30:00Z"))
    other = namer.name(query("SELECT Id, (SELECT Id FROM Contacts) FROM Account"))
    assert [p.address for p in (first, later, other)] == ["query.first/Q1#1~1", "query.first/Q1#1~2", "query.first/Q2#1~1"]
    assert (first.sobject, other.sobject) == ("Contact", "Account")


def test_the_pages_of_a_query_bear_its_alias():
    namer = Namer()
    namer.name(query("SELECT Id FROM Lead"))
    point = namer.name(query("SELECT Id FROM Contact"))
    namer.learn_page(point.target, b'{"done":false,"nextRecordsUrl":"/services/data/v62.0/query/0r8xx3d9-2000","records":[]}')
    pages = [namer.name(get(f"/query/0r8xx3d9-{offset}")) for offset in (2000, 4000, 2000)]
    assert [p.address for p in pages] == ["query.more/Q2#1~1", "query.more/Q2#2~1", "query.more/Q2#1~2"]
    assert pages[0].sobject == "Contact"


def test_jobs_have_aliases_by_creation_and_polls_count_up():
    namer = Namer()
    created = post("/jobs/ingest", b'{"object":"Contact","operation":"insert"}')
    assert namer.name(created).address == "bulk2.create/Contact#1~1"
    namer.learn_job("7505e0000000001AAA", "Contact")
    namer.learn_job("7505e0000000002AAA", "Lead")
    poll = get("/jobs/ingest/7505e0000000002AAA")
    points = [namer.name(poll), namer.name(poll), namer.name(get("/jobs/ingest/7505e0000000001AAA"))]
    assert [p.address for p in points] == ["bulk2.poll/J2#1~1", "bulk2.poll/J2#1~2", "bulk2.poll/J1#1~1"]
    assert [(p.job_id, p.sobject) for p in points[1:]] == [("7505e0000000002AAA", "Lead"), ("7505e0000000001AAA", "Contact")]


def test_digests_do_not_depend_on_the_ids_of_jobs():
    digests = []
    for job_id in ("7505e0000000001AAA", "7505e0000000777AAA"):
        namer = Namer()
        namer.learn_job(job_id, "Contact")
        digests.append(namer.name(get(f"/jobs/ingest/{job_id}")).digest)
    assert digests[0] == digests[1]


def test_a_weak_operation_only_counts():
    a = post("/sobjects/Contact", b'{"LastName":"A"}')
    assert addresses(a, a, namer=Namer(weak=frozenset({"row.create"}))) == ["row.create/Contact#1~1", "row.create/Contact#2~1"]


def test_an_unknown_path_is_a_point_too():
    assert addresses(Request("GET", "https://acme.my.salesforce.com/favicon.ico")) == ["other/-#1~1"]


@pytest.mark.parametrize(("soql", "name"), [
    ("select Id from account", "account"), ("SELECT Id, (SELECT Id FROM Contacts WHERE (A = 1)) FROM Account", "Account"),
    ("SELECT Id FROM Lead WHERE Id IN (SELECT LeadId FROM CampaignMember)", "Lead"), ("FIND {x}", "")])  # fmt: skip
def test_the_object_of_a_query_is_that_of_its_outermost_from(soql, name):
    assert object_of(soql) == name
