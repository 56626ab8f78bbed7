"""The pair of SFC-SEC-01: a settings file that reads its password from the environment, and one that has it in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sfchaos.core import chance
from sfchaos.scenario.selfcheck.pair import Examination


def _reads_environment(folder: Path) -> None:
    _settings(folder, 'os.environ["CRM_PASSWORD"]')


def _has_literal(folder: Path) -> None:
    _settings(folder, f'"{chance.token(20, 0, "self-check", "password")}"')


def _settings(folder: Path, value: str) -> None:
    (folder / "settings.py").write_text(f"import os\n\npassword = {value}\n", encoding="utf-8")


PAIRS: Mapping[str, Examination] = {"SFC-SEC-01": Examination(_reads_environment, _has_literal, "credential-literal")}
