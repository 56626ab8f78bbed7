"""Faults named comp.*"""

from __future__ import annotations

from typing import Any

import requests
from fault_case import Case, Client, Pair, Seen

ACCOUNT = "/services/data/v62.0/sobjects/Account"


def parts(count: int) -> list[dict[str, Any]]:
    return [{"method": "POST", "url": ACCOUNT, "referenceId": f"r{n}", "body": {"Name": f"N{n}"}} for n in range(1, count + 1)]


def sends(client: Client, path: str, body: Any, method: str = "POST") -> Any:
    """What came back, or the name of the exception."""
    try:
        return client.raw(method, path, body).json()
    except requests.RequestException as error:
        return type(error).__name__


def of_parts(reply: Any) -> list[Seen]:
    return [reply] if isinstance(reply, str) else [(item["httpStatusCode"], code_of(item["body"])) for item in reply["compositeResponse"]]


def of_rows(reply: Any) -> list[Seen]:
    return [item["errors"][0]["statusCode"] if item["errors"] else "" for item in reply]


def code_of(body: Any) -> str:
    return str(body[0]["errorCode"]) if isinstance(body, list) else ""


def composes(client: Client) -> list[Seen]:
    return [*of_parts(sends(client, "/composite", {"compositeRequest": parts(3)})), client.rig.org.count("Account")]


def composes_all_or_none(client: Client) -> list[Seen]:
    return [*of_parts(sends(client, "/composite", {"compositeRequest": parts(3), "allOrNone": True})), client.rig.org.count("Account")]


def batches(client: Client) -> list[Seen]:
    sent = [{"method": "POST", "url": "v62.0/sobjects/Account", "richInput": {"Name": f"N{n}"}} for n in range(3)]
    reply = sends(client, "/composite/batch", {"batchRequests": sent})
    return [*([reply] if isinstance(reply, str) else [(item["statusCode"], code_of(item["result"])) for item in reply["results"]]), client.rig.org.count("Account")]


def graphs(client: Client) -> list[Seen]:
    sent = [{"graphId": f"g{n}", "compositeRequest": [part]} for n, part in enumerate(parts(3), 1)]
    reply = sends(client, "/composite/graph", {"graphs": sent})
    seen = [(graph["graphId"], graph["isSuccessful"], *of_parts(graph["graphResponse"])) for graph in reply["graphs"]]
    return [*seen, client.rig.org.count("Account")]


def one_graph(client: Client) -> list[Seen]:
    reply = sends(client, "/composite/graph", {"graphs": [{"graphId": "g", "compositeRequest": parts(3)}]})
    return [*of_parts(reply["graphs"][0]["graphResponse"]), client.rig.org.count("Account")]


def collects(client: Client) -> list[Seen]:
    return collected(client)


def collects_all_or_none(client: Client) -> list[Seen]:
    return collected(client, allOrNone=True)


def collected(client: Client, **envelope: Any) -> list[Seen]:
    records = [{"attributes": {"type": "Account"}, "Name": f"N{n}"} for n in range(3)]
    return [*of_rows(sends(client, "/composite/sobjects", {"records": records, **envelope})), client.rig.org.count("Account")]


def plants(client: Client) -> list[Seen]:
    """A tree."""
    records = [{"attributes": {"type": "Account", "referenceId": f"r{n}"}, "Name": f"N{n}"} for n in (1, 2, 3)]
    reply = sends(client, "/composite/tree/Account", {"records": records})
    if isinstance(reply, str):
        return [reply, client.rig.org.count("Account")]
    return [*((item["referenceId"], *(error["statusCode"] for error in item.get("errors", ()))) for item in reply["results"]), client.rig.org.count("Account")]


def composes_and_shows_the_order(client: Client) -> list[Seen]:
    return [item["referenceId"] for item in sends(client, "/composite", {"compositeRequest": parts(3)})["compositeResponse"]]


def updates_and_shows_the_order(client: Client) -> list[Seen]:
    ids = [client.rig.org.create("Account", Name=name) for name in "AB"]
    records = [{"attributes": {"type": "Account"}, "id": record, "Name": "C"} for record in ids]
    return [ids.index(item["id"]) for item in sends(client, "/composite/sobjects", {"records": records}, "PATCH")]


