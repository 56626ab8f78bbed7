"""Bulk data by real clients (programs/): each step of each, and what must come of it."""

from __future__ import annotations

from typing import Any

import pytest

EXPECTED: dict[str, dict[str, Any]] = {
    "simple-salesforce-bulk": {
        "two_insert": {"numberRecordsTotal": 3, "numberRecordsProcessed": 3, "numberRecordsFailed": 1},
        "two_all": [["W-1", "W-2"], ["W-3"], []],
        "two_upsert": ["false", "true"],
        "two_batches": [100, 100, 100],
        "two_query": [121, 121, 61],
        "two_update": [0, 10],
        "two_delete": [300, 0],
        "two_query_all": 300,
        "two_hard_delete": ["SalesforceMalformedRequest", 400, "FEATURENOTENABLED"],
        "two_bad_query": ["SalesforceMalformedRequest", 400, "INVALID_FIELD"],
        "file_insert": [2, 0],
        "file_download": [['"One more"', '"Two, ""quoted"""'], ['"Four"', '"Five"'], ['"Six"']],
        "one_insert": [[True, True, "001", []], [True, True, "001", []], [False, False, "", ["REQUIRED_FIELD_MISSING"]]],
        "one_upsert": [[True, False], [True, True]],
        "one_query": [["Uno mas", None], ["Dos", None], ["Cuatro", None]],
        "one_update": [[True, []], [False, ["INVALID_CROSS_REFERENCE_KEY"]]],
        "one_auto": [300, True],
        "one_lazy": [300],
        "one_delete": [300, True],
        "one_query_all": 300,
        "one_partly": [["Name", "created", "errors", "id", "success"], 2],
        "one_hard_delete": [
            "SalesforceMalformedRequest", 400,
            {"exceptionCode": "FeatureNotEnabled", "exceptionMessage": "hardDelete operation requires special user profile permission, please contact your system administrator"},
        ],
        "one_bad_object": ["SalesforceMalformedRequest", 400, {"exceptionCode": "InvalidJob", "exceptionMessage": "Unable to find object: Nothing__c"}],
    },
    "salesforce-bulk": {
        "job": ["insert", "Account", "Open", "Serial", "CSV", "62.0"],
        "insert": [
            ["true", "true", "001", ""], ["true", "true", "001", ""],
            ["false", "false", "", "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"],
        ],
        "batches": [["Completed", "3", "1"]],
        "closed": ["Closed", "1", "3"],
        "upsert": [[["true", "false", "001", ""]], [["true", "true", "001", ""]]],
        "query_csv": [2500],
        "query_json": ["Four", None, "int", "Account"],
        "query_failed": ["BulkBatchFailed", "Failed"],
        "aborted": "Aborted",
        "batch_after_abort": ["BulkApiError", 400],
        "unknown_object": ["BulkApiError", 400],
        "dead_session": ["BulkApiError", 400],
    },
    "sfbulk2": {
        "created": ["750", 18],
        "opened": True,
        "sent": [201, ""],
        "closed": ["UploadComplete", "Account", "insert"],
        "ended": ["JobComplete", 3, 1, "V2Ingest"],
        "failed": ["text/csv", [["REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --", "B-3"]]],
        "closed_twice": "INVALIDJOBSTATE",
        "multipart": [200, "UploadComplete"],
        "multipart_ended": ["JobComplete", 2, 0],
        "query": 2,
        "query_results": [[{"Name": "One", "External_Id__c": "B-1"}, {"Name": 'Two, with "quotes"', "External_Id__c": "B-2"}], "null", "2"],
        "query_listed": True,
        "abort_ended": "INVALIDJOBSTATE",
    },
    "node-sf-bulk2": {
        "created": ["Open", True, "SEMICOLON", "CRLF"],
        "sent": 201,
        "sent_twice": [400, "CLIENTINPUTERROR"],
        "closed": "UploadComplete",
        "ended": ["JobComplete", 3, 1, 62],
        "ok": ['"sf__Id";"sf__Created";Name;External_Id__c;Parent.External_Id__c', '<id>;"true";"New";"N-1";"P-1"', '<id>;"false";"Parent";"P-1";""', ""],
        "failed": [
            '"sf__Id";"sf__Error";Name;External_Id__c;Parent.External_Id__c',
            '"";"INVALID_FIELD:Foreign key external ID: p-9 not found for field External_Id__c in entity Account:--";"Bad";"N-2";"P-9"', "",
        ],
        "listed": True,
        "deleted": [None, [404, "NOT_FOUND"]],
        "aborted": "Aborted",
        "aborted_upload": [400, "INVALIDJOBSTATE"],
        "unknown_object": [400, "INVALIDENTITY"],
        "query": ["UploadComplete", "CSV", "COMMA"],
        "query_ended": 2500,
        "pages": [[1000, 1001], [1000, 1001], [500, 501]],
        "streamed": 20011,
        "query_listed": True,
        "query_deleted": [404, "NOT_FOUND"],
    },
    "jsforce-bulk": {
        "insert": [2, 1, 0, ["true", "true"], "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"],
        "upsert": [2, 0, 0, [["false", "One more"], ["true", "Four"]]],
        "stream": [1497, 3, 0, "J-9"],
        "upsert_of_objects": [1, 0, 0],
        "null": [1, 1, 0, ["REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"]],
        "query": [1497, ["Account.Name", "Id", "LastName"], "One more"],
        "query_all": [{"Name": "One more"}],
        "query_refused": [
            "INVALID_FIELD", "INVALID_FIELD",
            "\nSELECT Nothing FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Nothing' on entity 'Account'. If you are attempting to use a c",
        ],
        "query_unsupported": ["FEATURENOTENABLED", "FEATURENOTENABLED", "Aggregate Relationships not supported in Bulk V2 Query with CSV content type"],
        "open": ["Open", True, "COMMA"],
        "poll_early": "Open",
        "poll_timeout": ["Error"],
        "events": ["close", "inProgress"],
        "results_of_an_old_job": ["Step"],
        "raw_results": '"sf__Id","sf__Created",Name',
        "info": [1, "Account"],
        "deleted": ["NOT_FOUND", "NOT_FOUND", "The requested resource does not exist"],
        "abort": "Aborted",
        "close_aborted": ["INVALIDJOBSTATE", "INVALIDJOBSTATE", "Invalid job state: Aborted"],
        "aborted_rows": 0,
        "unknown_object": ["INVALIDENTITY", "INVALIDENTITY", "Unable to find object: Nothing__c"],
        "delete_without_right": [
            "FEATURENOTENABLED", "FEATURENOTENABLED",
            "hardDelete operation requires special user profile permission, please contact your system administrator",
        ],
        "destroy": 1497,
        "delete": [3, 3, 0, 0],
        "delete_twice": [0, 3, 0, "ENTITY_IS_DELETED:entity is deleted:--"],
    },
    "jsforce-bulk1": {
        "insert": [[True, "001", []], [True, "001", []], [False, None, ["REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"]]],
        "upsert": [[True, "001", []], [True, "001", []]],
        "relationship": [
            [True, "003", []], [False, None, ["INVALID_FIELD:Foreign key external ID: k-9 not found for field External_Id__c in entity Account:--"]],
        ],
        "update": [[True, "001", []]],
        "open": ["Open", "Serial", "CSV"],
        "batches": [[[True, "003", []]], [[True, "003", []]]],
        "list": [["Completed", "1"], ["Completed", "1"]],
        "close": "Closed",
        "after_close": ["InvalidJob", "Invalid job id: null"],
        "abort": "Aborted",
        "query": 2500,
        "query_refused": [
            "Error",
            "InvalidBatch : Failed to process query: INVALID_FIELD: \nSELECT Nothing FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Nothing",
        ],
        "destroy": [[True, "001", []], [True, "001", []], [True, "001", []]],
        "dead_session": ["InvalidSessionId", "Invalid session id"],
    },
    "tap-salesforce": {
        "rest_discover": [
            True, {"type": "string"}, {"type": ["null", "string"]}, {"type": ["null", "number"]}, {"type": ["null", "boolean"]},
            [{"type": "string", "format": "date-time"}, {"type": ["string", "null"]}],
        ],
        "rest_sync": {"Account": 1, "Contact": 2502},
        "rest_record": ["Parent", "P-1", False, None, "Z"],
        "rest_state": [["Account", "Contact"], None],
        "rest_again": [1, True],
        "bulk_discover": [
            True, {"type": "string"}, {"type": ["null", "string"]}, {"type": ["null", "number"]}, {"type": ["null", "boolean"]},
            [{"type": "string", "format": "date-time"}, {"type": ["string", "null"]}],
        ],
        "bulk_sync": {"Account": 1, "Contact": 2502},
        "bulk_record": ["Parent", "P-1", False, None, "Z"],
        "bulk_state": [["Account", "Contact"], None],
        "bulk_again": [1, True],
    },
    "sf-bulk": {
        "import": [0, {"processedRecords": 3, "successfulRecords": 3, "failedRecords": 0}],
        "import_partly": [1, "FailedRecordDetailsError", True],
        "results": ["JobComplete", "insert", "Account", 2, 1, 1],
        "results_files": [["REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --", "", "S-5"], ["true", "Four", "S-4"]],
        "import_wrong_column": [1, "JobFailedError", "Job failed to be processed due to:"],
        "upsert": [0, "JobComplete", "External_Id__c", 2, 0, ["false", "true"]],
        "upsert_async": [0, "UploadComplete"],
        "upsert_resume": [0, "JobComplete", 1],
        "update_partly": [1, "FailedRecordDetailsError"],
        "updated": "changed",
        "export": [
            0, 6,
            [["Name", "External_Id__c", "Description"], ["One again", "S-1", "Two\nlines"], ['A "quoted", name', "S-2", "plain"], ["Three", "S-3", "changed"], ["Four", "S-4", ""], ["Five", "S-5", ""], ["Six", "S-6", ""]],
        ],
        "export_json": [2502, 2502],
        "export_all_rows": [0, ['"LastName"', '"Ada"']],
        "export_resume": [0, 0, [["LastName"], ["Bob"]]],
        "export_refused": [1, "INVALID_FIELD", True],
        "delete": [0, 6, 0],
        "hard_delete": [
            1, "HardDeletePermissionError",
            'You must have the "Bulk API Hard Delete" system permission to use the --hard-delete flag. This permission is disabled by default and can be enabled only by a system administrator.',
        ],
    },
}  # fmt: skip
STEPS = [(name, step) for name, steps in EXPECTED.items() for step in steps]


@pytest.mark.parametrize(("name", "step"), STEPS, ids=[f"{name}-{step}" for name, step in STEPS])
def test_a_client_comes_to_what_it_would_at_salesforce(name: str, step: str, deep: Any) -> None:
    assert deep(name)[step] == EXPECTED[name][step]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_step_of_a_client_is_checked(name: str, deep: Any) -> None:
    assert set(deep(name)) == set(EXPECTED[name])
