"""A real browser (Chromium, headless) goes through login and consent, over loopback: forms, cookies, redirects and policies must be ones it takes.

Without Chromium these tests fail: `apt-get install chromium` (or CHROMIUM names the program).
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect, sync_playwright

from sfchaos.core.clock import SystemClock
from sfchaos.doors.server import Server
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig

ADMIN = "admin@acme.example"
WAIT_MS = 20_000


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    # None: the one that `playwright install chromium` fetched; where there is none either, the launch fails and says what to do
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: object) -> Iterator[Page]:
    context = chromium.new_context()
    context.set_default_timeout(WAIT_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def org() -> Org:
    return Org(seed=7, clock=SystemClock())


@pytest.fixture
def origin(org: Org) -> Iterator[str]:
    clock = org.clock
    rig = Rig(org, clock=clock, seed=7)
    with Server(rig.handle, clock=clock, settle=rig.settle, next_due_s=rig.next_due_s) as server:
        yield server.url
    assert "defect" not in org.receipt.facts, org.receipt.facts["defect"]


@contextmanager
def listening() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A client's redirect URI on loopback, and the answers that arrive there."""
    answers: list[dict[str, str]] = []

    class Callback(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/OauthRedirect"):
                answers.append(dict(parse_qsl(urlsplit(self.path).query)))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<h1>back</h1>")

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Callback)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/OauthRedirect", answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(page: Page, origin: str, org: Org, redirect_uri: str, **more: str) -> None:
    asked = {"response_type": "code", "client_id": org.credentials.client_id, "redirect_uri": redirect_uri, "state": "s-1", **more}
    page.goto(f"{origin}/services/oauth2/authorize?{urlencode(asked)}")


def log_in(page: Page, password: str) -> None:
    page.get_by_label("Username").fill(ADMIN)
    page.get_by_label("Password").fill(password)
    page.locator("#Login").click()


def test_a_person_logs_in_allows_and_the_client_gets_a_token_that_works(page: Page, origin: str, org: Org) -> None:
    verifier = "v" * 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    with listening() as (redirect_uri, answers):
        ask(page, origin, org, redirect_uri, code_challenge=challenge, code_challenge_method="S256")
        expect(page).to_have_title("Log In to Salesforce")
        log_in(page, org.credentials.password_of(ADMIN))
        expect(page.locator("#app")).to_have_text("Integration")
        expect(page.locator("#scopes li")).to_have_count(3)
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_role("heading", name="back")).to_be_visible()
    assert [answer["state"] for answer in answers] == ["s-1"]
    form = {"grant_type": "authorization_code", "code": answers[0]["code"], "redirect_uri": redirect_uri, "client_id": org.credentials.client_id,
            "client_secret": org.credentials.client_secret, "code_verifier": verifier}  # fmt: skip
    values = requests.post(f"{origin}/services/oauth2/token", data=form, timeout=20).json()
    bearer = {"Authorization": f"Bearer {values['access_token']}"}
    found = requests.get(f"{values['instance_url']}/services/data/v62.0/query", params={"q": "SELECT Username FROM User WHERE Alias = 'admin'"}, headers=bearer, timeout=20)
    assert [row["Username"] for row in found.json()["records"]] == [ADMIN]


def test_a_wrong_password_is_told_and_the_right_one_goes_on(page: Page, origin: str, org: Org) -> None:
    with listening() as (redirect_uri, answers):
        ask(page, origin, org, redirect_uri)
        log_in(page, "wrong")
        expect(page.get_by_role("alert")).to_contain_text("Please check your username and password.")
        expect(page.get_by_label("Username")).to_have_value(ADMIN)
        log_in(page, org.credentials.password_of(ADMIN))
        expect(page.get_by_role("button", name="Deny")).to_be_visible()
        page.get_by_role("button", name="Deny").click()
        expect(page.get_by_role("heading", name="back")).to_be_visible()
    assert answers == [{"error": "access_denied", "error_description": "end-user denied authorization", "state": "s-1"}]


def test_who_is_logged_in_and_has_allowed_sees_no_page(page: Page, origin: str, org: Org) -> None:
    with listening() as (redirect_uri, answers):
        ask(page, origin, org, redirect_uri)
        log_in(page, org.credentials.password_of(ADMIN))
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_role("heading", name="back")).to_be_visible()
        ask(page, origin, org, redirect_uri)
        expect(page.get_by_role("heading", name="back")).to_be_visible()
    assert len(answers) == 2
    assert len({answer["code"] for answer in answers}) == 2


def test_a_device_is_connected_on_its_page(page: Page, origin: str, org: Org) -> None:
    device = requests.post(f"{origin}/services/oauth2/token", data={"response_type": "device_code", "client_id": org.credentials.client_id}, timeout=20).json()
    page.goto(device["verification_uri"])
    page.get_by_label("Enter the code displayed on your device").fill(device["user_code"])
    page.get_by_role("button", name="Connect").click()
    log_in(page, org.credentials.password_of(ADMIN))
    page.get_by_role("button", name="Connect").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.locator("#message")).to_have_text("Your device is connected. You can close this window.")
    form = {"grant_type": "device", "client_id": org.credentials.client_id, "code": device["device_code"]}
    assert "access_token" in requests.post(f"{origin}/services/oauth2/token", data=form, timeout=20).json()


def test_the_style_of_the_pages_is_allowed_by_their_own_policy(page: Page, origin: str) -> None:
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto(origin + "/")
    assert page.locator("main").evaluate("element => getComputedStyle(element).backgroundColor") == "rgb(255, 255, 255)"
    assert [text for text in told if "Content Security Policy" in text and "favicon" not in text] == []
