"""Credentials: shapes, canaries, environment."""

import re

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sfchaos.org.org import Org


@pytest.fixture
def org():
    return Org(seed=3)


def test_secrets_have_the_shapes_that_scanners_look_for(org):
    credentials = org.credentials
    assert re.fullmatch(r"3MVG9[\w.]{80}", credentials.client_id)
    assert re.fullmatch(r"[0-9A-F]{64}", credentials.client_secret)
    assert re.fullmatch(r"00D\w{12}!AQ[\w.]{94}", credentials.access_token)
    assert re.fullmatch(r"5Aep861[\w.]{80}", credentials.refresh_token)
    assert credentials.username == "sync@acme.example"


def test_every_secret_is_known_to_the_book_before_it_is_used(org):
    credentials = org.credentials
    secrets = {
        "password": credentials.password, "security_token": credentials.security_token, "client_secret": credentials.client_secret,
        "access_token": credentials.access_token, "refresh_token": credentials.refresh_token, "private_key": credentials.private_key_pem(),
    }  # fmt: skip
    assert {what: org.secrets.what(value) for what, value in secrets.items()} == {what: what for what in secrets}


def test_the_environment_under_the_proxy_names_salesforce_hosts(org):
    env = org.credentials.environment()
    assert env["SF_LOGIN_URL"] == "https://login.salesforce.com"
    assert env["SF_INSTANCE_URL"] == "https://acme.my.salesforce.com"
    assert (env["SF_MY_DOMAIN"], env["SF_DOMAIN"], env["SF_ORG_ID"]) == ("acme", "login", org.org_id)
    assert "SFCHAOS_HTTP" not in env
    assert "SF_PRIVATE_KEY" not in env


def test_the_environment_over_plain_http_names_the_server_and_the_key_file(org):
    env = org.credentials.environment("http://127.0.0.1:8700", "/run/key.pem")
    assert env["SF_LOGIN_URL"] == env["SF_INSTANCE_URL"] == env["SFCHAOS_HTTP"] == "http://127.0.0.1:8700"
    assert env["SF_PRIVATE_KEY"] == "/run/key.pem"


def test_no_value_of_the_environment_breaks_a_line_of_an_env_file(org):
    assert all(re.fullmatch(r"[\w.!@:/=+-]+", value) for value in org.credentials.environment().values())


def test_reading_the_ready_token_does_not_bring_it_back_to_life(org):
    token = org.credentials.access_token
    org.sessions.expire_session(token)
    assert org.credentials.access_token == token
    assert org.sessions.find(token) is None


def test_the_private_key_is_rsa_2048_and_made_once(org):
    pem = org.credentials.private_key_pem()
    assert load_pem_private_key(pem.encode(), None).key_size == 2048
    assert Org(seed=9).credentials.private_key_pem() == pem
