import json
import re
from dataclasses import replace
from typing import Any

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Request, Response
from sfchaos.org import access
from sfchaos.org.api.meta import label_of_version
from sfchaos.org.org import Org
from sfchaos.org.schema.companions import with_companions
from sfchaos.org.schema.describe import field_describe, object_describe
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.metadata import RecordType
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.schema.reader import field_from

ENTRY_KEYS_TEXT = (
    "activateable associateEntityType associateParentEntity createable custom customSetting deepCloneable deletable deprecatedAndHidden feedEnabled "
    "hasSubtypes isInterface isSubtype keyPrefix label labelPlural layoutable mergeable mruEnabled name queryable replicateable retrieveable searchable "
    "triggerable undeletable updateable urls"
)
ENTRY_KEYS = ENTRY_KEYS_TEXT.split()
OBJECT_KEYS_TEXT = (
    "actionOverrides activateable associateEntityType associateParentEntity childRelationships compactLayoutable createable custom customSetting "
    "deepCloneable defaultImplementation deletable deprecatedAndHidden extendedBy extendsInterfaces feedEnabled fields hasSubtypes implementedBy "
    "implementsInterfaces isInterface isSubtype keyPrefix label labelPlural layoutable listviewable lookupLayoutable mergeable mruEnabled name "
    "namedLayoutInfos networkScopeFieldName queryable recordTypeInfos replicateable retrieveable searchLayoutable searchable sobjectDescribeOption supportedScopes "
    "triggerable undeletable updateable urls"
)
OBJECT_KEYS = OBJECT_KEYS_TEXT.split()
FIELD_KEYS_TEXT = (
    "aggregatable aiPredictionField autoNumber byteLength calculated calculatedFormula cascadeDelete caseSensitive compoundFieldName controllerName "
    "createable custom defaultValue defaultValueFormula defaultedOnCreate dependentPicklist deprecatedAndHidden digits displayLocationInDecimal "
    "encrypted externalId extraTypeInfo filterable filteredLookupInfo formulaTreatNullNumberAsZero groupable highScaleNumber htmlFormatted idLookup "
    "inlineHelpText label length mask maskType name nameField namePointing nillable permissionable picklistValues polymorphicForeignKey precision "
    "queryByDistance referenceTargetField referenceTo relationshipName relationshipOrder restrictedDelete restrictedPicklist scale searchPrefilterable "
    "soapType sortable type unique updateable writeRequiresMasterRead"
)
FIELD_KEYS = FIELD_KEYS_TEXT.split()
BASE = "/services/data/v62.0"


@pytest.fixture
def org() -> Org:
    return Org(clock=VirtualClock())


def get(org: Org, path: str, **headers: str) -> Response:
    token = org.credentials.access_token
    request = Request("GET", f"https://acme.my.salesforce.com{path}", (("Authorization", f"Bearer {token}"),))
    return org.handle(request.with_headers(**headers))


def body(response: Response) -> Any:
    return json.loads(response.body)


def test_the_global_describe_lists_every_object_with_the_recorded_keys(org: Org) -> None:
    found = body(get(org, f"{BASE}/sobjects"))
    assert list(found) == ["encoding", "maxBatchSize", "sobjects"]
    assert (found["encoding"], found["maxBatchSize"]) == ("UTF-8", 200)
    assert sorted(entry["name"] for entry in found["sobjects"]) == sorted(o.name for o in org.schema)
    assert all(list(entry) == ENTRY_KEYS for entry in found["sobjects"])
    account = next(entry for entry in found["sobjects"] if entry["name"] == "Account")
    assert list(account["urls"]) == [
        "compactLayouts",
        "rowTemplate",
        "approvalLayouts",
        "listviews",
        "describe",
        "quickActions",
        "layouts",
        "sobject",
    ]
    assert account["urls"]["rowTemplate"] == "/services/data/v62.0/sobjects/Account/{ID}"


