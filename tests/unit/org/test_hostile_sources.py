"""Sources that are broken, or made to break: every one is refused with its file, and costs neither time nor memory."""

import json
from pathlib import Path
from typing import Any

import pytest

from sfchaos.core.errors import BadFile
from sfchaos.org.schema.load import load_org

FORCE = "force-app/objects"
OBJECT = "<CustomObject><label>A</label></CustomObject>"
DETAIL = "<CustomField><fullName>{}</fullName>\n<type>MasterDetail</type><referenceTo>{}</referenceTo></CustomField>"


def put(root: Path, path: str, text: str | bytes) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def refused(path: Path) -> str:
    with pytest.raises(BadFile) as caught:
        load_org(path)
    assert "remedy: " in str(caught.value)
    return str(caught.value).replace(str(path), "")


FIELD = f"{FORCE}/A__c/fields/B__c.field-meta.xml"
XML = [
    ({FIELD: "<CustomField>\n<type>Text</typ>\n</CustomField>"}, "B__c.field-meta.xml:2: not XML: mismatched tag"),
    ({FIELD: ""}, "B__c.field-meta.xml:1: not XML: no element found"),
    ({FIELD: b"\x00\xff\xfe"}, "B__c.field-meta.xml:1: not XML"),
    ({FIELD: '<?xml version="1.0" encoding="klingon"?><CustomField/>'}, "not XML: unknown encoding: klingon"),
    ({FIELD: '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">\n<!ENTITY b "&a;&a;&a;&a;">]><CustomField><label>&b;</label></CustomField>'}, "B__c.field-meta.xml:1: a document type (DOCTYPE) is not taken"),
    ({FIELD: '<!DOCTYPE x SYSTEM "file:///etc/passwd"><CustomField/>'}, "a document type (DOCTYPE) is not taken"),
    ({FIELD: "<a>" * 100_000}, "more than 100 elements inside one another"),
    ({FIELD: "<Profile/>"}, "a <Profile> stands where a <CustomField> belongs"),
    ({FIELD: "<CustomField>\n<type>Text</type>\n<length>lots</length></CustomField>"}, "B__c.field-meta.xml:3: length: 'lots' is not a whole number"),
    ({FIELD: "<CustomField><type>Number</type>\n<precision>99999999999999999999</precision></CustomField>"}, "B__c.field-meta.xml:2: precision: 99999999999999999999 is more than 18"),
    ({FIELD: "<CustomField><type>Text</type><required>maybe</required></CustomField>"}, "required: 'maybe' is neither true nor false"),
    ({FIELD: "<CustomField><fullName>B\";--</fullName><type>Text</type></CustomField>"}, "is not the API name of a part of A__c"),
    ({FIELD: "<CustomField><type>Text</type></CustomField>", FIELD.replace("B__c", "C__c"): "<CustomField><fullName>b__c</fullName><type>Text</type></CustomField>"}, "A__c.b__c is there already, in"),
    ({f"{FORCE}/a__c/a__c.object-meta.xml": OBJECT}, "a__c and A__c are one object, since case does not count"),
    ({FIELD: DETAIL.format("B__c", "A__c")}, "a__c -> a__c: an object cannot be its own master"),
    ({FIELD: DETAIL.format("B__c", "B__c"), f"{FORCE}/B__c/B__c.object-meta.xml": OBJECT, f"{FORCE}/B__c/fields/A__c.field-meta.xml": DETAIL.format("A__c", "A__c")},
     "an object cannot be its own master"),
    ({"force-app/profiles/P.profile-meta.xml": "<Profile>\n<loginIpRanges><startAddress>junk</startAddress></loginIpRanges></Profile>"}, "P.profile-meta.xml:2: 'junk' to '' is no range of addresses"),
    ({"sfdx-project.json": '{"packageDirectories": [{"path": "../.."}]}'}, "the package folder '../..' leads out of the project"),
    ({"sfdx-project.json": "[" * 100_000}, "not a project file with packageDirectories"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "saying"), XML)
def test_source_that_cannot_be_read_is_refused_by_file_and_line(tmp_path: Path, files: dict[str, str], saying: str) -> None:
    put(tmp_path, f"{FORCE}/A__c/A__c.object-meta.xml", OBJECT)
    for path, text in files.items():
        put(tmp_path, path, text)
    assert saying in refused(tmp_path)


def test_a_gigantic_file_is_refused_unread(tmp_path: Path) -> None:
    put(tmp_path, f"{FORCE}/A__c/A__c.object-meta.xml", OBJECT)
    with put(tmp_path, FIELD, "").open("r+b") as file:
        file.truncate(1 << 30)
    assert "1073741824 bytes are more than a metadata file has" in refused(tmp_path)


