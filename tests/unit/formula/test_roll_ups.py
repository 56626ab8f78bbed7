"""Roll-up summary fields: what they come to, whom they follow, how they look."""

import json
from typing import Any

import pytest

from sfchaos.core.errors import BadFile
from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.schema.load import org_from_tree

LINES = {"type": "reference", "referenceTo": ["Order__c"], "childRelationshipName": "Lines__r", "nillable": False, "cascadeDelete": True}


def model(*, base: Any = None, **fields: Any) -> Any:
    """Orders with lines; `fields` are further fields of the order."""
    tree = {
        "objects": {
            "Order__c": {"label": "Order", "fields": {
                "Lines__c": {"summary": {"operation": "count", "foreignKey": "Line__c.Order__c"}},
                "Total__c": {"label": "Total", "summary": {"operation": "sum", "foreignKey": "line__c.order__c", "field": "Line__c.Amount__c"}},
                "First__c": {"summary": {"operation": "min", "foreignKey": "Line__c.Order__c", "field": "Due__c"}},
                "Last__c": {"summary": {"operation": "max", "foreignKey": "Line__c.Order__c", "field": "Due__c"}},
                **fields,
            }},
            "Line__c": {"label": "Line", "fields": {
                "Order__c": LINES, "Amount__c": {"type": "currency", "precision": 16, "scale": 2}, "Due__c": {"type": "date"},
                "Status__c": {"type": "picklist", "picklistValues": ["Open", "Paid", "Void"]}, "Tags__c": {"type": "multipicklist", "picklistValues": ["A", "AB", "C"]},
                "Note__c": {"type": "string"}, "Billed__c": {"type": "boolean"}, "Share__c": {"type": "percent", "precision": 5, "scale": 1},
                "Double__c": {"type": "currency", "precision": 18, "scale": 2, "formulaText": "Amount__c * 2"},
            }},
        }
    }  # fmt: skip
    return org_from_tree(tree, "orders.yaml")


def filled(org: Org) -> str:
    order = org.admin.create("Order__c", Name="O")
    for amount, due, status, tags, note, billed, share in (
        (10.1, "2024-03-01", "Paid", "A;C", "50% off, now", True, 12.5), (20.2, "2024-01-15", "Open", "AB", "", False, 50), (None, None, None, None, "x_y", False, None),
    ):  # fmt: skip
        org.admin.create("Line__c", Name="L", Order__c=order, Amount__c=amount, Due__c=due, Status__c=status, Tags__c=tags, Note__c=note, Billed__c=billed, Share__c=share)
    return order


def only(org: Org, name: str) -> Any:
    return org.admin.query(f"SELECT {name} FROM Order__c WHERE Name = 'O'")[0][name]


def test_counts_sums_and_ends_of_the_details() -> None:
    org = Org(schema=model())
    filled(org)
    org.admin.create("Order__c", Name="empty")
    asked = "SELECT Lines__c, Total__c, First__c, Last__c FROM Order__c ORDER BY Name DESC"
    assert org.admin.query(asked) == [
        {"Lines__c": 3.0, "Total__c": 30.3, "First__c": "2024-01-15", "Last__c": "2024-03-01"},
        {"Lines__c": 0.0, "Total__c": 0.0, "First__c": None, "Last__c": None},
    ]  # fmt: skip


def test_deleted_details_do_not_count_and_count_again_when_they_return() -> None:
    org = Org(schema=model())
    filled(org)
    line = org.admin.query("SELECT Id FROM Line__c WHERE Status__c = 'Paid'")[0]["Id"]
    org.admin.delete("Line__c", line)
    assert (only(org, "Lines__c"), only(org, "Total__c"), only(org, "Last__c")) == (2.0, 20.2, "2024-01-15")
    org.dml.write("undelete", "Line__c", [{"Id": line}], user_id=org.integration_user_id)
    assert (only(org, "Lines__c"), only(org, "Total__c")) == (3.0, 30.3)


