"""Faults named query.*"""

from __future__ import annotations

from fault_case import Case, Client, Pair, Seen

PAGES = {"Sforce-Query-Options": "batchSize=200"}


def pages(client: Client) -> list[Seen]:
    client.rig.org.populate("Contact", 201)
    first = client.raw("GET", "/query?q=SELECT+Id+FROM+Contact", headers=PAGES).json()
    return [client.say("GET", first["nextRecordsUrl"].partition("v62.0")[2])]


def reads_all(client: Client) -> list[Seen]:
    client.rig.org.populate("Contact", 450)
    page = client.raw("GET", "/query?q=SELECT+Id+FROM+Contact", headers=PAGES).json()
    sizes, ids, total = [len(page["records"])], {row["Id"] for row in page["records"]}, page["totalSize"]
    while not page["done"]:
        page = client.raw("GET", page["nextRecordsUrl"].partition("v62.0")[2], headers=PAGES).json()
        sizes.append(len(page["records"]))
        ids |= {row["Id"] for row in page["records"]}
    return [sizes, len(ids), total]


def pages_by_offset(client: Client) -> list[Seen]:
    for n in range(6):
        client.rig.org.create("Account", Name=f"A{n}")
        client.rig.clock.advance(2)
    seen = []
    for offset in (0, 3):
        page = client.raw("GET", f"/query?q=SELECT+Name+FROM+Account+ORDER+BY+SystemModstamp+LIMIT+3+OFFSET+{offset}").json()
        seen.append([row["Name"] for row in page["records"]])
    return seen


WHOLE: list[Seen] = [[200, 200, 50], 450, 450]
CASES = [
    Case("query.locator_dead", "E", "no", pages, "query.more", [(400, "INVALID_QUERY_LOCATOR")], [(200, "")]),
    Case("query.timeout", "B", "no", pages, "query.more", [(400, "QUERY_TIMEOUT")], [(200, "")]),
    Case("query.total_lies", "S", "no", reads_all, "query.first", [[200, 200, 50], 450, 453], WHOLE, (("by", 3),)),
    Case("query.page_drift", "S", "no", pages_by_offset, "", [["A0", "A1", "A2"], ["A5", "A0", "A1"]], [["A0", "A1", "A2"], ["A3", "A4", "A5"]],
         rule={"before": "query.first/Q2"}),
    Case("query.short_page", "S", "no", reads_all, "query.first", [[1, 200, 200, 49], 450, 450], WHOLE),
    Case("query.short_page", "S", "no", reads_all, "query.more", [[200, 0, 200, 50], 450, 450], WHOLE, (("size", 0),)),
]  # fmt: skip

LOST, READING = ("SFC-INT-01", "row-lost"), "reading.toml"
PAIRS = [
    Pair("query.timeout", "row_clients:reads_patiently", "row_clients:reads_until_something_happens", {"on": "query.more/*"}, LOST, config=READING),
    Pair("query.page_drift", "row_clients:pages_by_id", "row_clients:pages_by_offset", {"before": "query.first/Q2"}, LOST, config=READING),
    Pair("query.total_lies", "row_clients:reads_patiently", "row_clients:waits_for_the_total", {"on": "query.first/*"}, LOST, config=READING),
    Pair("query.short_page", "row_clients:reads_patiently", "row_clients:reads_until_a_page_is_short", {"on": "query.first/*"}, LOST, config=READING),
]  # fmt: skip
