"""Salesforce source trees as orgs, in the SFDX and in the older Metadata API format."""

from pathlib import Path

import pytest

from sfchaos.core.errors import BadFile
from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.schema.load import OrgModel, load_org
from sfchaos.org.schema.metadata import DuplicateRule, RecordType, ValidationRule
from sfchaos.org.schema.model import Field, SObject

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


def put(root: Path, path: str, kind: str, body: str) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'{HEAD}<{kind} {NS} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n{body}\n</{kind}>\n', encoding="utf-8")
    return file


def put_object(root: Path, name: str, body: str = "") -> None:
    put(root, f"force-app/main/default/objects/{name}/{name}.object-meta.xml", "CustomObject",
        body or f"<label>{name[0]}</label><pluralLabel>{name[0]}s</pluralLabel><sharingModel>Private</sharingModel>")  # fmt: skip


def put_field(root: Path, sobject: str, name: str, body: str) -> None:
    put(root, f"force-app/main/default/objects/{sobject}/fields/{name}.field-meta.xml", "CustomField", f"<fullName>{name}</fullName>{body}")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "acme-crm"
    root.mkdir()
    (root / "sfdx-project.json").write_text('{"packageDirectories": [{"path": "force-app", "default": true}]}')
    (root / "force-app").mkdir()
    return root


def read(tree: Path) -> OrgModel:
    return load_org(tree)


def sobject(model: OrgModel, name: str) -> SObject:
    found = model.schema.find(name)
    assert found is not None, name
    return found


def field(model: OrgModel, place: str) -> Field:
    object_name, _, own = place.partition(".")
    found = sobject(model, object_name).find(own)
    assert found is not None, place
    return found


def test_own_objects_get_key_prefixes_in_the_order_of_their_names(tree: Path) -> None:
    for name in ("Zebra__c", "Apple__c"):
        put_object(tree, name)
    model = read(tree)
    assert [sobject(model, name).key_prefix for name in ("Invoice__c", "Apple__c", "Zebra__c")] == ["a00", "a01", "a02"]
    assert (model.name, model.kind) == ("acme-crm", "sfdx")
    assert sobject(model, "Apple__c").sharing == "Private"
    assert Org(schema=model).admin.create("Apple__c", Name="Elstar").startswith("a01")


TYPES = [
    ("Text", "<length>40</length><unique>true</unique><externalId>true</externalId>", {"type": "string", "length": 40, "unique": True, "external_id": True}),
    ("TextArea", "", {"type": "textarea", "length": 255}),
    ("LongTextArea", "<length>32768</length>", {"type": "textarea", "length": 32768, "filterable": False}),
    ("Html", "<length>5000</length>", {"type": "textarea", "length": 5000, "html_formatted": True}),
    ("EncryptedText", "<length>20</length><maskChar>X</maskChar><maskType>lastFour</maskType>", {"type": "encryptedstring", "mask": "X", "mask_type": "lastFour"}),
    ("Checkbox", "<defaultValue>true</defaultValue>", {"type": "boolean", "default": True, "nillable": False}),
    ("Number", "<precision>9</precision><scale>3</scale><required>true</required>", {"type": "double", "precision": 9, "scale": 3, "nillable": False}),
    ("Currency", "<precision>18</precision><scale>2</scale><defaultValue>12.5</defaultValue>", {"type": "currency", "default": 12.5}),
    ("Percent", "<precision>5</precision><scale>1</scale>", {"type": "percent", "precision": 5}),
    ("Date", "", {"type": "date"}), ("DateTime", "", {"type": "datetime"}), ("Time", "", {"type": "time"}),
    ("Phone", "", {"type": "phone", "length": 40}), ("Email", "", {"type": "email", "length": 80}), ("Url", "", {"type": "url", "length": 255}),
    ("AutoNumber", "<displayFormat>R-{0000}</displayFormat>", {"type": "string", "auto_number": "R-{0000}", "createable": False}),
    ("Hierarchy", "", {"type": "reference", "reference_to": ("User",)}),
    ("Lookup", "<referenceTo>Account</referenceTo><relationshipName>Things</relationshipName><deleteConstraint>Restrict</deleteConstraint>",
     {"type": "reference", "reference_to": ("Account",), "child_relationship_name": "Things__r", "relationship_name": "F__r", "restricted_delete": True}),
    ("MasterDetail", "<referenceTo>Account</referenceTo><relationshipName>Things</relationshipName>",
     {"nillable": False, "cascade_delete": True, "updateable": False, "reference_to": ("Account",)}),
    ("Text", "<formula>Name &amp; \"!\"</formula>", {"type": "string", "calculated": True, "createable": False, "formula_text": 'Name & "!"'}),
    ("Number", "<precision>18</precision><scale>0</scale><formula>1 + 1</formula><formulaTreatBlanksAs>BlankAsBlank</formulaTreatBlanksAs>",
     {"type": "double", "calculated": True, "blank_as_zero": False}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "wanted"), TYPES)
