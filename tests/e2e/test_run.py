"""`sfchaos run`: programs that know nothing of us, in processes of their own, over https through the proxy."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time

import pytest

HTTPX = """
import os
import httpx

with httpx.Client() as client:
    login = client.post(os.environ["SF_LOGIN_URL"] + "/services/oauth2/token", data={
        "grant_type": "password", "client_id": os.environ["SF_CLIENT_ID"], "client_secret": os.environ["SF_CLIENT_SECRET"],
        "username": os.environ["SF_USERNAME"], "password": os.environ["SF_PASSWORD"] + os.environ["SF_SECURITY_TOKEN"]}).json()
    made = client.post(login["instance_url"] + "/services/data/v62.0/sobjects/Account", json={"Name": "Acme"},
                       headers={"Authorization": "Bearer " + login["access_token"]})
    print(login["instance_url"], made.status_code)
"""

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)", "MARK"])
print("started", flush=True)
time.sleep(600)
"""


def test_an_unmodified_program_talks_to_the_org_and_its_exit_code_is_passed_on(shell):
    done = shell("run", *shell.python("blind.py"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "rows 2\n", "")
    assert shell("run", *shell.python("blind.py", "7")).returncode == 7
    assert shell.left_over() == []
    assert sorted(path.name for path in shell.folder.iterdir()) == ["blind.py", "careful.py"], "nothing is judged, nothing written"


def test_a_program_on_httpx_is_served_too(shell):
    done = shell("run", *shell.python(shell.script("sync.py", HTTPX)))
    assert done.stdout == "https://acme.my.salesforce.com 201\n", done.stderr


def test_curl_is_served_too(shell):
    if shutil.which("curl") is None:
        pytest.fail("the machine that runs these tests needs curl")
    line = 'curl -sS -H "Authorization: Bearer $SF_ACCESS_TOKEN" "$SF_INSTANCE_URL/services/data/v62.0/limits/recordCount?sObjects=User"'
    done = shell("run", "--", "sh", "-c", line)
    assert [row["name"] for row in json.loads(done.stdout)["sObjects"]] == ["User"], done.stderr


def test_every_promised_name_is_in_the_environment(shell):
    script = """
import json, os, stat
print(json.dumps({**os.environ, "mode": oct(stat.S_IMODE(os.stat(os.environ["SF_PRIVATE_KEY"]).st_mode)), "key": open(os.environ["SF_PRIVATE_KEY"]).readline()}))
"""
    shell.env |= {"HTTP_PROXY": "http://elsewhere.example:3128", "SF_DOMAIN": "left over"}
    env = json.loads(shell("run", *shell.python(shell.script("env.py", script))).stdout)
    assert env["SF_LOGIN_URL"] == "https://login.salesforce.com"
    assert env["SF_INSTANCE_URL"] == f"https://{env['SF_MY_DOMAIN']}.my.salesforce.com"
    assert env["SF_DOMAIN"] == "login"
    assert env["HTTPS_PROXY"] == env["https_proxy"] == env["SFCHAOS_HTTP"]
    assert env["NO_PROXY"] == "127.0.0.1,localhost"
    assert env["REQUESTS_CA_BUNDLE"] == env["SSL_CERT_FILE"] == env["CURL_CA_BUNDLE"] == env["NODE_EXTRA_CA_CERTS"]
    assert (env["mode"], env["key"]) == ("0o600", "-----BEGIN PRIVATE KEY-----\n")
    assert {"SF_USERNAME", "SF_PASSWORD", "SF_SECURITY_TOKEN", "SF_CLIENT_ID", "SF_CLIENT_SECRET", "SF_REFRESH_TOKEN", "SF_ACCESS_TOKEN", "SF_ORG_ID",
            "NODE_USE_ENV_PROXY", "SF_DISABLE_DNS_CHECK"} <= set(env)  # fmt: skip
    assert "HTTP_PROXY" not in env


def test_output_is_passed_on_byte_by_byte(shell):
    script = shell.script("bytes.py", r"import sys; sys.stdout.buffer.write(b'\xff\x00\r\n\xe2\x82 no line end'); sys.stderr.write('to stderr')")
    done = subprocess.run(shell.command("run", *shell.python(script)), cwd=shell.folder, env=shell.env, capture_output=True, timeout=60, check=False)
    assert done.stdout == b"\xff\x00\r\n\xe2\x82 no line end"
    assert done.stderr.startswith(b"to stderr")


def test_under_a_scenario_a_blind_retry_fails_with_its_story_and_a_line_that_plays_it_again(shell):
    done = shell("run", "--scenario", "lost-write-reply", "--seed", "7", *shell.python("blind.py"))
    assert done.returncode == 1
    assert done.stdout == "rows 2\nrows 3\n", "stdout is the program's own: the clean run, then the faulted one"
    for told in ("FAIL  SFC-INT-06", "row.create/Account#2~1   POST  201, reply lost   <- net.response_lost", "remedy: ", "again:  sfchaos replay sfx1."):
        assert told in done.stderr, told
    assert (shell.folder / "evidence" / "run-0001" / "evidence.json").is_file()
    assert shell("verify", "evidence/run-0001").returncode == 0

    import shlex

    again = next(line for line in done.stderr.splitlines() if "again:" in line).partition("again:  sfchaos ")[2]
    replayed = shell(*shlex.split(again))
    assert replayed.returncode == 1
    assert "FAIL  SFC-INT-06" in replayed.stderr
    assert shell.left_over() == []


def test_a_sound_program_passes_and_the_document_is_on_stdout_when_asked(shell):
    done = shell("run", "--scenario", "lost-write-reply", "--seed", "7", "--json", *shell.python("careful.py"))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout[done.stdout.index("{") :])
    assert document["schema"] == "sfchaos.evidence/1"
    assert {row["objective"]: row["verdict"] for row in document["results"]}["SFC-INT-06"] == "pass"
    assert [run["target_exit"] for run in document["runs"]] == [0, 0]


