"""`sfchaos serve`: the org on a port, its control API, and an end that leaves nothing behind."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

READY_S = 30


class Served:
    """A running `sfchaos serve`: its environment file as a mapping, and calls as the integration user makes them."""

    def __init__(self, child: subprocess.Popen[str], env_file: Path) -> None:
        self.child, self.env_file = child, env_file
        ends_at = time.monotonic() + READY_S
        while not env_file.exists():
            if child.poll() is not None or time.monotonic() > ends_at:
                pytest.fail(f"serve did not get ready: {child.communicate()}")
            time.sleep(0.02)
        self.env = dict(line.partition("=")[::2] for line in env_file.read_text().splitlines())
        self.url = self.env["SFCHAOS_HTTP"]
        self.session = requests.Session()
        self.session.trust_env = False

    def call(self, method: str, path: str, body: object = None, **options: object) -> requests.Response:
        headers = {"Authorization": "Bearer " + self.env["SF_ACCESS_TOKEN"]}
        return self.session.request(method, f"{self.url}/services/data/v62.0{path}", json=body, headers=headers, timeout=20, **options)

    def control(self, method: str, name: str, body: object = None) -> requests.Response:
        return self.session.request(method, f"{self.url}/__sfchaos/{name}", json=body, timeout=20)

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        self.session.close()
        self.child.send_signal(number)
        out, err = self.child.communicate(timeout=20)
        return self.child.returncode, out, err


@pytest.fixture
def serve(shell):
    @contextmanager
    def served(*options: str) -> Iterator[Served]:
        found = Served(shell.start("serve", "--port", "0", "--env-file", "env", *options), shell.folder / "env")
        try:
            yield found
        finally:
            found.session.close()

    return served


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped_and_takes_everything_along(shell, serve, number):
    with serve("--seed", "7") as served:
        assert stat.S_IMODE(served.env_file.stat().st_mode) == 0o600
        assert served.env["SF_LOGIN_URL"] == served.env["SF_INSTANCE_URL"] == served.url
        assert Path(served.env["SF_PRIVATE_KEY"]).read_text().startswith("-----BEGIN PRIVATE KEY-----")
        assert served.call("POST", "/sobjects/Account", {"Name": "Acme"}).status_code == 201
        code, out, err = served.stop(number)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"serving standard@2 at {served.url}  (seed 7; Ctrl-C stops)"
    assert out.splitlines()[1] == "stopped after 1 requests"
    assert not served.env_file.exists()
    assert shell.left_over() == []
    with pytest.raises(requests.ConnectionError):
        requests.get(served.url, timeout=2)


def test_a_password_login_over_plain_http_stays_on_this_address(serve):
    with serve() as served:
        env = served.env
        reply = served.session.post(env["SF_LOGIN_URL"] + "/services/oauth2/token", timeout=20, data={
            "grant_type": "password", "client_id": env["SF_CLIENT_ID"], "client_secret": env["SF_CLIENT_SECRET"],
            "username": env["SF_USERNAME"], "password": env["SF_PASSWORD"] + env["SF_SECURITY_TOKEN"]}).json()  # fmt: skip
        assert reply["instance_url"] == served.url


def test_the_same_seed_serves_the_same_secrets(serve):
    secrets = []
    for _ in range(2):
        with serve("--seed", "7") as served:
            secrets.append((served.env["SF_PASSWORD"], served.env["SF_CLIENT_SECRET"], served.env["SF_ACCESS_TOKEN"]))
            served.stop()
    assert secrets[0] == secrets[1]


def test_faults_phases_and_the_clock_are_set_from_outside(serve):
    with serve() as served:
        rules = [{"fault": "http.503", "on": "row.create/Account"}]
        assert served.control("POST", "arm", {"sfchaos_schedule": 1, "rules": rules}).json() == {"armed": ["r1"]}
        assert served.control("POST", "phase", {"phase": "load"}).json() == {"phase": "load"}
        assert [served.call("POST", "/sobjects/Account", {"Name": "A"}).status_code for _ in range(2)] == [503, 201]

        state = served.control("GET", "state").json()
        assert state["rows"] == {"Account": 1}
        assert (state["requests"], state["fired"]) == (2, {"r1": 1})
        assert state["limits"]["DailyApiRequests"] == {"used": 1, "max": 15000}, "what the fault answered never reached the org"

        lines = [json.loads(line) for line in served.control("GET", "journal").text.splitlines()]
        assert [line["kind"] for line in lines] == ["phase", "exchange", "exchange"]
        assert lines[1]["phase"] == "load"

        before = state["clock"]["now_s"]
        assert served.control("POST", "clock", {"advance": "3h"}).json()["now_s"] - before >= 3 * 3600
        assert served.call("GET", "/limits").json()[0]["errorCode"] == "INVALID_SESSION_ID", "the session slept too long"

        served.control("POST", "arm", {"sfchaos_schedule": 1, "rules": [{"fault": "http.503", "on": "*", "times": "always"}]})
        assert served.control("DELETE", "arm").json() == {"armed": []}
        assert served.call("GET", "").status_code != 503


def test_it_serves_tls_that_its_own_bundle_trusts(serve):
    with serve("--https") as served:
        assert served.url.startswith("https://127.0.0.1:")
        assert served.session.get(served.url + "/services/data", verify=served.env["REQUESTS_CA_BUNDLE"], timeout=20).status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            served.session.get(served.url + "/services/data", timeout=20)


def test_an_org_in_a_file_is_there_again_the_next_day(shell, serve):
    for count in (1, 2):
        with serve("--org-file", "org.db", "--seed", "7") as served:
            assert served.call("POST", "/sobjects/Account", {"Name": f"Acme {count}"}).status_code == 201
            assert served.call("GET", "/query?q=SELECT+Id+FROM+Account").json()["totalSize"] == count
            assert served.stop()[0] == 0


def test_a_scenario_is_armed_from_the_start_and_hammering_is_not_cut_short(serve):
    with serve("--scenario", "lost-write-reply") as served:
        assert served.call("POST", "/sobjects/Account", {"Name": "A"}).status_code == 201
        with pytest.raises(requests.ConnectionError):
            served.call("POST", "/sobjects/Account", {"Name": "B"})
        wrong = {"Authorization": "Bearer wrong"}
        assert {served.session.get(served.url + "/services/data/v62.0/limits", headers=wrong, timeout=20).status_code for _ in range(30)} == {401}
        assert served.control("GET", "state").json()["rows"] == {"Account": 2}


def test_what_cannot_be_served_is_told_with_a_remedy(shell):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = shell("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "cannot listen on 127.0.0.1" in done.stderr
    assert "remedy: choose another --port" in done.stderr
    done = shell("serve", "--port", "0", "--env-file", "no/such/env")
    assert done.returncode == 2
    assert "there is no folder" in done.stderr
    assert "remedy: " in done.stderr
    assert shell.left_over() == []
