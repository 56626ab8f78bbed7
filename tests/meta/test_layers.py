"""Layers are walls: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "sfchaos"
CORE = {"core"}
MESSAGES = CORE | {"pubsub_proto"}
ORG = MESSAGES | {"org"}
FAULTS = ORG | {"faults"}
RIG = FAULTS | {"rig"}
TOOLS = {"doors", "vtime", "controls", "examine", "evidence"}
SCENARIO = RIG | TOOLS | {"scenario"}
MAY_IMPORT = {
    "core": CORE, "org": ORG, "faults": FAULTS, "rig": RIG, "pubsub_proto": MESSAGES, "doors": MESSAGES | {"doors"}, "vtime": CORE | {"vtime"}, "controls": CORE | {"controls"},
    "examine": CORE | {"examine"}, "evidence": CORE | {"controls", "evidence"}, "scenario": SCENARIO, "explore": SCENARIO | {"explore"},
    "replayable": CORE | {"replayable"}, "load": SCENARIO | {"explore", "load"},
    "pytest_plugin": SCENARIO | {"explore", "pytest_plugin"}, "strategies": SCENARIO | {"explore", "strategies"},
    "__main__": {"cli"}, "cli": SCENARIO | {"explore", "cli", "load", "replayable"},
}  # fmt: skip
FILES = sorted(ROOT.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports_of(path: Path) -> dict[str, int]:
    """Rooms of sfchaos that a file imports, at any depth of its code, with the line."""
    found: dict[str, int] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            parts = name.split(".")
            if parts[0] == "sfchaos" and len(parts) > 1:
                found.setdefault(parts[1], node.lineno)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_imports_only_from_rooms_below_its_own(path):
    room = room_of(path)
    if room in ("__init__", "_library"):
        return
    allowed = MAY_IMPORT[room]
    wrong = {name: line for name, line in imports_of(path).items() if name not in allowed}
    assert not wrong, f"{path.relative_to(ROOT)} ({room}) may import {sorted(allowed)}, but imports {wrong}"


def test_no_api_file_imports_another():
    for path in (ROOT / "org" / "api").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "from sfchaos.org.api" not in text, path.name


def test_core_needs_the_standard_library_only():
    import sys

    for path in (ROOT / "core").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                first = name.split(".")[0]
                assert first in ("sfchaos", "__future__") or first in sys.stdlib_module_names, f"{path.name}:{node.lineno} imports {name}"


def test_only_load_imports_locust():
    for path in FILES:
        if room_of(path) != "load":
            assert "import locust" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("room", ["org", "faults", "controls"])
def test_org_faults_and_controls_have_no_clock_and_no_dice_of_their_own(room):
    import re

    forbidden = re.compile(r"\b(time\.time|time\.monotonic|datetime\.now|datetime\.utcnow|random\.\w+\(|uuid\.uuid4|os\.urandom|secrets\.token)")
    for path in (ROOT / room).rglob("*.py"):
        found = forbidden.search(path.read_text(encoding="utf-8"))
        assert not found, f"{path.relative_to(ROOT)} uses {found[0] if found else ''}"


def test_the_wall_test_sees_a_breach(tmp_path):
    """A check that cannot fail is no check."""
    file = tmp_path / "x.py"
    file.write_text("def f():\n    from sfchaos.rig.rig import Rig\n    return Rig\n")
    assert imports_of(file) == {"rig": 2}
