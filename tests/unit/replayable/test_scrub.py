"""What must not stand in a cassette is replaced, whether by where it stands, by its shape, or because it is known."""

import json
from urllib.parse import parse_qs

import pytest

from sfchaos.core.redact import SecretBook
from sfchaos.replayable.scrub import Scrubber, secrets_in

TOKEN = "00D5e0000000001!AQ8AQFaked.Faked_Faked123456789012345678"


def test_headers_lose_cookies_and_keep_the_scheme_before_a_token():
    given = [("Authorization", f"OAuth {TOKEN}"), ("X-SFDC-Session", TOKEN), ("Cookie", "sid=1"), ("Set-Cookie", "BrowserId=x"), ("Accept", "*/*")]
    assert Scrubber().headers(given) == (
        ("Authorization", "OAuth SCRUBBED-access_token"), ("X-SFDC-Session", "SCRUBBED-access_token"), ("Accept", "*/*"),
    )  # fmt: skip


def test_a_login_form_keeps_its_grant_and_loses_the_rest():
    body = b"grant_type=password&client_id=CK&client_secret=CS&username=u%40acme.example&password=p%26w"
    form = parse_qs(Scrubber().body(body, "application/x-www-form-urlencoded; charset=UTF-8").decode())
    assert form == {"grant_type": ["password"], "client_id": ["SCRUBBED-client_id"], "client_secret": ["SCRUBBED-client_secret"],
                    "username": ["SCRUBBED-username"], "password": ["SCRUBBED-password"]}  # fmt: skip


def test_a_form_without_secrets_and_bytes_that_are_no_text_stay_as_they_are():
    assert Scrubber().body(b"q=a+b&x=%2F", "application/x-www-form-urlencoded") == b"q=a+b&x=%2F"
    assert Scrubber().body(b"\xff\xfe\x00password=1", "application/octet-stream") == b"\xff\xfe\x00password=1"


def test_a_token_reply_keeps_its_keys_and_their_order():
    reply = json.dumps({"access_token": TOKEN, "instance_url": "https://acme.my.salesforce.com", "signature": "m9=", "id": "https://x/id/1"})
    kept = json.loads(Scrubber().text(reply))
    assert list(kept) == ["access_token", "instance_url", "signature", "id"]
    assert (kept["access_token"], kept["signature"]) == ("SCRUBBED-access_token", "SCRUBBED-signature")


def test_a_soap_login_loses_password_and_session():
    text = "<n1:username>u@x</n1:username><n1:password>pw</n1:password><sessionId>00Dabc</sessionId><userId>005</userId>"
    assert Scrubber().text(text) == (
        "<n1:username>SCRUBBED-username</n1:username><n1:password>SCRUBBED-password</n1:password><sessionId>SCRUBBED-access_token</sessionId><userId>005</userId>"
    )


@pytest.mark.parametrize("secret", [
    TOKEN, TOKEN.replace("!", "%21"), "3MVG9" + "a1.B" * 20, "5Aep861" + "Ab1_" * 12, "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIzTVZHIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ",
    "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
], ids=["session", "session in a url", "consumer key", "refresh token", "assertion", "key"])  # fmt: skip
def test_a_secret_is_known_by_its_shape_wherever_it_stands(secret):
    text = f'{{"Description":"see {secret} there"}}'
    assert secrets_in(text)
    assert secret not in Scrubber().text(text)
    assert secrets_in(Scrubber().text(text)) == []


def test_what_the_book_knows_is_replaced_in_every_form():
    book = SecretBook()
    book.learn("correct-horse-battery", "password")
    text = "a correct-horse-battery and " + b"correct-horse-battery".hex()
    assert secrets_in(text, book)
    assert Scrubber(book).text(text) == "a SCRUBBED-password and SCRUBBED-password"


@pytest.mark.parametrize("text", [
    "Bearer abcdefghijklmnop", "body: grant_type=x&password=hunter22", '{"refresh_token":"r"}', "<password>pw</password>", "Set-Cookie: BrowserId=1",
    "      set-cookie:\n      - x",
])  # fmt: skip
def test_a_text_with_a_secret_is_not_clean(text):
    assert secrets_in(text)


@pytest.mark.parametrize("text", [
    "Bearer SCRUBBED-access_token", "grant_type=password&password=SCRUBBED-password", '{"access_token":"SCRUBBED-access_token"}', "0015e00000AAAAAAA5",
    "the bearer of this letter",
])  # fmt: skip
def test_ordinary_text_is_clean(text):
    assert secrets_in(text) == []
