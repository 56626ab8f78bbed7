"""Dml.write: order of checks, results, receipts, allOrNone, the recycle bin."""

import pytest

from sfchaos.core.gate import Receipt, Refusal, RowTouch
from sfchaos.org.call import Call
from sfchaos.org.refusals import Refused


def write(org, verb, sobject, rows, **how):
    return org.dml.write(verb, sobject, rows, user_id=org.integration_user_id, **how)


def codes(results):
    return [result.refusals[0].code if result.refusals else "ok" for result in results]


class Watcher:
    """A gate that refuses the rows it is told to, and remembers all it was asked about."""

    def __init__(self, *positions, code="CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"):
        self.positions, self.code, self.events = positions, code, []

    def row(self, event):
        self.events.append(event)
        return Refusal(self.code, "a trigger failed") if event.position in self.positions else None

    def job(self, event):
        return None


def test_each_row_has_its_own_result(org):
    results = write(org, "create", "Account", [{"Name": "A"}, {"Industry": "Energy"}, {"Name": "C"}])
    assert [(r.ok, r.id, r.created) for r in results] == [(True, "0015e0000000001AAA", True), (False, "", False), (True, "0015e0000000002AAA", True)]
    assert results[1].refusals[0] == Refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ("Name",), None, {"dml": True})
    assert [row["Name"] for row in org.admin.rows("Account")] == ["A", "C"]


def test_all_missing_fields_are_named_at_once(org):
    result = write(org, "create", "Opportunity", [{"Amount": 5}])[0]
    assert result.refusals[0].fields == ("Name", "StageName", "CloseDate")


def test_all_or_none_rolls_back_the_good_rows_and_keeps_the_reason(org):
    before = org.digest()
    results = write(org, "create", "Account", [{"Name": "A"}, {"Name": "A" * 256}, {"Name": "C"}], all_or_none=True)
    assert codes(results) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "STRING_TOO_LONG", "ALL_OR_NONE_OPERATION_ROLLED_BACK"]
    assert [r.id for r in results] == ["", "", ""]
    assert org.admin.count("Account") == 0
    org.reset()
    assert org.digest() == before


def test_all_or_none_of_good_rows_keeps_them(org):
    assert codes(write(org, "create", "Account", [{"Name": "A"}, {"Name": "B"}], all_or_none=True)) == ["ok", "ok"]
    assert org.admin.count("Account") == 2


def test_all_or_none_covers_all_runs(org):
    runs = [("Account", [{"Name": "A"}]), ("Contact", [{"FirstName": "nobody"}])]
    results = org.dml.write_runs("create", runs, user_id=org.integration_user_id, all_or_none=True)
    assert codes(results) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert org.admin.count("Account") == 0


def test_checks_come_in_salesforce_order(org):
    write(org, "create", "Account", [{"Name": "first", "External_Id__c": "A-1"}])
    org.world.add_validation("Account", "", "no", org.now_s() + 60)
    org.gate = Watcher(1)
    row = {"CreatedDate": "2020-01-01", "Rating": "x" * 300, "External_Id__c": "a-1", "ParentId": "0015e00000ZZZZZ"}
    seen = []
    for repair in ({}, {"CreatedDate": None}, {"Rating": "Hot"}, {"Name": "A"}, {"ParentId": None}, {"External_Id__c": "A-2"}):
        row = {name: value for name, value in {**row, **repair}.items() if value is not None}
        seen += codes(write(org, "create", "Account", [row]))
    org.registers.validations.clear()
    seen += codes(write(org, "create", "Account", [row]))
    assert seen == ["INVALID_FIELD_FOR_INSERT_UPDATE", "STRING_TOO_LONG", "REQUIRED_FIELD_MISSING", "INVALID_CROSS_REFERENCE_KEY", "DUPLICATE_VALUE",
                    "FIELD_CUSTOM_VALIDATION_EXCEPTION", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"]  # fmt: skip


def test_fields_nobody_may_set_are_named_together(org):
    refusal = write(org, "create", "Contact", [{"LastName": "x", "Name": "x", "createddate": "2020-01-01"}])[0].refusals[0]
    assert refusal.fields == ("Name", "CreatedDate")
    assert refusal.message.startswith("Unable to create/update fields: Name, CreatedDate. Please check the security settings")


def test_an_id_has_no_place_in_a_create(org):
    refusal = write(org, "create", "Account", [{"Name": "x", "Id": "0015e0000000009AAA"}])[0].refusals[0]
    assert (refusal.code, refusal.fields) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ("Id",))


def test_a_unique_value_is_one_rows_alone_whatever_its_case(org):
    first = write(org, "create", "Account", [{"Name": "A", "External_Id__c": "A-1"}])[0].id
    results = write(org, "create", "Account", [{"Name": "B", "External_Id__c": "a-1"}, {"Name": "C", "External_Id__c": "A-2"}])
    assert results[0].refusals[0] == Refusal(
        "DUPLICATE_VALUE", f"duplicate value found: External_Id__c duplicates value on record with id: {first[:15]}", (), None, {"dml": True})  # fmt: skip
    second = results[1].id
    assert codes(write(org, "update", "Account", [{"Id": second, "External_Id__c": "A-1"}, {"Id": first, "External_Id__c": "A-1"}])) == ["DUPLICATE_VALUE", "ok"]