def test_every_field_type_becomes_describe_s(tree: Path, kind: str, body: str, wanted: dict[str, object]) -> None:
    put_object(tree, "Thing__c")
    put_field(tree, "Thing__c", "F__c", f"<label>Eff</label><type>{kind}</type>{body}")
    model = read(tree)
    f = field(model, "Thing__c.F__c")
    assert {key: getattr(f, key) for key in wanted} == wanted
    assert (f.label, f.custom) == ("Eff", True)
    assert model.unread == ()


def test_a_detail_belongs_to_its_master_and_has_no_owner(tree: Path) -> None:
    put_object(tree, "Line__c", "<label>Line</label><sharingModel>ControlledByParent</sharingModel>")
    put_field(tree, "Line__c", "Account__c", "<type>MasterDetail</type><referenceTo>Account</referenceTo><relationshipName>Lines</relationshipName>")
    model = read(tree)
    assert sobject(model, "Line__c").find("OwnerId") is None
    assert sobject(model, "Line__c").sharing == "ControlledByParent"
    org = Org(schema=model)
    account = org.admin.create("Account", Name="A")
    org.admin.create("Line__c", Name="1", Account__c=account)
    org.admin.delete("Account", account)
    assert org.admin.count("Line__c") == 0


def test_a_place_is_two_numbers_and_one_value(tree: Path) -> None:
    put_object(tree, "Site__c")
    put_field(tree, "Site__c", "Spot__c", "<type>Location</type><scale>5</scale><displayLocationInDecimal>true</displayLocationInDecimal>")
    org = Org(schema=read(tree))
    record = org.admin.create("Site__c", Name="HQ", Spot__Latitude__s=48.137154, Spot__Longitude__s=11.576124)
    assert org.admin.query("SELECT Spot__Latitude__s, Spot__c FROM Site__c")[0] == {"Spot__Latitude__s": 48.13715, "Spot__c": {"latitude": 48.13715, "longitude": 11.57612}}
    assert record.startswith("a01")


PICKLIST = """<type>Picklist</type><valueSet><controllingField>Country__c</controllingField><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>
<value><fullName>BY</fullName><default>false</default><label>Bavaria</label></value>
<value><fullName>CA</fullName><default>true</default><label>California</label></value>
<value><fullName>DDR</fullName><default>false</default><label>DDR</label><isActive>false</isActive></value></valueSetDefinition>
<valueSettings><controllingFieldValue>DE</controllingFieldValue><valueName>BY</valueName></valueSettings>
<valueSettings><controllingFieldValue>US</controllingFieldValue><controllingFieldValue>CA</controllingFieldValue><valueName>CA</valueName></valueSettings></valueSet>"""


def test_dependent_picklists_know_labels_defaults_and_what_fits(tree: Path) -> None:
    put_object(tree, "Site__c")
    put(tree, "force-app/main/default/globalValueSets/Countries.globalValueSet-meta.xml", "GlobalValueSet",
        "".join(f"<customValue><fullName>{v}</fullName><default>false</default><label>{v}</label></customValue>" for v in ("DE", "US", "CA")))  # fmt: skip
    put_field(tree, "Site__c", "Country__c", "<type>Picklist</type><valueSet><valueSetName>Countries</valueSetName></valueSet>")
    put_field(tree, "Site__c", "Region__c", PICKLIST)
    model = read(tree)
    country, region = field(model, "Site__c.Country__c"), field(model, "Site__c.Region__c")
    assert (country.picklist, country.restricted_picklist) == (("DE", "US", "CA"), True)
    assert (region.picklist, region.inactive_values, region.default) == (("BY", "CA", "DDR"), ("DDR",), "CA")
    assert dict(region.picklist_labels) == {"BY": "Bavaria", "CA": "California"}
    assert (region.controller, dict(region.valid_for)) == ("Country__c", {"BY": ("DE",), "CA": ("US", "CA"), "DDR": ()})


