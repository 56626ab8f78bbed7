"""Who follows the first run sees what it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "first-run.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def sfchaos(folder, *words):
    env = {**os.environ, "COLUMNS": "200"}
    return subprocess.run([sys.executable, "-c", "from sfchaos.cli.main import main; main()", *words], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tutorial")
    (folder / "sync.py").write_text(blocks("python")[0])
    (folder / "contacts.csv").write_text(blocks("csv")[0])
    (folder / "sfchaos.toml").write_text(blocks("toml")[0])
    return folder


@pytest.fixture(scope="module")
def words():
    (line,) = [line for text in blocks("sh") for line in text.splitlines()]
    return line.split()[1:]


@pytest.fixture(scope="module")
def found(folder, words):
    return sfchaos(folder, *words)


@pytest.fixture(scope="module")
def mended(folder, words, found, tmp_path_factory):
    """The second version, in a copy of its own: tests run in any order."""
    copy = shutil.copytree(folder, tmp_path_factory.mktemp("tutorial") / "mended")
    toml = blocks("toml")[0]
    assert toml.count("Legacy_Id__c") == 2
    (copy / "sfchaos.toml").write_text(toml.replace("Legacy_Id__c", "External_Id__c").replace('"create"', '"upsert"'))
    (copy / "sync.py").write_text(blocks("python")[1])
    return copy, sfchaos(copy, *words)


def test_the_first_version_fails_with_the_lines_shown(found):
    assert found.returncode == 1, found.stderr
    assert blocks("text")[0] in found.stdout


def test_the_finding_can_be_replayed(folder, found):
    token = re.search(r"sfchaos replay (sfx1\.\S+)", found.stdout)[1]
    assert sfchaos(folder, "replay", token).returncode == 1


def test_the_second_version_passes_and_its_bundle_is_sound(mended):
    copy, done = mended
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS" in done.stdout
    assert sfchaos(copy, "verify", "evidence/run-0002").returncode == 0
    assert (copy / "evidence" / "run-0002" / "report.html").is_file()
