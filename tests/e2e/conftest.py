"""sfchaos as it is started from a shell, in a folder of its own, and what it leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

STARTER = "from sfchaos.cli.main import main; main()"

SYNC = '''
import os, sys, time
import requests
from simple_salesforce import Salesforce

sf = Salesforce(username=os.environ["SF_USERNAME"], password=os.environ["SF_PASSWORD"], security_token=os.environ["SF_SECURITY_TOKEN"])
for name in ["Acme", "Beta"]:
    for _ in range(3):
        try:
            {write}
            break
        except requests.ConnectionError:
            time.sleep(0.01)
print("rows", sf.query("SELECT Id FROM Account")["totalSize"])
sys.exit(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
'''
BLIND = 'sf.Account.create({"Name": name})'
CAREFUL = 'sf.Account.upsert("External_Id__c/" + name, {"Name": name})'


@dataclass
class Shell:
    """`shell("run", "--", ...)` runs sfchaos to its end in `folder`; `start` leaves it running."""

    folder: Path
    temp: Path
    env: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __call__(self, *words: str, timeout_s: float = 90) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words), cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=timeout_s, check=False)

    def start(self, *words: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(self.command(*words), cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.started.append(child)
        return child

    @staticmethod
    def command(*words: str) -> list[str]:
        return [sys.executable, "-c", STARTER, *words]

    def script(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def python(self, name: str, *words: str) -> tuple[str, ...]:
        return ("--", sys.executable, name, *words)

    def left_over(self) -> list[str]:
        """What lies in the temporary folder that this shell's programs use."""
        return sorted(path.name for path in self.temp.iterdir())


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    folder, temp = tmp_path / "work", tmp_path / "temp"
    folder.mkdir()
    temp.mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SF_", "SFCHAOS", "PYTEST_")) and not name.lower().endswith("_proxy")}
    found = Shell(folder, temp, {**env, "TMPDIR": str(temp), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"})
    found.script("blind.py", SYNC.replace("{write}", BLIND))
    found.script("careful.py", SYNC.replace("{write}", CAREFUL))
    yield found
    for child in found.started:
        child.kill()
        child.communicate()


def processes_with(mark: str) -> list[int]:
    """Live processes (no zombies) whose environment or command line holds `mark`."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes()
            state = (path / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if mark.encode() in words and state != "Z" and int(path.name) != os.getpid():
            found.append(int(path.name))
    return found


@pytest.fixture
def gone():
    """`gone(mark)`: no process with this mark is left within a second."""

    def check(mark: str) -> bool:
        ends_at = time.monotonic() + 1
        while processes_with(mark) and time.monotonic() < ends_at:
            time.sleep(0.02)
        return not processes_with(mark)

    return check
