"""What is true of every journal, every secret, every draw and every value."""

import base64
from urllib.parse import quote

from hypothesis import assume, given
from hypothesis import strategies as st

from sfchaos.core.canonical import canonical_json, canonical_value
from sfchaos.core.chance import below, unit
from sfchaos.core.declaration import Declaration, Flow, declaration_from
from sfchaos.core.journal import KINDS, Journal, check_chain
from sfchaos.core.masking import masked_body
from sfchaos.core.messages import Request
from sfchaos.core.operations import OPERATIONS, classify
from sfchaos.core.redact import SecretBook

TEXT = st.text(max_size=30)
VALUES = st.recursive(st.one_of(st.integers(-(2**70), 2**70), TEXT), lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)), max_leaves=6)
FIELDS = st.dictionaries(st.sampled_from(["address", "status", "rows", "text", "é"]), VALUES, max_size=3)
LINES = st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.integers(0, 10**6), FIELDS), min_size=1, max_size=6)


def journal_of(lines):
    journal = Journal()
    for kind, at_s, fields in lines:
        journal.add(kind, at_s=at_s, **fields)
    return journal


@given(lines=LINES)
def test_a_journal_of_any_lines_is_sound_and_read_back_whole(lines):
    journal = journal_of(lines)
    found = check_chain(journal.data())
    assert (found.trouble, found.head, found.lines) == ("", journal.head, journal.lines)


@given(lines=LINES, data=st.data())
def test_a_byte_changed_anywhere_shows(lines, data):
    """In the chain, or, for the last line, in the head that the manifest states."""
    journal = journal_of(lines)
    raw = bytearray(journal.data())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    found = check_chain(bytes(raw))
    assert found.trouble or found.head != journal.head


@given(raw=st.binary(max_size=60))
def test_reading_any_bytes_as_a_journal_raises_nothing(raw):
    found = check_chain(raw)
    assert found.trouble or not raw


SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=8, max_size=40)
FORMS = {
    "plain": lambda s, before: s,
    "url": lambda s, before: quote(s, safe=""),
    "hex": lambda s, before: s.encode().hex(),
    "HEX": lambda s, before: s.encode().hex().upper(),
    "base64": lambda s, before: base64.b64encode(before + s.encode() + b"\n\n\n").decode(),
    "base64url": lambda s, before: base64.urlsafe_b64encode(before + s.encode() + b"\n\n\n").decode(),
    "head": lambda s, before: s[:12],
}


@given(secret=SECRETS, form=st.sampled_from(sorted(FORMS)), before=st.sampled_from([b"", b"u", b"u:", b"me:"]), around=st.tuples(TEXT, TEXT))
def test_no_secret_is_left_in_scrubbed_text(secret, form, before, around):
    assume(form != "head" or (len(secret) > 24 and not secret.startswith(("00D", "-----BEGIN"))))
    shown = FORMS[form](secret, before)
    assume(len(secret.encode()) >= 12 or "base64" not in form)  # of a short one the inner part that never changes is too short to be told
    book = SecretBook()
    book.learn(secret, "password")
    text, hits = book.scrub(f"{around[0]}{shown}{around[1]}")
    assert hits
    assert secret not in text
    assert shown not in text or form in ("base64", "base64url")
    assert "secret:1" in text


@given(secrets=st.lists(SECRETS, min_size=1, max_size=4, unique=True), text=TEXT)
def test_what_is_scrubbed_twice_is_scrubbed_once(secrets, text):
    assume(not any(secret in f"secret:{n}" for secret in secrets for n in range(9)))
    book = SecretBook()
    for secret in secrets:
        book.learn(secret, "token")
    once, _ = book.scrub(text + " ".join(secrets))
    assert book.scrub(once)[0] == once


@given(seed=st.integers(0, 2**31), purpose=TEXT)
def test_chance_is_spread_evenly(seed, purpose):
    """Of 400 draws each tenth of the range gets its share: 40, and less than 6.5 standard deviations (39) off."""
    tenths = [0] * 10
    for n in range(400):
        tenths[int(unit(seed, purpose, n) * 10)] += 1
    assert max(tenths) < 79
    assert min(tenths) > 1


@given(seed=st.integers(0, 2**31), pair=st.lists(TEXT, min_size=2, max_size=2, unique=True))
def test_two_purposes_agree_no_more_often_than_by_chance(seed, pair):
    """Of 300 coins for two purposes about half agree: 150, and less than 6.5 standard deviations (56) off."""
    agree = sum(below(2, seed, pair[0], n) == below(2, seed, pair[1], n) for n in range(300))
    assert 94 < agree < 206


TYPES = st.sampled_from(["string", "boolean", "int", "double", "currency", "percent", "datetime", "date", "id", "reference", "picklist"])
FIELD_VALUES = st.one_of(st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(), TEXT, st.decimals(allow_nan=True, places=6), st.datetimes().map(str),
                         st.sampled_from(["2026-01-15T09:00:00.000+0000", "1e400", "9" * 40, "0e-99999", "-0.0", "0001-01-01", "00:00", "1e999999999", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]))  # fmt: skip


@given(value=FIELD_VALUES, field_type=TYPES)
def test_the_text_of_a_value_is_its_own_text(value, field_type):
    once = canonical_value(value, field_type)
    assume(field_type != "datetime" or once is None or not once.lstrip("-").isdigit())  # an instant's text is milliseconds, which is no instant
    assert canonical_value(once, field_type) == once


@given(value=VALUES)
def test_json_in_canonical_form_is_read_back_and_written_alike(value):
    import json

    data = canonical_json(value)
    assert canonical_json(json.loads(data)) == data


@given(method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "TRACE"]), parts=st.lists(st.sampled_from(
    ["services", "data", "v62.0", "sobjects", "Account", "001", "composite", "tree", "jobs", "ingest", "query", "async", "62.0", "job", "", "..", "%2F", "é", "Soap", "oauth2", "token"]), max_size=8),
    query=TEXT, body=st.binary(max_size=40))  # fmt: skip
def test_every_request_has_an_operation_and_a_body_of_one_form(method, parts, query, body):
    request = Request(method, f"https://acme.my.salesforce.com/{'/'.join(parts)}?{quote(query)}", (("Content-Type", "application/json"),), body)
    found = classify(request)
    assert found.op in OPERATIONS or found.op.startswith("soap.")
    again = Request(method, request.url, request.headers, masked_body(request))
    assert masked_body(again) == again.body


NAMES = st.text("abcXYZ_", min_size=1, max_size=8)
FLOWS = st.builds(Flow, NAMES, st.sampled_from(["to-salesforce", "from-salesforce"]), NAMES, external_id=NAMES, operations=st.lists(NAMES, max_size=2).map(tuple),
                  fields=st.dictionaries(NAMES, NAMES, max_size=3), sensitive=st.lists(NAMES, max_size=2).map(tuple), has_source=st.booleans())  # fmt: skip


@given(flows=st.lists(FLOWS, max_size=3).map(tuple), scopes=st.lists(NAMES, max_size=3).map(tuple), thresholds=st.dictionaries(NAMES, st.integers(0, 10**5).map(float), max_size=3))
def test_any_declaration_survives_its_tree(flows, scopes, thresholds):
    declared = Declaration("x", flows, scopes, thresholds=thresholds)
    assert declaration_from(declared.as_dict()) == declared
