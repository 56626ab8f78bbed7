"""A project of two integrations, one that repeats a create blindly and one that upserts, and pytest as its users start it."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

CRM = '''
import os, time
import requests
from simple_salesforce import Salesforce

def connect():
    return Salesforce(username=os.environ["SF_USERNAME"], password=os.environ["SF_PASSWORD"],
                      security_token=os.environ["SF_SECURITY_TOKEN"], domain=os.environ["SF_DOMAIN"])

def tried(call):
    for _ in range(3):
        try:
            return call()
        except requests.ConnectionError:
            time.sleep(1)
    raise SystemExit("gave up")

def push_blindly(names):
    sf = connect()
    for name in names:
        tried(lambda: sf.Account.create({"Name": name}))

def push_carefully(names):
    sf = connect()
    for name in names:
        tried(lambda: sf.Account.upsert("External_Id__c/" + name, {"Name": name}))

def blind():
    push_blindly(["Acme", "Beta", "Gamma"])

def careful():
    push_carefully(["Acme", "Beta", "Gamma"])
'''


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Tests of the project are written with `makepyfile` and run with `runpytest_subprocess`."""
    for name in list(os.environ):
        if name.startswith(("PYTEST_", "SF_", "COV_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    (pytester.path / "crm.py").write_text(textwrap.dedent(CRM), encoding="utf-8")
    (pytester.path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\naddopts = ["-p", "no:randomly", "-p", "no:cacheprovider"]\n')
    return pytester


@pytest.fixture
def declared(project: pytest.Pytester) -> pytest.Pytester:
    """The same with a target: `target("careful")` writes sfchaos.toml."""

    def target(name: str) -> Path:
        path = project.path / "sfchaos.toml"
        path.write_text(f'name = "crm"\ntarget = "crm:{name}"\n', encoding="utf-8")
        return path

    project.target = target  # type: ignore[attr-defined]
    return project
