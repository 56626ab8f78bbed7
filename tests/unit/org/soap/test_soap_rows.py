"""create, update, upsert, delete, undelete, merge, emptyRecycleBin: rows, results and faults."""

from dataclasses import replace

import pytest

from sfchaos.org.org import Org
from sfchaos.org.schema.load import org_from_tree
from sfchaos.org.schema.metadata import DuplicateRule

ROW = "<sObjects><type>Account</type>{}</sObjects>"


def create(soap, *names, headers="", kind="Account"):
    rows = "".join(f"<sObjects><type>{kind}</type><Name>{name}</Name></sObjects>" for name in names)
    return soap(f"<create>{rows}</create>", headers=headers)


def test_a_created_row_has_its_id_and_is_there(soap):
    reply = create(soap, "Acme &amp; Söhne")
    assert reply.status == 200
    assert [child.tag for child in reply.result] == ["id", "success"]
    assert soap.rows("Account") == [{"Id": reply.result.findtext("id"), "Name": "Acme & Söhne"}]
    touch = soap.org.receipt.rows[0]
    assert (touch.verb, touch.sobject, touch.ok, soap.org.receipt.applied) == ("create", "Account", True, "yes")


def test_replies_tell_the_used_and_the_most_calls(soap):
    reply = create(soap, "Acme")
    info = reply.tree.find("Header/LimitInfoHeader/limitInfo")
    assert [(child.tag, child.text) for child in info] == [("current", "1"), ("limit", "15000"), ("type", "API REQUESTS")]


def test_the_enterprise_door_takes_its_type_from_xsi_type(enterprise):
    reply = enterprise('<create><sObjects xsi:type="ens:Account" xmlns:ens="urn:sobject.enterprise.soap.sforce.com"><Name>Acme</Name></sObjects></create>')
    assert reply.saved() == [(enterprise.rows("Account")[0]["Id"], "true", None, None)]


def test_results_stand_in_order_and_failures_have_a_nil_id(soap):
    reply = soap("<create>" + ROW.format("<Name>one</Name>") + ROW.format("<Phone>1</Phone>") + ROW.format("<Name>three</Name>") + "</create>")
    assert [row[1:] for row in reply.saved()] == [
        ("true", None, None), ("false", "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]"), ("true", None, None),
    ]  # fmt: skip
    failed = reply.results[1]
    assert [child.tag for child in failed] == ["errors", "id", "success"]
    assert [(child.tag, child.text) for child in failed.find("errors")] == [
        ("fields", "Name"), ("message", "Required fields are missing: [Name]"), ("statusCode", "REQUIRED_FIELD_MISSING"),
    ]  # fmt: skip
    assert failed.find("id").get("nil") == "true"
    assert soap.org.receipt.applied == "partly"


def test_all_or_none_takes_everything_back(soap):
    header = "<AllOrNoneHeader><allOrNone>true</allOrNone></AllOrNoneHeader>"
    reply = soap("<create>" + ROW.format("<Name>one</Name>") + ROW.format("<Phone>1</Phone>") + "</create>", headers=header)
    assert [row[2] for row in reply.saved()] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert soap.rows("Account") == []
    assert soap.org.receipt.applied == "no"


def test_values_are_read_by_the_type_of_their_field(soap):
    soap(
        "<create><sObjects><type>Opportunity</type><Name>Deal</Name><StageName>Prospecting</StageName><CloseDate>2026-05-01Z</CloseDate><Amount>12.5</Amount>"
        "<IsPrivate>true</IsPrivate></sObjects></create>"
    )
    assert soap.rows("Opportunity", "CloseDate, Amount, IsPrivate") == [{"CloseDate": "2026-05-01", "Amount": 12.5, "IsPrivate": True}]


def test_a_value_of_the_wrong_type_refuses_its_row_alone(soap):
    reply = soap("<create>" + ROW.format("<Name>a</Name><NumberOfEmployees>many</NumberOfEmployees>") + ROW.format("<Name>b</Name>") + "</create>")
    assert [row[1:3] for row in reply.saved()] == [("false", "INVALID_TYPE_ON_FIELD_IN_RECORD"), ("true", None)]


