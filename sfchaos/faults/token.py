"""Replay tokens: a schedule in one line that can be pasted.

`sfx1.` and the base64url of the deflated canonical JSON of the schedule, with hashes of catalogue, org and engine. A token
over 400 characters can be kept in a file instead: then it is `sfx1f.` and 16 hex digits, the file's name.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sfchaos
from sfchaos.core.canonical import canonical_json, sha256_hex
from sfchaos.core.errors import UsageError
from sfchaos.faults.registry import catalogue_hash
from sfchaos.faults.schedule import Schedule

INLINE, FILED = "sfx1.", "sfx1f."
MOST_CHARS = 400
FOLDER = Path(".sfchaos") / "schedules"
_MOST_BYTES = 4_000_000  # of a decoded token: refuses what would only fill memory
_REMEDY = "paste the whole token, from sfx1 to its end"


@dataclass(frozen=True)
class Token:
    """What a token carries: the schedule, and what it was recorded with."""

    schedule: Schedule
    catalogue: str
    org: str
    engine: str

    def differences(self, *, org_digest: str) -> list[str]:
        """Why a replay may not give the same trace: `engine 0.2 vs 0.1`. Empty when all is as it was."""
        pairs = (("engine", self.engine, sfchaos.__version__), ("fault catalogue", self.catalogue, catalogue_hash()), ("org", self.org, org_digest))
        return [f"{what} {then} vs {now}" for what, then, now in pairs if then != now]


def encode(schedule: Schedule, *, org_digest: str, folder: Path | None = None) -> str:
    """The token of a schedule. With a `folder`, a token over 400 characters goes to a file there and its name is the token."""
    data = canonical_json({"s": schedule.as_tree(), "c": catalogue_hash(), "o": org_digest, "e": sfchaos.__version__})
    text = INLINE + base64.urlsafe_b64encode(zlib.compress(data, 9)).decode().rstrip("=")
    if folder is None or len(text) <= MOST_CHARS:
        return text
    name = sha256_hex(data)[:16]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_bytes(data + b"\n")
    return FILED + name


def decode(text: str, *, search: Path | None = None) -> Schedule:
    """The schedule of a token. `search` is the folder of filed ones (default `.sfchaos/schedules`)."""
    return read_token(text, search=search).schedule


def read_token(text: str, *, search: Path | None = None) -> Token:
    """All that a token carries. Raises UsageError for anything that is not a whole token."""
    text = text.strip()
    if text.startswith(FILED):
        return _token(_filed(text.removeprefix(FILED), search or FOLDER), text)
    if text.startswith(INLINE):
        return _token(_inflated(text), text)
    raise UsageError(f"{_short(text)} is no replay token", remedy="a token begins with sfx1. or sfx1f.; a failure prints it after `sfchaos replay`")


def is_token(text: str) -> bool:
    return text.strip().startswith((INLINE, FILED))


def _inflated(text: str) -> bytes:
    body = text.removeprefix(INLINE)
    try:
        packed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        inflater = zlib.decompressobj()
        data = inflater.decompress(packed, _MOST_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise UsageError(f"{_short(text)} is damaged: {error}", remedy=_REMEDY) from None
    if not inflater.eof:
        raise UsageError(f"{_short(text)} is cut short", remedy=_REMEDY)
    return data


def _filed(name: str, folder: Path) -> bytes:
    path = folder / f"{name}.json"
    if not (len(name) == 16 and all(c in "0123456789abcdef" for c in name)):
        raise UsageError(f"{FILED}{name} is no replay token", remedy="16 hex digits follow sfx1f.")
    try:
        return path.read_bytes()
    except OSError:
        raise UsageError(
            f"no schedule {name} in {folder}", remedy="run it in the project where the token was printed; a copy lies in the evidence bundle"
        ) from None


def _token(data: bytes, text: str) -> Token:
    try:
        tree: dict[str, Any] = json.loads(data)
        parts = tree["s"], str(tree["c"]), str(tree["o"]), str(tree["e"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"{_short(text)} holds no schedule ({error})", remedy=_REMEDY) from None
    return Token(Schedule.from_tree(parts[0], where=_short(text)), *parts[1:])


def _short(text: str) -> str:
    return repr(text if len(text) <= 24 else text[:24] + "…")
