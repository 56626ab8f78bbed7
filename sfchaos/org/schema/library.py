"""The standard org: the sObjects that every sfchaos org has unless its file says `extends: none`."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

from sfchaos.org.schema.model import Schema
from sfchaos.org.schema.reader import sobject_from

NAME, VERSION = "standard", 2
# Order of the global describe; one JSON file each in `standard/`.
STANDARD = (
    "Account", "Case", "Contact", "Lead", "LoginHistory", "Opportunity", "Organization", "PermissionSet", "PermissionSetAssignment",
    "Profile", "SetupAuditTrail", "Task", "User", "Invoice__c",
)  # fmt: skip
# What identity, access and audit stand on: these exist in every org.
SETUP = ("LoginHistory", "Organization", "PermissionSet", "PermissionSetAssignment", "Profile", "SetupAuditTrail", "User")


@cache
def standard_schema() -> Schema:
    """`standard@2`, read once a process (4 ms). A change in `standard/` that a schedule could notice raises VERSION."""
    folder = resources.files(__package__) / "standard"
    objects = [sobject_from(json.loads((folder / f"{name}.json").read_text("utf-8"))) for name in STANDARD]
    return Schema(NAME, VERSION, {sobject.name.lower(): sobject for sobject in objects})


def setup_schema() -> Schema:
    """Only the objects that no org can do without: what `extends: none` begins with."""
    known = standard_schema()
    return Schema("setup", VERSION, {name.lower(): known.objects[name.lower()] for name in SETUP})
