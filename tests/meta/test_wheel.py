"""What is installed is whole: library, examples, catalogue, grammar, templates."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("sfchaos/py.typed", "sfchaos/_library/examples/crm_sync_weak/sfchaos.toml", "sfchaos/_library/examples/crm_sync_careful/data/contacts.csv",
          "sfchaos/_library/scenarios/network/lost-write-reply.yaml")  # fmt: skip
KINDS = {".lark", ".j2", ".json", ".yaml", ".css", ".csv", ".typed", ".js", ".toml"}


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.slow
def test_the_wheel_holds_what_the_package_reads(names):
    assert set(NEEDED) <= names
    data = {str(path.relative_to(ROOT)) for path in (ROOT / "sfchaos").rglob("*") if path.is_file() and path.suffix in KINDS and "__pycache__" not in path.parts}
    assert data - names == set()
    assert {Path(name).suffix for name in data} >= {".lark", ".j2", ".json", ".yaml"}


@pytest.mark.slow
def test_the_wheel_holds_every_scenario_and_every_module(names):
    scenarios = {f"sfchaos/_library/{path.relative_to(ROOT)}" for path in (ROOT / "scenarios").rglob("*.yaml")}
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "sfchaos").rglob("*.py")}
    assert scenarios - names == set()
    assert modules - names == set()


@pytest.mark.slow
def test_the_wheel_holds_nothing_that_a_run_left_behind(names):
    assert not [name for name in names if "__pycache__" in name or "/evidence/run-" in name or name.endswith((".pem", ".db", ".log", ".jsonl"))]
