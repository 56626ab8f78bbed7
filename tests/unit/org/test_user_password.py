"""`/sobjects/User/<id>/password`."""

import pytest

from sfchaos.org.api import passwords


def path(org, user_id=""):
    return f"/sobjects/User/{user_id or org.integration_user_id}/password"


def test_an_expired_password_is_told(caller, org):
    assert caller("GET", path(org)).body == b'{"isExpired":false}'
    org.identity.expire_password(org.integration_user_id)
    assert caller("GET", path(org)).body == b'{"isExpired":true}'


def test_a_password_is_set(caller, org):
    reply = caller("POST", path(org), {"NewPassword": "correct9horse"})
    assert (reply.status, reply.body) == (204, b"")
    assert org.identity.secrets_of(org.identity.user(org.integration_user_id))[0] == "correct9horse"


@pytest.mark.parametrize(("password", "sentence"), [
    ("short1", "Your password must be at least 8 characters long."), ("onlyletters", "Your password must have a mix of letters and numbers."),
    ("123456789", "Your password must have a mix of letters and numbers."),
])  # fmt: skip
def test_a_password_against_the_policy_is_refused(caller, org, password, sentence):
    before = org.identity.secrets_of(org.identity.user(org.integration_user_id))
    assert caller("POST", path(org), {"NewPassword": password}).status == 400
    assert caller.json == [{"message": sentence, "errorCode": "INVALID_NEW_PASSWORD"}]
    assert org.identity.secrets_of(org.identity.user(org.integration_user_id)) == before


@pytest.mark.parametrize("body", [{}, {"NewPassword": 7}, {"Other": "x"}, {"NewPassword": "correct9horse", "Other": "x"}])
def test_a_body_that_is_not_one_password_is_refused(caller, org, body):
    assert caller("POST", path(org), body).status == 400


def test_a_reset_makes_a_password_that_is_right_and_a_secret(caller, org):
    assert caller("DELETE", path(org)).status == 200
    made = caller.json["NewPassword"]
    assert list(caller.json) == ["NewPassword"]
    assert org.identity.secrets_of(org.identity.user(org.integration_user_id))[0] == made
    caller("DELETE", path(org))
    assert caller.json["NewPassword"] != made


def test_the_password_of_another_user_needs_the_right_to_manage_users(caller, org, monkeypatch):
    monkeypatch.setattr(passwords.access, "has_system", lambda org, user_id, permission: False)
    assert caller("GET", path(org)).status == 200
    assert caller("GET", path(org, org.admin_user_id)).status == 403
    assert caller.json == [{"message": "You do not have permission to view this record.", "errorCode": "INSUFFICIENT_ACCESS"}]
    monkeypatch.setattr(passwords.access, "has_system", lambda org, user_id, permission: permission == "ManageUsers")
    assert caller("GET", path(org, org.admin_user_id)).status == 200


def test_an_unknown_user_is_not_found(caller):
    assert caller("GET", "/sobjects/User/005000000000009AAA/password").status == 404
    assert caller("GET", "/sobjects/User/nonsense/password").status == 404
    assert caller("PUT", "/sobjects/User/005000000000009AAA/password", {}).status == 405
