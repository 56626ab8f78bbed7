"""/tooling: wire reference 3.13 and the Tooling API guide."""

from urllib.parse import quote

import pytest

DATA = "/services/data/v62.0"


@pytest.fixture
def ask(caller):
    def query(soql, path="/tooling/query"):
        response = caller("GET", f"{path}?q={quote(soql)}")
        assert response.status == 200, response.body
        return caller.json

    return query


def test_a_query_has_the_tooling_envelope(ask):
    found = ask("SELECT QualifiedApiName, KeyPrefix FROM EntityDefinition WHERE QualifiedApiName = 'Account'")
    assert list(found.items())[:5] == [("size", 1), ("totalSize", 1), ("done", True), ("queryLocator", None), ("entityTypeName", "EntityDefinition")]
    assert found["records"] == [{
        "attributes": {"type": "EntityDefinition", "url": f"{DATA}/tooling/sobjects/EntityDefinition/Account"}, "QualifiedApiName": "Account", "KeyPrefix": "001"}]  # fmt: skip


def test_the_entity_type_is_null_when_there_are_no_rows(ask):
    assert ask("SELECT Id, Name FROM ApexClass") == {"size": 0, "totalSize": 0, "done": True, "queryLocator": None, "entityTypeName": None, "records": []}


def test_fields_are_reached_through_their_entity(ask):
    where = "WHERE EntityDefinition.QualifiedApiName = 'Account' AND QualifiedApiName = 'NumberOfEmployees'"
    [row] = ask(f"SELECT Id, DurableId, DataType, EntityDefinition.Label FROM FieldDefinition {where}", "/query")["records"]
    assert (row["Id"], row["DurableId"], row["DataType"], row["EntityDefinition"]["Label"]) == ("000000000000000AAA", "Account.NumberOfEmployees", "Number(8, 0)", "Account")


def test_a_computed_object_must_be_filtered(caller):
    assert caller("GET", "/query?q=SELECT+QualifiedApiName+FROM+FieldDefinition").status == 400
    assert caller.json == [{"message": "FieldDefinition: a filter on a reified column is required [EntityDefinitionId,DurableId]", "errorCode": "MALFORMED_QUERY"}]


def test_children_and_picklist_values_follow_the_schema(ask):
    [account] = ask("SELECT DurableId, (SELECT QualifiedApiName FROM Fields WHERE QualifiedApiName = 'Industry') FROM EntityDefinition WHERE DurableId = 'Account'", "/query")["records"]
    assert [row["QualifiedApiName"] for row in account["Fields"]["records"]] == ["Industry"]
    values = ask("SELECT Value, IsActive FROM PicklistValueInfo WHERE EntityParticleId = 'Account.Industry'")["records"]
    assert {"Agriculture", "Banking"} <= {row["Value"] for row in values}


def test_a_field_added_later_is_seen(ask, org):
    from dataclasses import replace

    assert ask("SELECT DurableId FROM FieldDefinition WHERE DurableId = 'Account.Later__c'")["size"] == 0
    account = org.schema.find("Account")
    org.schema = org.schema.with_object(account.with_field(replace(account.find("External_Id__c"), name="Later__c")))
    assert ask("SELECT DurableId FROM FieldDefinition WHERE DurableId = 'Account.Later__c'")["size"] == 1


def test_rows_describes_and_the_resource_map(caller):
    assert caller("GET", "/tooling").status == 200
    assert caller.json["query"] == f"{DATA}/tooling/query"
    assert caller("GET", "/tooling/sobjects/EntityDefinition/Account?fields=Label").status == 200
    assert caller("GET", "/tooling/sobjects/EntityDefinition/Nothing").status == 404
    caller("GET", "/tooling/sobjects/FieldDefinition/describe")
    assert (caller.json["createable"], caller.json["name"]) == (False, "FieldDefinition")
    assert caller("POST", "/tooling/sobjects/ApexClass", {"Name": "A", "Body": "class A {}"}).status == 400


@pytest.mark.parametrize(("body", "compiled"), [("", True), ("System.debug(1);", False)])
def test_anonymous_apex_says_that_nothing_compiles_it(caller, body, compiled):
    caller("GET", f"/tooling/executeAnonymous/?anonymousBody={quote(body)}")
    assert list(caller.json) == ["line", "column", "compiled", "success", "compileProblem", "exceptionStackTrace", "exceptionMessage"]
    assert (caller.json["compiled"], caller.json["success"], bool(caller.json["compileProblem"])) == (compiled, compiled, not compiled)


def test_an_org_that_nobody_asks_holds_no_tooling_rows(org, caller):
    before = org.digest()
    caller("GET", "/tooling/query?q=SELECT+COUNT()+FROM+EntityDefinition")
    org.reset()
    assert org.digest() == before


@pytest.mark.parametrize("resource", ["/tooling/query", "/query"])
def test_columns_of_a_computed_object_are_described_instead_of_run(caller, resource):
    statement = quote("SELECT QualifiedApiName, IsCustomizable FROM EntityDefinition WHERE QualifiedApiName = 'Account'")
    caller("GET", f"{resource}?q={statement}&columns=true")
    found = caller.json
    assert [(column["columnName"], column["booleanType"]) for column in found["columnMetadata"]] == [("QualifiedApiName", False), ("IsCustomizable", True)]
    assert "records" not in found
