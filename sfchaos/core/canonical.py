"""One text form for JSON and for field values, so that equal things have equal digests everywhere."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

_MOST_DIGITS = 400  # a double has 309 before the point; longer ones stay as they are written
_MOST_KNOWN, _LONGEST_KNOWN = 4096, 80  # texts whose digests are remembered, and their characters
_NUMBERS = frozenset({"int", "long", "double", "currency", "percent"})


def canonical_json(value: Any) -> bytes:
    """Sorted keys, no spaces, UTF-8. NaN and infinities are refused, and so is what JSON has no form for.

    A finite float has Python's shortest text, which differs from other writers' (RFC 8785): what is hashed for others to
    hash again (journal, evidence) holds whole numbers and text only.
    """
    return _ENCODER.encode(value).encode("utf-8", "surrogatepass")


def _refuse(value: object) -> Any:
    raise TypeError(f"{value!r} has no place in canonical JSON")


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_refuse)  # made once: it is in every line's way


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical_value(value: object, field_type: str) -> str | None:
    """A field value as one text, whatever side it comes from (a CSV cell, a JSON number, a stored row).

    Null and "" are one (Salesforce stores "" as null), numbers drop trailing zeros, datetimes become UTC milliseconds,
    text is NFC and trimmed, ids take their first 15 characters. A value that does not parse as its type stays as text,
    so that it differs from a sound one.
    """
    if value is None:
        return None
    text = _text(value)
    if text == "":
        return None
    if field_type == "boolean":
        return {"true": "true", "1": "true", "false": "false", "0": "false"}.get(text.lower(), text)
    if field_type in _NUMBERS:
        return _number(text)
    if field_type == "datetime":
        return _instant(text)
    if field_type in ("id", "reference") and len(text) in (15, 18):
        return text[:15]
    return text


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return unicodedata.normalize("NFC", str(value)).strip()


def _number(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite() or "_" in text:
        return text
    if not number:
        return "0"
    if abs(number.adjusted()) > _MOST_DIGITS:
        return text
    plain = format(number, "f")  # exact; normalize() would round to 28 digits
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _instant(text: str) -> str:
    candidate = text.replace("Z", "+00:00")
    if len(candidate) == 10:
        candidate += "T00:00:00+00:00"
    try:
        moment = datetime.fromisoformat(candidate)
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return str(round(moment.timestamp() * 1000))


class Digester:
    """Keyed digests of values: equal values have equal digests within a run, and no value can be read back.

    The key comes from the seed when the user gave one (so that the same seed gives the same bytes), and is random and
    not kept otherwise. Keyed BLAKE2b (RFC 7693), 96 bits: enough for equality over any run.
    """

    def __init__(self, key: bytes) -> None:
        self._known: dict[str, str] = {}  # values come again, in rows of a job above all: their digests are one text then
        self._key = key if len(key) <= hashlib.blake2b.MAX_KEY_SIZE else hashlib.sha256(key).digest()

    def value(self, value: object, field_type: str = "string") -> str:
        """Digest of one field value, or "" for null."""
        text = canonical_value(value, field_type)
        return "" if text is None else self.text(text)

    def text(self, text: str) -> str:
        found = self._known.get(text)
        if found is None:
            found = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12, key=self._key).hexdigest()
            if len(text) <= _LONGEST_KNOWN:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[text] = found
        return found

    def key(self, value: object) -> str:
        """Digest of a business key: compared without case, as external ids are."""
        text = canonical_value(value, "string")
        return "" if text is None else self.text("key:" + text.lower())

    def fields(self, row: Mapping[str, object], types: Mapping[str, str]) -> dict[str, str]:
        """Digest per field, for the fields of `row` whose type is known."""
        return {name: "" if value is None else self.value(value, types.get(name, "string")) for name, value in row.items()}
