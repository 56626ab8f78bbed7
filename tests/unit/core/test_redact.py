"""Secrets are found in every form that leaks in practice, and become labels."""

import base64

import pytest

from sfchaos.core.redact import SecretBook, distinct_head, forms_of

PASSWORD = "Tr0ub4dor+/&3xyz"
TOKEN = "00D000000000001!AQ4AQPn7s9Kd83hf74Gdk39fHs72hdk2"


@pytest.fixture
def book():
    book = SecretBook()
    book.learn(PASSWORD, "password")
    book.learn(TOKEN, "access_token")
    return book


def forms_found(book, text):
    return [(hit.what, hit.form) for hit in book.hits(text)]


def test_a_secret_in_clear_becomes_its_label(book):
    text, hits = book.scrub(f"login with {PASSWORD}!")
    assert text == "login with secret:1!"
    assert [(h.label, h.what, h.form, h.start, h.end) for h in hits] == [("secret:1", "password", "plain", 11, 27)]


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "user2:"])
def test_base64_is_seen_at_every_alignment(book, before):
    text = base64.b64encode(f"{before}{PASSWORD} and more".encode()).decode()
    assert forms_found(book, f"Authorization: Basic {text}") == [("password", "base64")]


@pytest.mark.parametrize("before", ["", "u", "us"])
def test_base64_for_urls_is_seen_too(before):
    secret = "\u00fb\u00ff\u00fe\u00fb\u00ff\u00fe secret \u00fb\u00ff"
    book = SecretBook()
    book.learn(secret, "key")
    text = base64.urlsafe_b64encode(f"{before}{secret} and more".encode()).decode()
    assert "-" in text or "_" in text
    assert forms_found(book, text) == [("key", "base64")]


@pytest.mark.parametrize(("text", "form"), [
    ("password=Tr0ub4dor%2B%2F%263xyz", "url-encoded"), (PASSWORD.encode().hex(), "hex"), (PASSWORD.encode().hex().upper(), "hex"),
])  # fmt: skip
def test_a_secret_is_seen_encoded(book, text, form):
    assert forms_found(book, text) == [("password", form)]


def test_the_first_twelve_characters_of_a_long_secret_give_it_away(book):
    assert forms_found(book, "token AQ4AQPn7s9Kd...") == [("access_token", "prefix")]


def test_the_org_id_before_a_session_id_is_no_secret(book):
    assert book.hits("org 00D000000000001 and 00D000000000001!") == []
    assert distinct_head(TOKEN) == "AQ4AQPn7s9Kd"


def test_a_short_secret_has_no_prefix_form():
    assert "prefix" not in {form for _, form in forms_of("a" * 24)}
    assert "prefix" in {form for _, form in forms_of("abcde" * 5)}


def test_a_pem_key_is_told_by_its_first_line_not_by_its_banner():
    pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nQ1QZXKb8kw9q3hG7sN2xJ4\n-----END PRIVATE KEY-----\n"
    assert distinct_head(pem) == "Q1QZXKb8kw9q"
    book = SecretBook()
    book.learn(pem, "private_key")
    assert book.hits("-----BEGIN PRIVATE KEY-----") == []
    assert forms_found(book, pem) == [("private_key", "plain")]


def test_labels_count_first_appearances(book):
    assert book.scrub(f"{TOKEN} {PASSWORD} {TOKEN}")[0] == "secret:1 secret:2 secret:1"
    assert book.label(PASSWORD) == "secret:2"


def test_of_two_secrets_at_one_place_the_longer_counts():
    book = SecretBook()
    book.learn("abcdefgh1234", "short")
    book.learn("abcdefgh1234XYZ", "long")
    assert [hit.what for hit in book.hits("abcdefgh1234XYZ abcdefgh1234")] == ["long", "short"]


def test_the_whole_secret_is_no_hit_of_its_prefix(book):
    assert forms_found(book, TOKEN) == [("access_token", "plain")]


def test_a_secret_at_the_very_end_is_found(book):
    assert book.scrub(f"x{PASSWORD}")[0] == "xsecret:1"


def test_short_values_are_not_watched():
    book = SecretBook()
    book.learn("abc1234", "pin")
    assert len(book) == 0
    assert book.hits("abc1234") == []


def test_a_label_for_nothing_is_nothing_and_an_unknown_value_is_learned(book):
    assert book.label("") == ""
    assert book.label("an-unknown-token", "credential") == "secret:1"
    assert forms_found(book, "saw an-unknown-token") == [("credential", "plain")]


def test_the_first_word_for_a_secret_stays(book):
    book.learn(PASSWORD, "something else")
    assert book.what(PASSWORD) == "password"
    assert book.what("nothing") == ""
    assert book.values() == [PASSWORD, TOKEN]


def test_clean_text_comes_back_as_it_was(book):
    text = "nothing to see here"
    assert book.scrub(text) == (text, [])
    assert book.scrub("") == ("", [])