def test_values_of_a_standard_set_decide_what_follows_from_them(tree: Path) -> None:
    put(tree, "force-app/main/default/standardValueSets/OpportunityStage.standardValueSet-meta.xml", "StandardValueSet",
        "<standardValue><fullName>Open</fullName><closed>false</closed><won>false</won><probability>30</probability></standardValue>"
        "<standardValue><fullName>Signed</fullName><closed>true</closed><won>true</won><probability>100</probability></standardValue>")  # fmt: skip
    org = Org(schema=read(tree))
    org.admin.create("Opportunity", Name="Big", StageName="Signed", CloseDate="2026-02-01")
    assert org.admin.query("SELECT IsWon, IsClosed, Probability FROM Opportunity") == [{"IsWon": True, "IsClosed": True, "Probability": 100.0}]


def test_fields_are_added_to_standard_objects_and_activities_share_theirs(tree: Path) -> None:
    put_field(tree, "Account", "Tier__c", "<label>Tier</label><type>Text</type><length>5</length><trackHistory>true</trackHistory>")
    put_field(tree, "Activity", "Score__c", "<label>Score</label><type>Number</type><precision>3</precision><scale>0</scale>")
    model = read(tree)
    assert (field(model, "Account.Tier__c").length, field(model, "Account.Tier__c").tracked) == (5, True)
    assert field(model, "Task.Score__c").type == field(model, "Event.Score__c").type == "double"
    assert field(model, "Account.Industry").picklist


def test_rules_and_record_types_are_read(tree: Path) -> None:
    put_object(tree, "Bill__c")
    put_field(tree, "Bill__c", "Amount__c", "<type>Currency</type><precision>18</precision><scale>2</scale>")
    put_field(tree, "Bill__c", "Kind__c", "<type>Picklist</type><valueSet><valueSetDefinition><value><fullName>A%2B</fullName></value><value><fullName>B</fullName></value></valueSetDefinition></valueSet>")
    base = "force-app/main/default/"
    put(tree, base + "objects/Bill__c/validationRules/Positive.validationRule-meta.xml", "ValidationRule",
        "<fullName>Positive</fullName><active>true</active><errorConditionFormula>Amount__c &lt; 0</errorConditionFormula>"
        "<errorDisplayField>Amount__c</errorDisplayField><errorMessage>Must not be negative</errorMessage>")  # fmt: skip
    put(tree, base + "objects/Bill__c/recordTypes/Retail.recordType-meta.xml", "RecordType",
        "<fullName>Retail</fullName><active>true</active><label>Retail bill</label><picklistValues><picklist>Kind__c</picklist>"
        "<values><fullName>A%2B</fullName><default>false</default></values></picklistValues>")  # fmt: skip
    put(tree, base + "matchingRules/Bill__c.matchingRule-meta.xml", "MatchingRules",
        "<matchingRules><fullName>Same</fullName><matchingRuleItems><blankValueBehavior>NullNotAllowed</blankValueBehavior><fieldName>Name</fieldName>"
        "<matchingMethod>Exact</matchingMethod></matchingRuleItems><ruleStatus>Active</ruleStatus></matchingRules>")  # fmt: skip
    put(tree, base + "duplicateRules/Bill__c.Twins.duplicateRule-meta.xml", "DuplicateRule",
        "<actionOnInsert>Block</actionOnInsert><actionOnUpdate>Allow</actionOnUpdate><alertText>Seen before</alertText>"
        "<duplicateRuleMatchRules><matchingRule>Same</matchingRule></duplicateRuleMatchRules><isActive>true</isActive><masterLabel>Twins</masterLabel>")  # fmt: skip
    model = read(tree)
    bill = sobject(model, "Bill__c")
    assert bill.validation_rules == (ValidationRule("Positive", "Amount__c < 0", "Must not be negative", "Amount__c"),)
    assert bill.record_types == (RecordType("Retail", "Retail bill", picklists=(("Kind__c", ("A+",)),)),)
    assert bill.duplicate_rules == (DuplicateRule("Twins", ("Name",), "Twins", "block", "", "Seen before"),)
    assert model.unread == ()