DONE, LOCKED, HALTED, SPENT = (201, ""), (400, "UNABLE_TO_LOCK_ROW"), (400, "PROCESSING_HALTED"), (403, "REQUEST_LIMIT_EXCEEDED")
UNDONE = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
ALL_DONE: list[Seen] = [DONE] * 3 + [3]
GRAPHS: list[Seen] = [("g1", True, DONE), ("g2", True, DONE), ("g3", True, DONE), 3]
CASES = [
    Case("comp.partial", "P", "partly", composes, "comp.composite", [DONE, LOCKED, DONE, 2], ALL_DONE),
    Case("comp.partial", "P", "partly", composes, "comp.composite", [DONE, DONE, (400, "REQUIRED_FIELD_MISSING"), 2], ALL_DONE,
         (("item", 3), ("code", "REQUIRED_FIELD_MISSING"))),
    Case("comp.partial", "P", "partly", batches, "comp.batch", [DONE, LOCKED, DONE, 2], ALL_DONE),
    Case("comp.partial", "P", "partly", graphs, "comp.graph", [("g1", True, DONE), ("g2", False, LOCKED), ("g3", True, DONE), 2], GRAPHS),
    Case("comp.partial", "P", "partly", collects, "coll.create", ["", "UNABLE_TO_LOCK_ROW", "", 2], ["", "", "", 3]),
    Case("comp.rollback", "B", "no", composes_all_or_none, "comp.composite", [HALTED, LOCKED, HALTED, 0], ALL_DONE),
    Case("comp.rollback", "B", "no", one_graph, "comp.graph", [HALTED, LOCKED, HALTED, 0], ALL_DONE),
    Case("comp.rollback", "B", "no", collects_all_or_none, "coll.create", [UNDONE, "UNABLE_TO_LOCK_ROW", UNDONE, 0], ["", "", "", 3]),
    Case("comp.rollback", "B", "no", plants, "tree.create", [("r2", "UNABLE_TO_LOCK_ROW"), 0], [("r1",), ("r2",), ("r3",), 3]),
    Case("comp.reordered", "R", "yes", composes_and_shows_the_order, "comp.composite", ["r3", "r2", "r1"], ["r1", "r2", "r3"]),
    Case("comp.reordered", "R", "yes", updates_and_shows_the_order, "coll.update", [1, 0], [0, 1]),
    Case("comp.reordered", "R", "yes", graphs, "comp.graph", [*GRAPHS[2::-1], 3], GRAPHS),
    Case("comp.reordered", "R", "yes", plants, "tree.create", [("r3",), ("r2",), ("r1",), 3], [("r1",), ("r2",), ("r3",), 3]),
    Case("comp.lost", "A", "yes", composes, "comp.composite", ["ConnectionError", 3], ALL_DONE),
    Case("comp.lost", "A", "yes", batches, "comp.batch", ["ConnectionError", 3], ALL_DONE),
    Case("comp.lost", "A", "yes", plants, "tree.create", ["ConnectionError", 3], [("r1",), ("r2",), ("r3",), 3]),
    Case("comp.limit_inside", "P", "partly", composes, "comp.composite", [DONE, SPENT, SPENT, 1], ALL_DONE),
    Case("comp.limit_inside", "P", "partly", batches, "comp.batch", [DONE, DONE, SPENT, 2], ALL_DONE, (("item", 3),)),
    Case("comp.limit_inside", "P", "partly", graphs, "comp.graph", [("g1", True, DONE), ("g2", False, SPENT), ("g3", False, SPENT), 1], GRAPHS),
]  # fmt: skip

FIRST = {"on": "comp.*/*#1~1"}
LOST = ("SFC-INT-01", "row-lost")
PAIRS = [
    Pair("comp.partial", "comp_clients:looks_at_every_item", "comp_clients:looks_at_the_outer_status", {**FIRST, "with": {"item": 4}}, LOST),
    Pair("comp.rollback", "comp_clients:sends_all_of_it_again", "comp_clients:sends_the_cause_again", {**FIRST, "with": {"item": 4}}, LOST),
    Pair("comp.reordered", "comp_clients:calls_by_reference", "comp_clients:calls_by_position", FIRST, "silent"),
    Pair("comp.lost", "comp_clients:upserts_composed", "comp_clients:creates_composed", FIRST, "duplicate"),
    Pair("comp.limit_inside", "comp_clients:waits_and_sends_the_rest", "comp_clients:waits_and_sends_everything", {**FIRST, "with": {"item": 4}}, "duplicate"),
    Pair("comp.limit_inside", "comp_clients:waits_and_sends_the_rest", "comp_clients:waits_and_sends_everything", {**FIRST, "for": "20m", "with": {"item": 4}}, "duplicate"),
]  # fmt: skip
