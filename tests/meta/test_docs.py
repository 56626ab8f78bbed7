"""Every page says what is so: links lead somewhere, commands and names exist, reference pages are those of the code."""

import ast
import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

import sfchaos
from sfchaos.cli.main import COMMANDS, cli
from sfchaos.controls.catalogue import objectives
from sfchaos.faults.registry import FAULTS, catalogue
from sfchaos.scenario.config import load_config
from sfchaos.scenario.load import library, load_scenario

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
WRITTEN = [page for page in PAGES if page.parent.name != "reference"]
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def name_of(page):
    return str(page.relative_to(ROOT))


def commands_in(text):
    """Words after `sfchaos` of every command, in blocks of shell and in inline code; comments are cut."""
    lines = [line for kind, body in BLOCK.findall(text) if kind in ("sh", "shell", "bash", "console", "yaml", "") for line in body.splitlines()]
    lines += re.findall(r"(?<!`)`(sfchaos [^`]+)`(?!`)", BLOCK.sub("", text))
    for line in lines:
        found = re.search(r"(?:^|[\s;&|/])sfchaos ((?:\w|-).*)", line.partition(" #")[0])
        if found and "=" not in found[1].partition(" ")[0]:
            yield shlex.split(found[1].partition("&&")[0].partition(" > ")[0].partition(";")[0])


def options_of(name, words=()):
    """Of a command, or of the command inside it that `words` begin with."""
    command = cli.get_command(click.Context(cli), name)
    if isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command = command.commands[words[0]]
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help", "-h"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_of_a_page_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_commands_on_a_page_exist_with_their_options(page):
    for words in commands_in(page.read_text(encoding="utf-8")):
        if words[0] == "--version":
            continue
        name = words[0].split("|")[0]
        assert name in COMMANDS, words
        own = words[1 : words.index("--")] if "--" in words else words[1:]
        unknown = {word.partition("=")[0] for word in own if word.startswith("-")} - options_of(name, own)
        assert not unknown, words


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_scenarios_faults_and_objectives_on_a_page_exist(page):
    text = page.read_text(encoding="utf-8")
    own = set(re.findall(r"^id: ([\w-]+)", text, re.MULTILINE))
    assert set(re.findall(r"--(?:sfchaos-)?scenario[ =]([a-z][\w-]+)", text)) <= {*library(), *own}
    assert set(re.findall(r"\bSFC-[A-Z]+-\d+\b", text)) <= set(objectives())
    families = "|".join(sorted({info.family for info in catalogue()}))
    assert {name for name in re.findall(rf"(?<![\w./-])((?:{families})\.[a-z][a-z_]+[a-z])(?![\w(/-]|\.\w)", text) if name not in FAULTS} <= FILES_LIKE_FAULTS


FILES_LIKE_FAULTS = {"query.first", "query.more", "query.all", "row.create", "row.update", "row.upsert", "row.delete", "row.get", "auth.password", "auth.jwt", "http.client",
                     "org.handle", "org.action", "org.yaml", "org.env"}  # fmt: skip


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_code_on_a_page_can_be_read(page, tmp_path):
    for kind, body in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            ast.parse(body)
        elif kind == "json":
            json.loads(body)
        elif kind == "toml":
            tomllib.loads(body)
        elif kind == "yaml" and body.startswith("id: "):
            name = body.splitlines()[0].removeprefix("id: ").partition("#")[0].strip()
            load_scenario(tmp_path / f"{name}.sfchaos.yaml", body)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_knows_the_machine_it_was_written_on(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"/(?:root|home|work|opt|Users)/\w", text)


def test_every_page_is_reached_from_the_index():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = {(ROOT / "docs" / target).resolve() for target in re.findall(r"\]\(([^)#\s]+)", index) if "://" not in target}
    assert {page for page in PAGES if (ROOT / "docs") in page.parents and page.name != "README.md"} <= linked


def test_reference_pages_are_those_of_the_code():
    done = subprocess.run([sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr + "\nrun python docs/generate.py"


def test_every_fault_scenario_objective_route_and_command_is_in_the_reference():
    from sfchaos.org.org import Org

    def page(name):
        return (ROOT / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8")

    assert not [i.id for i in catalogue() if f"## {i.id}\n" not in page("faults") or not i.title]
    assert not [name for name in library() if f"| `{name}` |" not in page("scenarios")]
    assert not [name for name in objectives() if f"| {name} |" not in page("objectives")]
    assert not [r.template for r in Org().routes.all() if f"| {r.method} | `{r.template}` |" not in page("routes") or not r.source]
    assert not [name for name in COMMANDS if f"## sfchaos {name}\n" not in page("commands")]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_every_option_that_is_not_plain_has_help(name):
    command = cli.get_command(click.Context(cli), name)
    assert command.help
    assert command.help.rstrip().endswith(".")
    text = command.get_help(click.Context(command, info_name=f"sfchaos {name}"))
    assert "Usage: sfchaos" in text


def test_every_fault_is_named_in_a_test():
    """By a unit test, or by a row of the tables that `tests/proof/test_every_fault.py` plays."""
    files = [*(ROOT / "tests" / "unit").rglob("test_*.py"), *(ROOT / "tests" / "support" / "fault_cases").glob("*.py")]
    texts = "\n".join(path.read_text(encoding="utf-8") for path in files)
    missing = [i.id for i in catalogue() if f'"{i.id}"' not in texts and i.cls.__name__ not in texts]
    assert not missing


def test_what_known_differences_call_missing_is_missing():
    text = (ROOT / "docs" / "explanation" / "known-differences.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^- `sfchaos` has no (.*) command yet", text, re.MULTILINE)
    assert {name.split()[0] for name in re.findall(r"`([^`]+)`", line)} & {*COMMANDS} == set()


def test_the_pinned_version_is_this_one():
    for page in WRITTEN:
        assert set(re.findall(r"sfchaos==([\d.]+\d)", page.read_text(encoding="utf-8"))) <= {sfchaos.__version__}


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_configurations_on_a_page_are_accepted(page, tmp_path):
    for number, (kind, body) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))):
        if kind == "toml":
            path = tmp_path / f"{number}.toml"
            path.write_text(body)
            load_config(path)


def test_a_wrong_command_on_a_page_is_seen():
    """A check that cannot fail is no check."""
    assert list(commands_in("```sh\n.venv/bin/sfchaos chekc --sed 7 -- node x.js   # plays\n```\nand `sfchaos list faults`")) == [
        ["chekc", "--sed", "7", "--", "node", "x.js"], ["list", "faults"]]  # fmt: skip
