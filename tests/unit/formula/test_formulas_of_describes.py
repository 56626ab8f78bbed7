"""A describe may hold any formula of the real org: what this org cannot compute is said and shows null, and the org starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sfchaos.org.org import Org
from sfchaos.org.schema.describes import load_describes
from sfchaos.org.schema.model import NOT_COMPUTED

BASE = {"nillable": True, "createable": True, "updateable": True, "referenceTo": [], "picklistValues": [], "length": 0, "custom": True}
ID = {**BASE, "name": "Id", "label": "Id", "type": "id", "length": 18, "nillable": False, "createable": False, "updateable": False, "custom": False}
NAME = {**BASE, "name": "Name", "label": "Name", "type": "string", "length": 80, "nameField": True, "custom": False}


def formula(name: str, text: str, kind: str = "double") -> dict[str, Any]:
    return {**BASE, "name": name, "label": name, "type": kind, "calculated": True, "calculatedFormula": text, "createable": False, "updateable": False,
            "precision": 18, "scale": 2, "formulaTreatNullNumberAsZero": False}  # fmt: skip


def folder(path: Path, *fields: dict[str, Any]) -> Path:
    tree = {"name": "Thing__c", "label": "Thing", "labelPlural": "Things", "keyPrefix": "a0X", "custom": True, "fields": [ID, NAME, *fields], "childRelationships": []}
    (path / "Thing__c.json").write_text(json.dumps(tree))
    return path


@pytest.mark.parametrize("text", [
    "GEOLOCATION(1, 2)", "%%%", "'unclosed", "1 +", "((", "VLOOKUP(a, b, c)", "$Setup.Limits__c.Most__c", "Gone__c + 1", "ABS(" * 50 + "1" + ")" * 50, "-" * 2000 + "1", "B" * 5000,
    "\x00", "REGEX(Name, '[')", "1e999", "Owner.Manager.Gone__c", "IF(1, 2, 3)", "CASE()", "PRIORVALUE(Name)", "Name", "F__c + 1",
    "BLANKVALUE(" * 40 + "LEN(Name)" + ", 1)" * 40,
])  # fmt: skip
def test_an_org_of_describes_starts_whatever_its_formulas_are(tmp_path: Path, text: str) -> None:
    model = load_describes(folder(tmp_path, formula("F__c", text), formula("Fine__c", "LEN(Name) + 1")))
    org = Org(schema=model)
    org.admin.create("Thing__c", Name="four")
    [row] = org.admin.query("SELECT F__c, Fine__c FROM Thing__c WHERE F__c = null OR F__c > 0 ORDER BY F__c")
    assert row["Fine__c"] == 5
    f = org.schema.objects["thing__c"].by_key["f__c"]
    assert (f.formula == NOT_COMPUTED) == (row["F__c"] is None)
    assert [said for said in model.unread if said.startswith("Thing__c.F__c")] != [] or row["F__c"] is not None


def test_a_formula_over_one_that_is_not_computed_is_said_too(tmp_path: Path) -> None:
    model = load_describes(folder(tmp_path, formula("Outer__c", "Inner__c * 2"), formula("Inner__c", "GEOLOCATION(1, 2)")))
    assert [said.partition(":")[0] for said in model.unread] == ["Thing__c.Outer__c", "Thing__c.Inner__c"]
    org = Org(schema=model)
    org.admin.create("Thing__c", Name="x")
    assert org.admin.query("SELECT Outer__c, Inner__c FROM Thing__c") == [{"Outer__c": None, "Inner__c": None}]