FILTERS = [
    ("Status__c", "equals", "Paid", 1), ("Status__c", "equals", "Paid, Open", 2), ("Status__c", "equals", "", 1), ("Status__c", "notEqual", "Paid", 2),
    ("Status__c", "notEqual", "Paid,Open", 1), ("Amount__c", "greaterThan", "10.1", 1), ("Amount__c", "greaterOrEqual", "10.1", 2), ("Amount__c", "lessThan", "20.2", 1),
    ("Amount__c", "lessOrEqual", "20.20", 2), ("Due__c", "greaterThan", "2024-02-01", 1), ("Billed__c", "equals", "True", 1), ("Billed__c", "equals", "0", 2),
    ("Tags__c", "includes", "A", 1), ("Tags__c", "includes", "AB;C", 2), ("Tags__c", "excludes", "C", 2), ("Note__c", "contains", "OFF", 1),
    ("Note__c", "contains", '"off, now"', 1), ("Note__c", "contains", "%", 1), ("Note__c", "notContain", "_", 2), ("Note__c", "startsWith", "x,50", 2),
    ("Share__c", "equals", "12.5", 1), ("Double__c", "greaterThan", "25", 1), ("CreatedDate", "greaterThan", "2000-01-01T00:00:00Z", 3), ("Note__c", "equals", "o'clock", 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "operation", "value", "found"), FILTERS)
def test_a_filter_chooses_the_details(name: str, operation: str, value: str, found: int) -> None:
    one = {"operation": "count", "foreignKey": "Line__c.Order__c", "filters": [{"field": name, "operation": operation, "value": value}]}
    org = Org(schema=model(Some__c={"summary": one}))
    filled(org)
    assert only(org, "Some__c") == found


def test_all_filters_of_a_roll_up_must_hold() -> None:
    filters = [{"field": "Line__c.Status__c", "operation": "equals", "value": "Paid,Open"}, {"field": "Billed__c", "operation": "equals", "value": "false"}]
    org = Org(schema=model(Due__c={"summary": {"operation": "sum", "foreignKey": "Line__c.Order__c", "field": "Amount__c", "filters": filters}}))
    filled(org)
    assert only(org, "Due__c") == 20.2


def test_a_roll_up_filters_orders_and_is_read_through_a_parent() -> None:
    org = Org(schema=model())
    order = filled(org)
    org.admin.create("Order__c", Name="empty")
    assert org.admin.query("SELECT Name FROM Order__c WHERE Total__c > 30 AND Lines__c = 3") == [{"Name": "O"}]
    assert [row["Name"] for row in org.admin.query("SELECT Name FROM Order__c ORDER BY Total__c")] == ["empty", "O"]
    assert org.admin.query("SELECT Order__r.Total__c FROM Line__c LIMIT 1")[0]["Order__r"] == {"Total__c": 30.3}
    assert org.admin.query("SELECT MAX(Total__c) m FROM Order__c")[0]["m"] == 30.3
    assert json.loads(caller(org)("GET", f"/{order}").body)["Lines__c"] == 3.0


def test_formulas_stand_on_roll_ups_and_roll_ups_on_formulas() -> None:
    org = Org(schema=model(Mean__c={"type": "double", "formulaText": "IF(Lines__c = 0, 0, Total__c / Lines__c)"},
                           Twice__c={"summary": {"operation": "sum", "foreignKey": "Line__c.Order__c", "field": "Double__c"}}))  # fmt: skip
    filled(org)
    assert (only(org, "Mean__c"), only(org, "Twice__c")) == (10.1, 60.6)


def caller(org: Org) -> Any:
    def call(method: str, path: str, body: bytes = b"") -> Any:
        headers = (("Authorization", f"Bearer {org.credentials.access_token}"), ("Content-Type", "application/json"))
        return org.handle(Request(method, f"/services/data/v62.0/sobjects/Order__c{path}", headers=headers, body=body))

    return call