def test_the_unique_value_of_a_deleted_row_is_free_again(org):
    first = write(org, "create", "Account", [{"Name": "A", "External_Id__c": "A-1"}])[0].id
    write(org, "delete", "Account", [{"Id": first}])
    assert codes(write(org, "create", "Account", [{"Name": "B", "External_Id__c": "A-1"}])) == ["ok"]


def test_parents_must_be_there_and_of_the_right_type(org):
    account, gone = (r.id for r in write(org, "create", "Account", [{"Name": "A"}, {"Name": "B"}]))
    write(org, "delete", "Account", [{"Id": gone}])
    rows = [{"LastName": "x", "AccountId": parent} for parent in (account[:15], gone, "0015e00000ZZZZZ", org.admin_user_id, "zzz5e00000ZZZZZ")]
    results = write(org, "create", "Contact", rows)
    assert codes(results) == ["ok", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "FIELD_INTEGRITY_EXCEPTION", "INVALID_CROSS_REFERENCE_KEY"]
    assert org.admin.rows("Contact")[0]["AccountId"] == account


def test_the_same_id_twice_is_refused_the_second_time(org):
    record = write(org, "create", "Account", [{"Name": "A"}])[0].id
    results = write(org, "update", "Account", [{"Id": record, "Name": "B"}, {"id": record[:15], "Name": "C"}])
    assert codes(results) == ["ok", "DUPLICATE_VALUE"]
    assert results[1].refusals[0].message == f"duplicate id specified: {record}"
    assert org.admin.rows("Account")[0]["Name"] == "B"


def test_the_same_id_in_another_chunk_of_200_is_taken(org):
    records = [r.id for r in write(org, "create", "Account", [{"Name": str(n)} for n in range(200)])]
    results = write(org, "update", "Account", [{"Id": record, "Name": "x"} for record in [*records, records[0]]])
    assert codes(results) == ["ok"] * 201


def test_an_upsert_by_key_creates_and_updates(org):
    first = write(org, "upsert", "Account", [{"External_Id__c": "A-1", "Name": "A"}], key_field="External_Id__c")[0]
    results = write(org, "upsert", "Account", [{"external_id__c": "a-1", "Name": "B"}, {"External_Id__c": "A-2", "Name": "C"}], key_field="external_id__C")
    assert [(r.id == first.id, r.created, r.key) for r in results] == [(True, False, "a-1"), (False, True, "A-2")]
    assert [(row["Name"], row["External_Id__c"]) for row in org.admin.rows("Account")] == [("B", "A-1"), ("C", "A-2")]


def test_upserts_that_cannot_find_their_row_say_why(org):
    write(org, "create", "Account", [{"Name": name, "Legacy_Id__c": "L-1"} for name in ("A", "B")])
    rows = [{"Name": "x"}, {"Legacy_Id__c": "l-1", "Name": "x"}, {"Legacy_Id__c": "L-2", "Name": "x"}, {"Legacy_Id__c": "l-2", "Name": "y"}]
    assert codes(write(org, "upsert", "Account", rows, key_field="Legacy_Id__c")) == ["MISSING_ARGUMENT", "DUPLICATE_EXTERNAL_ID", "ok", "DUPLICATE_VALUE"]
    with pytest.raises(Refused, match="Provided external ID field does not exist or is not accessible: Industry"):
        write(org, "upsert", "Account", [{"Industry": "x"}], key_field="Industry")


def test_cells_of_a_csv_leave_alone_null_and_refuse_their_row(org):
    record = write(org, "create", "Account", [{"Name": "A", "Industry": "Energy", "Phone": "1"}])[0].id
    rows = [{"Id": record, "Industry": "#N/A", "Phone": "", "NumberOfEmployees": "12"}]
    assert codes(write(org, "update", "Account", rows, form="csv")) == ["ok"]
    row = org.admin.rows("Account")[0]
    assert (row["Industry"], row["Phone"], row["NumberOfEmployees"]) == (None, "1", 12)
    bad = write(org, "create", "Account", [{"Name": "B", "NumberOfEmployees": "abc"}], form="csv")[0].refusals[0]
    assert (bad.code, bad.message, bad.fields) == ("INVALID_TYPE_ON_FIELD_IN_RECORD", "Employees: value not of required type: abc", ("NumberOfEmployees",))


def test_a_csv_column_may_name_a_parent_by_its_key(org):
    account = write(org, "create", "Account", [{"Name": "A", "External_Id__c": "A-1"}])[0].id
    rows = [{"LastName": str(n), "Account.External_Id__c": value} for n, value in enumerate(("a-1", "", "#N/A", "A-9"))]
    assert codes(write(org, "create", "Contact", rows, form="csv")) == ["ok", "ok", "ok", "INVALID_FIELD"]
    assert [row["AccountId"] for row in org.admin.rows("Contact")] == [account, None, None]


