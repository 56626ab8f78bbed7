"""/composite/batch, /composite/tree, /composite/graph: wire reference 3.11."""

import pytest

DATA = "/services/data/v62.0"
ACCOUNT = f"{DATA}/sobjects/Account"


# ---------------------------------------------------------------------- batch


def batch(caller, *parts, **envelope):
    return caller("POST", "/composite/batch", {**envelope, "batchRequests": list(parts)})


def ask(method, url, entity=None):
    return {"method": method, "url": url} if entity is None else {"method": method, "url": url, "richInput": entity}


def test_a_batch_answers_each_part_with_status_and_result(caller):
    record_id = caller.create("Account", Name="Old")
    response = batch(caller, ask("PATCH", f"v62.0/sobjects/Account/{record_id}", {"Name": "New"}), ask("GET", f"v62.0/sobjects/Account/{record_id}?fields=Name"))
    assert response.status == 200
    assert list(caller.json) == ["hasErrors", "results"]
    assert list(caller.json["results"][0].items()) == [("statusCode", 204), ("result", None)]
    assert caller.json["results"][1]["result"]["Name"] == "New"


def test_a_failure_stops_nothing_unless_it_is_to_halt(caller, org):
    parts = (ask("POST", "v62.0/sobjects/Account", {}), ask("POST", "v62.0/sobjects/Account", {"Name": "B"}))
    batch(caller, *parts)
    assert [r["statusCode"] for r in caller.json["results"]] == [400, 201]
    assert caller.json["hasErrors"] is True
    batch(caller, *parts, haltOnError=True)
    assert [r["statusCode"] for r in caller.json["results"]] == [400, 412]
    assert caller.json["results"][1]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert org.admin.count("Account") == 1


def test_each_part_of_a_batch_counts_and_meets_the_limit(caller, org):
    before = org.limits.used
    batch(caller, *[ask("GET", "v62.0/limits")] * 4)
    assert org.limits.used == before + 4
    org.limits.exhaust("daily", maximum=org.limits.used + 2, used=org.limits.used)
    batch(caller, *[ask("GET", "v62.0/limits")] * 4)
    assert [r["statusCode"] for r in caller.json["results"]] == [200, 200, 403, 403]
    assert caller.json["results"][2]["result"] == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]


@pytest.mark.parametrize(
    "parts",
    [[], [ask("GET", "v62.0/limits")] * 26, [ask("GET", "sobjects/Account")], [ask("LOOK", "v62.0/limits")], [ask("GET", "v63.0/limits")],
     [{**ask("POST", "v62.0/sobjects/Attachment"), "binaryPartName": "b"}], [{"method": "GET"}], "x"],
)  # fmt: skip
def test_a_batch_that_cannot_be_read_is_400(caller, parts):
    assert caller("POST", "/composite/batch", {"batchRequests": parts}).status == 400


def test_a_batch_takes_no_composite(caller):
    batch(caller, ask("GET", "v62.0/composite"), ask("GET", "v62.0/actions"))
    assert [r["statusCode"] for r in caller.json["results"]] == [404, 200]


# ---------------------------------------------------------------------- tree


def record(kind, reference, *, children=None, **fields):
    return {"attributes": {"type": kind, "referenceId": reference}, **fields, **{name: {"records": rows} for name, rows in (children or {}).items()}}


def plant(caller, *records, sobject="Account"):
    return caller("POST", f"/composite/tree/{sobject}", {"records": list(records)})


def test_a_tree_is_201_with_ids_level_by_level(caller, org):
    response = plant(caller, record("Account", "r1", Name="A", children={"Contacts": [record("Contact", "r2", LastName="x")]}), record("Account", "r3", Name="B"))
    assert (response.status, caller.json["hasErrors"]) == (201, False)
    assert [item["referenceId"] for item in caller.json["results"]] == ["r1", "r3", "r2"]
    [contact] = org.admin.rows("Contact")
    assert contact["AccountId"] == caller.json["results"][0]["id"]
    assert org.receipt.applied == "yes"


def test_a_bad_record_of_a_tree_is_listed_alone_and_nothing_stays(caller, org):
    response = plant(caller, record("Account", "r1", Name="A", children={"Contacts": [record("Contact", "r2", LastName="x", Email="123")]}))
    assert response.status == 400
    assert caller.json == {"hasErrors": True, "results": [
        {"referenceId": "r2", "errors": [{"statusCode": "INVALID_EMAIL_ADDRESS", "message": "Email: invalid email address: 123", "fields": ["Email"]}]}]}  # fmt: skip
    assert (org.admin.count("Account"), org.admin.count("Contact")) == (0, 0)
    assert org.receipt.applied == "no"


def test_a_column_that_is_not_there_is_its_records_error(caller):
    plant(caller, record("Account", "r1", Name="A"), record("Account", "r2", Name="B", Nope__c=1))
    assert [(item["referenceId"], item["errors"][0]["statusCode"]) for item in caller.json["results"]] == [("r2", "INVALID_FIELD")]


