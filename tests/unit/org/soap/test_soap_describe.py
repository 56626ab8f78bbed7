"""describeGlobal, describeSObject(s): REST's describe in the WSDL's elements and order."""

import pytest


def test_the_global_describe_lists_objects_by_name(soap):
    reply = soap("<describeGlobal/>")
    assert (reply.result.findtext("encoding"), reply.result.findtext("maxBatchSize")) == ("UTF-8", "200")
    names = [entry.findtext("name") for entry in reply.result.findall("sobjects")]
    assert names == sorted(names)
    assert {"Account", "Contact", "Invoice__c"} <= set(names)
    entry = next(e for e in reply.result.findall("sobjects") if e.findtext("name") == "Account")
    tags = [child.tag for child in entry]
    assert tags == sorted(tags)
    assert "urls" not in tags
    assert entry.findtext("keyPrefix") == "001"


def test_one_object_is_described_with_its_fields_in_the_order_of_the_wsdl(soap):
    reply = soap("<describeSObject><sObjectType>account</sObjectType></describeSObject>")
    tags = list(dict.fromkeys(child.tag for child in reply.result))
    assert tags == sorted(tags)
    assert (reply.result.findtext("name"), reply.result.findtext("urlDetail")) == ("Account", "https://acme.my.salesforce.com/{ID}")
    assert not {"urls", "listviewable", "defaultImplementation"} & set(tags)
    name = next(f for f in reply.result.findall("fields") if f.findtext("name") == "Name")
    assert [child.tag for child in name] == sorted(child.tag for child in name)
    assert (name.findtext("type"), name.findtext("soapType"), name.findtext("length"), name.findtext("nameField")) == ("string", "xsd:string", "255", "true")
    assert name.find("controllerName") is None
    rating = next(f for f in reply.result.findall("fields") if f.findtext("name") == "Rating")
    assert [entry.findtext("value") for entry in rating.findall("picklistValues")] == ["Hot", "Warm", "Cold"]
    owner = next(f for f in reply.result.findall("fields") if f.findtext("name") == "OwnerId")
    assert [to.text for to in owner.findall("referenceTo")] == ["User"]


def test_several_objects_come_in_the_order_asked_for(soap):
    reply = soap("<describeSObjects><sObjectType>Contact</sObjectType><sObjectType>Account</sObjectType></describeSObjects>")
    assert [result.findtext("name") for result in reply.results] == ["Contact", "Account"]


def test_an_unknown_object_is_a_fault(soap):
    reply = soap("<describeSObject><sObjectType>Nope</sObjectType></describeSObject>")
    assert reply.fault.startswith("INVALID_TYPE: sObject type 'Nope' is not supported.")
    assert reply.tree.find(".//InvalidSObjectFault") is not None


def test_more_than_a_hundred_objects_are_refused(soap):
    reply = soap(f"<describeSObjects>{'<sObjectType>Account</sObjectType>' * 101}</describeSObjects>")
    assert reply.fault.startswith("EXCEEDED_MAX_TYPES_LIMIT: ")


def test_a_hidden_field_is_left_out(soap):
    soap.org.world.hide_field("Account", "Phone")
    reply = soap("<describeSObject><sObjectType>Account</sObjectType></describeSObject>")
    assert "Phone" not in [f.findtext("name") for f in reply.result.findall("fields")]


@pytest.mark.parametrize("name", ["describeTabs", "describeLayout", "sendEmail", "process", "findDuplicates"])
def test_a_call_that_is_not_served_is_refused_by_name(soap, name):
    reply = soap(f"<{name}><anything/></{name}>")
    assert (reply.status, reply.fault.startswith(f"FUNCTIONALITY_NOT_ENABLED: the SOAP call '{name}' is not served here")) == (500, True)
