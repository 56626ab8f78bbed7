"""Cassette files: what is read, what is written, and how a bad one is named."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from sfchaos.core.errors import BadFile, UsageError
from sfchaos.replayable import read_cassette, recording, replaying

HEAD = "provenance: {source: here, recorded_on: '2026-01-01', recorded_by: hand, note: none}\n"
ONE = """interactions:
- request: {method: POST, uri: 'https://x.example/a?q=1', headers: {Accept: ['*/*'], X-Two: [a, b]}, body: '{}'}
  response: {status: {code: 201, message: Created}, headers: {Content-Type: application/json}, body: {string: '{"id":1}'}}
version: 1
"""
PROVENANCE = {"source": "a stub", "recorded_on": "2026-01-01", "recorded_by": "this test", "note": "two calls"}


def written(path, text):
    path.write_text(text)
    return path


def test_an_exchange_is_read_as_request_and_response(tmp_path):
    cassette = read_cassette(written(tmp_path / "a.yaml", HEAD + ONE))
    [exchange] = cassette.exchanges
    assert (exchange.request.method, exchange.request.path, exchange.request.body) == ("POST", "/a", b"{}")
    assert exchange.request.headers == (("Accept", "*/*"), ("X-Two", "a"), ("X-Two", "b"))
    assert (exchange.response.status, exchange.response.body, exchange.response.header("content-type")) == (201, b'{"id":1}', "application/json")
    assert cassette.provenance["recorded_by"] == "hand"


@pytest.mark.parametrize(("text", "what"), [
    (ONE, "no provenance"), (HEAD.replace("source: here", "source: ''") + ONE, "lacks source"), (HEAD, "'interactions' is missing"),
    (HEAD + "interactions: []\n", "no exchange"), (HEAD + "interactions:\n- request: {}\n", "exchange 1 is not one"), (HEAD + "interactions: [\n", "is not YAML"),
])  # fmt: skip
def test_a_bad_file_is_named_with_what_it_lacks(tmp_path, text, what):
    with pytest.raises(BadFile, match=what):
        read_cassette(written(tmp_path / "a.yaml", text))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadFile, match="cannot be read"):
        read_cassette(tmp_path / "none.yaml")
    with pytest.raises(UsageError, match="no cassette"), replaying(tmp_path / "none.yaml"):
        raise AssertionError


def test_a_recording_needs_its_provenance(tmp_path):
    with pytest.raises(UsageError, match="lacks note"), recording(tmp_path / "a.yaml", provenance={**PROVENANCE, "note": ""}):
        raise AssertionError


class Stub(BaseHTTPRequestHandler):
    """Answers a login form with a token."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"access_token":"00D5e0000000001!AQ8AQFakedFakedFakedFaked","token_type":"Bearer"}'
        self.send_response(200)
        for name, value in (("Content-Type", "application/json"), ("Set-Cookie", "BrowserId=1"), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def url():
    with HTTPServer(("127.0.0.1", 0), Stub) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/services/oauth2/token"
        server.shutdown()
        thread.join()


def test_what_is_recorded_is_scrubbed_and_replays_for_other_secrets(tmp_path, url):
    path = tmp_path / "a.yaml"
    with recording(path, provenance=PROVENANCE), requests.Session() as session:
        first = session.post(url, data={"grant_type": "password", "password": "hunter22"}, timeout=5).json()
    assert first["access_token"].startswith("00D5e")  # the client itself sees the real reply
    text = path.read_text()
    assert text.startswith("provenance:\n")
    assert "hunter22" not in text
    assert "AQ8AQ" not in text
    assert "BrowserId" not in text
    with replaying(path) as cassette, requests.Session() as session:
        again = session.post(url, data={"grant_type": "password", "password": "another"}, timeout=5).json()
    assert again == {"access_token": "SCRUBBED-access_token", "token_type": "Bearer"}
    assert cassette.all_played
    [exchange] = read_cassette(path).exchanges
    for message in (exchange.request, exchange.response):  # the true length would tell how long the secret is
        assert message.header("content-length") == str(len(message.body))


def fail_after_one_call(url):
    requests.post(url, data={"password": "hunter22"}, timeout=5)
    raise ZeroDivisionError


def test_a_recording_that_fails_leaves_what_was_there(tmp_path, url):
    path = written(tmp_path / "a.yaml", HEAD + ONE)
    with pytest.raises(ZeroDivisionError), recording(path, provenance=PROVENANCE):
        fail_after_one_call(url)
    assert path.read_text() == HEAD + ONE
