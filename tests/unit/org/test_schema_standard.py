import json
from dataclasses import replace

import pytest

from sfchaos.org.ids import make_id
from sfchaos.org.org import Org
from sfchaos.org.schema.derive import derived_values
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.schema.reader import field_from, label_of, sobject_from


def sobject(name: str) -> SObject:
    found = standard_schema().find(name)
    assert found is not None
    return found


def the(path: str) -> Field:
    name, _, field = path.partition(".")
    found = sobject(name).find(field)
    assert found is not None, path
    return found


# Prefixes: wire reference 8.1, and where it is silent the published lists of key prefixes (K). Required: Object Reference, the fields of
# each object without "Nillable" and without "Defaulted on create" that can be created (D).
OBJECTS: dict[str, tuple[str, str]] = {
    "Account": ("001", "Name"), "AccountContactRelation": ("07k", "AccountId ContactId"), "Asset": ("02i", "Name"), "Attachment": ("00P", "ParentId Name Body"),
    "Campaign": ("701", "Name"), "CampaignMember": ("00v", "CampaignId"), "CampaignMemberStatus": ("01Y", "CampaignId Label"), "Case": ("500", ""),
    "CaseComment": ("00a", "ParentId"), "Contact": ("003", "LastName"), "ContentDocumentLink": ("06A", "LinkedEntityId ContentDocumentId"),
    "ContentVersion": ("068", ""), "Contract": ("800", "AccountId"), "Document": ("015", "FolderId Name"), "EmailMessage": ("02s", ""),
    "Event": ("00U", ""), "FieldPermissions": ("01k", "ParentId SobjectType Field"), "Folder": ("00l", "Type"), "Group": ("00G", "Name"),
    "GroupMember": ("011", "GroupId UserOrGroupId"), "Individual": ("0PK", "LastName"), "Invoice__c": ("a00", ""), "Lead": ("00Q", "LastName Company"),
    "Note": ("002", "ParentId Title"), "ObjectPermissions": ("110", "ParentId SobjectType"), "Opportunity": ("006", "Name StageName CloseDate"),
    "OpportunityContactRole": ("00K", "OpportunityId ContactId"), "OpportunityLineItem": ("00k", "OpportunityId Quantity"),
    "Order": ("801", "EffectiveDate"), "Order__e": ("e00", ""), "OrderItem": ("802", "OrderId PricebookEntryId Quantity"), "PermissionSet": ("0PS", "Name Label"),
    "PermissionSetAssignment": ("0Pa", "AssigneeId"), "PermissionSetGroup": ("0PG", "DeveloperName MasterLabel"),
    "PlatformEventChannel": ("0YL", "DeveloperName MasterLabel ChannelType"), "PlatformEventChannelMember": ("0v8", "EventChannel SelectedEntity"),
    "PushTopic": ("0IF", "Name Query ApiVersion"), "StreamingChannel": ("0M6", "Name"), "Pricebook2": ("01s", "Name"), "PricebookEntry": ("01u", "Pricebook2Id Product2Id UnitPrice"), "Product2": ("01t", "Name"),
    "QueueSobject": ("03g", "QueueId SobjectType"), "RecordType": ("012", "Name DeveloperName SobjectType"),
    "SetupEntityAccess": ("0J0", "ParentId SetupEntityId"), "Task": ("00T", ""), "UserRole": ("00E", "Name"),
    "User": ("005", "Username LastName Email Alias TimeZoneSidKey LocaleSidKey EmailEncodingKey ProfileId LanguageLocaleKey"),
    # what no client creates
    "ApexClass": ("01p", "-"), "ApexTrigger": ("01q", "-"), "AsyncApexJob": ("707", "-"), "AuthSession": ("0Ak", "-"), "ConnectedApplication": ("0H4", "-"),
    "ContentDocument": ("069", "-"), "CronTrigger": ("08e", "-"), "DuplicateRule": ("0Bm", "-"), "EventLogFile": ("0AT", "-"), "LoginHistory": ("0Ya", "-"),
    "MatchingRule": ("0JD", "-"), "OauthToken": ("0CQ", "-"), "Organization": ("00D", "-"), "Profile": ("00e", "-"), "SetupAuditTrail": ("0Ym", "-"),
    "UserLicense": ("100", "-"), "UserLogin": ("0Yw", "-"),
}  # fmt: skip


