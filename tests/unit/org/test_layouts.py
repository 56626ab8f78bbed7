import json
from typing import Any

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Request, Response
from sfchaos.org import access
from sfchaos.org.org import Org

BASE = "/services/data/v62.0"
MASTER = "012000000000000AAA"


@pytest.fixture
def org() -> Org:
    return Org(clock=VirtualClock())


def get(org: Org, path: str) -> Response:
    return org.handle(Request("GET", f"https://acme.my.salesforce.com{BASE}{path}", (("Authorization", f"Bearer {org.credentials.access_token}"),)))


def body(response: Response) -> Any:
    assert response.status == 200, response.body
    return json.loads(response.body)


def names_of(layout: dict[str, Any], which: str = "detailLayoutSections") -> list[str]:
    return [item["layoutComponents"][0]["value"] for row in layout[which][0]["layoutRows"] for item in row["layoutItems"]]


def test_an_object_has_one_layout_with_the_fields_that_may_be_seen(org: Org) -> None:
    found = body(get(org, "/sobjects/Contact/describe/layouts"))
    assert list(found) == ["layouts", "recordTypeMappings", "recordTypeSelectorRequired"]
    [layout] = found["layouts"]
    assert list(layout) == [
        "buttonLayoutSection", "detailLayoutSections", "editLayoutSections", "feedView", "highlightsPanelLayoutSection", "id",
        "multirowEditLayoutSections", "offlineLinks", "quickActionList", "relatedContent", "relatedLists", "saveOptions",
    ]  # fmt: skip
    assert "Email" in names_of(layout)
    assert "FirstName" not in names_of(layout)  # Name stands for its parts
    assert "CreatedDate" not in names_of(layout, "editLayoutSections")
    assert [mapping["recordTypeId"] for mapping in found["recordTypeMappings"]] == [MASTER]
    assert found["recordTypeSelectorRequired"] == [False]


def test_a_hidden_field_is_on_no_layout(org: Org) -> None:
    contact = org.schema.find("Contact")
    assert contact is not None
    email = contact.find("Email")
    assert email is not None
    access.hide(org, contact, email)
    assert "Email" not in names_of(body(get(org, f"/sobjects/Contact/describe/layouts/{MASTER}")))


@pytest.mark.parametrize("record_type", ["0125e0000000001AAA", "nonsense", "012"])
def test_a_layout_of_a_record_type_that_is_not_there_is_404(org: Org, record_type: str) -> None:
    assert get(org, f"/sobjects/Contact/describe/layouts/{record_type}").status == 404


def test_the_master_takes_the_short_form_of_its_id(org: Org) -> None:
    assert body(get(org, f"/sobjects/Contact/describe/layouts/{MASTER[:15]}"))["id"].startswith("00h")


@pytest.mark.parametrize("path", ["layouts", "compactLayouts", "approvalLayouts"])
def test_an_object_without_pages_has_no_layouts(org: Org, path: str) -> None:
    response = get(org, f"/sobjects/PermissionSet/describe/{path}")
    assert (response.status, response.body) == (404, b'[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]')


def test_the_compact_layout_is_the_systems(org: Org) -> None:
    found = body(get(org, "/sobjects/Account/describe/compactLayouts"))
    assert (found["compactLayouts"], found["defaultCompactLayoutId"]) == ([], None)
    [mapping] = found["recordTypeCompactLayoutMappings"]
    assert (mapping["compactLayoutId"], mapping["compactLayoutName"], mapping["recordTypeId"]) == (None, "SYSTEM", MASTER)


def test_compact_layouts_of_several_objects_show_their_names(org: Org) -> None:
    found = body(get(org, "/compactLayouts?q=account,Case"))
    assert list(found) == ["Account", "Case"]
    assert [item["layoutComponents"][0]["value"] for item in found["Case"]["fieldItems"]] == ["CaseNumber"]
    assert get(org, "/compactLayouts?q=Acount").status == 404
    assert get(org, "/compactLayouts").status == 400
    assert get(org, "/compactLayouts?q=" + ",".join(["Account"] * 101)).status == 400


def test_nobody_has_made_list_views_or_approvals(org: Org) -> None:
    assert body(get(org, "/sobjects/account/listviews")) == {"done": True, "listviews": [], "nextRecordsUrl": None, "size": 0, "sobjectType": "Account"}
    assert body(get(org, "/sobjects/Account/describe/approvalLayouts")) == {"approvalLayouts": []}
    assert get(org, "/sobjects/Nothing/listviews").status == 404
    reply = get(org, "/sobjects/Account/describe/namedLayouts/Mine")
    assert (reply.status, json.loads(reply.body)) == (404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])


def test_objects_with_pages_have_a_tab(org: Org) -> None:
    found = {tab["sobjectName"]: tab for tab in body(get(org, "/tabs"))}
    assert found["Account"]["name"] == "standard-Account"
    assert found["Account"]["url"] == "https://acme.my.salesforce.com/001/o"
    assert (found["Invoice__c"]["name"], found["Invoice__c"]["custom"]) == ("Invoice__c", True)
    assert "AccountShare" not in found
    assert "PermissionSet" not in found
    assert "Account" in [item["name"] for item in body(get(org, "/theme"))["themeItems"]]
