from pathlib import Path
from typing import Any

import pytest

from sfchaos.core.errors import BadFile
from sfchaos.org.org import Org
from sfchaos.org.schema.library import SETUP, VERSION
from sfchaos.org.schema.load import OrgModel, load_org, load_org_file, org_from_tree
from sfchaos.org.schema.metadata import DuplicateRule, RecordType, ValidationRule
from sfchaos.org.schema.people import Assignment, PermissionSet, UserEntry
from sfchaos.org.schema.people_reader import read_permission_sets, read_users
from sfchaos.org.schema.places import Places
from sfchaos.org.schema.volume import Volume

WHOLE = """\
sfchaos_org: 1
name: crm-small
version: 3
limits: {DailyApiRequests: 900}
objects:
  Invoice__c:
    fields:
      Number__c: {type: string, length: 40, externalId: true, unique: true, nillable: false}
      Account__c: {type: reference, referenceTo: [account], childRelationshipName: Bills__r}
  Order_Line__c:
    label: Order Line
    fields:
      Invoice__c: {type: reference, referenceTo: [Invoice__c]}
      Quantity__c: {type: int, digits: 8}
      Kind__c: {type: picklist, picklistValues: [A, B], restrictedPicklist: true}
rows:
  contact: data/contacts.csv
  Account:
    - {Name: Old, external_id__c: A-1}
  Opportunity:
    - {Name: Deal, StageName: Prospecting, CloseDate: 2026-03-01, Account: {External_Id__c: A-1}}
populate: {Lead: 5}
"""