@pytest.mark.parametrize("name", OBJECTS)
def test_the_prefix_of_an_id_decides_its_object(name: str) -> None:
    found = standard_schema().of_prefix(make_id(OBJECTS[name][0], 1)[:3])
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("name", OBJECTS)
def test_a_create_needs_what_salesforce_needs(name: str) -> None:
    required = OBJECTS[name][1]
    if required == "-":
        assert not sobject(name).createable
    else:
        assert sobject(name).createable
        assert [f.name for f in sobject(name).fields if f.required] == required.split()


def test_the_table_above_names_every_object_with_a_stable_prefix() -> None:
    shared = {o.name for o in standard_schema() if o.flags.get("companionOf")}
    assert {o.name for o in standard_schema()} - shared - set(OBJECTS) == {"PermissionSetGroupComponent", "RecentlyViewed", "UserRecordAccess"}
    assert standard_schema().find("ScratchOrgInfo") is None  # clients take its absence for "no Dev Hub" (wire reference 17)


@pytest.mark.parametrize(("name", "parent", "relationship"), [
    ("OpportunityLineItem", "Opportunity", "OpportunityLineItems"), ("PricebookEntry", "Product2", "PricebookEntries"), ("OrderItem", "Order", "OrderItems"),
    ("CampaignMember", "Lead", "CampaignMembers"), ("Contract", "Account", "Contracts"), ("Asset", "Account", "Assets"), ("Attachment", "Case", "Attachments"),
    ("ContentDocumentLink", "Account", "ContentDocumentLinks"), ("ContentVersion", "ContentDocument", "ContentVersions"), ("Event", "Contact", "Events"),
    ("AccountHistory", "Account", "Histories"), ("OpportunityFieldHistory", "Opportunity", "Histories"), ("CaseShare", "Case", "Shares"),
    ("ObjectPermissions", "PermissionSet", "ObjectPerms"), ("FieldPermissions", "PermissionSet", "FieldPerms"), ("GroupMember", "Group", "GroupMembers"),
    ("SetupEntityAccess", "PermissionSet", "SetupEntityAccessItems"), ("User", "UserRole", "Users"), ("EmailMessage", "Case", "EmailMessages"),
])  # fmt: skip
def test_children_have_their_real_relationship_names(name: str, parent: str, relationship: str) -> None:
    found = [f.child_relationship_name for child, f in standard_schema().children[parent.lower()] if child.name == name]
    assert relationship in found


def test_no_two_children_of_an_object_share_a_relationship_name() -> None:
    for parent, pairs in standard_schema().children.items():
        used = [f.child_relationship_name for _, f in pairs if f.child_relationship_name]
        assert len(used) == len(set(used)), parent


@pytest.mark.parametrize(("name", "sharing"), [
    ("Account", "ReadWrite"), ("Contact", "ControlledByParent"), ("Opportunity", "ReadWrite"), ("Lead", "ReadWrite"), ("Case", "ReadWrite"),
    ("OpportunityLineItem", "ControlledByParent"), ("Product2", ""), ("User", ""), ("Invoice__c", "ReadWrite"),
])  # fmt: skip
def test_the_org_wide_defaults_are_those_of_the_organization_row(name: str, sharing: str) -> None:
    assert sobject(name).sharing == sharing
    default = sobject("Organization").find(f"Default{name}Access")
    if default is not None:
        assert default.default == {"ReadWrite": "Edit", "ControlledByParent": "ControlledByParent"}[sharing]


def test_profiles_and_permission_sets_show_the_same_user_permissions() -> None:
    columns = [[f.name for f in sobject(name).fields if f.name.startswith("Permissions")] for name in ("Profile", "PermissionSet")]
    assert columns[0] == columns[1]
    assert {"PermissionsApiEnabled", "PermissionsViewAllData", "PermissionsModifyAllData", "PermissionsBulkApiHardDelete"} <= set(columns[0])
    assert the("PermissionSet.PermissionsViewSetup").label == "View Setup and Configuration"


def test_a_queue_may_own_what_salesforce_lets_queues_own() -> None:
    owners = {name: sobject(name).find("OwnerId") for name in ("Account", "Case", "Lead", "Order", "Task")}
    assert {name: f.reference_to for name, f in owners.items() if f} == {
        "Account": ("User",), "Case": ("Group", "User"), "Lead": ("Group", "User"), "Order": ("Group", "User"), "Task": ("Group", "User"),
    }  # fmt: skip


