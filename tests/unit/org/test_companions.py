from dataclasses import replace
from pathlib import Path

import pytest

from sfchaos.org.ids import make_id
from sfchaos.org.org import Org
from sfchaos.org.schema.companions import history_name, parent_field, share_name, with_companions
from sfchaos.org.schema.library import setup_schema, standard_schema
from sfchaos.org.schema.metadata import RecordType
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.schema.reader import sobject_from

CRATE = sobject_from({"name": "Crate__c", "label": "Crate", "labelPlural": "Crates", "keyPrefix": "a11", "sharing": "Private", "fields": [
    "@owner", {"name": "Name", "nameField": True}, {"name": "Size__c", "type": "int", "trackHistory": True}]})  # fmt: skip


def made(sobject: SObject) -> dict[str, SObject]:
    return with_companions({**standard_schema().objects, sobject.name.lower(): sobject})


def names(sobject: SObject) -> list[str]:
    return [f.name for f in sobject.fields]


def test_a_custom_object_with_a_tracked_field_gets_a_history() -> None:
    history = made(CRATE)["crate__history"]
    assert names(history) == ["Id", "IsDeleted", "ParentId", "CreatedDate", "CreatedById", "Field", "DataType", "OldValue", "NewValue"]
    parent = history.find("ParentId")
    assert parent is not None
    assert (parent.reference_to, parent.relationship_name, parent.child_relationship_name, parent.cascade_delete) == (("Crate__c",), "Parent", "Histories", True)
    field = history.find("Field")
    assert field is not None
    assert {"Size__c", "created", "unlocked"} <= set(field.picklist)
    assert "Name" not in field.picklist
    assert (history.createable, history.updateable, history.deletable, history.queryable, history.key_prefix) == (False, False, False, True, "017")


@pytest.mark.parametrize(("sobject", "history", "share", "parent"), [
    ("Account", "AccountHistory", "AccountShare", "AccountId"), ("Opportunity", "OpportunityFieldHistory", "OpportunityShare", "OpportunityId"),
    ("Invoice__c", "Invoice__History", "Invoice__Share", "ParentId"),
])  # fmt: skip
def test_names_follow_the_object_but_for_opportunity(sobject: str, history: str, share: str, parent: str) -> None:
    assert (history_name(sobject), share_name(sobject), parent_field(sobject)) == (history, share, parent)


@pytest.mark.parametrize("sharing", ["Private", "Read", "ReadWrite"])
def test_a_shared_object_gets_a_share(sharing: str) -> None:
    share = made(replace(CRATE, sharing=sharing))["crate__share"]
    assert names(share) == ["Id", "IsDeleted", "ParentId", "UserOrGroupId", "AccessLevel", "RowCause", "LastModifiedDate", "LastModifiedById"]
    level, cause = share.find("AccessLevel"), share.find("RowCause")
    assert level is not None
    assert cause is not None
    assert (level.picklist, level.required, cause.default) == (("Read", "Edit", "All"), True, "Manual")
    assert (share.key_prefix, share.createable, share.updateable, share.replicateable) == ("02c", True, True, False)


@pytest.mark.parametrize("sharing", ["", "ControlledByParent"])
def test_an_object_whose_rows_follow_another_has_no_share(sharing: str) -> None:
    assert "crate__share" not in made(replace(CRATE, sharing=sharing))


def test_an_object_without_tracked_fields_has_no_history() -> None:
    assert "crate__history" not in made(CRATE.with_field(Field("Size__c", "int", custom=True)))


def test_an_account_share_speaks_of_what_is_below_the_account() -> None:
    share = standard_schema().objects["accountshare"]
    assert [f.name for f in share.fields if f.name.endswith("AccessLevel")] == [
        "AccountAccessLevel", "OpportunityAccessLevel", "CaseAccessLevel", "ContactAccessLevel",
    ]  # fmt: skip
    assert [f.name for f in share.fields if f.required] == ["AccountId", "UserOrGroupId", "AccountAccessLevel", "OpportunityAccessLevel", "CaseAccessLevel"]


def test_record_types_bring_their_field_and_only_they_do() -> None:
    assert CRATE.find("RecordTypeId") is None
    typed = made(replace(CRATE, record_types=(RecordType("Wood"),)))["crate__c"]
    assert names(typed)[:5] == ["Id", "IsDeleted", "OwnerId", "Name", "RecordTypeId"]
    assert standard_schema().objects["account"].find("RecordTypeId") is None


def test_twice_is_once() -> None:
    once = made(replace(CRATE, record_types=(RecordType("Wood"),)))
    assert with_companions(once) == once


def test_standard_histories_and_shares_are_there() -> None:
    found = standard_schema().objects
    assert [name for name in ("accounthistory", "contacthistory", "leadhistory", "opportunityfieldhistory", "casehistory") if name not in found] == []
    prefixes = {name: found[name].key_prefix for name in ("accountshare", "contactshare", "opportunityshare", "leadshare", "caseshare", "campaignshare")}
    assert prefixes == {"accountshare": "00r", "contactshare": "03s", "opportunityshare": "00t", "leadshare": "01o", "caseshare": "01n", "campaignshare": "08s"}


def test_a_schema_that_extends_nothing_points_at_nothing_that_is_not_there() -> None:
    schema = setup_schema()
    missing = [(o.name, f.name, target) for o in schema for f in o.fields for target in f.reference_to if schema.find(target) is None]
    assert missing == []
    assert schema.find("Account") is None
    user = schema.find("User")
    assert user is not None
    assert user.find("ContactId") is None
    assert user.find("UserRoleId") is not None


def test_an_org_from_a_file_counts_a_shared_prefix_from_the_highest(tmp_path: Path) -> None:
    path = tmp_path / "org.sqlite"
    org = Org(seed=7, store_path=path)
    for name, count in (("AccountHistory", 3), ("LeadHistory", 1)):
        for _ in range(count):
            org.store.run(f'INSERT INTO "{name}" (Id) VALUES (?)', (org.new_id("017"),))
    highest = org.registers.counters["id:017"]
    org.store.run('DELETE FROM "LeadHistory"')
    org.store.run('INSERT INTO "LeadHistory" (Id) VALUES (?)', (make_id("017", 1),))
    org.store.run('DELETE FROM "AccountHistory" WHERE Id = ?', (make_id("017", 1),))
    org.store.close()
    assert Org(seed=7, store_path=path).registers.counters["id:017"] == highest - 1
