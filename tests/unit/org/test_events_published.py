"""Platform events: published by creating them, kept for three days, gone with what is undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfchaos.core.errors import BadFile
from sfchaos.org.org import Org
from sfchaos.org.schema.load import load_org, org_from_tree


def org_of(**tree):
    return Org(seed=7, schema=org_from_tree({"sfchaos_org": 1, **tree}, "test"))


def events_of(org, topic="/event/Order__e"):
    return [event.payload for event in org.events.after(topic, 0)]


def test_a_publish_answers_with_the_events_uuid(caller, org):
    reply = caller("POST", "/sobjects/Order__e", {"Order_Number__c": "7", "Amount__c": 2})
    assert reply.status == 201
    (event,) = org.events.after("/event/Order__e", 0)
    assert caller.json["errors"] == [{"statusCode": "OPERATION_ENQUEUED", "message": event.uuid, "fields": []}]
    assert event.payload == {"CreatedDate": "2026-01-15T09:00:00.000Z", "CreatedById": org.integration_user_id, "Order_Number__c": "7",
                             "Amount__c": 2.0, "Status__c": None, "Shipped__c": False}  # fmt: skip


def test_a_field_that_the_event_lacks_is_refused(caller, org):
    assert caller("POST", "/sobjects/Order__e", {"Nothing__c": "7"}).status == 400
    assert caller.json[0]["errorCode"] == "INVALID_FIELD"
    assert events_of(org) == []


def test_events_cannot_be_queried_changed_or_deleted(caller, org):
    event = caller.create("Order__e", Order_Number__c="7")
    assert caller("GET", "/query?q=SELECT+Order_Number__c+FROM+Order__e").status == 400
    assert caller("PATCH", f"/sobjects/Order__e/{event}", {"Order_Number__c": "8"}).status == 400
    assert caller("DELETE", f"/sobjects/Order__e/{event}").status == 400
    assert org.admin.count("Order__e") == 0


def test_all_or_none_takes_back_events_that_are_published_after_commit(caller, org):
    records = [{"attributes": {"type": "Order__e"}, "Order_Number__c": "1"}, {"attributes": {"type": "Order__e"}, "Order_Number__c": "x" * 41}]
    caller("POST", "/composite/sobjects", {"allOrNone": True, "records": records})
    assert [item["success"] for item in caller.json] == [False, False]
    assert events_of(org) == []
    caller("POST", "/composite/sobjects", {"allOrNone": False, "records": records})
    assert [item["success"] for item in caller.json] == [True, False]
    assert [payload["Order_Number__c"] for payload in events_of(org)] == ["1"]


def test_an_event_that_is_published_immediately_stays_when_its_request_is_undone():
    org = org_of(objects={"Alarm__e": {"publishBehavior": "PublishImmediately", "fields": {"Text__c": {"length": 5}}}})

    def undone():
        with org.store.unit():
            org.dml.write("create", "Alarm__e", [{"Text__c": "now"}], user_id=org.integration_user_id)
            org.dml.write("create", "Order__e", [{"Order_Number__c": "7"}], user_id=org.integration_user_id)
            raise KeyError("undone")

    with pytest.raises(KeyError):
        undone()
    assert [payload["Text__c"] for payload in events_of(org, "/event/Alarm__e")] == ["now"]
    assert events_of(org) == []


def test_the_hours_events_are_counted_and_run_out(caller, org):
    org.limits.configure({"HourlyPublishedPlatformEvents": 1})
    assert caller("POST", "/sobjects/Order__e", {"Order_Number__c": "1"}).status == 201
    assert caller("POST", "/sobjects/Order__e", {"Order_Number__c": "2"}).status == 400
    assert caller.json[0]["errorCode"] == "LIMIT_EXCEEDED"
    caller("GET", "/limits")
    assert caller.json["HourlyPublishedPlatformEvents"] == {"Max": 1, "Remaining": 0}


def test_describe_shows_the_event_and_no_id(caller):
    caller("GET", "/sobjects/Order__e/describe")
    assert [field["name"] for field in caller.json["fields"]][:4] == ["ReplayId", "EventUuid", "CreatedDate", "CreatedById"]
    assert (caller.json["createable"], caller.json["queryable"], caller.json["keyPrefix"]) == (True, False, "e00")


def test_the_schema_of_an_event_is_found_by_object_and_by_id(caller, org):
    caller.create("Order__e", Order_Number__c="7")
    (event,) = org.events.after("/event/Order__e", 0)
    caller("GET", "/sobjects/Order__e/eventSchema")
    by_object = caller.json
    caller("GET", f"/event/eventSchema/{event.schema_id}")
    assert caller.json == by_object
    assert caller("GET", "/event/eventSchema/nothing").status == 404
    assert caller("GET", "/sobjects/Account/eventSchema").status == 404


def test_replay_ids_increase_and_a_reset_begins_them_anew(org):
    first = [org.events.publish("/event/Order__e", {"n": n}, user_id="").replay_id for n in range(40)]
    assert first == sorted(set(first))
    assert first != list(range(first[0], first[0] + 40))  # now and then one is left out
    before = org.digest()
    org.reset()
    assert org.digest() != before
    assert org.events.after("/event/Order__e", 0) == []
    assert [org.events.publish("/event/Order__e", {"n": n}, user_id="").replay_id for n in range(40)] == first


def test_events_are_kept_for_seventy_two_hours(org):
    old = org.events.publish("/event/Order__e", {}, user_id="").replay_id
    org.clock.advance(71 * 3600)
    assert org.events.is_valid("/event/Order__e", old)
    org.clock.advance(3601)
    assert org.events.after("/event/Order__e", 0) == []
    assert not org.events.is_valid("/event/Order__e", old)
    org.events.publish("/event/Order__e", {}, user_id="")
    assert old not in org.registers.events
    assert not org.events.is_valid("/event/Order__e", old)


def test_an_event_of_more_than_a_megabyte_is_refused(org):
    from sfchaos.org.refusals import Refused

    with pytest.raises(Refused, match="1000000 bytes"):
        org.events.publish("/event/Order__e", {"text": "x" * 1_000_000}, user_id="")


def test_an_org_file_says_what_an_event_is_like():
    org = org_of(objects={"Shipment__e": {"label": "Shipment", "fields": {"Weight__c": {"type": "double"}}}})
    found = org.schema.find("Shipment__e")
    assert found is not None
    assert (found.event, found.publish, found.key_prefix[0]) == ("HighVolume", "PublishAfterCommit", "e")
    with pytest.raises(BadFile, match="publishBehavior"):
        org_of(objects={"Shipment__e": {"publishBehavior": "PublishNever"}})


def test_a_source_tree_brings_events_and_what_is_captured(tmp_path: Path):
    objects = tmp_path / "force-app" / "main" / "default" / "objects" / "Alarm__e"
    (objects / "fields").mkdir(parents=True)
    (tmp_path / "sfdx-project.json").write_text('{"packageDirectories": [{"path": "force-app", "default": true}]}')
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    space = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
    (objects / "Alarm__e.object-meta.xml").write_text(
        f"{head}<CustomObject {space}><deploymentStatus>Deployed</deploymentStatus><eventType>HighVolume</eventType><label>Alarm</label>"
        "<pluralLabel>Alarms</pluralLabel><publishBehavior>PublishImmediately</publishBehavior></CustomObject>")  # fmt: skip
    (objects / "fields" / "Text__c.field-meta.xml").write_text(
        f"{head}<CustomField {space}><fullName>Text__c</fullName><label>Text</label><length>20</length><type>Text</type></CustomField>")
    members = tmp_path / "force-app" / "main" / "default" / "platformEventChannelMembers"
    members.mkdir()
    (members / "ChangeEvents_AccountChangeEvent.platformEventChannelMember-meta.xml").write_text(
        f"{head}<PlatformEventChannelMember {space}><eventChannel>ChangeEvents</eventChannel><selectedEntity>AccountChangeEvent</selectedEntity>"
        "</PlatformEventChannelMember>")  # fmt: skip
    model = load_org(tmp_path)
    assert model.event_members == (("ChangeEvents", "AccountChangeEvent"),)
    org = Org(seed=7, schema=model)
    found = org.schema.find("Alarm__e")
    assert found is not None
    assert (found.event, found.publish) == ("HighVolume", "PublishImmediately")
    org.admin.create("Account", Name="Acme")
    assert [payload["Name"] for payload in events_of(org, "/data/AccountChangeEvent")] == ["Acme"]