def test_describe_shows_it_calculated_and_nobody_writes_it() -> None:
    org = Org(schema=model())
    call = caller(org)
    fields = {f["name"]: f for f in json.loads(call("GET", "/describe").body)["fields"]}
    keys = ("type", "soapType", "calculated", "calculatedFormula", "createable", "updateable", "nillable", "filterable", "aggregatable", "precision", "scale", "label")
    assert [fields["Total__c"][key] for key in keys] == ["currency", "xsd:double", True, None, False, False, True, True, True, 18, 2, "Total"]
    assert [fields["Lines__c"][key] for key in ("type", "precision", "scale")] == ["double", 18, 0]
    assert fields["First__c"]["type"] == "date"
    refused = call("POST", "", b'{"Name": "x", "Total__c": 5}')
    assert (refused.status, json.loads(refused.body)[0]["errorCode"]) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_a_validation_rule_may_look_at_a_roll_up() -> None:
    tree = {
        "objects": {
            "Order__c": {"fields": {"Lines__c": {"summary": {"operation": "count", "foreignKey": "Line__c.Order__c"}}, "Closed__c": {"type": "boolean"}},
                         "validationRules": {"Has_lines": {"formula": "AND(Closed__c, Lines__c = 0)", "message": "an order needs lines"}}},
            "Line__c": {"fields": {"Order__c": LINES}},
        }
    }  # fmt: skip
    org = Org(schema=org_from_tree(tree, "x"))
    call = caller(org)
    order = json.loads(call("POST", "", b'{"Name": "x"}').body)["id"]
    assert json.loads(call("PATCH", f"/{order}", b'{"Closed__c": true}').body)[0]["message"] == "an order needs lines"
    org.admin.create("Line__c", Name="1", Order__c=order)
    assert call("PATCH", f"/{order}", b'{"Closed__c": true}').status == 204


BAD = [
    ({"operation": "mean", "foreignKey": "Line__c.Order__c"}, "unknown roll-up 'mean'"),
    ({"operation": "count"}, "a roll-up needs the reference that it follows"),
    ({"operation": "count", "foreignKey": "Line__c.Order__c", "field": "Amount__c"}, "a count takes no field"),
    ({"operation": "sum", "foreignKey": "Line__c.Order__c"}, "sum needs the field that it looks at"),
    ({"operation": "count", "foreignKey": "Lin__c.Order__c"}, "there is no object Lin__c (did you mean 'Line__c'?)"),
    ({"operation": "count", "foreignKey": "Line__c.Ordr__c"}, "Line__c.Ordr__c does not refer to Order__c (did you mean 'Order__c'?)"),
    ({"operation": "sum", "foreignKey": "Line__c.Order__c", "field": "Amont__c"}, "Line__c has no field Amont__c (did you mean 'Amount__c'?)"),
    ({"operation": "sum", "foreignKey": "Line__c.Order__c", "field": "Due__c"}, "sum of Line__c.Due__c: its type date is not one of"),
    ({"operation": "count", "foreignKey": "Line__c.Order__c", "filters": [{"field": "Due__c", "operation": "equals", "value": "soon"}]}, "compares with 'soon', which is no date"),
    ({"operation": "count", "foreignKey": "Line__c.Order__c", "filters": [{"field": "Due__c", "operation": "isNear", "value": "x"}]}, "unknown filter operation 'isNear'"),
    ({"operation": "count", "foreignKey": "Line__c.Order__c", "filters": [{"field": "Amount__c", "operation": "contains", "value": "1"}]}, "by 'contains' is not known"),
    ({"operation": "count", "foreignKey": "Line__c.Order__c", "filters": {"field": "A"}}, "is not a list"),
    ({"operation": "count", "foreignKey": "Line__c.Order__c", "of": "x"}, "unknown key 'of'"),
    ("count", "is not a table"),
]  # fmt: skip


@pytest.mark.parametrize(("summary", "saying"), BAD)
def test_a_roll_up_that_cannot_be_computed_is_named(summary: Any, saying: str) -> None:
    with pytest.raises(BadFile) as caught:
        model(Bad__c={"summary": summary})
    assert saying in str(caught.value)


def test_a_roll_up_over_a_formula_that_reads_it_is_refused() -> None:
    tree = {
        "objects": {
            "Order__c": {"fields": {"Sum__c": {"summary": {"operation": "sum", "foreignKey": "Line__c.Order__c", "field": "Part__c"}}}},
            "Line__c": {"fields": {"Order__c": LINES, "Part__c": {"type": "double", "formulaText": "Order__r.Sum__c / 2"}}},
        }
    }
    with pytest.raises(BadFile, match="refers to itself"):
        org_from_tree(tree, "x")


def test_two_orgs_that_differ_in_a_roll_up_have_different_digests() -> None:
    def digest(value: str) -> str:
        one = {"operation": "count", "foreignKey": "Line__c.Order__c", "filters": [{"field": "Status__c", "operation": "equals", "value": value}]}
        return str(model(Some__c={"summary": one}).digest)

    assert digest("Paid") == digest("Paid")
    assert digest("Paid") != digest("Open")