def test_rights_of_profiles_sets_and_groups_are_read(tree: Path) -> None:
    base = "force-app/main/default/"
    rights = ("<label>Sync</label><objectPermissions><allowCreate>true</allowCreate><allowDelete>false</allowDelete><allowEdit>true</allowEdit><allowRead>true</allowRead>"
              "<modifyAllRecords>false</modifyAllRecords><object>Contact</object><viewAllRecords>true</viewAllRecords></objectPermissions>"
              "<fieldPermissions><editable>false</editable><field>Contact.Email</field><readable>true</readable></fieldPermissions>"
              "<userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions>"
              "<userPermissions><enabled>false</enabled><name>ViewAllData</name></userPermissions>")  # fmt: skip
    put(tree, base + "permissionsets/Sync.permissionset-meta.xml", "PermissionSet", rights)
    put(tree, base + "permissionsets/More.permissionset-meta.xml", "PermissionSet",
        "<label>More</label><objectPermissions><allowDelete>true</allowDelete><object>Contact</object></objectPermissions>")  # fmt: skip
    put(tree, base + "permissionsetgroups/Both.permissionsetgroup-meta.xml", "PermissionSetGroup", "<label>Both</label><permissionSets>Sync</permissionSets><permissionSets>More</permissionSets>")
    put(tree, base + "profiles/Night Shift.profile-meta.xml", "Profile",
        rights + "<loginIpRanges><endAddress>10.0.0.9</endAddress><startAddress>10.0.0.1</startAddress></loginIpRanges>"
        "<loginHours><mondayStart>480</mondayStart><mondayEnd>1080</mondayEnd></loginHours><layoutAssignments><layout>x</layout></layoutAssignments>")  # fmt: skip
    put(tree, base + "connectedApps/Sync.connectedApp-meta.xml", "ConnectedApp",
        "<label>Sync app</label><oauthConfig><callbackUrl>https://acme.example/cb&#10;https://acme.example/2</callbackUrl><consumerKey>3MVG9key</consumerKey>"
        "<isAdminApproved>true</isAdminApproved><scopes>Api</scopes><scopes>RefreshToken</scopes></oauthConfig><permissionSetName>Sync</permissionSetName>"
        "<oauthPolicy><ipRelaxation>BYPASS</ipRelaxation><refreshTokenPolicy>specific_lifetime:30:DAYS</refreshTokenPolicy></oauthPolicy>")  # fmt: skip
    model = read(tree)
    sync, both, night, app = model.permission_sets["Sync"], model.permission_sets["Both"], model.profiles["Night Shift"], model.connected_apps[0]
    assert sync.objects == {"Contact": ("read", "create", "edit", "view_all")}
    assert (sync.fields, sync.system, sync.apps) == ({"Contact.Email": ("read",)}, ("ApiEnabled",), ("Sync",))
    assert both.objects == {"Contact": ("read", "create", "edit", "view_all", "delete")}
    assert (night.login_ip_ranges, night.login_hours) == ((("10.0.0.1", "10.0.0.9"),), (("monday", 480, 1080),))
    assert (app.scopes, app.callback_urls) == (("api", "refresh_token"), ("https://acme.example/cb", "https://acme.example/2"))
    assert (app.permitted_users, app.relax_ip, app.refresh_policy, app.refresh_valid_s) == ("admin-approved", True, "after-issued", 30 * 86400.0)
    assert model.unread == ("profiles: layoutAssignments concern pages and are not read",)


def test_custom_metadata_has_its_rows_and_they_point_at_one_another(tree: Path) -> None:
    put_object(tree, "Region__mdt", "<label>Region</label><pluralLabel>Regions</pluralLabel>")
    put_object(tree, "Tax__mdt", "<label>Tax</label><pluralLabel>Taxes</pluralLabel>")
    put_field(tree, "Tax__mdt", "Rate__c", "<label>Rate</label><type>Number</type><precision>5</precision><scale>2</scale>")
    put_field(tree, "Tax__mdt", "Region__c", "<label>Region</label><type>MetadataRelationship</type><referenceTo>Region__mdt</referenceTo><relationshipName>Taxes</relationshipName>")
    base = "force-app/main/default/customMetadata/"
    put(tree, base + "Region.EU.md-meta.xml", "CustomMetadata", "<label>Europe</label>")
    put(tree, base + "Tax.VAT.md-meta.xml", "CustomMetadata",
        '<label>VAT</label><values><field>Rate__c</field><value xsi:type="xsd:double">19.0</value></values>'
        '<values><field>Region__c</field><value xsi:type="xsd:string">EU</value></values>')  # fmt: skip
    org = Org(schema=read(tree))
    assert org.admin.query("SELECT DeveloperName, MasterLabel, Rate__c, Region__r.MasterLabel FROM Tax__mdt") == [
        {"DeveloperName": "VAT", "MasterLabel": "VAT", "Rate__c": 19.0, "Region__r": {"MasterLabel": "Europe"}}
    ]  # fmt: skip


