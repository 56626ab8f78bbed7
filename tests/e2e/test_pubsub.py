"""`sfchaos run --pubsub` and `serve --pubsub`: gRPC clients in processes of their own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

# By the address of Salesforce's own host, and by that of the run; messages are written by hand: a stub adds nothing here.
PROGRAM = """
import os, sys
import grpc

metadata = (("accesstoken", os.environ["SF_ACCESS_TOKEN"]), ("instanceurl", os.environ["SF_INSTANCE_URL"]), ("tenantid", os.environ["SF_ORG_ID"]))
for target in ("api.pubsub.salesforce.com:7443", os.environ["SFCHAOS_PUBSUB"]):
    credentials = grpc.ssl_channel_credentials()
    with grpc.secure_channel(target, credentials) as channel:
        reply = channel.unary_unary("/eventbus.v1.PubSub/GetTopic")(b"\\n\\x0f/event/Order__e", metadata=metadata, timeout=20)
    print(reply[2:17].decode())
"""


def test_a_client_of_salesforces_own_host_reaches_the_run_through_the_proxy(shell):
    done = shell("run", "--pubsub", *shell.python(shell.script("events.py", PROGRAM)))
    assert (done.returncode, done.stdout) == (0, "/event/Order__e\n/event/Order__e\n"), done.stderr


def test_the_configuration_can_ask_for_it(shell):
    (shell.folder / "sfchaos.toml").write_text("pubsub = true\n")
    done = shell("run", *shell.python(shell.script("events.py", PROGRAM)))
    assert done.stdout == "/event/Order__e\n/event/Order__e\n", done.stderr


def test_a_program_that_fails_is_replayed_with_its_pubsub_api(shell):
    (shell.folder / "org.json").write_text(json.dumps({"sfchaos_schedule": 1, "rules": [{"fault": "http.503", "on": "event.topic/*", "times": 1}]}))
    done = shell("run", "--pubsub", "--schedule", "org.json", *shell.python(shell.script("events.py", PROGRAM)))
    assert "--pubsub=0" in done.stdout + done.stderr


@pytest.mark.parametrize("options", [(), ("--https",)], ids=["clear", "tls"])
def test_serve_says_where_the_pubsub_api_is(shell, options):
    import grpc

    child = shell.start("serve", "--port", "0", "--pubsub=0", "--env-file", "env", *options)
    ends = time.monotonic() + 30
    while not (shell.folder / "env").exists():
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < ends, child.communicate()
        time.sleep(0.02)
    env = dict(line.partition("=")[::2] for line in (shell.folder / "env").read_text().splitlines())
    metadata = (("accesstoken", env["SF_ACCESS_TOKEN"]), ("instanceurl", env["SF_INSTANCE_URL"]), ("tenantid", env["SF_ORG_ID"]))
    if options:
        with open(env["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"], "rb") as roots:
            channel = grpc.secure_channel(env["SFCHAOS_PUBSUB"], grpc.ssl_channel_credentials(roots.read()))
    else:
        channel = grpc.insecure_channel(env["SFCHAOS_PUBSUB"])
    with channel:
        reply = channel.unary_unary("/eventbus.v1.PubSub/GetTopic")(b"\n\x0f/event/Order__e", metadata=metadata, timeout=20)
    assert reply[2:17] == b"/event/Order__e"
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    assert (child.returncode, err) == (0, "")
    assert f"Pub/Sub API at {env['SFCHAOS_PUBSUB']}" in out


def test_a_missing_extra_is_a_usage_error_that_names_it(shell):
    blind = "import sys; sys.modules['grpc'] = None; from sfchaos.cli.main import main; sys.argv[1:] = ['serve', '--port', '0', '--pubsub=0']; main()"
    done = subprocess.run([sys.executable, "-c", blind], capture_output=True, text=True, cwd=shell.folder, timeout=60, check=False)
    assert done.returncode == 2
    assert "pip install 'sfchaos[pubsub]'" in done.stderr
