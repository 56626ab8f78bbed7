"""/ui-api and /graphql: wire reference 3.13, the UI API and GraphQL guides."""

import pytest


@pytest.fixture
def graph(caller):
    def ask(query, version="66.0", **more):
        response = caller("POST", "/graphql", {"query": query, **more}, version=version)
        assert response.status == 200, response.body
        return caller.json

    return ask


# ---------------------------------------------------------------------- UI API


def test_a_record_shows_values_and_what_a_page_displays(caller):
    parent = caller.create("Account", Name="Parent")
    row = caller.create("Account", Name="A", Industry="Banking", NumberOfEmployees=1200, AnnualRevenue=1234.5, ParentId=parent)
    caller("GET", f"/ui-api/records/{row}?fields=Account.Industry,Account.NumberOfEmployees,Account.Parent.Name&optionalFields=Account.Nope,Account.AnnualRevenue")
    assert list(caller.json) == [
        "apiName", "childRelationships", "eTag", "fields", "id", "lastModifiedById", "lastModifiedDate", "recordTypeId", "recordTypeInfo", "systemModstamp", "weakEtag"]  # fmt: skip
    fields = caller.json["fields"]
    assert fields["Industry"] == {"displayValue": "Banking", "value": "Banking"}
    assert fields["NumberOfEmployees"] == {"displayValue": "1,200", "value": 1200}
    assert fields["AnnualRevenue"]["displayValue"].startswith("$1,23")
    assert (fields["Parent"]["displayValue"], fields["Parent"]["value"]["id"]) == ("Parent", parent)
    assert caller.json["systemModstamp"].endswith("Z")


def test_records_are_created_changed_and_deleted(caller, org):
    assert caller("POST", "/ui-api/records", {"apiName": "Account", "fields": {"Name": "A"}}).status == 201
    row = caller.json["id"]
    assert caller("PATCH", f"/ui-api/records/{row}", {"fields": {"Name": "B"}}).status == 200
    assert caller.json["fields"]["Name"]["value"] == "B"
    assert caller("DELETE", f"/ui-api/records/{row}").status == 204
    assert org.admin.count("Account") == 0


