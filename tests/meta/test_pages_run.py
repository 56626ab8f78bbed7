"""What a how-to page tells to write does what the page says: its pytest code passes in a fresh folder, its org files make an org."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sfchaos.core.operations import is_operation
from sfchaos.org.org import Org
from sfchaos.org.schema.load import load_org_file
from sfchaos.rig.rig import Rig

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
# Pages whose code asks for a program, an org or a module of the reader's own; theirs is what other tests run.
OF_THE_READERS = {"bring-your-own-org", "test-with-pytest"}
FOUND = [(page.stem, kind, body) for page in sorted((ROOT / "docs/how-to").glob("*.md")) for kind, body in BLOCK.findall(page.read_text("utf-8"))]
TESTS = sorted({page for page, kind, body in FOUND if kind == "python" and "def test_" in body} - OF_THE_READERS)
ORGS = [(page, body) for page, kind, body in FOUND if kind == "yaml" and body.startswith("sfchaos_org: 1") and page not in OF_THE_READERS]


@pytest.mark.parametrize("page", TESTS)
def test_the_tests_of_a_page_pass_as_they_stand_there(page: str, tmp_path: Path) -> None:
    blocks = [body for name, kind, body in FOUND if name == page and kind == "python"]
    for number, body in enumerate(blocks):
        (tmp_path / f"test_{number}.py").write_text(body, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "SFCHAOS_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{sum(body.count('def test_') for body in blocks)} passed" in done.stdout


@pytest.mark.parametrize(("page", "body"), ORGS, ids=[page for page, _ in ORGS])
def test_the_org_files_of_a_page_make_an_org(page: str, body: str, tmp_path: Path) -> None:
    path = tmp_path / "org.yaml"
    path.write_text(body, encoding="utf-8")
    assert Org(seed=7, schema=load_org_file(path)).integration_user_id.startswith("005")


def test_pages_about_bulk_soap_and_events_are_among_them() -> None:
    assert {*TESTS} >= {"load-with-bulk-1", "load-with-bulk-2", "test-a-soap-client", "deploy-metadata", "listen-to-events", "subscribe-with-grpc"}


@pytest.mark.parametrize("page", ["load-with-bulk-1", "load-with-bulk-2"])
def test_what_a_page_tells_to_try_is_a_fault_at_a_place_of_its_kind(page: str) -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| `([\w.]+/\*)` \|", (ROOT / f"docs/how-to/{page}.md").read_text("utf-8"), re.MULTILINE)
    rig = Rig(Org(seed=7), seed=7)
    for fault, place in rows:
        assert rig.inject(fault, on=place).fault == fault
        assert is_operation(place.partition("/")[0])
    assert len(rows) >= 4
