"""The README is the first five minutes: what it shows is what one gets."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """What pytest says of the README's test, with the seed of the README's failure."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "test_sync.py").write_text(blocks("python")[0])
    command = [sys.executable, "-m", "pytest", "test_sync.py", "--sfchaos-seed", "7", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist"]
    env = {name: value for name, value in os.environ.items() if name not in ("CI", "BUILD_NUMBER")}  # there pytest repeats failures in its summary
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_the_test_fails_with_the_objectives_it_names(output):
    assert re.findall(r"FAIL  (SFC-\S+)", output) == ["SFC-INT-02", "SFC-INT-06"]
    assert "1 failed" in output


def test_the_failure_is_the_one_shown_word_for_word(output):
    (shown,) = [text for text in blocks("text") if text.startswith("FAIL")]
    printed = [re.sub(r"^E\s", "", line).strip() for line in output.splitlines()]
    for line in shown.strip().splitlines():
        words = line.strip().removesuffix("…")
        assert any(found.startswith(words) for found in printed), line


def test_the_two_commands_name_sessions_that_exist():
    sessions = set(re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text(encoding="utf-8"), re.MULTILINE))
    named = re.findall(r"nox -s (\w+)", README)
    assert {"demo", "tests"} <= set(named) <= sessions


def test_the_extras_it_offers_exist():
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = re.search(r"pip install sfchaos +# extras: (.*)", README)
    assert named
    assert set(re.findall(r"\[(\w+)\]", named[1])) <= set(extras)


def test_nothing_is_left_to_be_filled_in():
    assert "@@" not in README
