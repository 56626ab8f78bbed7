"""A folder of describes as an org: what an org says about itself makes the same org."""

import json
from pathlib import Path

import pytest

from sfchaos.core.errors import BadFile
from sfchaos.org.org import Org
from sfchaos.org.schema.describe import object_describe
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import load_org, org_from_tree
from sfchaos.org.schema.model import Schema

OWN = {
    "objects": {
        "Gauge__c": {
            "label": "Gauge", "labelPlural": "Gauges",
            "fields": {
                "Serial__c": {"type": "string", "length": 20, "externalId": True, "unique": True, "caseSensitive": True, "nillable": False},
                "Site__c": {"type": "reference", "referenceTo": ["Account"], "childRelationshipName": "Gauges__r", "cascadeDelete": True, "nillable": False},
                "Watcher__c": {"type": "reference", "referenceTo": ["User"], "childRelationshipName": "Watched__r"},
                "Unit__c": {"type": "picklist", "restrictedPicklist": True, "picklistValues": ["bar", {"value": "K", "label": "Kelvin", "default": True}]},
                "Range__c": {"type": "multipicklist", "controllerName": "Unit__c", "picklistValues": [{"value": "low", "validFor": ["bar"]}, {"value": "high", "validFor": ["bar", "K"]}]},
                "Active__c": {"type": "boolean", "defaultValue": True}, "Code__c": {"type": "string", "length": 5, "defaultValue": "abc"},
                "Reading__c": {"type": "double", "precision": 9, "scale": 4}, "Price__c": {"type": "currency", "inlineHelpText": "net"},
                "Spot__c": {"type": "location", "scale": 6}, "Home__c": {"type": "address"}, "Body__c": {"type": "textarea", "length": 32000, "htmlFormatted": True},
                "Secret__c": {"type": "encryptedstring", "length": 30, "mask": "X", "maskType": "lastFour"},
                "Doubled__c": {"type": "double", "precision": 18, "scale": 2, "formulaText": "Reading__c * 2", "formulaTreatNullNumberAsZero": False},
                "No__c": {"type": "string", "autoNumber": "{00000000}", "length": 30, "createable": False, "updateable": False, "nillable": False},
            },
        }
    }
}  # fmt: skip


def described(schema: Schema, name: str) -> dict[str, object]:
    found = schema.find(name)
    assert found is not None
    return json.loads(json.dumps(object_describe(found, found.fields, schema, base="/services/data/v62.0", instance_url="https://x.example", version=62.0)))


def folder_of(schema: Schema, folder: Path, *names: str) -> Path:
    for name in names or [o.name for o in schema]:
        (folder / f"{name}.json").write_text(json.dumps(described(schema, name)), encoding="utf-8")
    return folder


def test_every_standard_object_describes_alike_after_the_way_through_files(tmp_path: Path) -> None:
    schema = standard_schema()
    again = load_org(folder_of(schema, tmp_path))
    for sobject in schema:
        assert described(again.schema, sobject.name) == described(schema, sobject.name)
    assert again.unread == ()


def test_an_own_object_describes_alike_after_the_way_through_files(tmp_path: Path) -> None:
    schema = org_from_tree(OWN, "x").schema
    again = load_org(folder_of(schema, tmp_path, "Gauge__c", "Account"))
    assert described(again.schema, "Gauge__c") == described(schema, "Gauge__c")
    assert again.unread == ()


def test_the_org_of_a_folder_works(tmp_path: Path) -> None:
    folder = folder_of(org_from_tree(OWN, "x").schema, tmp_path, "Gauge__c", "Account")
    (folder / "rows").mkdir()
    (folder / "rows" / "Account.json").write_text('[{"Id": "0015e0000000001AAA", "Name": "Plant"}]')
    (folder / "rows" / "Gauge__c.csv").write_text("Name,Serial__c,Site__c,Reading__c\nG1,S-1,0015e0000000001AAA,2.5\n")
    org = Org(schema=load_org(folder))
    assert org.admin.query("SELECT Site__r.Name, Doubled__c, Unit__c, Active__c FROM Gauge__c") == [
        {"Site__r": {"Name": "Plant"}, "Doubled__c": 5.0, "Unit__c": "K", "Active__c": True}
    ]  # fmt: skip
    assert org.admin.create("Account", Name="Next") == "0015e0000000002AAA"


def test_what_a_describe_does_not_tell_is_said(tmp_path: Path) -> None:
    tree = described(org_from_tree(OWN, "x").schema, "Gauge__c")
    fields: list[dict[str, object]] = tree["fields"]  # type: ignore[assignment]
    by_name = {str(f["name"]): f for f in fields}
    by_name["Doubled__c"]["calculatedFormula"] = None
    by_name["Site__c"]["referenceTo"] = ["Plant__c"]
    by_name["Code__c"]["type"] = "hologram"
    (tmp_path / "Gauge__c.json").write_text(json.dumps(tree))
    unread = load_org(tmp_path).unread
    assert unread == (
        "Gauge__c.Code__c: its type 'hologram' is not known and is taken as text",
        "Gauge__c.Doubled__c: it is calculated and the describe does not say how; it shows null",
        "Gauge__c: it refers to objects whose describes are not in the folder (Plant__c)",
    )
    assert Org(schema=load_org(tmp_path)).admin.query("SELECT Doubled__c FROM Gauge__c") == []


@pytest.mark.parametrize(("name", "text", "saying"), [
    ("A__c.json", '{"name": "A__c", "fields": [\n{"name" 1}]}', "A__c.json:2: not JSON"),
    ("A__c.json", '{"name": "A__c", "fields": [{"type": "string"}]}', "A__c.json: a field has no name"),
    ("A__c.json", '{"name": "A__c", "fields": [{"name": "B__c", "type": "string", "length": "long"}]}', "B__c.length: 'long' is not a whole number"),
    ("rows/Acount.json", "[]", "unknown sObject 'Acount'\n  did you mean 'Account'"),
])  # fmt: skip
def test_a_mistake_in_the_folder_is_named(tmp_path: Path, name: str, text: str, saying: str) -> None:
    folder_of(standard_schema(), tmp_path, "Lead")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    with pytest.raises(BadFile) as caught:
        load_org(tmp_path)
    assert saying in str(caught.value)


def test_rows_may_point_at_one_another_in_a_ring(tmp_path: Path) -> None:
    tree = {"objects": {"Account": {"fields": {"Chief__c": {"type": "reference", "referenceTo": ["Contact"]}}}},
            "rows": {"Account": [{"Id": "0015e0000000007AAA", "Name": "Ring", "Chief__c": "0035e0000000009AAA"}],
                     "Contact": [{"Id": "0035e0000000009AAA", "LastName": "Chief", "AccountId": "0015e0000000007AAA"}]}}  # fmt: skip
    org = Org(schema=org_from_tree(tree, "x"))
    assert org.admin.query("SELECT Account.Chief__r.LastName FROM Contact")[0]["Account"] == {"Chief__r": {"LastName": "Chief"}}