def test_fields_have_the_sizes_that_were_recorded() -> None:
    assert (the("Account.Name").type, the("Account.Name").length) == ("string", 255)
    assert (the("Account.Type").type, the("Account.Type").length) == ("picklist", 40)
    assert (the("Account.Description").type, the("Account.Description").length) == ("textarea", 32000)
    assert (the("Account.AnnualRevenue").precision, the("Account.AnnualRevenue").scale) == (18, 0)
    assert (the("Account.BillingLatitude").precision, the("Account.BillingLatitude").scale) == (18, 15)
    assert the("Account.NumberOfEmployees").digits == 8
    assert (the("Contact.LastName").length, the("Contact.FirstName").length, the("Contact.Name").length) == (80, 40, 121)


def test_a_person_has_a_name_that_is_computed_and_an_account_one_that_is_not() -> None:
    name = the("Contact.Name")
    assert (name.formula, name.has_column, name.createable, name.name_field) == ("person_name", False, False, True)
    assert [f.name for f in sobject("Contact").fields if f.compound == "Name"] == ["LastName", "FirstName", "Salutation"]
    assert the("Account.Name").has_column


def test_an_address_has_parts_with_columns_and_none_itself() -> None:
    parts = [f.name for f in sobject("Account").fields if f.compound == "BillingAddress"]
    assert parts == ["BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry", "BillingLatitude", "BillingLongitude",
                     "BillingGeocodeAccuracy"]  # fmt: skip
    assert not the("Account.BillingAddress").has_column
    assert the("Lead.Street").compound == "Address"
    assert not the("Organization.Street").createable


@pytest.mark.parametrize("name", ["Account", "Contact", "Lead", "Opportunity", "Case", "Product2"])
def test_integrations_find_one_unique_and_one_repeatable_external_id(name: str) -> None:
    own, legacy = the(f"{name}.External_Id__c"), the(f"{name}.Legacy_Id__c")
    assert (own.length, own.external_id, own.unique, own.case_sensitive, own.id_lookup, own.custom) == (64, True, True, False, True, True)
    assert (legacy.external_id, legacy.unique) == (True, False)


def test_children_are_found_by_their_relationship_name() -> None:
    children = {(child.name, f.name): f.child_relationship_name for child, f in standard_schema().children["account"]}
    assert children["Contact", "AccountId"] == "Contacts"
    assert children["Opportunity", "AccountId"] == "Opportunities"
    assert children["Case", "AccountId"] == "Cases"
    assert children["Account", "ParentId"] == "ChildAccounts"
    assert children["Invoice__c", "Account__c"] == "Invoices__r"
    assert the("Case.AccountId").restricted_delete
    assert the("Contact.AccountId").cascade_delete


def test_relationship_names_follow_the_field_name() -> None:
    assert the("Contact.AccountId").relationship_name == "Account"
    assert the("Invoice__c.Account__c").relationship_name == "Account__r"
    assert the("Contact.CreatedById").relationship_name == "CreatedBy"
    assert the("Task.WhoId").reference_to == ("Contact", "Lead")


def test_every_reference_points_at_an_object_that_exists() -> None:
    schema = standard_schema()
    missing = [(o.name, f.name, target) for o in schema for f in o.fields for target in f.reference_to if schema.find(target) is None]
    assert missing == []


def test_names_are_unique_without_case_and_defaults_stand_in_their_picklists() -> None:
    for o in standard_schema():
        keys = [f.key for f in o.fields]
        assert len(keys) == len(set(keys)), o.name
        wrong = [f.name for f in o.fields if f.picklist and f.default is not None and f.default not in f.picklist]
        assert wrong == [], o.name
        assert all(len(value) <= f.length for f in o.fields for value in f.picklist), o.name


def test_users_are_never_deleted_and_have_no_mark_for_it() -> None:
    assert not sobject("User").deletable
    assert sobject("User").find("IsDeleted") is None
    assert [f.name for f in sobject("LoginHistory").fields][:3] == ["Id", "UserId", "LoginTime"]


def test_two_schemas_differ_in_digest_when_a_field_differs() -> None:
    schema = standard_schema()
    account = sobject("Account")
    changed = schema.with_object(account.with_field(field_from("Phone", {"type": "phone", "length": 41})))
    assert changed.digest != schema.digest
    assert schema.with_object(replace(account, fields=account.fields[:-1])).digest != schema.digest
    assert schema.digest == standard_schema().digest


def test_labels_are_words() -> None:
    assert label_of("NumberOfEmployees") == "Number Of Employees"
    assert label_of("OwnerId") == "Owner ID"
    assert label_of("Due_Date__c") == "Due Date"
    assert the("Account.Id").label == "Account ID"