def test_an_empty_or_nil_element_leaves_a_field_alone_and_fields_to_null_empties_it(soap):
    record_id = soap.add("Account", Name="Acme", Phone="1", Fax="2", Website="3")
    soap(
        f'<update><sObjects><type>Account</type><fieldsToNull>Fax</fieldsToNull><Id>{record_id}</Id><Phone></Phone><Website xsi:nil="true"/></sObjects></update>'
    )
    assert soap.rows("Account", "Phone, Fax, Website") == [{"Phone": "1", "Fax": None, "Website": "3"}]


def test_a_field_that_must_not_be_null_is_not_nulled(soap):
    record_id = soap.add("Account", Name="Acme")
    reply = soap(f"<update><sObjects><type>Account</type><fieldsToNull>Name</fieldsToNull><Id>{record_id}</Id></sObjects></update>")
    assert reply.saved()[0][1:3] == ("false", "REQUIRED_FIELD_MISSING")


def test_a_parent_is_found_by_its_external_id(soap):
    account = soap.add("Account", Name="Acme", External_Id__c="A-1")
    parent = "<Account><type>Account</type><External_Id__c>{}</External_Id__c></Account>"
    reply = soap(
        f"<create><sObjects><type>Contact</type><LastName>Fox</LastName>{parent.format('a-1')}</sObjects>"
        f"<sObjects><type>Contact</type><LastName>Ox</LastName>{parent.format('A-2')}</sObjects></create>"
    )
    assert [row[1:3] for row in reply.saved()] == [("true", None), ("false", "INVALID_FIELD")]
    assert soap.rows("Contact", "AccountId") == [{"AccountId": account}]


def test_an_upsert_says_first_whether_it_created(soap):
    body = "<upsert><externalIDFieldName>External_Id__c</externalIDFieldName>" + ROW.format("<External_Id__c>A-1</External_Id__c><Name>{}</Name>") + "</upsert>"
    first, second = soap(body.format("one")), soap(body.format("two"))
    assert [child.tag for child in first.result] == ["created", "id", "success"]
    assert [reply.result.findtext("created") for reply in (first, second)] == ["true", "false"]
    assert soap.rows("Account", "Name") == [{"Name": "two"}]


def test_an_upsert_by_a_plain_field_is_a_fault(soap):
    reply = soap("<upsert><externalIDFieldName>Phone</externalIDFieldName>" + ROW.format("<Name>x</Name>") + "</upsert>")
    assert reply.status == 500
    assert reply.fault == "INVALID_FIELD: Field name provided, Phone does not match an External ID, Salesforce Id, or indexed field for Account"


def test_deleted_rows_come_back_by_undelete_unless_the_bin_was_emptied(soap):
    kept, lost = soap.add("Account", Name="kept"), soap.add("Account", Name="lost")
    both = f"<ids>{kept}</ids><ids>{lost[:15]}</ids>"
    assert [row[:2] for row in soap(f"<delete>{both}</delete>").saved()] == [(kept, "true"), (lost, "true")]
    assert soap(f"<emptyRecycleBin><ids>{lost}</ids></emptyRecycleBin>").saved() == [(lost, "true", None, None)]
    assert [row[1] for row in soap(f"<undelete>{both}</undelete>").saved()] == ["true", "false"]
    assert [row["Name"] for row in soap.rows("Account")] == ["kept"]


def test_an_id_of_no_object_fails_its_row_and_one_that_is_none_the_call(soap):
    record_id = soap.add("Account", Name="Acme")
    reply = soap(f"<delete><ids>zzz5e0000000001</ids><ids>{record_id}</ids></delete>")
    assert [row[1:3] for row in reply.saved()] == [("false", "INVALID_CROSS_REFERENCE_KEY"), ("true", None)]
    refused = soap("<delete><ids>nonsense</ids></delete>")
    assert refused.fault == "MALFORMED_ID: bad id nonsense"
    assert refused.tree.find(".//InvalidIdFault/exceptionCode").text == "MALFORMED_ID"