def test_json_of_the_wrong_type_refuses_the_whole_request(org):
    with pytest.raises(Refused, match="Cannot deserialize instance of int from VALUE_STRING value abc"):
        write(org, "create", "Account", [{"Name": "A", "NumberOfEmployees": "abc"}])


def test_deleting_takes_children_that_belong_and_cuts_the_others_loose(org):
    account = write(org, "create", "Account", [{"Name": "A"}])[0].id
    contact = write(org, "create", "Contact", [{"LastName": "x", "AccountId": account}])[0].id
    cascades = {f.name: f.cascade_delete for o, f in org.schema.children["account"] if o.name == "Contact"}
    child = write(org, "create", "Account", [{"Name": "child", "ParentId": account}])[0].id
    org.clock.advance(5)
    assert codes(write(org, "delete", "Account", [{"Id": account}])) == ["ok"]
    assert org.admin.rows("Account") == [row for row in org.admin.rows("Account") if row["Id"] == child and row["ParentId"] is None]
    assert org.admin.count("Contact") == (0 if cascades["AccountId"] else 1)
    assert codes(write(org, "undelete", "Account", [{"Id": account}])) == ["ok"]
    assert [row["Id"] for row in org.admin.rows("Contact")] == [contact]
    assert org.admin.count("Account") == 2


def test_undelete_needs_a_deleted_row(org):
    account = write(org, "create", "Account", [{"Name": "A"}])[0].id
    assert codes(write(org, "undelete", "Account", [{"Id": account}])) == ["UNDELETE_FAILED"]


def test_objects_that_nobody_may_write_say_so(org):
    assert codes(write(org, "create", "Profile", [{"Name": "x"}])) == ["CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"]
    refusal = write(org, "delete", "User", [{"Id": org.admin_user_id}])[0].refusals[0]
    assert refusal.message == "entity type cannot be deleted: User"


def test_auto_numbers_count_up(org):
    write(org, "create", "Case", [{"Subject": "a"}, {"Subject": "b"}])
    assert [int(row["CaseNumber"]) for row in org.admin.rows("Case")] == [1, 2]


def test_the_gate_is_asked_about_each_row_and_its_refusal_stands(org):
    org.gate = gate = Watcher(2)
    results = write(org, "create", "Account", [{"name": "A"}, {"Name": "B"}], job_id="J", first_position=1)
    assert codes(results) == ["ok", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"]
    assert [(e.verb, e.sobject, e.position, dict(e.values), e.record_id, e.job_id) for e in gate.events] == [
        ("create", "Account", 1, {"Name": "A"}, "", "J"), ("create", "Account", 2, {"Name": "B"}, "", "J")]  # fmt: skip
    assert org.admin.count("Account") == 1


def test_the_gate_learns_keys_ids_and_positions(org):
    record = write(org, "create", "Account", [{"Name": "A", "External_Id__c": "A-1"}])[0].id
    org.gate = gate = Watcher()
    write(org, "upsert", "Account", [{"External_Id__c": "A-1", "Name": "B"}], key_field="External_Id__c", first_position=401)
    write(org, "delete", "Account", [{"Id": record}])
    assert [(e.verb, e.position, e.record_id, e.key) for e in gate.events] == [("upsert", 401, record, "A-1"), ("delete", 1, record, "")]


def test_the_administrator_passes_the_gate_locks_and_rights(org):
    org.gate = Watcher(1)
    org.world.hide_field("Account", "Industry")
    record = org.admin.create("Account", Name="A", Industry="Energy", CreatedDate="2020-01-01T00:00:00Z")
    org.world.lock(record, org.now_s() + 60)
    org.admin.update("Account", record, Name="B")
    assert org.admin.rows("Account")[0]["CreatedDate"] == "2020-01-01T00:00:00.000+0000"


def test_the_receipt_lists_what_was_asked_and_what_took_effect(org):
    call = Call(org, None, {}, Receipt())
    write(org, "upsert", "Account", [{"External_Id__c": "A-1", "Name": "A"}, {"External_Id__c": "A-2"}], key_field="External_Id__c", call=call)
    assert (call.receipt.asked, call.receipt.changed, call.receipt.applied) == (2, 1, "partly")
    assert call.receipt.rows == [
        RowTouch("upsert", "Account", "0015e0000000001AAA", True, "", "External_Id__c", "A-1", True, {"External_Id__c": "A-1", "Name": "A"}),
        RowTouch("upsert", "Account", "", False, "REQUIRED_FIELD_MISSING", "External_Id__c", "A-2", False, {"External_Id__c": "A-2"}),
    ]


def test_touches_are_collected_for_jobs(org):
    touches = []
    write(org, "create", "Account", [{"Name": "A"}], touches=touches, job_id="750")
    assert [(t.verb, t.record_id, t.ok, t.created) for t in touches] == [("create", "0015e0000000001AAA", True, True)]


def test_what_was_rolled_back_does_not_count_as_done(org):
    call = Call(org, None, {}, Receipt())
    write(org, "create", "Account", [{"Name": "A"}, {}], all_or_none=True, call=call)
    assert (call.receipt.asked, call.receipt.changed, call.receipt.applied) == (2, 0, "no")
