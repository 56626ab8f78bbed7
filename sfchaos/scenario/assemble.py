"""From a session of runs to an EvidenceRecord: who, when, what tool, what target, what scope, what it does not claim."""

from __future__ import annotations

import getpass
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import sfchaos
from sfchaos.core.canonical import sha256_hex
from sfchaos.evidence.record import EvidenceRecord
from sfchaos.scenario.load import Scenario
from sfchaos.scenario.session import EXAMINED, GENERAL, Session

CLAIM = ("A run shows that the control as built behaves as designed, at a point in time, against a mock org. It is evidence of design and of one operation "
         "of an automated control; it is not by itself operating effectiveness over a period.")  # fmt: skip


def utc_now() -> str:
    """The machine's time, for the bundle's `start` and `end`."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def evidence_of(session: Session, mode: str, *, start: str, end: str | None = None, planned: Sequence[Scenario] = (),
                not_run: Sequence[tuple[str, str]] = (), harness_error: str = "") -> EvidenceRecord:  # fmt: skip
    """Everything the session came to. `not_run` are (scenario id, why)."""
    objectives = _objectives(session, planned)
    return EvidenceRecord(
        mode=mode, seed=session.seed, start=start, end=end or utc_now(), runs=tuple(session.runs), journal=session.journal.data(),
        journal_head=session.journal.head, objectives=objectives, secrets=tuple(session.books), harness_error=harness_error,
        files=_config_files(session), blocks=_blocks(session, start, objectives, not_run),
    )  # fmt: skip


def _objectives(session: Session, planned: Sequence[Scenario]) -> tuple[str, ...]:
    """Every objective that some run judged, in the order of their ids."""
    judged = {j.objective for run in session.runs for j in run.judgements}
    named = {objective for scenario in planned for objective in scenario.objectives}
    general = {*GENERAL, *EXAMINED} & judged
    return tuple(sorted(judged | named | general))


def _blocks(session: Session, start: str, objectives: Sequence[str], not_run: Sequence[tuple[str, str]]) -> dict[str, Any]:
    from sfchaos.scenario.selfcheck import self_check

    config = session.config
    in_process = bool(session.target and session.target.in_process)
    return {
        "who": {"operator": _operator(), "organisation": "", "role": "operator of the test run", "self_assessment": True},
        "when": {"start": start, "clock_mode": "virtual" if in_process else "real" if config.real_time else "shared", "time_source": "system clock"},
        "tool": tool_block(),
        "target": {"name": config.declaration.name, "entry": _entry(session), **_commit(config.root), "client_libraries": _clients(session)},
        "configuration": {"declaration": config.declaration.as_dict(), "files": _digests(session), "org": _org(session)},
        "scope": {
            "objectives": list(objectives), "environment": "mock", "soc2_categories": list(config.declaration.soc2_categories), "iso27001_edition": "2022",
            "not_run": [{"scenario": name, "why": why} for name, why in not_run],
        },
        "self_check": self_check(objectives),
        "limits": [CLAIM, "The org is a mock: docs list its known differences from the real service.", _reach(session),
                   "Outcomes outside the listed scenarios were not tested."],
    }  # fmt: skip


def _reach(session: Session) -> str:
    """Which hosts the target could reach, as far as that was held."""
    if session.target is None or session.target.in_process:
        return ("In process, Salesforce's hosts led to the mock org for urllib3, http.client, httpx and aiohttp, and other hosts were let through and journalled; "
                "what another library of the target contacted was not watched.")  # fmt: skip
    held = f" Processes that could not go around it: {', '.join(sorted(session.held))}." if session.held else " No process of the target was of a kind that could be kept from going around it."
    return ("Salesforce's hosts led to the mock org through the proxy, and other hosts were refused unless the configuration allows them." + held
            + " What any other program does beside the proxy cannot be held without root, and was not watched.")  # fmt: skip


def _org(session: Session) -> dict[str, Any]:
    """The org of the configuration: its source, what of it was not read, and which rows are synthetic. Empty for the standard org."""
    from sfchaos.scenario.own_org import configured_org

    model = configured_org(session.config)
    if model is None:
        return {}
    return {
        "name": f"{model.name}@{model.version}", "digest": model.digest, "kind": model.kind, "source": Path(model.source).name, "unread": list(model.unread),
        "given_rows": {name: len(rows) for name, rows in model.rows.items()},
        "synthetic_rows": [{"sobject": name, "rows": v.rows, "profile": v.profile, "generator": "faker", "seed": session.seed} for name, v in model.populate.items()],
    }  # fmt: skip


def tool_block() -> dict[str, Any]:
    return {
        "name": "sfchaos", "version": sfchaos.__version__, "python": platform.python_version(), "platform": platform.system().lower(),
        "plugins": sorted({name for name in ("pytest-xdist", "pytest-randomly", "pytest-rerunfailures", "flaky") if _installed(name)}),
        "packages": {name: metadata.version(name) for name in ("requests", "urllib3", "simple-salesforce", "lark") if _installed(name)},
    }  # fmt: skip


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _operator() -> str:
    """CI identity, or the user's name; the source of the claim is the environment."""
    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_USER_ID"):
        if os.environ.get(name):
            return f"{os.environ[name]} (from {name})"
    try:
        return f"{getpass.getuser()} (from the system)"
    except (OSError, KeyError, ImportError):
        return "unknown"


def _entry(session: Session) -> str:
    config = session.config
    text = config.target or " ".join(Path(part).name if os.path.isabs(part) else part for part in config.command)
    for book in session.books:
        text, _ = book.scrub(text)
    return text


def _commit(root: Path) -> dict[str, Any]:
    """Commit and whether the tree is clean; empty outside a git checkout."""
    found = _git(root, "rev-parse", "HEAD")
    if not found:
        return {"commit": "", "dirty": "unknown"}
    return {"commit": found, "dirty": "yes" if _git(root, "status", "--porcelain", "--", ".") else "no"}


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _clients(session: Session) -> list[str]:
    """User-Agent values seen, each once, in order."""
    found: dict[str, None] = {}
    for line in session.journal.lines:
        if line.get("client"):
            found.setdefault(str(line["client"]))
    return list(found)


def _config_files(session: Session) -> dict[str, bytes]:
    file = session.config.file
    if file is None:
        return {}
    text = file.read_text(encoding="utf-8")
    for book in session.books:
        text, _ = book.scrub(text)
    return {f"config/{file.name}": text.encode()}


def _digests(session: Session) -> dict[str, str]:
    return {name: sha256_hex(data) for name, data in _config_files(session).items()}


__all__ = ["CLAIM", "evidence_of", "tool_block", "utc_now"]