def test_all_or_none_holds_for_ids_of_no_object_too(soap):
    record_id = soap.add("Account", Name="Acme")
    header = "<AllOrNoneHeader><allOrNone>true</allOrNone></AllOrNoneHeader>"
    reply = soap(f"<delete><ids>zzz5e0000000001</ids><ids>{record_id}</ids></delete>", headers=header)
    assert [row[2] for row in reply.saved()] == ["INVALID_CROSS_REFERENCE_KEY", "ALL_OR_NONE_OPERATION_ROLLED_BACK"]
    assert len(soap.rows("Account")) == 1


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<create>" + ROW.format("<Name>x</Name>") * 201 + "</create>", "EXCEEDED_ID_LIMIT: record limit reached. cannot submit more than 200 records into this call"),
        ("<delete>" + "<ids>0015e0000000001</ids>" * 201 + "</delete>", "EXCEEDED_ID_LIMIT: record limit reached. cannot submit more than 200 records into this call"),
        ("<create><sObjects><Name>x</Name></sObjects></create>", "INVALID_TYPE: Must send a concrete entity type."),
        ("<create>" + "".join(f"<sObjects><type>{k}</type></sObjects>" for k in ("Account", "Contact") * 6) + "</create>", "EXCEEDED_MAX_TYPES_LIMIT: "),
        ("<create><sObjects><type>Nope__c</type></sObjects></create>", "INVALID_TYPE: sObject type 'Nope__c' is not supported. If you are attempting to use a custom"),
        ("<create>" + ROW.format("<Name>x</Name><Nope__c>1</Nope__c>") + "</create>", "INVALID_FIELD: No such column 'Nope__c' on entity 'Account'. If you are"),
        ("<create><record/></create>", "Element {urn:partner.soap.sforce.com}record invalid at this location"),
        ("<update>" + ROW.format("<Id>x</Id>") + "</update>", "MALFORMED_ID: bad id x"),
    ],
)
def test_what_concerns_the_whole_call_is_a_fault_and_changes_nothing(soap, body, fault):
    before = soap.org.store.all("SELECT COUNT(*) FROM Account")
    reply = soap(body)
    assert (reply.status, reply.fault[: len(fault)]) == (500, fault)
    assert soap.org.store.all("SELECT COUNT(*) FROM Account") == before
    assert soap.org.receipt.applied == "no"


def test_an_unknown_column_in_the_second_row_takes_back_the_first(soap):
    reply = soap("<create>" + ROW.format("<Name>x</Name>") + ROW.format("<Name>y</Name><Nope__c>1</Nope__c>") + "</create>")
    assert reply.fault.startswith("INVALID_FIELD: ")
    assert soap.rows("Account") == []
    detail = reply.tree.find(".//InvalidFieldFault")
    assert (detail.findtext("row"), detail.findtext("column")) == ("-1", "-1")


def test_two_hundred_rows_fit(soap):
    assert len(create(soap, *(f"row {n}" for n in range(200))).results) == 200


def test_texts_that_are_too_long_are_cut_where_the_header_allows_it(soap):
    row = "<create>" + ROW.format(f"<Name>{'x' * 300}</Name>") + "</create>"
    assert soap(row).saved()[0][2] == "STRING_TOO_LONG"
    header = "<AllowFieldTruncationHeader><allowFieldTruncation>true</allowFieldTruncation></AllowFieldTruncationHeader>"
    assert soap(row, headers=header).saved()[0][1] == "true"
    assert soap.rows("Account", "Name") == [{"Name": "x" * 255}]


def test_merge_keeps_the_master_and_names_what_was_merged_and_moved(soap):
    master, loser = soap.add("Account", Name="Acme"), soap.add("Account", Name="Acme Inc")
    contact = soap.add("Contact", LastName="Fox", AccountId=loser)
    reply = soap(
        f"<merge><request><masterRecord><type>Account</type><Id>{master}</Id><Phone>1</Phone></masterRecord><recordToMergeIds>{loser}</recordToMergeIds></request></merge>"
    )
    assert [(child.tag, child.text) for child in reply.result] == [
        ("id", master), ("mergedRecordIds", loser), ("success", "true"), ("updatedRelatedIds", contact),
    ]  # fmt: skip
    assert soap.rows("Account", "Name, Phone") == [{"Name": "Acme", "Phone": "1"}]
    assert [(t.verb, t.record_id, t.ok) for t in soap.org.receipt.rows] == [("update", master, True), ("delete", loser, True)]


