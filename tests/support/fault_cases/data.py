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


def texts_of(client: Client) -> list[Seen]:
    """What REST gives and what Bulk would: the org's own rows hold it."""
    for number in range(3):
        client.rig.org.create("Account", Name=f"Acme {number}", Phone="555", AnnualRevenue=1)
    rows = client.raw("GET", "/query?q=SELECT+Phone,Site,AnnualRevenue+FROM+Account+ORDER+BY+Id").json()["records"]
    assert [row["Phone"] for row in rows] == [row["Phone"] for row in client.rig.org.rows("Account")]
    return [row["Phone"] for row in rows]


def birthdays(client: Client) -> list[Seen]:
    client.rig.org.create("Contact", LastName="One", Birthdate="1990-01-01")
    client.rig.org.create("Contact", LastName="Two", Birthdate="1990-01-01")
    return [row["Birthdate"] for row in client.raw("GET", "/query?q=SELECT+Birthdate+FROM+Contact+ORDER+BY+Id").json()["records"]]


def lengths(client: Client) -> list[Seen]:
    client.rig.org.create("Contact", LastName="One", Description="short")
    row = client.raw("GET", "/query?q=SELECT+Description,LastName+FROM+Contact").json()["records"][0]
    return [len(row["Description"]), len(row["LastName"])]


PLAIN: list[Seen] = ["555"] * 3
WHOLE: list[Seen] = ["Alpha", "Beta", "Gamma"]
CASES = [
    Case("data.bit_flip", "S", "no", names, "query.first", ["@lpha", "Beta", "Gamma"], WHOLE),
    Case("data.bit_flip", "S", "no", one_name, "row.get", ["@lpha", "Alpha"], ["Alpha", "Alpha"], (("field", "Name"),)),
    Case("data.field_cut", "S", "no", names, "query.first", ["Al", "Beta", "Gamma"], WHOLE),
    Case("data.rows_swapped", "S", "no", names, "query.first", ["Beta", "Alpha", "Gamma"], WHOLE),
    Case("data.unicode", "S", "no", texts_of, "query.first", ["Zo\u00eb", "Zoe\u0308", "\U0001d49c\U0001f680"], PLAIN, (("field", "Phone"),)),
    Case("data.csv", "S", "no", texts_of, "query.first", ['5" disk, "new"', "a, b; c", "one\ntwo"], PLAIN, (("field", "Phone"),)),
    Case("data.csv", "S", "no", texts_of, "query.first", ['5" disk, "new"', "555", "555"], PLAIN, (("field", "Phone"), ("rows", 1))),
    Case("data.numbers", "S", "no", texts_of, "query.first", ["007", "1e5", "900719925474099312"], PLAIN, (("field", "Phone"),)),
    Case("data.injection", "S", "no", texts_of, "query.first", ["O'Hara", "' OR Name != '", "'); DROP TABLE x;--"], PLAIN, (("field", "Phone"),)),
    Case("data.null_storm", "S", "no", texts_of, "query.first", [None] * 3, PLAIN),
    Case("data.dates", "S", "no", birthdays, "query.first", ["2024-02-29", "1700-01-01"], ["1990-01-01"] * 2),
    Case("data.long", "S", "no", lengths, "query.first", [32_000, 80], [5, 3]),
]  # fmt: skip

WRONG = ("SFC-INT-03", "row-corrupted")
PAIRS = [
    Pair(name, "data_clients:looks_twice", "data_clients:passes_on_what_it_gets", {"on": "query.first/*", "with": {"field": "LastName"}}, WRONG, config="reading.toml")
    for name in ("data.bit_flip", "data.field_cut", "data.rows_swapped")
] + [
    Pair(name, "data_clients:passes_on_what_it_gets", f"data_clients:{bad}", {"on": "query.first/*", "with": {"field": field}}, caught, config="reading.toml")
    for name, bad, field, caught in (
        ("data.unicode", "writes_latin", "Phone", WRONG), ("data.csv", "splits_at_commas", "Phone", WRONG), ("data.numbers", "reads_numbers", "Phone", WRONG),
        ("data.long", "cuts_to_its_column", "LastName", WRONG), ("data.null_storm", "writes_none", "Phone", WRONG),
        ("data.injection", "asks_by_pasted_text", "LastName", ("SFC-INT-01", "row-lost")),
    )
]  # fmt: skip
PAIRS.append(Pair("data.dates", "data_clients:passes_dates_on", "data_clients:writes_two_digit_years", {"on": "query.first/*", "with": {"field": "Birthdate"}}, WRONG,
                  config="dates.toml"))  # fmt: skip
