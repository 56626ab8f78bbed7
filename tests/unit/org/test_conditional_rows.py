"""Conditional requests on rows, wire reference 1.7."""

import pytest

BEFORE, AT, AFTER = "Thu, 15 Jan 2026 08:59:59 GMT", "Thu, 15 Jan 2026 09:00:00 GMT", "Thu, 15 Jan 2026 09:00:01 GMT"


@pytest.fixture
def account(caller):
    return caller.create("Account", Name="Acme")


def ask(caller, method, record_id, sobject="Account", **conditions):
    headers = tuple((name.replace("_", "-"), value) for name, value in conditions.items())
    return caller(method, f"/sobjects/{sobject}/{record_id}", {"Name": "New"} if method == "PATCH" else None, headers=headers).status


@pytest.mark.parametrize(("conditions", "status"), [
    ({"If_Modified_Since": AT}, 304), ({"If_Modified_Since": AFTER}, 304), ({"If_Modified_Since": BEFORE}, 200), ({"If_Modified_Since": "soon"}, 200),
    ({"If_Unmodified_Since": AT}, 200), ({"If_Unmodified_Since": BEFORE}, 412), ({"If_Match": '"other"'}, 412), ({"If_Match": "*"}, 200),
    ({"If_None_Match": "*"}, 304), ({"If_None_Match": '"other"'}, 200),
])  # fmt: skip
def test_a_read_is_answered_as_its_condition_says(caller, account, conditions, status):
    assert ask(caller, "GET", account, **conditions) == status
    if status == 304:
        assert caller.last.body == b""


@pytest.mark.parametrize(("conditions", "status"), [
    ({"If_Modified_Since": AFTER}, 204), ({"If_Unmodified_Since": AT}, 204), ({"If_Unmodified_Since": BEFORE}, 412), ({"If_Unmodified_Since": "soon"}, 400),
    ({"If_Match": '"other"'}, 412), ({"If_Match": "*"}, 204), ({"If_Match": "bare"}, 400), ({"If_Match": '"a" "b"'}, 400), ({"If_None_Match": "*"}, 412),
    ({"If_None_Match": '"a", W/"b-gzip"'}, 204), ({"If_None_Match": '"open'}, 400),
])  # fmt: skip
def test_a_change_goes_on_as_its_condition_says(caller, org, account, conditions, status):
    assert ask(caller, "PATCH", account, **conditions) == status
    assert org.admin.rows("Account")[0]["Name"] == ("New" if status == 204 else "Acme")


def test_the_tag_of_a_row_changes_with_it_and_is_accepted_compressed(caller, org, account):
    tag = caller("GET", f"/sobjects/Account/{account}").header("ETag")
    assert ask(caller, "GET", account, If_None_Match=tag) == 304
    assert ask(caller, "PATCH", account, If_Match=tag[:-1] + '-gzip"') == 204
    org.clock.advance(1)
    ask(caller, "PATCH", account)
    assert ask(caller, "GET", account, If_None_Match=tag) == 200
    assert caller.last.header("ETag") != tag


def test_a_deletion_knows_no_conditions_and_other_objects_no_tags(caller, account):
    contact = caller.create("Contact", LastName="Byron")
    assert caller("GET", f"/sobjects/Contact/{contact}").header("ETag", "") == ""
    assert ask(caller, "GET", contact, "Contact", If_Match='"other"') == 200
    assert ask(caller, "GET", contact, "Contact", If_Modified_Since=AT) == 304
    assert ask(caller, "DELETE", account, If_Match='"other"', If_Unmodified_Since=BEFORE) == 204
