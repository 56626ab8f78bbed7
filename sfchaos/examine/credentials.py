"""Reads source and configuration for credentials (SFC-SEC-01) and for switches that turn TLS checks off.

Findings name file, line and rule; of a value only length and a digest of 8 characters are kept, never the value. What
could not be read is counted with the reason: an examination with holes says so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sfchaos.core.canonical import sha256_hex
from sfchaos.core.errors import BadFile
from sfchaos.core.history import Examined, Finding
from sfchaos.core.redact import SecretBook
from sfchaos.examine.rules import RULES_VERSION, Hit, credentials_in, tls_switches_in

MOST_BYTES = 2_000_000
PIECE_CHARS, PIECE_OVERLAP = 20_000, 500
FOLDERS_LEFT_OUT = frozenset({".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", "venv", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache",
                              ".idea", ".vscode", "evidence", "dist", "build"})  # fmt: skip
LEFT_OUT = frozenset({".pyc", ".pyo", ".png", ".jpg", ".jpeg", ".gif", ".ico", ".svg", ".woff", ".woff2", ".lock"})
"""Formats that people do not write credentials into: pictures, fonts, compiled code, lock files. Neither read nor counted."""
CODE = frozenset({".py", ".pyi", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".java", ".kt", ".cs", ".go", ".rb", ".rs", ".php", ".cls", ".trigger", ".scala", ".swift", ".c", ".cpp"})
LOCK_NAMES = frozenset({"package-lock.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "uv.lock"})
ALLOWED = "sfchaos: allow-literal"


def scan_credentials(paths: Iterable[str | Path], *, root: Path, book: SecretBook | None = None, baseline: Path | None = None) -> Examined:
    """Examine files and folders (relative to `root`). `book` adds the secrets of a run: a hit on one is exact.

    `baseline` is a JSON list of {"file", "rule", "digest"} that were reviewed and stay out of the findings; so does a line that
    says "sfchaos: allow-literal". Raises BadFile for a path that does not exist or a baseline that cannot be read.
    """
    reviewed = _reviewed(baseline)
    files, skipped, findings = 0, [], []
    for path in _files(paths, root):
        name = _relative(path, root)
        text, why = _text(path)
        if text is None:
            skipped.append(f"{name} ({why})")
            continue
        files += 1
        findings += list(_in_text(text, name, path.suffix.lower() in CODE, book, reviewed))
    return Examined(files, tuple(skipped), tuple(findings), RULES_VERSION)


def digest_of(value: str) -> str:
    """Eight characters to recognise a reviewed literal by; too few to read anything back from."""
    return sha256_hex(value.encode("utf-8", "surrogatepass"))[:8]


def _files(paths: Iterable[str | Path], root: Path) -> Iterator[Path]:
    seen: dict[Path, None] = {}
    for given in paths:
        start = root / given
        if not start.exists():
            raise BadFile(str(given), 0, "does not exist, so it cannot be examined", remedy="correct source_paths; paths start at the folder of sfchaos.toml")
        for path in [start] if start.is_file() else _walked(start):
            seen.setdefault(path.resolve() if path.is_symlink() else path)
    yield from seen


def _walked(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in FOLDERS_LEFT_OUT and not name.endswith(".egg-info"))
        for name in sorted(names):
            path = Path(here, name)
            if path.suffix.lower() not in LEFT_OUT and name not in LOCK_NAMES:
                yield path


def _relative(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name  # outside the project: no machine paths in evidence


def _text(path: Path) -> tuple[str | None, str]:
    """(text, "") or (None, why not)."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            return None, f"{size} bytes, more than {MOST_BYTES}"
        data = path.read_bytes()
    except OSError as error:
        return None, error.strerror or "not readable"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), ""
    return (None, "binary") if b"\0" in data else (data.decode("utf-8-sig", "replace"), "")


def _in_text(text: str, name: str, is_code: bool, book: SecretBook | None, reviewed: Sequence[tuple[str, str, str]]) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), start=1):
        if ALLOWED in line:
            continue
        found: dict[tuple[str, str], Finding] = {}
        for piece in _pieces(line):
            for hit in _hits(piece, is_code, book):
                digest = digest_of(hit.value)
                if (name, hit.rule, digest) not in reviewed:
                    found.setdefault((hit.rule, digest), Finding(hit.rule, name, number, f"{hit.what}, {len(hit.value)} characters, digest {digest}"))
            for rule, switch in tls_switches_in(piece):
                found.setdefault((rule, ""), Finding(rule, name, number, f"turns certificate checks off: {switch}"))
        yield from found.values()


def _pieces(line: str) -> Iterator[str]:
    """A very long line (minified code, one-line JSON) in pieces that overlap by more than a credential is long."""
    for start in range(0, max(1, len(line) - PIECE_OVERLAP), PIECE_CHARS - PIECE_OVERLAP):
        yield line[start : start + PIECE_CHARS]


def _hits(line: str, is_code: bool, book: SecretBook | None) -> Iterator[Hit]:
    canaries = book.hits(line) if book is not None else []
    for canary in canaries:
        yield Hit("run-secret", f"the {canary.what} of this run ({canary.form})", line[canary.start : canary.end])
    for hit in credentials_in(line, quoted_only=is_code):
        if not any(line[c.start : c.end] in hit.value or hit.value in line[c.start : c.end] for c in canaries):
            yield hit


def _reviewed(baseline: Path | None) -> list[tuple[str, str, str]]:
    if baseline is None:
        return []
    try:
        return [(item["file"], item["rule"], item["digest"]) for item in json.loads(baseline.read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadFile(baseline, 0, f"is no baseline ({error})", remedy='write a JSON list of {"file", "rule", "digest"}') from error
