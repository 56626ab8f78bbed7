"""Paths that go on behind a row: relatives, files, passwords, replication."""

import pytest

from sfchaos.core.messages import Request
from sfchaos.core.operations import classify

ROW = "/sobjects/Contact/003000000000001AAA"


@pytest.mark.parametrize(("method", "path", "op", "kind", "target"), [
    ("GET", f"{ROW}/Account", "row.get", "read", "Contact"),
    ("GET", f"{ROW}/Account/Owner", "row.get", "read", "Contact"),
    ("PATCH", f"{ROW}/ReportsTo/Account", "row.update", "idem", "Contact"),
    ("DELETE", f"{ROW}/ReportsTo/Account", "row.delete", "idem", "Contact"),
    ("POST", f"{ROW}/ReportsTo/Account?_HttpMethod=PATCH", "row.update", "idem", "Contact"),
    ("GET", "/sobjects/Account/Ext__c/A-1/Contacts", "row.get", "read", "Account"),
    ("GET", "/sobjects/Attachment/00P000000000001AAA/Body", "blob.get", "read", "Attachment"),
    ("GET", "/sobjects/EventLogFile/0AT000000000001AAA/LogFile", "blob.get", "read", "EventLogFile"),
    ("GET", "/sobjects/User/005000000000001AAA/password", "row.get", "read", "User"),
    ("POST", "/sobjects/User/005000000000001AAA/password", "row.update", "idem", "User"),
    ("DELETE", "/sobjects/User/005000000000001AAA/password", "row.update", "idem", "User"),
    ("GET", "/sobjects/Account/updated?start=x&end=y", "repl.updated", "read", "Account"),
    ("GET", "/sobjects/Account/deleted/", "repl.deleted", "read", "Account"),
])  # fmt: skip
def test_a_path_behind_a_row_is_named_by_what_it_does(method, path, op, kind, target):
    found = classify(Request(method, f"https://acme.my.salesforce.com/services/data/v62.0{path}"))
    assert (found.op, found.kind, found.target) == (op, kind, target)
