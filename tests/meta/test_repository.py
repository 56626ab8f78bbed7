"""The repository keeps its house rules."""

import ast
import importlib
import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

import sfchaos

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = sorted((ROOT / "sfchaos").rglob("*.py"))
CODE = PACKAGE + [path for folder in ("tests", "docs", "examples", "locustfiles") for path in sorted((ROOT / folder).rglob("*.py")) if "__pycache__" not in path.parts] + [ROOT / "noxfile.py"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MOST_LINES = 400


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def test_no_file_holds_more_than_one_concept():
    long = {str(path.relative_to(ROOT)): len(lines_of(path)) for path in PACKAGE if len(lines_of(path)) > MOST_LINES}
    assert not long


IGNORED = re.compile(r"#\s*(type:\s*ignore|noqa)(?P<codes>\[[\w,\s-]+\]|:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?(?P<reason>.*)")


def without_reason(path):
    found = []
    for number, line in enumerate(lines_of(path), start=1):
        match = IGNORED.search(line)
        if match and not (match["codes"] and re.search(r"[a-zA-Z]{3}", match["reason"].removeprefix("  # fmt: skip"))):
            found.append(f"{path.name}:{number}: {line.strip()}")
    return found


def test_every_silenced_check_names_its_code_and_its_reason():
    assert not [line for path in PACKAGE for line in without_reason(path)]


def test_a_silenced_check_without_a_reason_is_seen(tmp_path):
    """A check that cannot fail is no check."""
    path = tmp_path / "x.py"
    path.write_text("a = 1  # type: ignore[misc]\nb = 2  # noqa\nc = 3  # noqa: A002\nd = 4  # type: ignore[misc]  # the stub is wrong\ne = 5  # noqa: A002  (its name there)\n")
    assert [line.partition(": ")[0] for line in without_reason(path)] == ["x.py:1", "x.py:2", "x.py:3"]


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b|raise NotImplemented" + r"Error")
    found = [f"{path.relative_to(ROOT)}:{n}: {line.strip()}" for path in CODE for n, line in enumerate(lines_of(path), start=1) if later.search(line)]
    assert not found


def test_no_file_knows_the_machine_it_was_written_on():
    machine = re.compile(r"[\"'\s(]/(?:root|home/\w+|Users/\w+|opt/venv|work/)\b")
    found = [f"{path.relative_to(ROOT)}:{n}" for path in CODE for n, line in enumerate(lines_of(path), start=1) if machine.search(line)]
    assert not [place for place in found if "tests/meta" not in place]


def test_no_test_is_skipped():
    skipping = {"skip", "skipif", "xfail", "importorskip"}
    found = [f"{path.relative_to(ROOT)}:{node.lineno}" for path in CODE if ROOT / "tests" in path.parents for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.Attribute) and node.attr in skipping and ast.unparse(node).startswith("pytest.")]  # fmt: skip
    assert not found


def test_the_version_stands_in_one_place():
    assert sfchaos.__version__ == importlib.metadata.version("sfchaos")
    assert "version" not in PROJECT["project"]
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "sfchaos/__init__.py"
    written = [path for path in PACKAGE if path != ROOT / "sfchaos" / "__init__.py" and re.search(rf"[\"']{re.escape(sfchaos.__version__)}[\"']", path.read_text(encoding="utf-8"))]
    assert not written, "take sfchaos.__version__"


def test_entry_points_can_be_imported():
    project = PROJECT["project"]
    named = [*project["scripts"].values(), *(value for group in project["entry-points"].values() for value in group.values())]
    assert len(named) == 2
    for name in named:
        module, _, attribute = name.partition(":")
        found = importlib.import_module(module)
        assert not attribute or callable(getattr(found, attribute))


def test_public_names_exist():
    for name in sfchaos.__all__:
        assert getattr(sfchaos, name)


def test_the_licence_is_present():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_change_has_a_fragment_of_a_known_kind():
    for path in (ROOT / "changelog.d").glob("*.md"):
        if path.name != "README.md":
            assert re.fullmatch(r"[a-z0-9-]+\.(added|changed|fixed)\.md", path.name), path.name
            assert path.read_text(encoding="utf-8").strip().endswith(".")


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_matrix_is_the_one_the_package_claims(version):
    assert f"Programming Language :: Python :: {version}" in PROJECT["project"]["classifiers"]
    assert version in re.search(r"PYTHONS = (\[.*\])", (ROOT / "noxfile.py").read_text(encoding="utf-8"))[1]


def test_continuous_integration_does_what_the_readme_says():
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for session in ("lint", "types", "tests", "demo"):
        assert re.search(rf"nox -s [\w ]*\b{session}\b", run), session