def write(folder: Path, text: str, name: str = "org.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def whole(tmp_path: Path) -> OrgModel:
    write(tmp_path, "LastName,Email,Account.External_Id__c\nAda,ada@example.com,A-1\nBob,,\n", "data/contacts.csv")
    return load_org_file(write(tmp_path, WHOLE))


def refusal(folder: Path, text: str) -> BadFile:
    with pytest.raises(BadFile) as caught:
        load_org_file(write(folder, text))
    return caught.value


def test_a_file_names_its_org_and_adds_to_the_standard_one(whole: OrgModel) -> None:
    assert (whole.name, whole.version, whole.limits, whole.populate) == ("crm-small", 3, {"DailyApiRequests": 900}, {"Lead": Volume(5)})
    assert whole.schema.find("Account") is not None
    number = whole.schema.objects["invoice__c"].find("Number__c")
    assert number is not None
    assert (number.nillable, number.external_id, number.unique, number.length, number.id_lookup) == (False, True, True, 40, True)
    account = whole.schema.objects["invoice__c"].find("account__c")
    assert account is not None
    assert (account.reference_to, account.child_relationship_name, account.relationship_name) == (("Account",), "Bills__r", "Account__r")
    assert whole.schema.objects["invoice__c"].find("Amount__c") is not None


def test_a_new_object_gets_what_every_object_has(whole: OrgModel) -> None:
    line = whole.schema.objects["order_line__c"]
    assert (line.key_prefix, line.label, line.label_plural, line.custom) == ("a01", "Order Line", "Order Lines", True)
    assert [f.name for f in line.fields] == [
        "Id", "IsDeleted", "OwnerId", "Name", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp",
        "Invoice__c", "Quantity__c", "Kind__c",
    ]  # fmt: skip
    assert [f.name for f in line.fields if f.required] == []


def test_rows_have_canonical_names_and_parents_come_before_their_children(whole: OrgModel) -> None:
    assert list(whole.rows) == ["Account", "Contact", "Opportunity"]
    assert whole.rows["Contact"] == [{"LastName": "Ada", "Email": "ada@example.com", "Account": {"External_Id__c": "A-1"}}, {"LastName": "Bob"}]
    assert whole.rows["Account"] == [{"Name": "Old", "External_Id__c": "A-1"}]
    assert whole.rows["Opportunity"][0]["CloseDate"] == "2026-03-01"


def test_an_org_can_be_made_of_it(whole: OrgModel) -> None:
    org = Org(schema=whole)
    account = org.admin.rows("Account")[0]
    assert [row["AccountId"] for row in org.admin.rows("Contact")] == [account["Id"], None]
    assert org.admin.count("Lead") == 5
    assert org.name == "crm-small@3"
    line = org.admin.create("Order_Line__c", Quantity__c=3, Kind__c="A")
    assert org.admin.rows("Order_Line__c", Id=line)[0]["Quantity__c"] == 3


def test_what_stands_in_the_file_changes_the_digest(tmp_path: Path, whole: OrgModel) -> None:
    again = load_org_file(write(tmp_path, WHOLE))
    assert again.digest == whole.digest
    for old, new in (("Name: Old", "Name: New"), ("Lead: 5", "Lead: 6"), ("length: 40", "length: 41"), ("Requests: 900", "Requests: 901")):
        assert load_org_file(write(tmp_path, WHOLE.replace(old, new))).digest != whole.digest, old


@pytest.mark.parametrize(
    ("text", "line", "saying"),
    [
        ("sfchaos_org: 1\nobject: {}\n", 2, "unknown key 'object'\n  did you mean 'objects'?"),
        ("sfchaos_org: 1\nobjects:\n  Invoice__c:\n    feilds: {}\n", 4, "unknown key 'feilds'\n  did you mean 'fields'?"),
        ("sfchaos_org: 1\nobjects:\n  X__c:\n    fields:\n      A__c:\n        type: sting\n", 6, "unknown field type 'sting'\n  did you mean 'string'?"),
        ("sfchaos_org: 1\nobjects:\n  X__c:\n    fields:\n      A__c: {lenght: 3}\n", 5, "unknown key 'lenght'\n  did you mean 'length'?"),
        ("sfchaos_org: 1\nobjects:\n  X__c:\n    fields:\n      A__c: {length: big}\n", 5, "length: 'big' is not a whole number"),
        ("sfchaos_org: 1\nobjects:\n  X__c:\n    fields:\n      A__c: {unique: yes}\n", 5, "unique: 'yes' is not true or false"),
        ("sfchaos_org: 1\nobjects:\n  X__c:\n    fields:\n      A__c: {type: reference}\n", 5, "a reference needs referenceTo"),
        ("sfchaos_org: 1\nobjects:\n  X__c:\n    fields:\n      A__c: {type: reference, referenceTo: [Acount]}\n", 5, "unknown sObject 'Acount'\n  did you mean 'Account'"),
        ("sfchaos_org: 1\nobjects:\n  Account:\n    fields:\n      CreatedDate: {type: date}\n", 5, "CreatedDate is a system field"),
        ("sfchaos_org: 1\nobjects:\n  Contact:\n    fields:\n      Name: {length: 9}\n", 5, "Name is computed from other fields"),
        ("sfchaos_org: 1\nobjects:\n  Account:\n    keyPrefix: '00A'\n", 4, "Account has the key prefix '001'"),
        ("sfchaos_org: 1\nobjects:\n  Widget: {}\n", 3, "a new standard object needs its key prefix"),
        ("sfchaos_org: 1\nobjects:\n  X__c: {keyPrefix: '003'}\n", 3, "keyPrefix '003' belongs to Contact"),
        ("sfchaos_org: 1\nrows:\n  Acount: []\n", 3, "unknown sObject 'Acount'\n  did you mean 'Account'"),
        ("sfchaos_org: 1\nrows:\n  Account:\n    - {Name: a}\n    - {Nmae: b}\n", 5, "unknown field of Account 'Nmae'\n  did you mean 'Name'?"),
        ("sfchaos_org: 1\nrows:\n  Account:\n    - {Name: a, CreatedDate: 2026-01-01}\n", 4, "Account.CreatedDate is set by the org"),
        ("sfchaos_org: 1\nrows:\n  Contact:\n    - {LastName: a, Acount: {External_Id__c: x}}\n", 4, "unknown relationship of Contact 'Acount'\n  did you mean 'Account'?"),
        ("sfchaos_org: 1\nrows:\n  Contact:\n    - {LastName: a, Account: {Name: x}}\n", 4, "Account must be named by one key of Account"),
        ("sfchaos_org: 1\nrows:\n  Contact: data/nobody.csv\n", 3, "does not exist"),
        ("sfchaos_org: 1\nrows:\n  Contact: data/contacts.xls\n", 3, "no format has this suffix"),
        ("sfchaos_org: 1\nrows:\n  Contact: [{LastName: a}]\n  contact: [{LastName: b}]\n", 4, "rows of Contact stand here twice"),
        ("sfchaos_org: 1\npopulate: {Account: -1}\n", 2, "populate.Account: -1 is not a whole number from 0 up"),
        ("sfchaos_org: 1\nlimits:\n  DailyApiRequest: 5\n", 3, "unknown limit 'DailyApiRequest'\n  did you mean 'DailyApiRequests'"),
        ("sfchaos_org: 2\n", 1, "format 2 is not known"),
        ("sfchaos_org: 1\nname: two words\n", 2, "is not a word without spaces"),
        ("sfchaos_org: 1\nextends: standart\n", 2, "unknown org to extend 'standart'\n  did you mean 'standard'?"),
        ("name: x\n", 1, "the key 'sfchaos_org' is missing"),
        ("sfchaos_org: 1\nrows: [\n", 3, "not YAML"),
        ("sfchaos_org: 1\nname: a\nname: b\n", 3, "not YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, saying: str) -> None:
    error = refusal(tmp_path, text)
    assert saying in str(error)
    assert str(error).startswith(f"{tmp_path / 'org.yaml'}:{line}: ")


def test_rights_are_read_and_checked_all_the_same(tmp_path: Path) -> None:
    misspelt = "sfchaos_org: 1\npermission_sets:\n  Sync:\n    objects: {Contact: [raed]}\n"
    assert "unknown right 'raed'\n  did you mean 'read'?" in str(refusal(tmp_path, misspelt))
    unknown = "sfchaos_org: 1\nusers:\n  - {username: a@b.example, permission_sets: [Snyc]}\npermission_sets: {Sync: {}}\n"
    assert "unknown permission set 'Snyc'\n  did you mean 'Sync'?" in str(refusal(tmp_path, unknown))
    schema = org_from_tree({}, "here").schema
    sets = {"Sync": {"objects": {"contact": ["read", "edit"]}, "fields": {"contact.email": ["read"]}}}
    assert read_permission_sets(sets, schema, Places("f")) == {"Sync": PermissionSet({"Contact": ("read", "edit")}, {"Contact.Email": ("read",)})}
    assert read_users([{"username": "a@b.example", "permission_sets": ["Sync"]}], sets, schema, Places("f")) == (UserEntry("a@b.example", "", ("Sync",)),)


def test_only_the_objects_no_org_can_do_without_remain_when_nothing_is_extended(tmp_path: Path) -> None:
    model = load_org_file(write(tmp_path, "sfchaos_org: 1\nextends: none\nobjects: {Thing__c: {}}\n", "small.yaml"))
    names = {o.name for o in model.schema}
    assert {*SETUP, "Thing__c"} <= names
    assert not {"Account", "Contact", "Opportunity"} & names
    assert model.name == "small"
    assert Org(schema=model).admin.create("Thing__c", Name="x").startswith("a01")


def test_a_table_inside_another_file_is_an_org_too(tmp_path: Path) -> None:
    model = org_from_tree({"rows": {"Account": [{"Name": "Old"}]}}, where=str(tmp_path / "a.yaml"))
    assert (model.name, model.version, model.rows) == ("standard", VERSION, {"Account": [{"Name": "Old"}]})
    write(tmp_path, '{"LastName": "Ada"}\n\n{"LastName": "Bob"}\n', "contacts.jsonl")
    inside = org_from_tree({"rows": {"Contact": "contacts.jsonl"}}, where=str(tmp_path / "a.yaml"))
    assert inside.rows["Contact"] == [{"LastName": "Ada"}, {"LastName": "Bob"}]
    elsewhere = org_from_tree({"rows": {"Contact": "contacts.jsonl"}}, where="scenario.yaml", root=tmp_path)
    assert elsewhere.rows == inside.rows
    with pytest.raises(BadFile) as caught:
        org_from_tree({"row": {}}, where="scenario.yaml")
    assert str(caught.value).startswith("scenario.yaml: unknown key 'row'")


def test_a_table_can_add_rows_to_an_org_file(whole: OrgModel) -> None:
    more = org_from_tree({"rows": {"Order_Line__c": [{"Quantity__c": 2}]}}, where="sfchaos.toml", base=whole.schema)
    assert (more.name, more.version) == ("crm-small", 3)
    assert more.rows == {"Order_Line__c": [{"Quantity__c": 2}]}
    assert more.schema.digest == whole.schema.digest
    with pytest.raises(BadFile, match="unknown sObject 'Order_Line__c'"):
        org_from_tree({"rows": {"Order_Line__c": []}}, where="sfchaos.toml")


@pytest.mark.parametrize(
    ("name", "text", "saying"),
    [
        ("rows.csv", "LastName,Email\na,b,c\n", "rows.csv:2: the row has more or fewer cells"),
        ("rows.csv", "LastName,Emial\nAda,x@example.com\n", "rows.csv:2: unknown field of Contact 'Emial'"),
        ("rows.csv", 'LastName\n"Ada\n', "rows.csv:2: not CSV"),
        ("rows.jsonl", '{"LastName": "a"}\n{"LastName" "b"}\n', "rows.jsonl:2: not JSON"),
        ("rows.jsonl", "[1]\n", "rows.jsonl:1: not an object"),
        ("rows.json", '{"LastName": "a"}', "rows.json:1: not a list of objects"),
        ("rows.json", '[{"Lastname": "a"},\n{"LastName" 1}]', "rows.json:2: not JSON"),
        ("rows.json", "[" * 100_000, "rows.json: not JSON: maximum recursion"),
        ("rows.jsonl", "[" * 100_000, "rows.jsonl:1: not JSON"),
    ],
)
def test_a_mistake_in_a_rows_file_is_named_there(tmp_path: Path, name: str, text: str, saying: str) -> None:
    write(tmp_path, text, name)
    with pytest.raises(BadFile) as caught:
        org_from_tree({"rows": {"Contact": name}}, where="x", root=tmp_path)
    assert saying in str(caught.value)


def test_values_are_what_yaml_1_2_says_they_are(tmp_path: Path) -> None:
    text = "sfchaos_org: 1\nrows:\n  Account: [{Name: no, NumberOfEmployees: 010, AnnualRevenue: 1.5e3, Phone: '', Site: null}]\n"
    assert load_org_file(write(tmp_path, text)).rows["Account"] == [{"Name": "no", "NumberOfEmployees": 10, "AnnualRevenue": 1500.0}]


def test_a_known_field_keeps_what_the_file_does_not_mention(tmp_path: Path) -> None:
    tree: dict[str, Any] = {
        "objects": {"Contact": {"fields": {"Email": {"nillable": False}, "Phone": {"type": "string", "length": 12}, "Fax": {"externalId": True}}}}
    }
    contact = org_from_tree(tree, where="x").schema.objects["contact"]
    email, phone = contact.find("Email"), contact.find("Phone")
    assert email is not None
    assert phone is not None
    assert (email.type, email.length, email.nillable, email.id_lookup) == ("email", 80, False, True)
    assert (phone.type, phone.length) == ("string", 12)
    fax = contact.find("Fax")
    assert fax is not None
    assert (fax.type, fax.external_id, fax.id_lookup) == ("phone", True, True)


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    write(tmp_path, "sfchaos_org: 1\n", "orgs.yaml")
    with pytest.raises(BadFile, match=r"no such file.*did you mean 'orgs.yaml'"):
        load_org_file(tmp_path / "org.yaml")
    with pytest.raises(BadFile, match="neither Salesforce source nor describes"):
        load_org(tmp_path)


SETUP_TREE = """\
sfchaos_org: 1
organization: {name: Acme, sandbox: true, time_zone: Europe/Berlin, edition: Enterprise}
currencies: {EUR: {}, USD: 1.08}
objects:
  Site__c:
    sharing: Private
    recordTypes: {Plant: {label: A plant, default: true, picklists: {Kind__c: [A]}}}
    validationRules: {Positive: {formula: "Size__c < 0", message: Too small, field: size__c}}
    duplicateRules: {Twins: {fields: [Code__c], onCreate: block}}
    fields:
      Kind__c: {type: picklist, picklistValues: [A, {value: B, label: Bee}, {value: C, active: false}]}
      Part__c: {type: picklist, controllerName: kind__c, picklistValues: [{value: x, validFor: [A]}, {value: y, default: true}]}
      Size__c: {type: double, precision: 6, scale: 1, trackHistory: true}
      Twice__c: {type: double, precision: 18, scale: 1, formulaText: Size__c * 2}
      Code__c: {type: string}
      Spot__c: {type: location, scale: 3}
users:
  - {username: sync@acme.example, profile: Sync, permission_sets: [Reader, {name: Temp, expires: 2026-03-01T00:00:00Z}], timezonesidkey: Europe/Paris}
  - {username: old@acme.example, active: false}
profiles: {Sync: {system: [ApiEnabled], login_ip_ranges: [[10.0.0.1, 10.0.0.9]], login_hours: {monday: [480, 1080]}}}
permission_sets:
  Reader: {label: Reads, objects: {site__c: [read]}, fields: {Site__c.Size__c: [read]}, apps: [Sync], record_types: [Site__c.Plant]}
  Temp: {system: [PermissionsViewAllData]}
connected_apps:
  Sync: {scopes: [api], callback_urls: [https://acme.example/cb], permitted_users: admin-approved, refresh_policy: after-unused, refresh_valid_s: 3600}
populate: {Site__c: {rows: 4, profile: hostile}}
"""


def test_a_file_sets_up_rules_users_rights_apps_and_currencies(tmp_path: Path) -> None:
    model = load_org_file(write(tmp_path, SETUP_TREE))
    site = model.schema.objects["site__c"]
    kind, part = site.find("Kind__c"), site.find("Part__c")
    assert kind is not None
    assert part is not None
    assert (kind.picklist, dict(kind.picklist_labels), kind.inactive_values) == (("A", "B", "C"), {"B": "Bee"}, ("C",))
    assert (part.controller, part.valid_for, part.default) == ("Kind__c", (("x", ("A",)),), "y")
    assert site.record_types == (RecordType("Plant", "A plant", default=True, picklists=(("Kind__c", ("A",)),)),)
    assert site.validation_rules == (ValidationRule("Positive", "Size__c < 0", "Too small", "Size__c"),)
    assert site.duplicate_rules == (DuplicateRule("Twins", ("Code__c",), "Twins", "block"),)
    assert [f.name for f in site.fields if f.compound == "Spot__c"] == ["Spot__Latitude__s", "Spot__Longitude__s"]
    assert model.users == (
        UserEntry("sync@acme.example", "Sync", ("Reader", "Temp"), (Assignment("Temp", "2026-03-01T00:00:00Z"),), values={"TimeZoneSidKey": "Europe/Paris"}),
        UserEntry("old@acme.example", active=False),
    )
    assert model.profiles["Sync"] == PermissionSet(system=("ApiEnabled",), login_ip_ranges=(("10.0.0.1", "10.0.0.9"),), login_hours=(("monday", 480, 1080),))
    assert model.permission_sets["Reader"] == PermissionSet({"Site__c": ("read",)}, {"Site__c.Size__c": ("read",)}, (), ("Sync",), ("Site__c.Plant",), "Reads")
    assert model.permission_sets["Temp"].system == ("ViewAllData",)
    app = model.connected_apps[0]
    assert (app.name, app.scopes, app.permitted_users, app.refresh_policy, app.refresh_valid_s) == ("Sync", ("api",), "admin-approved", "after-unused", 3600.0)
    assert model.populate == {"Site__c": Volume(4, "hostile")}


def test_an_org_with_setup_can_be_made(tmp_path: Path) -> None:
    org = Org(schema=load_org_file(write(tmp_path, SETUP_TREE)))
    row = org.admin.rows("Organization")[0]
    assert (row["Name"], row["IsSandbox"], row["TimeZoneSidKey"], row["OrganizationType"]) == ("Acme", True, "Europe/Berlin", "Enterprise Edition")
    assert [(r["IsoCode"], r["ConversionRate"], r["IsCorporate"]) for r in org.admin.rows("CurrencyType")] == [("EUR", 1.0, True), ("USD", 1.08, False)]
    assert {r["CurrencyIsoCode"] for r in org.admin.rows("Site__c")} <= {"EUR", "USD"}
    assert org.admin.count("Site__c") == 4
    assert org.admin.rows("Account", Id=org.admin.create("Account", Name="A"))[0]["CurrencyIsoCode"] == "EUR"


@pytest.mark.parametrize(
    ("old", "new", "saying"),
    [
        ("sharing: Private", "sharing: Privat", "unknown sharing model 'Privat'\n  did you mean 'Private'"),
        ("{Kind__c: [A]}", "{Kind__c: [Z]}", "unknown value of Site__c.Kind__c 'Z'"),
        ("field: size__c", "field: siez__c", "unknown field of Site__c 'siez__c'\n  did you mean 'Size__c'"),
        ('formula: "Size__c < 0"', 'formula: "Siez__c < 0"', "unknown field of Site__c 'Siez__c' (did you mean 'Size__c'"),
        ("Size__c * 2", "Size__c *", "Size__c *"),
        ("onCreate: block", "onCreate: blok", "unknown action 'blok'\n  did you mean 'block'"),
        ("controllerName: kind__c", "controllerName: knd__c", "unknown picklist or checkbox of Site__c 'knd__c'\n  did you mean 'Kind__c'"),
        ("{value: B, label: Bee}", "{value: B, lable: Bee}", "unknown key 'lable'\n  did you mean 'label'"),
        ("timezonesidkey", "timezonesidky", "unknown key 'timezonesidky'\n  did you mean 'TimeZoneSidKey'"),
        ("expires: 2026-03-01T00:00:00Z", "expires: tomorrow", "expires: 'tomorrow' is not an instant"),
        ("record_types: [Site__c.Plant]", "record_types: [Site__c.Plnt]", "unknown record type of Site__c 'Plnt'\n  did you mean 'Plant'"),
        ("admin-approved", "admin-aproved", "unknown word 'admin-aproved'\n  did you mean 'admin-approved'"),
        ("after-unused", "after-unsued", "unknown refresh policy 'after-unsued'"),
        ("[[10.0.0.1, 10.0.0.9]]", "[[10.0.0.9, 10.0.0.1]]", "is no range of addresses"),
        ("monday: [480, 1080]", "mondy: [480, 1080]", "unknown day 'mondy'\n  did you mean 'monday'"),
        ("Europe/Berlin", "Europe/Berln", "unknown time zone 'Europe/Berln'\n  did you mean 'Europe/Berlin'"),
        ("USD: 1.08", "USD: -1", "rate: -1 is not a number above 0"),
        ("EUR: {}", "EUR: 2", "EUR is the corporate currency: its rate is 1"),
        ("profile: hostile", "profile: hostle", "unknown volume profile 'hostle'\n  did you mean 'hostile'"),
        ("Spot__c: {type: location, scale: 3}", "Spot__c: {type: location, scale: 30}", "at most 15"),
    ],
)
def test_a_mistake_in_the_setup_is_named(tmp_path: Path, old: str, new: str, saying: str) -> None:
    assert old in SETUP_TREE
    error = refusal(tmp_path, SETUP_TREE.replace(old, new, 1))
    assert saying in str(error)
    assert error.line > 0


def test_the_name_of_an_own_object_needs_no_field_permission() -> None:
    rights = {"Clerk": {"objects": {"Box__c": ["read", "create"]}, "system": ["ApiEnabled"]}}
    tree = {"objects": {"Box__c": {"fields": {"Size__c": {"type": "double"}}}}, "profiles": rights, "users": [{"username": "c@x.example", "profile": "Clerk"}]}
    org = Org(schema=org_from_tree(tree, "x"))
    made = org.dml.write("create", "Box__c", [{"Name": "n"}, {"Name": "n", "Size__c": 1}], user_id=org.integration_user_id)
    assert [result.ok for result in made] == [True, False]