def test_a_merge_that_fails_tells_why_and_changes_nothing(soap):
    master = soap.add("Account", Name="Acme")
    reply = soap(
        f"<merge><request><masterRecord><type>Account</type><Id>{master}</Id></masterRecord><recordToMergeIds>0015e0000009999</recordToMergeIds></request></merge>"
    )
    assert reply.saved() == [(master, "false", "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")]
    assert soap.org.receipt.applied == "no"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("<AllOrNoneHeader><allOrNone>perhaps</allOrNone></AllOrNoneHeader>", "'perhaps' is not valid for type xsd:boolean, should be '0', '1', 'true' or 'false'"),
        ("<MruHeader><updateMru></updateMru></MruHeader>", "'' is not valid for type xsd:boolean, should be '0', '1', 'true' or 'false'"),
        ("<QueryOptions><batchSize>abc</batchSize></QueryOptions>", "'abc' is not valid for the type xsd:int"),
    ],
)
def test_a_header_of_the_wrong_type_refuses_the_call(soap, header, told):
    reply = create(soap, "Acme", headers=header)
    assert (reply.status, reply.tree.findtext(".//faultcode"), reply.fault) == (500, "soapenv:Client", told)
    assert soap.rows("Account") == []


@pytest.mark.parametrize("header", ["<AllOrNoneHeader><allOrNone> 1 </allOrNone></AllOrNoneHeader>", "<AllOrNoneHeader/>", "<QueryOptions><batchSize>250</batchSize></QueryOptions>"])
def test_a_header_of_its_type_or_without_its_element_passes(soap, header):
    assert create(soap, "Acme", headers=header).saved()[0][1] == "true"


def test_a_platform_event_is_a_success_with_its_uuid_as_an_error(soap):
    soap.org = Org(seed=7, schema=org_from_tree({"sfchaos_org": 1, "objects": {"Alarm__e": {"fields": {"Text__c": {"length": 5}}}}}, "test"))
    reply = soap('<create><sObjects xmlns:x="urn:sobject.partner.soap.sforce.com"><x:type>Alarm__e</x:type><Text__c>fire</Text__c></sObjects></create>')
    (event,) = soap.org.events.after("/event/Alarm__e", 0)
    assert [row[1:] for row in reply.saved()] == [("true", "OPERATION_ENQUEUED", event.uuid)]


def test_a_version_that_no_org_has_is_the_fault_of_its_address(soap):
    soap.version = "99.0"
    reply = create(soap, "Acme")
    assert (reply.status, reply.tree.findtext(".//faultcode")) == (500, "sf:UNSUPPORTED_API_VERSION")
    assert reply.fault == "UNSUPPORTED_API_VERSION: Invalid Api version specified on URL"


def test_rows_count_as_recently_used_only_where_the_header_says_so(soap):
    create(soap, "silent")
    assert soap.org.recent.items(soap.org.integration_user_id, "") == []
    create(soap, "noticed", headers="<MruHeader><updateMru>true</updateMru></MruHeader>")
    assert [item["Name"] for item in soap.org.recent.items(soap.org.integration_user_id, "")] == ["noticed"]


def test_a_duplicate_rule_lets_pass_what_its_header_allows(soap):
    rule = DuplicateRule("Same_Name", ("Name",), on_create="allow", message="Use one of these records?")
    schema = soap.org.schema
    account = replace(schema.find("Account"), duplicate_rules=(rule,))
    soap.org = Org(seed=7, schema=schema.with_object(account))
    create(soap, "Acme")
    refused = create(soap, "Acme")
    assert refused.saved()[0][2:] == ("DUPLICATES_DETECTED", "Use one of these records?")
    error = refused.result.find("errors")
    assert (error.get("type"), error.findtext("duplicateResult/duplicateRule")) == ("DuplicateError", "Same_Name")
    assert error.findtext("duplicateResult/matchResults/matchRecords/record/type") == "Account"
    allowed = create(soap, "Acme", headers="<DuplicateRuleHeader><allowSave>true</allowSave></DuplicateRuleHeader>")
    assert allowed.saved()[0][1] == "true"
