"""The nightly backfill in processes of its own: `sfchaos serve` under a schedule, Locust in front of it, and the reconciliation's verdict."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sfchaos.load.settings import read_env_file

ROOT = Path(__file__).resolve().parents[2]
STORY = ROOT / "locustfiles" / "nightly_backfill.py"
SFCHAOS = "from sfchaos.cli.main import main; main()"
STORM = {
    "sfchaos_schedule": 1, "seed": 5, "rules": [
        {"fault": "http.503", "on": "*/*", "p": 0.1},
        {"fault": "row.locked", "on": "row.upsert/Contact", "times": 3, "with": {"hold": "300ms"}},
        {"fault": "net.response_lost", "on": "row.upsert/Contact", "p": 0.1},
        {"fault": "net.response_lost", "on": "bulk2.close"},
        {"fault": "bulk.rows_failed", "on": "bulk2.close", "with": {"codes": ["UNABLE_TO_LOCK_ROW"]}},
    ],
}  # fmt: skip


@dataclass
class Served:
    """A served org: its env file, and what it printed when it was stopped."""

    env_file: Path
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return read_env_file(self.env_file)["SFCHAOS_HTTP"]

    def stop(self) -> str:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=20)[0]

    def requests(self) -> int:
        """How many requests reached it; it is stopped for the answer."""
        return int(self.stop().rpartition("stopped after ")[2].split()[0])


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    running: list[Served] = []

    def start(schedule: dict[str, object] | None = None) -> Served:
        name = f"org{len(running)}"
        env_file, command = tmp_path / f"{name}.env", [sys.executable, "-c", SFCHAOS, "serve", "--port", "0", "--seed", "3"]
        if schedule is not None:
            (tmp_path / f"{name}.json").write_text(json.dumps(schedule))
            command += ["--schedule", str(tmp_path / f"{name}.json")]
        process = subprocess.Popen([*command, "--env-file", str(env_file)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path)
        running.append(Served(env_file, process))
        for _ in range(600):
            if env_file.exists() or process.poll() is not None:
                break
            time.sleep(0.05)  # the file is the sign that it is ready
        assert env_file.exists(), process.communicate(timeout=5)[0]
        return running[-1]

    yield start
    for served in running:
        served.stop()


def backfill(folder: Path, *options: str, env: dict[str, str] | None = None, story: Path = STORY) -> tuple[subprocess.CompletedProcess[str], dict[str, object]]:
    """Locust to its end, and the reconciliation it wrote ({} for none)."""
    told = folder / "told.json"
    command = [sys.executable, "-m", "locust", "--headless", "-f", str(story), "-u", "5", "-r", "5", "-t", "60s", "--only-summary", "--reconciliation", str(told)]
    names = {name: value for name, value in os.environ.items() if not name.startswith(("SF_", "SFCHAOS", "LOCUST"))}
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=100, cwd=folder, env={**names, **(env or {})}, check=False)
    return done, json.loads(told.read_text()) if told.exists() else {}


@pytest.mark.slow
def test_under_a_storm_no_row_is_lost_and_none_is_there_twice(serve, tmp_path):
    org = serve(STORM)
    done, told = backfill(tmp_path, "--env-file", str(org.env_file), "--rest-rows", "60", "--bulk-jobs", "1", "--bulk-rows", "100", "--run-key", "night")

    assert done.returncode == 0, done.stdout + done.stderr
    assert (told["planned"], told["accepted"], told["lost"], told["duplicates"], told["unconfirmed"]) == (160, 160, [], {}, [])
    assert "160 rows planned, 160 accepted" in done.stdout
    assert "row.upsert/Contact" in done.stdout + done.stderr
    for failure in ("503 SERVER_UNAVAILABLE", "no reply", "400 UNABLE_TO_LOCK_ROW", "rows refused"):
        assert failure in done.stdout + done.stderr  # the storm was met, and the statistics say so
    assert 80 < org.requests() < 400


def test_rows_that_vanish_make_the_exit_code_one(serve, tmp_path):
    """A check that cannot fail is no check: what the org holds is told with one row missing and one twice."""
    org = serve()
    spoiled = tmp_path / "spoiled.py"
    spoiled.write_text(
        f"import sys\nsys.path.insert(0, {str(STORY.parent)!r})\nfrom nightly_backfill import NightlyBackfill\nimport sfchaos.load.backfill as story\n"
        "real = story.held_by\ndef forgetful(*a):\n    held = real(*a)\n    del held[sorted(held)[0]]\n    held[sorted(held)[0]] += 1\n    return held\n"
        "story.held_by = forgetful\n"
    )
    done, told = backfill(tmp_path, "--env-file", str(org.env_file), "--rest-rows", "5", "--bulk-jobs", "0", "--run-key", "k", story=spoiled)

    assert done.returncode == 1, done.stdout + done.stderr
    assert (told["lost"], told["duplicates"]) == (["k-000001"], {"k-000002": 2})


@pytest.mark.parametrize("host", ["https://login.salesforce.com", "https://acme.my.salesforce.com"])
def test_a_production_host_is_refused_before_a_request(serve, tmp_path, host):
    org = serve()
    done, told = backfill(tmp_path, "--env-file", str(org.env_file), "--host", host)

    assert done.returncode == 2
    assert "a load test is refused there, nothing was sent" in done.stderr
    assert "remedy: name a sandbox" in done.stderr
    assert told == {}
    assert org.requests() == 0


def test_a_host_given_goes_before_the_env_file_and_takes_credentials_from_the_environment(serve, tmp_path):
    """What a sandbox would be: named by --host, entered by SF_ variables. Here it is a second sfchaos."""
    mock, sandbox = serve(), serve()
    env = {**read_env_file(sandbox.env_file), "SFCHAOS_HTTP": mock.url}
    done, told = backfill(tmp_path, "--host", sandbox.url, "--rest-rows", "10", "--bulk-jobs", "0", env=env)

    assert done.returncode == 0, done.stdout + done.stderr
    assert told["accepted"] == 10
    assert mock.requests() == 0
    assert sandbox.requests() >= 12


def test_the_share_of_the_days_calls_ends_the_night_early_and_says_so(serve, tmp_path):
    org = serve()
    done, told = backfill(tmp_path, "--env-file", str(org.env_file), "--rest-rows", "300", "--bulk-jobs", "0", "--budget-share", "0.001")

    assert done.returncode == 3, done.stdout + done.stderr
    assert "stopped early" in done.stdout
    assert told["unsent"] > 250
    assert told["lost"] == []


def test_a_wrong_object_is_named_before_a_request(serve, tmp_path):
    org = serve()
    done, _ = backfill(tmp_path, "--env-file", str(org.env_file), "--sobject", "Contat")

    assert done.returncode == 2
    assert "did you mean 'Contact'" in done.stderr
    assert org.requests() == 0


@pytest.mark.slow
def test_workers_send_rows_of_their_own_and_the_master_ends_with_the_worst_of_them(serve, tmp_path):
    org = serve()
    done, told = backfill(tmp_path, "--processes", "2", "--env-file", str(org.env_file), "--rest-rows", "10", "--bulk-jobs", "0", "--run-key", "w")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("10 rows planned, 10 accepted") == 2
    assert told["planned"] == 10
    assert org.requests() >= 22
