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


def test_a_change_within_the_same_second_is_not_overwritten_by_one_who_read_before_it(caller, org, account):
    tag = caller("GET", f"/sobjects/Account/{account}").header("ETag")
    assert caller("PATCH", f"/sobjects/Account/{account}", {"Rating": "Hot"}).status == 204
    assert ask(caller, "PATCH", account, If_Match=tag) == 412
    assert org.admin.rows("Account")[0]["Name"] == "Acme"
    assert ask(caller, "PATCH", account, If_Match=caller("GET", f"/sobjects/Account/{account}?fields=Name").header("ETag")[:-1] + '--gzip"') == 204


def test_a_row_of_account_says_when_it_changed_also_when_it_has_not(caller, account):
    reply = caller("GET", f"/sobjects/Account/{account}")
    assert reply.header("Last-Modified") == AT
    assert ask(caller, "GET", account, If_None_Match=reply.header("ETag")) == 304
    assert (caller.last.header("ETag"), caller.last.header("Last-Modified")) == (reply.header("ETag"), AT)


@pytest.mark.parametrize("path", ["/sobjects/Contact", "/sobjects/Contact/Id", "/sobjects/Contact/Email/new@example.com"])
def test_a_create_refuses_a_condition_that_cannot_be_read(caller, org, path):
    method = "PATCH" if "Email" in path else "POST"
    assert caller(method, path, {"LastName": "Byron"}, headers=(("If-Match", "bare"),)).status == 400
    assert caller(method, path, {"LastName": "Byron"}, headers=(("If-Unmodified-Since", "soon"),)).status == 400
    assert org.admin.rows("Contact") == []
    assert caller(method, path, {"LastName": "Byron"}, headers=(("If-Match", '"a"'),)).status == 201


def test_a_deletion_knows_no_conditions_and_other_objects_no_tags(caller, account):
    contact = caller.create("Contact", LastName="Byron")
    assert caller("GET", f"/sobjects/Contact/{contact}").header("ETag", "") == ""
    assert ask(caller, "GET", contact, "Contact", If_Match='"other"') == 200
    assert ask(caller, "GET", contact, "Contact", If_Modified_Since=AT) == 304
    assert ask(caller, "DELETE", account, If_Match='"other"', If_Unmodified_Since=BEFORE) == 204