def test_custom_settings_say_that_they_are(tree: Path) -> None:
    put_object(tree, "Limits__c", "<label>Limits</label><customSettingsType>Hierarchy</customSettingsType>")
    model = read(tree)
    assert sobject(model, "Limits__c").flags["customSetting"] is True
    assert field(model, "Limits__c.SetupOwnerId").reference_to == ("Organization", "Profile", "User")


def test_the_older_format_is_read_too(tmp_path: Path) -> None:
    put(tmp_path, "src/package.xml", "Package", "<version>60.0</version>")
    put(tmp_path, "src/objects/Bill__c.object", "CustomObject",
        "<label>Bill</label><pluralLabel>Bills</pluralLabel><nameField><label>No</label><type>AutoNumber</type><displayFormat>B-{000}</displayFormat></nameField>"
        "<fields><fullName>Sum__c</fullName><label>Sum</label><type>Currency</type><precision>10</precision><scale>2</scale></fields>"
        "<validationRules><fullName>Pos</fullName><active>true</active><errorConditionFormula>Sum__c &lt; 0</errorConditionFormula><errorMessage>No</errorMessage></validationRules>")  # fmt: skip
    model = load_org(tmp_path / "src")
    assert (field(model, "Bill__c.Name").auto_number, field(model, "Bill__c.Sum__c").precision) == ("B-{000}", 10)
    assert [rule.name for rule in sobject(model, "Bill__c").validation_rules] == ["Pos"]


def test_what_is_not_read_is_said(tree: Path) -> None:
    base = "force-app/main/default/"
    put_object(tree, "Big_One__b", "<label>Big one</label><deploymentStatus>Deployed</deploymentStatus>")
    put_object(tree, "pkg__Thing__c", "<enableHistory>false</enableHistory>")
    put_object(tree, "Bill__c")
    put_field(tree, "Bill__c", "Ext__c", "<type>ExternalLookup</type><referenceTo>Other__x</referenceTo>")
    put_field(tree, "Bill__c", "Quote__c", "<type>Lookup</type><referenceTo>NoSuch__c</referenceTo>")
    put_field(tree, "Bill__c", "When__c", "<type>Date</type><defaultValue>TODAY() + 1</defaultValue>")
    put_field(tree, "Bill__c", "Odd__c", "<type>Text</type><formula>NO_SUCH_FUNCTION(Name)</formula>")
    put_field(tree, "Account", "NoSuchField", "<type>Text</type>")
    put(tree, base + "flows/Nightly.flow-meta.xml", "Flow", "<label>x</label>")
    put(tree, base + "classes/A.cls-meta.xml", "ApexClass", "<apiVersion>60.0</apiVersion>")
    put(tree, base + "classes/B.cls-meta.xml", "ApexClass", "<apiVersion>60.0</apiVersion>")
    unread = "\n".join(read(tree).unread)
    for sentence in (
        "object Big_One__b: big objects are not served", "object pkg__Thing__c: its own file is not in the source",
        "Bill__c.Ext__c: its type ExternalLookup is not read", "Bill__c.Quote__c: it refers to NoSuch__c, which this org lacks",
        "Bill__c.When__c: its default 'TODAY() + 1' is a formula", "Bill__c.Odd__c: its formula is not computed and shows null",
        "Account: standard fields that this org lacks are left out (NoSuchField)", "flow (1 file): flows are not run",
        "cls (2 files): Apex classes are not run",
    ):  # fmt: skip
        assert sentence in unread, sentence


BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata"><label>&lol2;</label></CustomObject>"""


