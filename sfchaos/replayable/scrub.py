"""What a cassette must not hold, and what stands there instead: `SCRUBBED-access_token`.

Secrets are found by where they stand (header, form field, JSON key, SOAP element), by their shape (session ids, consumer
keys, assertions, keys) and, when a run's SecretBook is at hand, by being known. Ids, hosts and rows stay: record against
synthetic data only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl, urlencode

from sfchaos.core.messages import Headers
from sfchaos.core.redact import SecretBook

MARK = "SCRUBBED-"
DROPPED_HEADERS = frozenset({"cookie", "set-cookie", "proxy-authorization"})
_TOKEN_HEADERS = frozenset({"authorization", "x-sfdc-session"})
_FORM = ("username", "password", "client_id", "client_secret", "assertion", "refresh_token", "code", "code_verifier", "token", "client_assertion")
_JSON_KEYS = ("access_token", "refresh_token", "id_token", "signature", "client_secret")
_SOAP = ("sessionId", "password", "username")

_JSON = re.compile(rf'("(?:{"|".join(_JSON_KEYS)})"\s*:\s*)"[^"]*"')
_JSON_NAME = re.compile(r'^"(\w+)"')
_XML = re.compile(rf"(<(?:\w+:)?({'|'.join(_SOAP)})\b[^>]*>)[^<]+(?=</)")
_SHAPES = {
    "access_token": re.compile(r"00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?(?:!|%21)[A-Za-z0-9._%]{16,}"),
    "client_id": re.compile(r"3MVG9[A-Za-z0-9._]{40,}"),
    "refresh_token": re.compile(r"5Aep861[A-Za-z0-9._]{30,}"),
    "assertion": re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}"),
    "private_key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL),
}
_BEARER = re.compile(r"(?i)\b(?:Bearer|OAuth)\s+(?!SCRUBBED-)([A-Za-z0-9!._~+/=-]{12,})")


class Scrubber:
    """Puts placeholders where secrets stand. `book` is the SecretBook of the org that is recorded, if there is one."""

    def __init__(self, book: SecretBook | None = None) -> None:
        self._book = book

    def headers(self, headers: Iterable[tuple[str, str]]) -> Headers:
        """Without cookies; tokens replaced, the scheme before them kept."""
        kept = [(name, value) for name, value in headers if name.lower() not in DROPPED_HEADERS]
        return tuple((name, self._token(value) if name.lower() in _TOKEN_HEADERS else self.text(value)) for name, value in kept)

    def _token(self, value: str) -> str:
        scheme, _, _ = value.rpartition(" ")
        return f"{scheme} {MARK}access_token".strip()

    def body(self, body: bytes, content_type: str) -> bytes:
        """A body of either direction. What is not text is left alone: no API that is recorded here sends secrets in it."""
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return body
        if "x-www-form-urlencoded" in content_type.lower():
            text = _form(text)
        return self.text(text).encode()

    def text(self, text: str) -> str:
        """Any text: JSON keys and SOAP elements that hold secrets, shapes of secrets, and those the book knows."""
        text = _JSON.sub(lambda m: f'{m[1]}"{MARK}{_name(m[1])}"', text)
        text = _XML.sub(lambda m: f"{m[1]}{MARK}{'access_token' if m[2] == 'sessionId' else m[2]}", text)
        for what, shape in _SHAPES.items():
            text = shape.sub(MARK + what, text)
        return self._known(text)

    def _known(self, text: str) -> str:
        if self._book is None:
            return text
        parts: list[str] = []
        last = 0
        for hit in self._book.hits(text):
            parts += [text[last : hit.start], MARK + hit.what]
            last = hit.end
        return "".join([*parts, text[last:]])


def _name(key: str) -> str:
    found = _JSON_NAME.match(key)
    return found[1] if found else "secret"


def _form(text: str) -> str:
    pairs = parse_qsl(text, keep_blank_values=True)
    if not any(name in _FORM for name, _ in pairs):
        return text
    return urlencode([(name, MARK + name if name in _FORM and value else value) for name, value in pairs])


def secrets_in(text: str, book: SecretBook | None = None) -> list[str]:
    """What in a text looks like a secret, as `what at offset`: empty for a cassette that may be committed."""
    found = [f"{what} at {match.start()}" for what, shape in _SHAPES.items() for match in shape.finditer(text)]
    found += [f"bearer token at {match.start()}" for match in _BEARER.finditer(text)]
    found += [f"{name} at {match.start()}" for name, match in _fields(text) if not match["value"].startswith(MARK)]
    found += [f"cookie at {match.start()}" for match in re.finditer(r"(?im)^\s*(?:set-)?cookie:", text)]
    return found + ([f"{hit.what} ({hit.form}) at {hit.start}" for hit in book.hits(text)] if book else [])


def _fields(text: str) -> list[tuple[str, re.Match[str]]]:
    """Form fields, JSON keys and SOAP elements that name a secret and hold something."""
    patterns: list[tuple[Callable[[str], str], tuple[str, ...]]] = [
        (lambda name: rf"[?&\s:'\"]{name}=(?P<value>[^&\s'\"]+)", ("password", "client_secret", "assertion", "refresh_token")),
        (lambda name: rf'\\?"{name}\\?"\s*:\s*\\?"(?P<value>[^"\\]+)', _JSON_KEYS),
        (lambda name: rf"<(?:\w+:)?{name}>(?P<value>[^<]+)<", _SOAP[:2]),
    ]
    return [(name, match) for make, names in patterns for name in names for match in re.finditer(make(name), text)]
