"""Sessions: lint, types, tests (the default three), demo, bench, docs, build. `nox -l` lists them.

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

nox.options.sessions = ["lint", "types", "tests"]
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
    session.run("pytest", *(session.posargs or ["-n", os.environ.get("SFCHAOS_TEST_WORKERS", "2"), "-q"]))


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
def fuzz(session: nox.Session) -> None:
    """The property tests with many more examples and fresh dice; takes long, finds what CI's fixed examples do not."""
    session.install("-e", ".[test]")
    session.run("pytest", "tests/property", "-n", "2", "-q", *session.posargs, env={"HYPOTHESIS_PROFILE": "fuzz"})


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