def test_an_object_is_described_with_the_recorded_keys_in_order(org: Org) -> None:
    found = body(get(org, f"{BASE}/sobjects/Account/describe"))
    assert list(found) == OBJECT_KEYS
    assert all(list(f) == FIELD_KEYS for f in found["fields"])
    assert [f["name"] for f in found["fields"]][:4] == ["Id", "IsDeleted", "MasterRecordId", "Name"]
    assert list(found["recordTypeInfos"][0]) == [
        "active",
        "available",
        "defaultRecordTypeMapping",
        "developerName",
        "master",
        "name",
        "recordTypeId",
        "urls",
    ]
    assert found["urls"]["uiDetailTemplate"] == "https://acme.my.salesforce.com/{ID}"
    assert (found["keyPrefix"], found["labelPlural"], found["mergeable"]) == ("001", "Accounts", True)


def test_children_are_listed_with_the_recorded_keys(org: Org) -> None:
    children = body(get(org, f"{BASE}/sobjects/Account/describe"))["childRelationships"]
    assert all(
        list(child)
        == [
            "cascadeDelete",
            "childSObject",
            "deprecatedAndHidden",
            "field",
            "junctionIdListNames",
            "junctionReferenceTo",
            "relationshipName",
            "restrictedDelete",
        ]
        for child in children
    )
    found = {
        (child["childSObject"], child["field"]): (child["relationshipName"], child["cascadeDelete"], child["restrictedDelete"]) for child in children
    }
    assert found["Contact", "AccountId"] == ("Contacts", True, False)
    assert found["Case", "AccountId"] == ("Cases", False, True)
    assert found["Lead", "ConvertedAccountId"] == (None, False, False)
    assert ("Account", "MasterRecordId") not in found


def test_older_versions_lack_the_associated_entity_keys(org: Org) -> None:
    found = body(get(org, "/services/data/v48.0/sobjects/Account/describe"))
    assert list(found) == [key for key in OBJECT_KEYS if not key.startswith("associate") and key != "sobjectDescribeOption"]
    assert found["urls"]["describe"] == "/services/data/v48.0/sobjects/Account/describe"


def test_a_field_the_user_may_not_read_is_left_out(org: Org) -> None:
    contact = org.schema.find("Contact")
    assert contact is not None
    email = contact.find("Email")
    assert email is not None
    access.hide(org, contact, email)
    names = [f["name"] for f in body(get(org, f"{BASE}/sobjects/Contact/describe"))["fields"]]
    assert "Email" not in names
    assert "Phone" in names


def test_basic_information_is_the_entry_and_recent_items(org: Org) -> None:
    found = body(get(org, f"{BASE}/sobjects/account"))
    assert list(found) == ["objectDescribe", "recentItems"]
    assert list(found["objectDescribe"]) == ENTRY_KEYS
    assert found["objectDescribe"]["name"] == "Account"


@pytest.mark.parametrize("path", ["/sobjects/Acount", "/sobjects/Acount/describe"])
def test_an_unknown_object_is_a_plain_404(org: Org, path: str) -> None:
    response = get(org, BASE + path)
    assert response.status == 404
    assert response.body == b'[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]'


def test_describe_is_not_sent_again_when_nothing_changed_since(org: Org) -> None:
    first = get(org, f"{BASE}/sobjects/Account/describe")
    stamp = first.header("Last-Modified")
    assert re.fullmatch(r'"[0-9a-f]{8}"', first.header("ETag"))
    assert get(org, f"{BASE}/sobjects/Account/describe", x_prettyprint="1").header("ETag") == first.header("ETag")
    assert get(org, f"{BASE}/sobjects/Contact/describe").header("ETag") != first.header("ETag")
    again = get(org, f"{BASE}/sobjects/Account/describe", if_modified_since=stamp)
    assert (again.status, again.body) == (304, b"")
    earlier = get(org, f"{BASE}/sobjects/Account/describe", if_modified_since="Wed, 01 Jan 2020 00:00:00 GMT")
    assert earlier.status == 200
    unreadable = get(org, f"{BASE}/sobjects/Account/describe", if_modified_since="yesterday")
    assert unreadable.status == 200