def test_a_refused_record_says_which_field(caller, org):
    assert caller("POST", "/ui-api/records", {"apiName": "Account", "fields": {"Phone": "1"}}).status == 400
    [error] = caller.json
    assert (error["enhancedErrorType"], error["statusCode"]) == ("RecordError", 400)
    assert error["output"]["fieldErrors"]["Name"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert org.receipt.error_codes == ("REQUIRED_FIELD_MISSING",)


@pytest.mark.parametrize(("path", "status"), [("records/001000000000000AAA", 404), ("records/zzz", 404), ("records/001?fields=Account.Name", 404), ("object-info/Nothing", 404),
                                              ("object-info/Account/picklist-values/012000000000000AAA/Name", 404), ("nothing/here", 404)])  # fmt: skip
def test_what_is_not_there_is_404(caller, path, status):
    assert caller("GET", f"/ui-api/{path}").status == status


def test_a_batch_has_a_result_for_each(caller):
    row = caller.create("Account", Name="A")
    caller("GET", f"/ui-api/records/batch/{row},001000000000000AAA?fields=Account.Name")
    assert (caller.json["hasErrors"], [item["statusCode"] for item in caller.json["results"]]) == (True, [200, 404])


def test_a_batch_of_object_infos_has_a_result_for_each(caller):
    assert caller("GET", "/ui-api/object-info/batch/Account,Nothing").status == 200
    assert [item["statusCode"] for item in caller.json["results"]] == [200, 404]
    assert caller.json["results"][1]["result"][0]["errorCode"] == "NOT_FOUND"


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_record_that_is_not_there_is_404_whatever_is_asked_of_it(caller, method):
    assert caller(method, "/ui-api/records/001000000000000AAA", {"fields": {"Name": "x"}} if method == "PATCH" else None).status == 404
    assert caller.json == [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]


def test_a_record_given_away_is_saved_and_shown_without_fields(caller, org):
    row = caller.create("Account", Name="A")
    org.world.shrink_sharing("Account")
    assert caller("PATCH", f"/ui-api/records/{row}", {"fields": {"OwnerId": org.admin_user_id}}).status == 200
    assert (caller.json["id"], caller.json["fields"]) == (row, {})
    assert caller("GET", f"/ui-api/records/{row}").status == 404


def test_object_info_and_picklists_follow_the_schema(caller):
    caller("GET", "/ui-api/object-info/account")
    assert (caller.json["apiName"], caller.json["fields"]["ParentId"]["referenceToInfos"][0]["apiName"], caller.json["fields"]["Name"]["required"]) == ("Account", "Account", True)
    caller("GET", "/ui-api/object-info/Account/picklist-values/012000000000000AAA/Industry")
    assert {"attributes": None, "label": "Banking", "validFor": [], "value": "Banking"} in caller.json["values"]
    caller("GET", "/ui-api/record-defaults/create/Account")
    assert "Name" in caller.json["record"]["fields"]
    assert "CreatedDate" not in caller.json["record"]["fields"]


# ---------------------------------------------------------------------- GraphQL


def nodes(answer, name="Account"):
    assert answer["errors"] == []
    return [edge["node"] for edge in answer["data"]["uiapi"]["query"][name]["edges"]]


def test_rows_come_with_parents_children_aliases_and_pages(caller, graph):
    first = caller.create("Account", Name="A", NumberOfEmployees=1200)
    caller.create("Account", Name="B", ParentId=first)
    for name in "xyz":
        caller.create("Contact", LastName=name, AccountId=first)
    query = """query q($n: Int, $after: String) { uiapi { query { Account(first: $n, after: $after, orderBy: {Name: {order: ASC}}) {
        edges { cursor node { Id title: Name { value } NumberOfEmployees { displayValue } Parent { Name { value } }
                              Contacts(first: 2) { edges { node { LastName { value } } } pageInfo { hasNextPage } } } }
        pageInfo { hasNextPage hasPreviousPage endCursor } totalCount } } } }"""
    one = graph(query, variables={"n": 1})
    [node] = nodes(one)
    assert (node["Id"], node["title"], node["NumberOfEmployees"], node["Parent"]) == (first, {"value": "A"}, {"displayValue": "1,200"}, None)
    assert [edge["node"]["LastName"]["value"] for edge in node["Contacts"]["edges"]] == ["x", "y"]
    assert node["Contacts"]["pageInfo"] == {"hasNextPage": True}
    page = one["data"]["uiapi"]["query"]["Account"]
    assert (page["pageInfo"]["hasNextPage"], page["totalCount"]) == (True, 2)
    two = graph(query, variables={"n": 1, "after": page["pageInfo"]["endCursor"]})
    assert nodes(two)[0]["Parent"] == {"Name": {"value": "A"}}
    assert two["data"]["uiapi"]["query"]["Account"]["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    ("where", "names"),
    [('{Name: {eq: "O\'Brien"}}', ["O'Brien"]), ('{Name: {like: "B%"}}', ["B"]), ('{Name: {in: ["A", "B"]}}', ["A", "B"]), ("{NumberOfEmployees: {gte: 5}}", ["B"]),
     ('{or: [{Name: {eq: "A"}}, {NumberOfEmployees: {gt: 4}}]}', ["A", "B"]), ('{not: {Name: {ne: "A"}}}', ["A"]), ("{Industry: {ne: null}}", ["A"]),
     ("{CreatedDate: {eq: {literal: TODAY}}}", ["A", "B", "O'Brien"]), ("{CreatedDate: {lt: {range: {last_n_days: 3}}}}", []),
     ('{Owner: {Name: {like: "Sync%"}}}', ["A", "B", "O'Brien"]), ('{Id: {inq: {Contact: {LastName: {eq: "x"}}, ApiName: "AccountId"}}}', ["B"])],
)  # fmt: skip
def test_filters_are_those_of_soql(caller, graph, where, names):
    caller.create("Account", Name="A", Industry="Banking", NumberOfEmployees=1)
    caller.create("Contact", LastName="x", AccountId=caller.create("Account", Name="B", NumberOfEmployees=5))
    caller.create("Account", Name="O'Brien", NumberOfEmployees=2)
    answer = graph(f"{{ uiapi {{ query {{ Account(where: {where}, orderBy: {{Name: {{order: ASC}}}}) {{ edges {{ node {{ ...f }} }} }} }} }} }} fragment f on Account {{ Name {{ value }} }}")
    assert [node["Name"]["value"] for node in nodes(answer)] == names


def test_groups_have_their_functions(caller, graph):
    for industry, size in (("Banking", 2), ("Banking", 4), ("Media", 9)):
        caller.create("Account", Name="A", Industry=industry, NumberOfEmployees=size)
    answer = graph("""{ uiapi { aggregate { Account(groupBy: {Industry: {group: true}}) {
        edges { node { aggregate { Industry { value } Id { count { value } } NumberOfEmployees { avg { value displayValue } sum { value } } } } } totalCount } } } }""")
    assert answer["errors"] == []
    found = answer["data"]["uiapi"]["aggregate"]["Account"]
    rows = {row["node"]["aggregate"]["Industry"]["value"]: row["node"]["aggregate"] for row in found["edges"]}
    assert (rows["Banking"]["Id"]["count"]["value"], rows["Banking"]["NumberOfEmployees"]["avg"]["value"], rows["Media"]["NumberOfEmployees"]["sum"]["value"]) == (2, 3, 9)
    assert found["totalCount"] == 2


@pytest.mark.parametrize(
    ("query", "kind"),
    [("{ uiapi {", "InvalidSyntax"), ("{ uiapi { query { Nothing { edges { node { Id } } } } } }", "ValidationError"), ("{ other }", "ValidationError"),
     ("{ uiapi { query { Account { edges { node { Nope { value } } } } } } }", "ValidationError"), ("{ uiapi { query { Account { edges { node { Name } } } } } }", "ValidationError"),
     ("query ($x: Int!) { uiapi { query { Account(first: $x) { edges { node { Id } } } } } }", "ValidationError"),
     ('{ uiapi { query { Account(after: "zzz") { edges { node { Id } } } } } }', "ValidationError"), ("query a { uiapi { x } } query b { uiapi { x } }", "OperationNotSupported"),
     ("{ uiapi { query { Account(where: {Id: {eq: \"zz\"}}) { edges { node { Id } } } } } }", "DataFetchingException")],
)  # fmt: skip
def test_errors_are_200_with_their_kind(graph, query, kind):
    assert [error["extensions"]["ErrorType"] for error in graph(query)["errors"]] == [kind]


def test_a_hidden_field_is_not_there(caller, graph, org):
    org.world.hide_field("Account", "Phone")
    assert graph("{ uiapi { query { Account { edges { node { Phone { value } } } } } } }")["errors"][0]["extensions"]["ErrorType"] == "ValidationError"
    assert graph('{ uiapi { query { Account(where: {Phone: {eq: "1"}}) { edges { node { Id } } } } } }')["errors"] != []


def test_mutations_are_all_or_none_unless_they_say_otherwise(caller, graph, org):
    two = 'AccountCreate(input: {Account: {Name: "A"}}) { Record { Name { value } } } bad: AccountCreate(input: {Account: {Phone: "1"}}) { Record { Id } }'
    answer = graph(f"mutation {{ uiapi {{ {two} }} }}")
    assert (answer["data"]["uiapi"], answer["errors"][0]["path"], org.admin.count("Account")) == ({"AccountCreate": None, "bad": None}, ["uiapi", "bad"], 0)
    assert org.receipt.applied == "no"
    answer = graph(f"mutation {{ uiapi(input: {{allOrNone: false}}) {{ {two} }} }}")
    assert answer["data"]["uiapi"]["AccountCreate"] == {"Record": {"Name": {"value": "A"}}}
    [row] = org.admin.rows("Account")
    changed = graph(f'mutation {{ uiapi {{ AccountUpdate(input: {{Id: "{row["Id"]}", Account: {{Name: "B"}}}}) {{ success Record {{ Name {{ value }} }} }} }} }}')
    assert changed["data"]["uiapi"]["AccountUpdate"] == {"success": True, "Record": {"Name": {"value": "B"}}}
    assert graph(f'mutation {{ uiapi {{ RecordDelete(input: {{Id: "{row["Id"]}"}}) {{ Id }} }} }}')["data"]["uiapi"]["RecordDelete"] == {"Id": row["Id"]}
    assert org.admin.count("Account") == 0


def test_mutations_need_v59_and_graphql_v56(caller, graph):
    assert graph('mutation { uiapi { AccountCreate(input: {Account: {Name: "A"}}) { Record { Id } } } }', version="58.0")["errors"][0]["extensions"]["ErrorType"] == "OperationNotSupported"
    assert caller("POST", "/graphql", {"query": "{ uiapi { query { Account { edges { node { Id } } } } } }"}, version="55.0").status == 404


@pytest.mark.parametrize(("query", "words"), [("{uiapi{query{Account{pageInfo{nope}}}}}", "FieldUndefined@[uiapi/query/Account/pageInfo/nope]"), ("{uiapi}", "SubselectionRequired@[uiapi]"),
                                              ("{uiapi{query}}", "SubselectionRequired@[uiapi/query]"), ("{uiapi{query{Account{edges{node{Id{value}}}}}}}", "SubselectionNotAllowed")])  # fmt: skip
def test_what_has_no_parts_or_needs_them_is_told(caller, graph, query, words):
    caller.create("Account", Name="A")
    reply = graph(query)
    assert reply["data"] is None
    assert words in reply["errors"][0]["message"]