@pytest.mark.parametrize(("text", "saying"), [
    (BOMB, ":2: a document type (DOCTYPE) is not taken"),
    ('<?xml version="1.0"?>\n<CustomObject>\n<label>x</CustomObject>', ":3: not XML: mismatched tag"),
    ("", "not XML: no element found"),
    ("<a>" * 200 + "</a>" * 200, "more than 100 elements inside one another"),
])  # fmt: skip
def test_a_broken_or_hostile_file_is_named_with_its_line(tree: Path, text: str, saying: str) -> None:
    file = tree / "force-app/objects/Bill__c/Bill__c.object-meta.xml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    with pytest.raises(BadFile) as caught:
        read(tree)
    assert saying in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_project_that_names_a_missing_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sfdx-project.json").write_text('{"packageDirectories": [{"path": "force-app"}]}')
    with pytest.raises(BadFile, match="the package folder 'force-app' is not there"):
        load_org(tmp_path)


def test_the_org_of_a_tree_answers_over_the_api(tree: Path) -> None:
    put_object(tree, "Bill__c")
    put_field(tree, "Bill__c", "Sum__c", "<label>Sum</label><type>Currency</type><precision>10</precision><scale>2</scale>")
    org = Org(schema=read(tree))
    token = org.credentials.environment()["SF_ACCESS_TOKEN"]
    headers = (("Authorization", f"Bearer {token}"), ("Content-Type", "application/json"))
    made = org.handle(Request("POST", f"{org.instance_url}/services/data/v62.0/sobjects/Bill__c", headers, b'{"Name": "B", "Sum__c": 12.345}'))
    assert made.status == 201, made.body
    assert org.admin.query("SELECT Sum__c FROM Bill__c") == [{"Sum__c": 12.35}]


ROLL_UP = "<label>Sum</label><type>Summary</type><summarizedField>Line__c.Amount__c</summarizedField><summaryForeignKey>Line__c.Order__c</summaryForeignKey>"


def put_order_and_lines(tree: Path, roll_up: str) -> None:
    put_object(tree, "Order__c")
    put_object(tree, "Line__c", "<label>Line</label><sharingModel>ControlledByParent</sharingModel>")
    put_field(tree, "Line__c", "Order__c", "<type>MasterDetail</type><referenceTo>Order__c</referenceTo><relationshipName>Lines</relationshipName>")
    put_field(tree, "Line__c", "Amount__c", "<type>Currency</type><precision>16</precision><scale>2</scale>")
    put_field(tree, "Line__c", "Status__c", "<type>Text</type><length>20</length>")
    put_field(tree, "Order__c", "Sum__c", roll_up)


def test_a_roll_up_adds_up_the_details_that_its_filters_take(tree: Path) -> None:
    paid = "<summaryFilterItems><field>Line__c.Status__c</field><operation>equals</operation><value>Paid, Done</value></summaryFilterItems>"
    put_order_and_lines(tree, ROLL_UP + paid + "<summaryOperation>sum</summaryOperation>")
    model = read(tree)
    assert model.unread == ()
    assert field(model, "Order__c.Sum__c").type == "currency"
    org = Org(schema=model)
    order = org.admin.create("Order__c", Name="O")
    org.admin.create_many("Line__c", [{"Order__c": order, "Amount__c": amount, "Status__c": status} for amount, status in ((1.5, "Paid"), (2, "Done"), (4, "Open"))])
    assert org.admin.query("SELECT Sum__c FROM Order__c") == [{"Sum__c": 3.5}]


@pytest.mark.parametrize(("roll_up", "saying"), [
    (ROLL_UP + "<summaryOperation>average</summaryOperation>", "Order__c.Sum__c: its roll-up 'average' over 'Line__c.Order__c' is not known"),
    (ROLL_UP.replace("Amount__c", "Amout__c") + "<summaryOperation>sum</summaryOperation>",
     "Order__c.Sum__c: its roll-up is not computed and shows null: Line__c has no field Amout__c (did you mean 'Amount__c'?)"),
    (ROLL_UP.replace("Amount__c", "Status__c") + "<summaryOperation>max</summaryOperation>",
     "Order__c.Sum__c: its roll-up is not computed and shows null: max of Line__c.Status__c: its type string is not one of"),
])  # fmt: skip
def test_a_roll_up_that_cannot_be_followed_is_said(tree: Path, roll_up: str, saying: str) -> None:
    put_order_and_lines(tree, roll_up)
    model = read(tree)
    assert len(model.unread) == 1
    assert model.unread[0].startswith(saying)
    org = Org(schema=model)
    org.admin.create("Order__c", Name="O")
    assert [row.get("Sum__c") for row in org.admin.query(f"SELECT Name{', Sum__c' if 'shows' in saying else ''} FROM Order__c")] == [None]
