"""Figures of the org by itself: requests a second, SOQL against size."""

from __future__ import annotations

import json
import time

from measure import Row, best_s, micro

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.soql import prepare

BASE = "https://acme.my.salesforce.com/services/data/v62.0"


def fresh() -> tuple[Org, tuple[tuple[str, str], ...]]:
    org = Org(clock=VirtualClock(), seed=1)
    org.limits.configure({"DailyApiRequests": 10_000_000})
    return org, (("Authorization", f"Bearer {org.credentials.access_token}"), ("Content-Type", "application/json"))


def handle() -> list[Row]:
    """Simple reads, indexed queries and creates a second on one core."""
    org, headers = fresh()
    ids = org.admin.populate("Contact", 1000)
    read = Request("GET", f"{BASE}/sobjects/Contact/{ids[500]}?fields=LastName,Email", headers)
    query = Request("GET", f"{BASE}/query?q=SELECT+Id,LastName+FROM+Contact+WHERE+Id='{ids[500]}'", headers)
    bodies = iter(range(10**9))
    rows = []
    for name, aim, make in (
        ("read by id", ">= 10,000/s", lambda: read), ("indexed query", "", lambda: query),
        ("create", ">= 10,000/s", lambda: Request("POST", f"{BASE}/sobjects/Account", headers, json.dumps({"Name": f"A{next(bodies)}"}).encode())),
    ):  # fmt: skip
        assert org.handle(make()).status in (200, 201)
        took_s = best_s(lambda make=make: [org.handle(make()) for _ in range(1000)]) / 1000
        rows.append(Row(f"Org.handle: {name}", micro(took_s), "one second", f"{1 / took_s:,.0f}/s", aim))
    return rows


def soql() -> list[Row]:
    """Statements on 1,000,000 rows against the same on 1,000, and what a statement costs that was seen before."""
    small, large = {}, {}
    for size, times in ((1_000, small), (1_000_000, large)):
        org, headers = fresh()
        _fill(org, size)
        lookup = Request("GET", f"{BASE}/query?q=SELECT+Id,LastName+FROM+Contact+WHERE+External_Id__c='E-{size // 2}'", headers)
        assert json.loads(org.handle(lookup).body)["totalSize"] == 1
        times["lookup"] = best_s(lambda org=org, request=lookup: [org.handle(request) for _ in range(500)]) / 500
        for name, text in (("COUNT()", "SELECT COUNT() FROM Contact"), ("GROUP BY", "SELECT OwnerId,COUNT(Id) FROM Contact GROUP BY OwnerId")):
            request = Request("GET", f"{BASE}/query?q={text.replace(' ', '+')}", headers)
            times[name] = best_s(lambda org=org, request=request: org.handle(request))
        times["page"] = _paging_s(org, headers)
    rows = [
        Row(
            "SOQL lookup, 1,000,000 rows",
            micro(large["lookup"]),
            f"1,000 rows: {micro(small['lookup'])}",
            f"{large['lookup'] / small['lookup']:.2f}",
            "<= 2",
        )
    ]
    for name in ("COUNT()", "GROUP BY"):
        per_row = large[name] / 1000 / small[name]
        rows.append(
            Row(
                f"SOQL {name}, 1,000,000 rows",
                f"{large[name] * 1000:.1f} ms",
                f"1,000 rows: {small[name] * 1000:.2f} ms",
                f"{per_row:.2f} a row",
                "about 1",
            )
        )
    rows.append(Row("SOQL, a page of 2,000 (mean of the first 20)", f"{large['page'] * 1000:.1f} ms", "", ""))
    return rows + _compiling()


def _paging_s(org: Org, headers: tuple[tuple[str, str], ...]) -> float:
    """Seconds a page, the first 20 of all rows (the first of them numbers a million)."""
    began, path, pages = time.perf_counter(), "/services/data/v62.0/query?q=SELECT+Id,LastName+FROM+Contact", 0
    while path and pages < 20:
        reply = json.loads(org.handle(Request("GET", BASE.removesuffix("/services/data/v62.0") + path, headers)).body)
        path, pages = reply.get("nextRecordsUrl", ""), pages + 1
    return (time.perf_counter() - began) / pages


def _compiling() -> list[Row]:
    """A statement that was seen before, against one that was not."""
    org, _ = fresh()
    user = org.integration_user_id
    text = "SELECT Id, Name, Owner.Name, (SELECT LastName FROM Contacts) FROM Account WHERE Industry = 'Retail' AND CreatedDate > 2026-01-01T00:00:00Z LIMIT {}"
    prepare(org, text.format(1), user_id=user)
    seen_s = best_s(lambda: [prepare(org, text.format(1), user_id=user) for _ in range(500)]) / 500
    limits = iter(range(2, 10**9))
    new_s = best_s(lambda: [prepare(org, text.format(next(limits)), user_id=user) for _ in range(100)]) / 100
    return [Row("SOQL, a statement seen before", micro(seen_s), f"a new one: {micro(new_s)}", f"{seen_s / new_s:.2f}")]


def _fill(org: Org, size: int) -> None:
    """Rows straight into the table: this is about looking them up."""
    from sfchaos.org.ids import make_id

    stamp = "2026-01-15T09:00:00.000+0000"
    columns = (
        "Id",
        "LastName",
        "External_Id__c",
        "IsDeleted",
        "OwnerId",
        "CreatedDate",
        "CreatedById",
        "LastModifiedDate",
        "LastModifiedById",
        "SystemModstamp",
    )
    user = org.integration_user_id
    rows = ((make_id("003", n + 1), f"Name {n}", f"E-{n}", 0, user, stamp, user, stamp, user, stamp) for n in range(size))
    org.store.run_many(f"INSERT INTO Contact ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
    org.mark()
