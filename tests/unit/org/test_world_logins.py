"""What the faults of logins change in the org, and that healing undoes it."""

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org


@pytest.fixture
def org():
    made = Org(seed=7)
    made.mark()
    return made


def ask(org, path="/services/data/v62.0/limits", host=""):
    return org.handle(Request("GET", f"https://{host or org.instance_url.partition('://')[2]}{path}", (("Authorization", f"Bearer {org.credentials.access_token}"),)))


def refresh(org, token=""):
    known = org.credentials
    form = f"grant_type=refresh_token&client_id={known.client_id}&client_secret={known.client_secret}&refresh_token={token or known.refresh_token}"
    return org.handle(Request("POST", "https://login.salesforce.com/services/oauth2/token", (("Content-Type", "application/x-www-form-urlencoded"),), form.encode()))


@pytest.mark.parametrize(("answer", "headers"), [(302, ["Location"]), (404, []), (420, [])])
def test_the_old_host_goes_on_for_a_while_and_then_answers_as_told(org, answer, headers):
    old = org.instance_url.partition("://")[2]
    org.world.move_instance(old_host_until_s=org.now_s() + 60, answer=answer)
    assert ask(org, host=old).status == 200
    assert ask(org).status == 200
    org.clock.advance(61)
    gone = ask(org, host=old)
    assert (gone.status, [name for name in headers if gone.header(name)]) == (answer, headers)
    assert ask(org).status == 200  # the token is good at the new host
    assert b"-moved.my.salesforce.com" in refresh(org).body


def test_moving_twice_is_moving_once(org):
    org.world.move_instance(old_host_until_s=0.0, answer=404)
    there = org.instance_url
    org.world.move_instance(old_host_until_s=0.0, answer=404)
    assert org.instance_url == there


def test_healing_brings_host_and_logins_back(org):
    before = org.instance_url
    org.world.move_instance(old_host_until_s=0.0, answer=404)
    org.world.end_refresh_tokens()
    org.world.block_password_logins()
    org.world.expire_password()
    org.heal()
    assert org.instance_url == before
    assert refresh(org).status == 200
    known = org.credentials
    assert org.identity.admitted_by_password(known.username, known.password + known.security_token).username == known.username
    assert not org.identity.is_password_expired(org.integration_user_id)


def test_a_reused_refresh_token_ends_its_line_only_when_that_is_punished(org):
    import json

    org.world.rotate_refresh_tokens(0.0)
    old = org.credentials.refresh_token
    newest = json.loads(refresh(org).body)["refresh_token"]
    assert refresh(org, old).status == 400
    newest = json.loads(refresh(org, newest).body)["refresh_token"]  # it lives
    org.world.punish_refresh_reuse()
    assert refresh(org, old).status == 400
    assert refresh(org, newest).status == 400
