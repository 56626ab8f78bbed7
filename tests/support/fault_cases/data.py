"""Faults named data.*"""

from __future__ import annotations

from fault_case import Case, Client, Pair, Seen


def names(client: Client) -> list[Seen]:
    for name in ("Alpha", "Beta", "Gamma"):
        client.rig.org.create("Account", Name=name)
    rows = client.raw("GET", "/query?q=SELECT+Id,Name+FROM+Account+ORDER+BY+Name").json()["records"]
    return [row["Name"] for row in rows]


def one_name(client: Client) -> list[Seen]:
    account = client.rig.org.create("Account", Name="Alpha", Phone="555")
    row = client.raw("GET", f"/sobjects/Account/{account}").json()
    return [row["Name"], client.rig.org.rows("Account")[0]["Name"]]


WHOLE: list[Seen] = ["Alpha", "Beta", "Gamma"]
CASES = [
    Case("data.bit_flip", "S", "no", names, "query.first", ["@lpha", "Beta", "Gamma"], WHOLE),
    Case("data.bit_flip", "S", "no", one_name, "row.get", ["@lpha", "Alpha"], ["Alpha", "Alpha"], (("field", "Name"),)),
    Case("data.field_cut", "S", "no", names, "query.first", ["Al", "Beta", "Gamma"], WHOLE),
    Case("data.rows_swapped", "S", "no", names, "query.first", ["Beta", "Alpha", "Gamma"], WHOLE),
]  # fmt: skip

WRONG = ("SFC-INT-03", "row-corrupted")
PAIRS = [
    Pair(name, "data_clients:looks_twice", "data_clients:passes_on_what_it_gets", {"on": "query.first/*", "with": {"field": "LastName"}}, WRONG, config="reading.toml")
    for name in ("data.bit_flip", "data.field_cut", "data.rows_swapped")
]