def test_the_exit_code_may_be_the_programs_own(shell):
    done = shell("run", "--scenario", "lost-write-reply", "--exit-code", "target", *shell.python("blind.py"))
    assert "FAIL  SFC-INT-06" in done.stderr
    assert done.returncode == 0


def test_another_host_is_refused_and_told(shell):
    script = shell.script("phone.py", "import requests\ntry:\n    requests.get('https://telemetry.example/')\nexcept requests.ConnectionError as e:\n    print('refused' if '403' in str(e) else e)")
    done = shell("run", *shell.python(script))
    assert done.stdout == "refused\n"
    assert "refused: telemetry.example" in done.stderr
    assert "`hosts` of sfchaos.toml" in done.stderr
    assert "no request reached the org" in done.stderr

    judged = shell("run", "--scenario", "lost-write-reply", *shell.python(script))
    assert "refused: telemetry.example" in judged.stderr
    journal = (shell.folder / "evidence" / "run-0001" / "journal.jsonl").read_text().splitlines()
    egress = [line for line in map(json.loads, journal) if line["kind"] == "egress"]
    assert [(line["host"], line["action"]) for line in egress] == [("telemetry.example", "refused")] * len(egress)
    assert egress


def test_a_program_that_distrusts_the_ca_is_told_why(shell):
    line = 'env -u REQUESTS_CA_BUNDLE -u CURL_CA_BUNDLE -u SSL_CERT_FILE curl -sS "$SF_INSTANCE_URL/services/data"'
    done = shell("run", "--", "sh", "-c", line)
    assert done.returncode == 60
    assert "no TLS with acme.my.salesforce.com" in done.stderr


def test_a_hanging_program_is_ended_with_all_its_children(shell, gone):
    script = shell.script("hang.py", STUBBORN.replace("MARK", f"mark-of-{shell.folder}"))
    begun = time.monotonic()
    done = shell("run", "--timeout", "1", *shell.python(script))
    assert done.stdout == "started\n"
    assert "timeout: still running after 1 s" in done.stderr
    assert done.returncode == 1
    assert time.monotonic() - begun < 30
    assert gone(f"mark-of-{shell.folder}")
    assert shell.left_over() == []


def test_children_left_behind_by_a_program_that_ends_are_ended_too(shell, gone):
    mark = f"mark-of-{shell.folder}"
    script = shell.script("daemon.py", f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', {mark!r}])\n")
    assert shell("run", *shell.python(script)).returncode == 0
    assert gone(mark)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_when_we_are_stopped_the_program_is_too_and_nothing_stays(shell, gone, number):
    mark = f"mark-of-{shell.folder}"
    script = shell.script("hang.py", STUBBORN.replace("MARK", mark))
    child = shell.start("run", "--scenario", "lost-write-reply", *shell.python(script))
    assert child.stdout is not None
    assert child.stdout.readline() == "started\n"
    child.send_signal(number)
    _, told = child.communicate(timeout=30)
    assert child.returncode == 128 + number, told
    assert "Traceback" not in told
    assert gone(mark)
    assert shell.left_over() == []


def test_a_storm_is_cut_short_and_reported(shell):
    script = shell.script("storm.py", """
import os, requests
url = os.environ["SF_INSTANCE_URL"] + "/services/data/v62.0/limits"
while True:
    try:
        requests.get(url, headers={"Authorization": "Bearer wrong"})
    except requests.ConnectionError:
        pass
""")
    done = shell("run", *shell.python(script))
    assert done.returncode == 1
    assert "storm: 20 refused repeats" in done.stderr