def test_describe_needs_a_session_and_the_list_of_versions_does_not(org: Org) -> None:
    bare = org.handle(Request("GET", f"https://acme.my.salesforce.com{BASE}/sobjects"))
    assert bare.status == 401
    versions = org.handle(Request("GET", "https://acme.my.salesforce.com/services/data/"))
    assert versions.status == 200
    assert versions.header("Sforce-Limit-Info") == ""
    found = body(versions)
    assert found[0] == {"label": "Summer '14", "url": "/services/data/v31.0", "version": "31.0"}
    assert found[-1] == {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"}


@pytest.mark.parametrize(
    ("version", "label"),
    [(58, "Summer '23"), (59, "Winter '24"), (60, "Spring '24"), (62, "Winter '25"), (63, "Spring '25"), (64, "Summer '25"), (66, "Spring '26")],
)
def test_releases_have_their_names(version: int, label: str) -> None:
    assert label_of_version(version) == label


def test_resources_are_named_with_their_paths(org: Org) -> None:
    response = get(org, BASE)
    found = body(response)
    assert found["sobjects"] == "/services/data/v62.0/sobjects"
    assert found["identity"] == f"https://login.salesforce.com/id/{org.org_id}/{org.integration_user_id}"
    assert list(found)[:3] == ["tooling", "metadata", "folders"]
    assert response.header("Sforce-Limit-Info").startswith("api-usage=")


def described(kind: str, **keys: Any) -> dict[str, Any]:
    return field_describe(field_from("A__c", {"type": kind, **keys}))


def test_types_have_their_soap_types_and_byte_lengths() -> None:
    seen = {
        kind: (described(kind)["soapType"], described(kind)["byteLength"])
        for kind in ("string", "reference", "currency", "datetime", "boolean", "address")
    }
    assert seen == {
        "string": ("xsd:string", 765), "reference": ("tns:ID", 18), "currency": ("xsd:double", 0), "datetime": ("xsd:dateTime", 0),
        "boolean": ("xsd:boolean", 0), "address": ("urn:address", 0),
    }  # fmt: skip


def test_a_checkbox_has_a_default_and_a_picklist_marks_its_own() -> None:
    assert (described("boolean")["defaultValue"], described("boolean")["defaultedOnCreate"], described("boolean")["nillable"]) == (False, True, False)
    picklist = described("picklist", picklistValues=["Draft", "Sent"], defaultValue="Draft")
    assert picklist["defaultValue"] is None
    assert picklist["picklistValues"][0] == {"active": True, "defaultValue": True, "label": "Draft", "validFor": None, "value": "Draft"}
    assert picklist["picklistValues"][1]["defaultValue"] is False
    assert described("string", defaultValue="x")["defaultValueFormula"] == '"x"'


def described_field(path: str) -> dict[str, Any]:
    schema = standard_schema()
    object_name, _, field_name = path.partition(".")
    sobject = schema.find(object_name)
    assert sobject is not None
    found = object_describe(sobject, sobject.fields, schema, base=BASE, instance_url="https://x", version=62.0)
    return next(f for f in found["fields"] if f["name"] == field_name)


def test_a_person_name_is_shown_as_what_it_is_at_salesforce() -> None:
    name = described_field("Contact.Name")
    assert (name["calculated"], name["createable"], name["nameField"], name["extraTypeInfo"]) == (False, False, True, "personname")
    assert described_field("Contact.FirstName")["compoundFieldName"] == "Name"


def test_a_reference_to_several_objects_is_polymorphic() -> None:
    who = described_field("Task.WhoId")
    assert (who["polymorphicForeignKey"], who["namePointing"], who["referenceTo"]) == (True, True, ["Contact", "Lead"])
    assert described_field("Contact.AccountId")["polymorphicForeignKey"] is False


def test_a_lookup_can_be_searched_by_and_a_system_reference_cannot() -> None:
    assert described_field("Account.ParentId")["searchPrefilterable"]
    assert not described_field("Account.OwnerId")["searchPrefilterable"]
    assert not described_field("Account.MasterRecordId")["searchPrefilterable"]


# ---------------------------------------------------------------------------- every object, and what a schema may say


def test_every_object_is_described_with_the_same_keys(org: Org) -> None:
    for sobject in org.schema:
        found = object_describe(sobject, sobject.fields, org.schema, base=BASE, instance_url="https://x", version=62.0)
        assert list(found) == OBJECT_KEYS, sobject.name
        assert all(list(f) == FIELD_KEYS for f in found["fields"]), sobject.name
        assert json.loads(json.dumps(found)) == found


def test_an_object_that_is_newer_than_the_version_is_not_there(org: Org) -> None:
    names = [entry["name"] for entry in body(get(org, "/services/data/v41.0/sobjects"))["sobjects"]]
    assert "Individual" not in names
    assert "AccountContactRelation" in names
    assert get(org, "/services/data/v41.0/sobjects/Individual/describe").status == 404
    assert get(org, "/services/data/v42.0/sobjects/Individual/describe").status == 200
    older = body(get(org, "/services/data/v41.0/sobjects/Contact/describe"))
    assert "IndividualShare" not in [child["childSObject"] for child in older["childRelationships"]]


def test_a_field_that_is_newer_than_the_version_is_not_shown(org: Org) -> None:
    def fields(version: str) -> list[str]:
        return [f["name"] for f in body(get(org, f"/services/data/v{version}/sobjects/ObjectPermissions/describe"))["fields"]]

    assert "PermissionsViewAllFields" not in fields("59.0")
    assert "PermissionsViewAllFields" in fields("60.0")


def test_history_and_share_objects_say_what_they_belong_to(org: Org) -> None:
    entries = {entry["name"]: entry for entry in body(get(org, f"{BASE}/sobjects"))["sobjects"]}
    history, share = entries["AccountHistory"], entries["Invoice__Share"]
    assert (history["associateEntityType"], history["associateParentEntity"], history["keyPrefix"]) == ("History", "Account", None)
    assert (share["associateEntityType"], share["associateParentEntity"], share["custom"]) == ("Share", "Invoice__c", True)
    assert entries["Account"]["associateEntityType"] is None
    assert (history["undeletable"], entries["CampaignMember"]["undeletable"], entries["Account"]["undeletable"]) == (False, False, True)


def test_a_picklist_shows_labels_and_not_what_is_inactive() -> None:
    found = described("picklist", picklistValues=[{"value": "N", "label": "New"}, "Old", {"value": "X", "active": False}])
    assert [(item["value"], item["label"], item["active"]) for item in found["picklistValues"]] == [("N", "New", True), ("Old", "Old", True)]


def dependent(controller: Field, *fitting: tuple[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    city = Field("City__c", "picklist", picklist=("Bonn", "Lyon", "Rome"), controller=controller.name, valid_for=fitting)
    place = SObject("Place__c", "Place", "Places", "a07", (controller, city), custom=True)
    found = field_describe(city, place)
    assert (found["dependentPicklist"], found["controllerName"]) == (True, controller.name)
    return list(found["picklistValues"])


def test_the_bits_of_a_dependent_picklist_count_from_the_highest() -> None:
    country = Field("Country__c", "picklist", picklist=("DE", "FR", "IT"))
    values = dependent(country, ("Bonn", ("DE",)), ("Lyon", ("fr",)), ("Rome", ("DE", "IT")))
    assert [value["validFor"] for value in values] == ["gAAA", "QAAA", "oAAA"]  # 1000, 0100, 1010 and twenty zeros


def test_the_ninth_controlling_value_is_in_the_second_byte() -> None:
    many = Field("Country__c", "picklist", picklist=tuple("ABCDEFGHIJ"))
    assert dependent(many, ("Bonn", ("I",)))[0]["validFor"] == "AIAA"
    assert dependent(many, ("Bonn", ("I",)))[1]["validFor"] == "AAAA"


def test_a_checkbox_controls_with_false_first() -> None:
    values = dependent(Field("Active__c", "boolean"), ("Bonn", ("true",)), ("Lyon", ("false", "true")))
    assert [value["validFor"] for value in values] == ["QAAA", "wAAA", "AAAA"]


def test_a_formula_shows_its_text() -> None:
    found = field_describe(Field("Total__c", "double", calculated=True, custom=True, formula_text="Amount__c * 2", blank_as_zero=False))
    assert (found["calculated"], found["calculatedFormula"], found["formulaTreatNullNumberAsZero"]) == (True, "Amount__c * 2", False)
    plain = field_describe(Field("Amount__c", "double", custom=True))
    assert (plain["calculated"], plain["calculatedFormula"], plain["formulaTreatNullNumberAsZero"]) == (False, None, False)


def test_help_mask_and_rich_text_are_told() -> None:
    found = field_describe(Field("Card__c", "encryptedstring", custom=True, help_text="16 digits", mask="asterisk", mask_type="creditCard"))
    assert (found["inlineHelpText"], found["mask"], found["maskType"], found["encrypted"]) == ("16 digits", "asterisk", "creditCard", True)
    rich = field_describe(Field("Notes__c", "textarea", length=32768, custom=True, html_formatted=True))
    assert (rich["htmlFormatted"], rich["extraTypeInfo"]) == (True, "richtextarea")


def test_flags_of_fields_are_those_that_were_captured() -> None:
    assert described_field("Opportunity.StageName")["length"] == 255
    assert described_field("Opportunity.ForecastCategory")["picklistValues"][2]["label"] == "Best Case"
    assert described_field("Case.ContactId")["restrictedDelete"] is False
    assert described_field("Contact.PhotoUrl")["extraTypeInfo"] == "imageurl"
    assert described_field("Contact.FirstName")["extraTypeInfo"] == "personname"
    assert described_field("Case.Status")["defaultValue"] == "New"
    assert described_field("Case.CaseNumber")["groupable"] is False
    assert described_field("Case.OwnerId")["referenceTo"] == ["Group", "User"]
    assert described_field("Opportunity.Pricebook2Id")["searchPrefilterable"]


def with_record_types(*types: RecordType) -> Org:
    schema = standard_schema()
    account = schema.find("Account")
    assert account is not None
    return Org(schema=Schema("x", 1, with_companions({**schema.objects, "account": replace(account, record_types=types)})), clock=VirtualClock())


def test_record_types_stand_before_the_master() -> None:
    org = with_record_types(RecordType("Partner", "Partner Account"), RecordType("Customer", default=True), RecordType("Old", active=False))
    found = body(get(org, f"{BASE}/sobjects/Account/describe"))
    infos = [(info["developerName"], info["name"], info["master"], info["defaultRecordTypeMapping"], info["available"], info["active"])
             for info in found["recordTypeInfos"]]  # fmt: skip
    assert infos == [
        ("Customer", "Customer", False, True, True, True), ("Old", "Old", False, False, False, False),
        ("Partner", "Partner Account", False, False, True, True), ("Master", "Master", True, False, True, True),
    ]  # fmt: skip
    assert found["recordTypeInfos"][0]["recordTypeId"].startswith("012")
    assert "RecordTypeId" in [f["name"] for f in found["fields"]]


def test_last_modified_moves_when_rights_change_even_within_a_second(org: Org) -> None:
    path = f"{BASE}/sobjects/Contact/describe"
    first = get(org, path)
    contact = org.schema.find("Contact")
    assert contact is not None
    email = contact.find("Email")
    assert email is not None
    access.hide(org, contact, email)
    after = get(org, path, if_modified_since=first.header("Last-Modified"))
    assert after.status == 200
    assert get(org, path, if_modified_since=after.header("Last-Modified")).status == 304
    assert get(org, f"{BASE}/sobjects", if_modified_since=after.header("Last-Modified")).status == 304


def test_older_versions_list_fewer_resources(org: Org) -> None:
    old, new = body(get(org, "/services/data/v33.0")), body(get(org, BASE))
    assert "composite" not in old
    assert "ui-api" not in old
    assert new["composite"] == f"{BASE}/composite"
    assert list(old) == [name for name in new if name in old]


def test_scopes_stand_by_name(org: Org) -> None:
    found = body(get(org, f"{BASE}/sobjects/Case/describe"))["supportedScopes"]
    assert [scope["name"] for scope in found] == ["everything", "genericteam", "mine", "queue_owned", "scopingRule", "team_by_role", "user_owned"]
    old = body(get(org, "/services/data/v48.0/sobjects/Account/describe"))["supportedScopes"]
    assert old == [{"label": "All accounts", "name": "everything"}, {"label": "My accounts", "name": "mine"}, {"label": "My team's accounts", "name": "team"}]
