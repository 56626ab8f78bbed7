"""Secrets never reach disk: they are recognised at capture and become `secret:<n>`.

One SecretBook per run. It is told every secret the run issues (passwords, tokens, keys), finds them in any text in the
forms that leak in practice, and numbers them in order of first appearance, so that equal values stay linkable inside a
run and nothing can be reversed or linked across runs.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import quote

PREFIX_CHARS = 12
MIN_SECRET_CHARS = 8
_GRAM_CHARS = 4
_STRIDE = MIN_SECRET_CHARS - _GRAM_CHARS + 1  # of so many grams in a row, all inside 8 characters, one is where we look


@dataclass(frozen=True)
class Hit:
    """A secret found in text: which one, what it is ("password", "access_token"), in what form, at which offset."""

    label: str
    what: str
    form: str
    start: int
    end: int


class SecretBook:
    """All secrets of a run. `learn` them as they are issued; `scrub` text before it is kept."""

    def __init__(self) -> None:
        self._what: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._forms: dict[str, tuple[str, str]] = {}  # needle -> (secret, form)
        self._by_head: dict[str, list[str]] = {}  # first 8 characters -> needles, longest first
        self._grams: set[str] = set()  # of the middle of each needle: heads may be an org id, which is everywhere

    def learn(self, value: str, what: str) -> None:
        """Watch for `value` from now on. Short values are not watched: they would be found everywhere."""
        if len(value) < MIN_SECRET_CHARS or value in self._what:
            return
        self._what[value] = what
        for needle, form in forms_of(value):
            if len(needle) >= MIN_SECRET_CHARS and needle not in self._forms:
                self._forms[needle] = (value, form)
                bucket = self._by_head.setdefault(needle[:MIN_SECRET_CHARS], [])
                bucket.append(needle)
                bucket.sort(key=len, reverse=True)
                middle = (len(needle) - MIN_SECRET_CHARS) // 2
                self._grams.update(needle[middle + at : middle + at + _GRAM_CHARS] for at in range(_STRIDE))

    def label(self, value: str, what: str = "") -> str:
        """`secret:<n>` for a secret; n counts first appearances. An unknown value is learned on the way."""
        if not value:
            return ""
        if value not in self._what:
            self.learn(value, what or "credential")
        return self._labels.setdefault(value, f"secret:{len(self._labels) + 1}")

    def hits(self, text: str) -> list[Hit]:
        """Every secret in `text`: whole, base64, URL-encoded, hex, or its first 12 characters; longest match first."""
        found: list[Hit] = []
        if self._grams.isdisjoint([text[at : at + _GRAM_CHARS] for at in range(0, len(text), _STRIDE)]):
            return found
        position = 0
        size = MIN_SECRET_CHARS
        heads = self._by_head
        while position <= len(text) - size:
            bucket = heads.get(text[position : position + size])
            needle = next((n for n in bucket if text.startswith(n, position)), None) if bucket else None
            if needle is None:
                position += 1
                continue
            secret, form = self._forms[needle]
            found.append(Hit(self.label(secret), self._what[secret], form, position, position + len(needle)))
            position += len(needle)
        return found

    def scrub(self, text: str) -> tuple[str, list[Hit]]:
        """`text` with every secret replaced by its label, and what was found."""
        found = self.hits(text)
        if not found:
            return text, found
        parts: list[str] = []
        last = 0
        for hit in found:
            parts += [text[last : hit.start], hit.label]
            last = hit.end
        return "".join([*parts, text[last:]]), found

    def values(self) -> list[str]:
        """All secrets, for the leak gate. Never write them anywhere."""
        return list(self._what)

    def what(self, value: str) -> str:
        return self._what.get(value, "")

    def __len__(self) -> int:
        return len(self._what)


def forms_of(secret: str) -> list[tuple[str, str]]:
    """The forms a secret leaks in, as (needle, form). Base64 at all three alignments, without the edge characters."""
    raw = secret.encode("utf-8")
    forms = [(secret, "plain"), (quote(secret, safe=""), "url-encoded"), (quote(secret, safe="!"), "url-encoded"),
             (raw.hex(), "hex"), (raw.hex().upper(), "hex")]  # fmt: skip
    for shift in range(3):
        padded = b"\0" * shift + raw
        usable = len(padded) - len(padded) % 3
        middle = base64.b64encode(padded[:usable]).decode()[4 if shift else 0 :]
        forms += [(middle, "base64"), (middle.replace("+", "-").replace("/", "_"), "base64")]
    if len(secret) > 2 * PREFIX_CHARS:
        forms.append((distinct_head(secret), "prefix"))
    return forms


def distinct_head(secret: str) -> str:
    """The first 12 characters that tell this secret from others: a session id starts with the org id, which is no secret."""
    body = secret.partition("!")[2] if secret.startswith("00D") and "!" in secret[:20] else secret
    if body.startswith("-----BEGIN"):
        lines = [line for line in body.splitlines() if line and not line.startswith("-----")]
        body = lines[1] if len(lines) > 1 else "".join(lines)
    return body[:PREFIX_CHARS]
