"""query, queryAll, queryMore, search, retrieve, getUpdated, getDeleted: results as recorded."""

import base64
import re

import pytest

from sfchaos.core.clock import iso_utc


def query(soap, statement, *, call="query", headers=""):
    return soap(f"<{call}><queryString>{statement}</queryString></{call}>", headers=headers)


def body_of(reply):
    return re.search(r"<soapenv:Body>(.*)</soapenv:Body>", reply.body)[1]


def test_a_partner_record_has_its_id_twice_when_selected(soap):
    record_id = soap.add("Account", Name="Krech & Co", Phone=None)
    assert body_of(query(soap, "SELECT Id, Name, Phone FROM Account")) == (
        '<queryResponse><result xsi:type="QueryResult"><done>true</done><queryLocator xsi:nil="true"/><records xsi:type="sf:sObject"><sf:type>Account</sf:type>'
        f'<sf:Id>{record_id}</sf:Id><sf:Id>{record_id}</sf:Id><sf:Name>Krech &amp; Co</sf:Name><sf:Phone xsi:nil="true"/></records><size>1</size></result></queryResponse>'
    )


def test_a_parent_is_a_record_inside_whose_id_is_nil_unless_selected(soap):
    account = soap.add("Account", Name="Unknown")
    soap.add("Contact", LastName="Administrator", AccountId=account)
    assert body_of(query(soap, "SELECT Account.Name, FirstName, LastName FROM Contact", call="queryAll")) == (
        '<queryAllResponse><result xsi:type="QueryResult"><done>true</done><queryLocator xsi:nil="true"/><records xsi:type="sf:sObject"><sf:type>Contact</sf:type>'
        '<sf:Id xsi:nil="true"/><sf:Account xsi:type="sf:sObject"><sf:type>Account</sf:type><sf:Id xsi:nil="true"/><sf:Name>Unknown</sf:Name></sf:Account>'
        '<sf:FirstName xsi:nil="true"/><sf:LastName>Administrator</sf:LastName></records><size>1</size></result></queryAllResponse>'
    )


def test_an_enterprise_record_names_its_type_and_leaves_out_what_is_null(enterprise):
    account = enterprise.add("Account", Name="Unknown")
    enterprise.add("Contact", LastName="Administrator", AccountId=account)
    assert body_of(query(enterprise, "SELECT Account.Name, FirstName, LastName FROM Contact", call="queryAll")) == (
        '<queryAllResponse><result><done>true</done><queryLocator xsi:nil="true"/><records xsi:type="sf:Contact"><sf:Account xsi:type="sf:Account">'
        "<sf:Name>Unknown</sf:Name></sf:Account><sf:LastName>Administrator</sf:LastName></records><size>1</size></result></queryAllResponse>"
    )


def test_a_null_parent_is_nil(soap):
    soap.add("Contact", LastName="Fox")
    assert '<sf:Account xsi:nil="true"/>' in query(soap, "SELECT Account.Name FROM Contact").body


def test_children_are_a_query_result_inside_and_nil_without_any(soap):
    account = soap.add("Account", Name="Acme")
    soap.add("Account", Name="Lonely")
    for name in ("Fox", "Ox"):
        soap.add("Contact", LastName=name, AccountId=account)
    body = query(soap, "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account ORDER BY Name").body
    record = '<records xsi:type="sf:sObject"><sf:type>Contact</sf:type><sf:Id xsi:nil="true"/><sf:LastName>{}</sf:LastName></records>'
    assert (
        f'<sf:Contacts xsi:type="QueryResult"><done>true</done><queryLocator xsi:nil="true"/>{record.format("Fox")}{record.format("Ox")}<size>2</size></sf:Contacts>' in body
    )
    assert '<sf:Name>Lonely</sf:Name><sf:Contacts xsi:nil="true"/>' in body


def test_values_of_an_aggregate_name_their_types(soap):
    soap.add("Account", Name="Acme", Rating="Hot")
    body = query(soap, "SELECT Rating, COUNT(Id) FROM Account GROUP BY Rating").body
    assert (
        '<records xsi:type="sf:sObject"><sf:type>AggregateResult</sf:type><sf:Id xsi:nil="true"/><sf:Rating xsi:type="xsd:string">Hot</sf:Rating>'
        '<sf:expr0 xsi:type="xsd:int">1</sf:expr0></records>' in body
    )
    assert 'xmlns:xsd="http://www.w3.org/2001/XMLSchema"' in body