def test_the_same_reference_id_twice_is_one_item_each(caller):
    plant(caller, record("Account", "r1", Name="A"), record("Account", "r1", Name="B"))
    error = {"statusCode": "INVALID_INPUT", "message": "Duplicate ReferenceId provided in the request.", "fields": []}
    assert caller.json["results"] == [{"referenceId": "r1", "errors": [error]}] * 2


def chain(levels):
    """Accounts under accounts: the standard org's ParentId has the relationship ChildAccounts."""
    return record("Account", f"r{levels}", Name="A", children={"ChildAccounts": [chain(levels - 1)]} if levels > 1 else None)


def test_five_levels_and_two_hundred_records_are_the_most(caller, org):
    assert plant(caller, chain(5)).status == 201
    assert plant(caller, chain(6)).status == 400
    assert plant(caller, *(record("Account", f"r{n}", Name="A") for n in range(200))).status == 201
    assert plant(caller, *(record("Account", f"r{n}", Name="A") for n in range(201))).status == 400
    assert org.admin.count("Account") == 205


@pytest.mark.parametrize("body", [{}, {"records": []}, {"records": [1]}, {"records": [{"Name": "A"}]}, {"records": {"a": 1}}])
def test_what_is_no_tree_is_400(caller, body):
    assert caller("POST", "/composite/tree/Account", body).status == 400


def test_a_root_that_the_user_may_not_see_is_404(caller, org):
    org.world.remove_object_right("Account")
    assert caller("POST", "/composite/tree/Account", {"records": [{"attributes": {"type": "Account", "referenceId": "a"}, "Name": "A"}]}).status == 404


def test_a_root_of_another_type_is_refused(caller, org):
    assert plant(caller, record("Contact", "r1", LastName="x")).status == 400
    assert plant(caller, record("Account", "r1", Name="x"), sobject="Nothing").status == 404
    assert org.admin.count("Contact") == 0


# ---------------------------------------------------------------------- graph


def node(method, url, reference, body=None):
    return {"method": method, "url": url, "referenceId": reference, **({} if body is None else {"body": body})}


def graphs(caller, *some):
    return caller("POST", "/composite/graph", {"graphs": [{"graphId": name, "compositeRequest": nodes} for name, nodes in some]})


def account(reference, **fields):
    return node("POST", ACCOUNT, reference, fields)


def test_each_graph_is_done_whole_or_not_at_all(caller, org):
    contact = node("POST", f"{DATA}/sobjects/Contact", "c", {"LastName": "x", "AccountId": "@{a.id}"})
    graphs(caller, ("g1", [account("a", Name="A"), contact]), ("g2", [account("a", Name="B"), account("b")]))
    first, second = caller.json["graphs"]
    assert list(first) == ["graphId", "graphResponse", "isSuccessful"]
    assert (first["isSuccessful"], second["isSuccessful"]) == (True, False)
    assert [item["httpStatusCode"] for item in second["graphResponse"]["compositeResponse"]] == [400, 400]
    assert second["graphResponse"]["compositeResponse"][0]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert [row["Name"] for row in org.admin.rows("Account")] == ["A"]


def test_after_fifteen_failed_graphs_the_rest_is_halted(caller, org):
    graphs(caller, *((f"g{n}", [account("a")]) for n in range(15)), ("last", [account("a", Name="A")]))
    assert caller.json["graphs"][-1]["graphResponse"]["compositeResponse"][0]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    graphs(caller, *((f"g{n}", [account("a")]) for n in range(14)), ("last", [account("a", Name="A")]))
    assert caller.json["graphs"][-1]["isSuccessful"] is True


def deep(levels):
    return [account("r0", Name="A"), *(account(f"r{n}", Name="A", ParentId=f"@{{r{n - 1}.id}}") for n in range(1, levels))]


WIDE = [node("GET", f"{DATA}/sobjects/X{n}/001000000000000AAA", f"r{n}") for n in range(16)]


@pytest.mark.parametrize(
    ("some", "status"),
    [([("g", deep(15))], 200), ([("g", deep(16))], 400), ([(f"g{n}", [account("a", Name="A")]) for n in range(76)], 400),
     ([("g", [account(f"r{n}", Name="A") for n in range(501)])], 400), ([("g", WIDE)], 400), ([("g", deep(1)), ("g", deep(1))], 400),
     ([("", deep(1))], 400), ([("g", [])], 400), ([], 400)],
)  # fmt: skip
def test_the_limits_of_graphs(caller, some, status):
    assert graphs(caller, *some).status == status


def test_a_graph_takes_rows_alone(caller):
    graphs(caller, ("g", [node("GET", f"{DATA}/query?q=SELECT+Id+FROM+Account", "q")]))
    assert caller.json["graphs"][0]["isSuccessful"] is False
