"""What a team declares survives the way into a bundle and out of it."""

import json

from sfchaos.core.canonical import canonical_json
from sfchaos.core.declaration import Declaration, Flow, NotApplicable, Waiver, declaration_from

OUT = Flow("contacts", "to-salesforce", "Contact", external_id="External_Id__c", operations=("upsert",), fields={"LastName": "surname"}, sensitive=("Email",),
           has_source=True, has_rejects=True, owner="crm-team", reviewed="2026-10-01", controls=("iso27001:2022:A.8.26",))  # fmt: skip
BACK = Flow("back", "from-salesforce", "contact", has_sink=True)
FULL = Declaration("crm-sync", (OUT, BACK), ("api",), ("jwt-bearer",), ("erp.example",), True, 4, "last-writer-wins", "buffer", ("Contact.Email",), ("security", "privacy"),
                   3600, 300, {"max_attempts": 7.0, "jitter_share": 0.25}, "sfchaos.toml", (NotApplicable("SFC-RES-09", "no bulk", "crm-team"),),
                   (Waiver("SFC-LOG-01", "old log", "ciso", "T-1", "2026-12-31"),))  # fmt: skip


def test_a_declaration_survives_json():
    assert declaration_from(json.loads(canonical_json(FULL.as_dict()))) == FULL
    assert declaration_from(Declaration().as_dict()) == Declaration()


def test_thresholds_are_written_as_text():
    assert FULL.as_dict()["thresholds"] == {"jitter_share": "0.25", "max_attempts": "7"}


def test_keys_of_a_newer_version_are_ignored():
    tree = {**FULL.as_dict(), "newer": 1}
    tree["flows"] = [{**flow, "newer": 1} for flow in tree["flows"]]
    assert declaration_from(tree) == FULL


def test_flows_are_found_by_object_without_case_and_by_direction():
    assert FULL.flows_of("CONTACT") == (OUT, BACK)
    assert FULL.flows_of("Account") == ()
    assert (FULL.write_flows, FULL.read_flows) == ((OUT,), (BACK,))