def test_the_enterprise_aggregate_has_its_own_type(enterprise):
    enterprise.add("Account", Name="Acme")
    assert '<records xsi:type="sf:AggregateResult"><sf:expr0 xsi:type="xsd:int">1</sf:expr0></records>' in query(enterprise, "SELECT COUNT(Id) FROM Account").body


def test_a_count_has_a_size_and_no_records(soap):
    for name in "abc":
        soap.add("Account", Name=name)
    reply = query(soap, "SELECT COUNT() FROM Account")
    assert [child.tag for child in reply.result] == ["done", "queryLocator", "size"]
    assert reply.result.findtext("size") == "3"


def test_no_rows_are_no_records(soap):
    assert [child.tag for child in query(soap, "SELECT Id FROM Account").result] == ["done", "queryLocator", "size"]


def test_values_look_as_xml_schema_wants_them(soap):
    soap.add("Opportunity", Name="Deal", StageName="Prospecting", CloseDate="2026-05-01", Amount=12)
    body = query(soap, "SELECT CloseDate, Amount, IsClosed, CreatedDate FROM Opportunity").body
    assert "<sf:CloseDate>2026-05-01</sf:CloseDate><sf:Amount>12.0</sf:Amount><sf:IsClosed>false</sf:IsClosed>" in body
    assert f"<sf:CreatedDate>{iso_utc(soap.org.now_s())[:19]}.000Z</sf:CreatedDate>" in body


def test_an_address_is_its_parts(soap):
    soap.add("Account", Name="Acme", BillingCity="Ulm", BillingCountry="DE")
    address = query(soap, "SELECT BillingAddress FROM Account").tree.find(".//BillingAddress")
    assert address.get("type") == "address"
    assert (address.findtext("city"), address.findtext("country"), address.find("street").get("nil")) == ("Ulm", "DE", "true")


def test_a_file_comes_as_base64(soap):
    account = soap.add("Account", Name="Acme")
    body = base64.b64encode(b"\0\1 hello").decode()
    made = soap(f"<create><sObjects><type>Attachment</type><Name>a.bin</Name><ParentId>{account}</ParentId><Body>{body}</Body></sObjects></create>")
    assert made.saved()[0][1] == "true"
    assert query(soap, "SELECT Body FROM Attachment").texts("Body")[-1] == body


def test_deleted_rows_are_shown_by_query_all_alone(soap):
    record_id = soap.add("Account", Name="gone")
    soap(f"<delete><ids>{record_id}</ids></delete>")
    assert query(soap, "SELECT Id FROM Account").result.findtext("size") == "0"
    assert query(soap, "SELECT Id FROM Account", call="queryAll").result.findtext("size") == "1"


@pytest.fixture
def many(soap):
    rows = [{"Name": f"{n:03}"} for n in range(450)]
    assert all(result.ok for result in soap.org.dml.write("create", "Account", rows, user_id=soap.org.admin_user_id))
    return soap


def test_pages_follow_the_locator_until_done_and_can_be_read_again(many):
    small = "<QueryOptions><batchSize>200</batchSize></QueryOptions>"
    first = query(many, "SELECT Name FROM Account ORDER BY Name", headers=small)
    assert (first.result.findtext("done"), first.result.findtext("size"), len(first.texts("Name"))) == ("false", "450", 200)
    locator = first.result.findtext("queryLocator")
    assert re.fullmatch(r"0r8\w{15}-200", locator)
    more = f"<queryMore><queryLocator>{locator}</queryLocator></queryMore>"
    second, again = many(more), many(more)
    assert second.texts("Name") == again.texts("Name") == [f"{n:03}" for n in range(200, 400)]
    assert second.result.findtext("size") == "450"
    last = many(f"<queryMore><queryLocator>{second.result.findtext('queryLocator')}</queryLocator></queryMore>")
    assert (last.result.findtext("done"), last.result.find("queryLocator").get("nil"), len(last.texts("Name"))) == ("true", "true", 50)


