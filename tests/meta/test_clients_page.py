"""docs/reference/clients.md tells of the clients that are tried, and of no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reference/clients.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")][1:]


def of_noxfile(name: str) -> Any:
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    (value,) = [node.value for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name]
    return ast.literal_eval(value)


def words(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


def test_every_package_that_is_installed_is_on_the_page_and_no_other():
    wanted = {*of_noxfile("PYTHON_CLIENTS").values(), *((one,) for one in of_noxfile("NODE_CLIENTS") if not one.startswith("node-linux"))}
    assert {words(row[1]) for row in ROWS} == wanted
    assert len(ROWS) == len(wanted)


def test_every_program_is_on_the_page_and_no_other():
    assert {word for row in ROWS for word in words(row[4])} == {path.name for path in (ROOT / "tests/clients/programs").iterdir() if path.suffix in (".py", ".mjs")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_version_is_one_that_is_asked_for(row: list[str]):
    asked = words(row[1])[0]
    floor = re.search(r"(==|>=|@)([\d.]+)$", asked)
    if floor and floor[1] == "==":
        assert row[2] == floor[2]
    elif floor and floor[1] == ">=":
        assert [int(part) for part in row[2].split(".")] >= [int(part) for part in floor[2].split(".")]
    elif floor:
        assert row[2].split(".")[0] == floor[2]
    else:
        assert re.fullmatch(r"\d+(\.\d+)+", row[2])