def test_links_out_of_the_tree_are_refused_and_rings_not_followed(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    put(tree, f"{FORCE}/A__c/A__c.object-meta.xml", OBJECT)
    (tree / FORCE / "ring").symlink_to(tree / "force-app")
    assert load_org(tree).unread == ("force-app/objects/ring: a link to a folder or to nothing is not followed",)
    secret = put(tmp_path, "secret.xml", "<CustomField><type>Text</type></CustomField>")
    (tree / FIELD).parent.mkdir()
    (tree / FIELD).symlink_to(secret)
    assert "a link that leads out of the tree, to" in refused(tree)


PLAIN: dict[str, Any] = {"name": "B__c", "type": "string"}
WHOLE: dict[str, Any] = {"name": "A__c", "fields": [PLAIN], "keyPrefix": "a5Z"}
OF_OBJECT = [
    ({"fields": [1]}, "a field has no name"), ({"fields": [PLAIN, {**PLAIN, "name": "b__c"}]}, "the field b__c is there twice, also as B__c"),
    ({"keyPrefix": 5}, "keyPrefix: 5 is not three letters or digits"), ({"keyPrefix": "x"}, "keyPrefix: 'x'"), ({"label": []}, "A__c.label: [] is not a text"),
    ({"createable": "no"}, "A__c.createable: 'no' is neither true nor false"), ({"childRelationships": 5}, "A__c.childRelationships: '5' is not a list of objects"),
    ({"recordTypeInfos": {"a": 1}}, "A__c.recordTypeInfos"), ({"name": 'A"b__c'}, "is not the API name of an object"),
]  # fmt: skip
OF_FIELD = [
    ({"length": -5}, "B__c.length: -5 is not a number from 0"), ({"length": 10**30}, "B__c.length"), ({"length": True}, "B__c.length: True is not a whole number"),
    ({"picklistValues": [1]}, "B__c.picklistValues"), ({"picklistValues": [{}]}, "an entry has no `value`"), ({"referenceTo": "Account"}, "'Account' is not a list of names"),
    ({"nillable": "false"}, "B__c.nillable: 'false' is neither true nor false"), ({"name": 'x"y'}, "is not the API name of a field"), ({"controllerName": 5}, "B__c.controllerName: 5 is not a text"),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "saying"), [*(({**WHOLE, **change}, saying) for change, saying in OF_OBJECT), *(({**WHOLE, "fields": [{**PLAIN, **change}]}, saying) for change, saying in OF_FIELD)])
def test_a_describe_with_wrong_types_is_refused(tmp_path: Path, tree: dict[str, Any], saying: str) -> None:
    put(tmp_path, "A__c.json", json.dumps(tree))
    text = refused(tmp_path)
    assert text.startswith("/A__c.json: ")
    assert saying in text


def test_describes_that_collide_or_are_too_deep_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "A__c.json", json.dumps(WHOLE))
    put(tmp_path, "b.json", json.dumps({**WHOLE, "name": "a__c", "keyPrefix": "a5Y"}))
    assert "name 'a__c' is that of A__c.json too" in refused(tmp_path)
    put(tmp_path, "b.json", json.dumps({**WHOLE, "name": "B__c"}))
    assert "keyPrefix 'a5Z' is that of A__c.json too" in refused(tmp_path)
    put(tmp_path, "b.json", "[" * 200_000)
    assert "too many levels inside one another" in refused(tmp_path)


def test_a_default_that_is_no_number_is_none(tmp_path: Path) -> None:
    put(tmp_path, "A__c.json", json.dumps({**WHOLE, "fields": [{**PLAIN, "type": "double", "defaultValueFormula": "1e999"}]}))
    found = load_org(tmp_path).schema.objects["a__c"].find("B__c")
    assert found is not None
    assert found.default is None


BOMB = "sfchaos_org: 1\na: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(9))
YAML = [
    (BOMB, ":2: more than 300000 keys and items"), ("sfchaos_org: 1\nobjects: " + "{a: " * 3000 + "1" + "}" * 3000, "too many levels inside one another"),
    ("sfchaos_org: 1\nobjects: " + "{a: " * 70 + "1" + "}" * 70, "more than 60 levels inside one another"),
    ("sfchaos_org: 1\nobjects:\n  A__c: {}\n  a__c: {}\n", ":4: a__c is there already, as A__c; case does not count"),
    ("sfchaos_org: 1\nobjects:\n  A__c:\n    fields:\n      B__c: {}\n      b__c: {}\n", ":6: b__c is there already, as B__c"),
    ("sfchaos_org: 1\nobjects:\n  A__c: {}\n  A__c: {}\n", ":4: not YAML: found duplicate key"),
    ("sfchaos_org: 1\nobjects: {A__c: {fields: {B__c: {type: double, precision: 400}}}}\n", ":2: precision: 400 is not a number from 0 to 18"),
    ("sfchaos_org: 1\nobjects: {A__c: {fields: {B__c: {type: string, length: -3}}}}\n", "length: -3 is not a number from 0 to 131072"),
    ("sfchaos_org: 1\n---\nsfchaos_org: 1\n", ":2: not YAML: but found another document"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "saying"), YAML)
def test_hostile_yaml_is_refused(tmp_path: Path, text: str, saying: str) -> None:
    assert saying in refused(put(tmp_path, "org.yaml", text))


def test_an_object_with_nothing_in_it_is_one(tmp_path: Path) -> None:
    assert load_org(put(tmp_path, "org.yaml", "sfchaos_org: 1\nobjects: {A__c: }\n")).schema.find("A__c") is not None
    assert load_org(put(tmp_path, "org.yaml", "sfchaos_org: 1\nobjects: &o\n  A__c: *o\n")).schema.find("A__c") is not None