def test_older_versions_name_their_locators_otherwise(many):
    many.version = "50.0"
    small = "<QueryOptions><batchSize>200</batchSize></QueryOptions>"
    assert query(many, "SELECT Name FROM Account", headers=small).result.findtext("queryLocator").startswith("01g")


@pytest.mark.parametrize(("wish", "rows"), [("1", 200), ("300", 300), ("5000", 450), ("-1", 450)])
def test_a_page_has_as_many_rows_as_are_wished_within_its_bounds(many, wish, rows):
    header = f"<QueryOptions><batchSize>{wish}</batchSize></QueryOptions>"
    assert len(query(many, "SELECT Name FROM Account", headers=header).texts("Name")) == rows


def test_a_page_has_five_hundred_rows_where_nobody_says_anything(many):
    many.org.dml.write("create", "Account", [{"Name": f"more {n}"} for n in range(100)], user_id=many.org.admin_user_id)
    assert len(query(many, "SELECT Name FROM Account").texts("Name")) == 500


@pytest.mark.parametrize("locator", ["", "01g5e0000000001AAA-200", "nonsense", "0r85e0000000001AAA-99999"])
def test_a_bad_locator_is_a_fault_of_its_own_kind(soap, locator):
    reply = soap(f"<queryMore><queryLocator>{locator}</queryLocator></queryMore>")
    assert (reply.status, reply.fault) == (500, "INVALID_QUERY_LOCATOR: invalid query locator")
    assert reply.tree.find(".//InvalidQueryLocatorFault") is not None


def test_a_child_set_that_is_cut_has_a_locator_of_its_own(soap):
    account = soap.add("Account", Name="Acme")
    soap.org.dml.write("create", "Contact", [{"LastName": f"{n:03}", "AccountId": account} for n in range(600)], user_id=soap.org.admin_user_id)
    first = query(soap, "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account")
    contacts = first.tree.find(".//Contacts")
    assert (contacts.findtext("done"), contacts.findtext("size"), len(contacts.findall("records"))) == ("false", "600", 499)
    more = soap(f"<queryMore><queryLocator>{contacts.findtext('queryLocator')}</queryLocator></queryMore>")
    assert more.texts("LastName") == [f"{n:03}" for n in range(499, 600)]


@pytest.mark.parametrize(
    ("statement", "kind", "place", "message"),
    [
        ("SELECT adfId FROM Contact", "InvalidFieldFault", ("1", "8"), "No such column 'adfId' on entity 'Contact'"),
        ("SELECT Id FROM Nope", "InvalidSObjectFault", ("1", "16"), "sObject type 'Nope' is not supported"),
        ("SELECT FROM Contact", "MalformedQueryFault", ("1", "8"), "unexpected token"),
    ],
)
def test_a_bad_statement_is_a_fault_that_tells_the_place(soap, statement, kind, place, message):
    reply = query(soap, statement)
    detail = reply.tree.find(f".//{kind}")
    assert reply.status == 500
    assert detail.get("type") == f"sf:{kind}"
    assert (detail.findtext("row"), detail.findtext("column")) == place
    assert reply.fault == f"{detail.findtext('exceptionCode')}: {detail.findtext('exceptionMessage')}"
    assert message in reply.fault
    assert f"ERROR at Row:{place[0]}:Column:{place[1]}" in reply.fault


def test_hidden_fields_and_objects_are_not_there(soap):
    soap.add("Account", Name="Acme", Phone="1")
    soap.org.world.hide_field("Account", "Phone")
    assert query(soap, "SELECT Phone FROM Account").fault.startswith("INVALID_FIELD: ")
    assert soap("<retrieve><fieldList>Phone</fieldList><sObjectType>Account</sObjectType><ids>0015e0000000001</ids></retrieve>").fault.startswith("INVALID_FIELD: No such")