def test_system_fields_stand_where_the_file_puts_them() -> None:
    made = sobject_from({"name": "X__c", "label": "X", "labelPlural": "Xs", "keyPrefix": "a09", "fields": [{"name": "A__c", "type": "int"}]})
    assert [f.name for f in made.fields] == [
        "Id", "IsDeleted", "A__c", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp",
    ]  # fmt: skip


def test_long_text_is_neither_filtered_nor_sorted_and_a_street_is_both() -> None:
    assert not the("Account.Description").filterable
    assert not the("Account.Description").sortable
    assert the("Account.BillingStreet").filterable
    assert the("Account.BillingStreet").groupable
    assert not the("Account.AnnualRevenue").groupable


def test_the_schema_is_plain_data_that_survives_json() -> None:
    for o in standard_schema():
        for f in o.fields:
            assert json.loads(json.dumps(f.default)) == f.default
            hash(f)


# ---------------------------------------------------------------------------- derived fields

NOW = "2026-01-15T09:00:00.000+0000"


def test_a_won_stage_closes_the_opportunity_at_full_probability() -> None:
    found = derived_values(
        sobject("Opportunity"), {}, {"StageName": "Closed Won", "Amount": 200.0, "CloseDate": "2026-05-31", "IsClosed": 0}, now=NOW
    )
    assert (found["IsClosed"], found["IsWon"], found["Probability"], found["ExpectedRevenue"]) == (True, True, 100, 200.0)
    assert (found["FiscalYear"], found["FiscalQuarter"], found["Fiscal"]) == (2026, 2, "2026 2")
    assert found["LastStageChangeDate"] == NOW


def test_a_probability_that_the_caller_sends_is_kept() -> None:
    found = derived_values(sobject("Opportunity"), {"Amount": 50.0}, {"StageName": "Prospecting", "Probability": 40}, now=NOW)
    assert "Probability" not in found
    assert found["ExpectedRevenue"] == 20.0


def test_a_change_of_the_amount_alone_leaves_the_stage_as_it_is() -> None:
    before = {"StageName": "Closed Won", "Probability": 100.0, "Amount": 1.0, "CloseDate": "2025-12-31"}
    found = derived_values(sobject("Opportunity"), before, {"Amount": 7.0}, now=NOW)
    assert found == {"ExpectedRevenue": 7.0, "FiscalYear": 2025, "FiscalQuarter": 4, "Fiscal": "2025 4"}


def test_a_case_keeps_its_first_closing_date_and_loses_it_when_reopened() -> None:
    case = sobject("Case")
    assert derived_values(case, {}, {"Status": "Closed"}, now=NOW) == {"IsClosed": True, "ClosedDate": NOW}
    earlier = {"Status": "Closed", "ClosedDate": "2026-01-01T00:00:00.000+0000"}
    assert derived_values(case, earlier, {"Status": "Closed"}, now=NOW)["ClosedDate"] == "2026-01-01T00:00:00.000+0000"
    assert derived_values(case, earlier, {"Status": "New"}, now=NOW) == {"IsClosed": False, "ClosedDate": None}
    assert derived_values(case, earlier, {"Subject": "x"}, now=NOW) == {}


def test_a_status_nobody_knows_derives_nothing() -> None:
    assert derived_values(sobject("Case"), {}, {"Status": "On Hold"}, now=NOW) == {}


def test_the_org_derives_on_every_write() -> None:
    org = Org()
    deal = org.admin.create("Opportunity", Name="Deal", StageName="Closed Won", CloseDate="2026-05-01", Amount=80)
    org.admin.update("Opportunity", deal, StageName="Prospecting")
    row = org.admin.rows("Opportunity")[0]
    assert (row["IsClosed"], row["IsWon"], row["Probability"], row["ExpectedRevenue"], row["ForecastCategoryName"]) == (
        False,
        False,
        10,
        8,
        "Pipeline",
    )
    org.admin.create("Task", Subject="Call")
    task = org.admin.rows("Task")[0]
    assert (task["IsClosed"], task["IsHighPriority"], task["CompletedDateTime"]) == (False, False, None)


def test_an_org_has_a_standard_price_book_and_nobody_makes_another(caller):
    caller("GET", "/query?q=SELECT+Name,IsActive,IsStandard+FROM+Pricebook2+WHERE+IsStandard=true")
    assert [(row["Name"], row["IsActive"]) for row in caller.json["records"]] == [("Standard Price Book", False)]
    assert caller("POST", "/sobjects/Pricebook2", {"Name": "Mine", "IsStandard": True}).status == 400
    assert caller.json[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