def test_retrieve_answers_in_the_order_of_the_ids_and_nil_for_what_is_not_there(soap):
    one, two = soap.add("Account", Name="one"), soap.add("Account", Name="two")
    reply = soap(f"<retrieve><fieldList>Name, Id</fieldList><sObjectType>Account</sObjectType><ids>{two[:15]}</ids><ids>0015e0000009999</ids><ids>{one}</ids></retrieve>")
    assert [result.findtext("Name") for result in reply.results] == ["two", None, "one"]
    assert reply.results[1].get("nil") == "true"
    assert reply.results[0].get("type") == "sf:sObject"
    assert [(sobject, ids) for sobject, _, ids in soap.org.receipt.read] == [("Account", (one, two))]


def test_retrieve_takes_two_thousand_ids(soap):
    record_id = soap.add("Account", Name="one")
    body = "<retrieve><fieldList>Name</fieldList><sObjectType>Account</sObjectType>{}</retrieve>"
    assert len(soap(body.format(f"<ids>{record_id}</ids>" * 2000)).texts("Name")) == 2000
    assert soap(body.format(f"<ids>{record_id}</ids>" * 2001)).fault.startswith("EXCEEDED_ID_LIMIT: ")


@pytest.mark.parametrize(
    ("fields", "sobject", "fault"),
    [
        ("Nope", "Account", "INVALID_FIELD: No such column 'Nope' on entity 'Account'. If you are attempting to use a custom field"),
        ("Name", "Nope", "INVALID_TYPE: sObject type 'Nope' is not supported."),
        ("", "Account", "MISSING_ARGUMENT: fieldList not specified"),
        ("Id FROM Contact WHERE Name", "Account", "INVALID_FIELD: No such column 'Id FROM Contact WHERE Name' on entity"),
    ],
)
def test_a_retrieve_that_cannot_be_is_a_fault(soap, fields, sobject, fault):
    reply = soap(f"<retrieve><fieldList>{fields}</fieldList><sObjectType>{sobject}</sObjectType><ids>0015e0000000001</ids></retrieve>")
    assert reply.fault.startswith(fault)


def test_search_finds_records_of_several_types(soap):
    account = soap.add("Account", Name="Zanzibar Ltd")
    soap.add("Contact", LastName="Zanzibar")
    reply = soap("<search><searchString>FIND {zanzibar} RETURNING Account(Id, Name), Contact(LastName)</searchString></search>")
    records = reply.tree.findall(".//searchRecords/record")
    assert [record.findtext("type") for record in records] == ["Account", "Contact"]
    assert (records[0].findtext("Id"), records[1].findtext("LastName")) == (account, "Zanzibar")


def test_a_bad_search_is_a_fault_of_its_own_kind(soap):
    reply = soap("<search><searchString>FIND nothing</searchString></search>")
    assert reply.tree.find(".//MalformedSearchFault/exceptionCode").text == "MALFORMED_SEARCH"


def test_changes_and_deletions_of_a_span(soap):
    kept, gone = soap.add("Account", Name="kept"), soap.add("Account", Name="gone")
    soap(f"<delete><ids>{gone}</ids></delete>")
    now_s = soap.org.now_s()
    soap.org.clock.advance(3600)
    span = f"<sObjectType>Account</sObjectType><startDate>{iso_utc(now_s - 600)}</startDate><endDate>{iso_utc(now_s + 600)[:-1]}</endDate>"
    updated = soap(f"<getUpdated>{span}</getUpdated>")
    assert [(child.tag, child.text) for child in updated.result] == [("ids", kept), ("latestDateCovered", "2026-01-15T09:10:00.000Z")]
    deleted = soap(f"<getDeleted>{span}</getDeleted>")
    assert [child.tag for child in deleted.result] == ["deletedRecords", "earliestDateAvailable", "latestDateCovered"]
    assert [(child.tag, child.text) for child in deleted.result[0]] == [("deletedDate", "2026-01-15T09:00:00.000Z"), ("id", gone)]


def test_a_span_without_dates_is_a_fault(soap):
    reply = soap("<getUpdated><sObjectType>Account</sObjectType><startDate>x</startDate><endDate>y</endDate></getUpdated>")
    assert reply.fault == "INVALID_REPLICATION_DATE: startDate is not a date and time: x"


def test_rows_about_the_schema_are_answered_too(soap):
    reply = query(soap, "SELECT Id, QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Account'")
    assert (reply.texts("QualifiedApiName"), set(reply.texts("records/Id"))) == (["Account"], {"000000000000000AAA"})
