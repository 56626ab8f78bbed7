"""Does an org answer as a cassette says? Its requests are played in order, and the replies compared.

Compared: status, names of headers, Content-Type, key sets, order of keys, types, lengths, and every value that another
org would give too (texts, codes, counts). Ids, instants, hosts and secrets are masked; ids of the recording are replaced
by those the handler gave in their place, so that a row created in one exchange is read in the next.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.core.operations import classify
from sfchaos.replayable.cassette import Cassette, read_cassette
from sfchaos.replayable.scrub import MARK

HOP_HEADERS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "date", "set-cookie", "cookie"})
VOLATILE = frozenset({"totalProcessingTime", "apiActiveProcessingTime", "apexProcessingTime", "issued_at", "signature"})  # compared by type alone
MOST_POLLS = 200
POLL_S = 0.5

_ID = re.compile(r"(?<![\w])(?=[A-Za-z]{0,2}\d)[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?(?![\w])")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?|(?<!\d)\d{13}(?!\d)")
_HOST = re.compile(r"https?://[A-Za-z0-9.:-]+")
_PLACEHOLDER = re.compile(re.escape(MARK) + r"(\w+)")


@dataclass(frozen=True)
class Difference:
    """`call` is `3 POST /services/data/...`; `where` a place in the reply (`body[0].errorCode`, `header location`)."""

    call: str
    where: str
    recorded: str
    answered: str

    def __str__(self) -> str:
        return f"{self.call}\n  {self.where}: recorded {self.recorded}, answered {self.answered}"


def fidelity(
    cassette: Cassette | Path, handler: Handler, *, values: Mapping[str, str] | None = None, wait: Callable[[float], object] | None = None
) -> list[Difference]:
    """What a handler answers otherwise than the cassette, in order; empty when they agree.

    values  what stands for placeholders: {"access_token": ..., "username": ..., "password": ...}; a login in the cassette renews the token
    wait    called with seconds between two looks at a job, so that it goes on (`clock.advance`); a job is polled until it has the recorded state
    """
    held = read_cassette(cassette) if isinstance(cassette, Path) else cassette
    stand_in = _StandIns(dict(values or {}))
    found: list[Difference] = []
    for number, exchange in enumerate(held.exchanges, 1):
        request = stand_in.request(exchange.request)
        call = f"{number} {request.method} {exchange.request.path}"
        answered = _asked(handler, request, exchange.response, wait)
        found += [Difference(call, *parts) for parts in _compared(exchange.response, answered)]
        stand_in.learn(exchange.response, answered)
    return found


# ---------------------------------------------------------------------- asking


def _asked(handler: Handler, request: Request, recorded: Response, wait: Callable[[float], object] | None) -> Response:
    """The reply; of a poll, the first one that shows the recorded state, or the last that was had."""
    answered = handler(request)
    if wait is None or not classify(request).op.endswith(".poll"):
        return answered
    wanted = _state(recorded)
    for _ in range(MOST_POLLS):
        if _state(answered) == wanted:
            break
        wait(POLL_S)
        answered = handler(request)
    return answered


def _state(response: Response) -> object:
    tree = _json(response.body)
    return tree.get("state") if isinstance(tree, dict) else None


class _StandIns:
    """What the handler gave where the recording has an id or a placeholder."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        self._ids: dict[str, str] = {}

    def request(self, recorded: Request) -> Request:
        is_form = "x-www-form-urlencoded" in recorded.header("content-type")
        headers = tuple((name, self._text(value)) for name, value in recorded.headers if name.lower() not in HOP_HEADERS)
        body = self._text(recorded.body.decode("utf-8", "surrogateescape"), encode=is_form).encode("utf-8", "surrogateescape")
        return replace(recorded, url=self._text(recorded.url, encode=True), headers=headers, body=body)

    def _text(self, text: str, *, encode: bool = False) -> str:
        def value(match: re.Match[str]) -> str:
            known = self._values.get(match[1], match[0])
            return quote(known, safe="") if encode else known

        return _ID.sub(lambda m: self._ids.get(m[0], self._ids.get(m[0][:15], m[0])), _PLACEHOLDER.sub(value, text))

    def learn(self, recorded: Response, answered: Response) -> None:
        for old, new in _leaves(_json(recorded.body), _json(answered.body)):
            self._bind(old, new)

    def _bind(self, old: str, new: str) -> None:
        if old.startswith(MARK):
            self._values[old.removeprefix(MARK)] = new
            return
        for one, other in zip(_ID.findall(old), _ID.findall(new), strict=False):
            self._ids.setdefault(one, other)
            self._ids.setdefault(one[:15], other[:15])


def _leaves(old: Any, new: Any) -> Iterable[tuple[str, str]]:
    """Pairs of texts at the same place of two trees."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old:
            yield from _leaves(old[key], new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        for one, other in zip(old, new, strict=False):
            yield from _leaves(one, other)
    elif isinstance(old, str) and isinstance(new, str):
        yield old, new


# ---------------------------------------------------------------------- comparing

Parts = tuple[str, str, str]


def _compared(recorded: Response, answered: Response) -> list[Parts]:
    if recorded.status != answered.status:
        return [("status", str(recorded.status), f"{answered.status} {answered.body[:200].decode('utf-8', 'replace')}")]
    found = list(_headers(recorded, answered))
    kind = recorded.header("content-type")
    if "csv" in kind:
        return found + list(_csv(recorded.body, answered.body))
    old, new = _json(recorded.body), _json(answered.body)
    if old is not None or "json" in kind:
        return found + list(_trees(old, new, "body"))
    return found + list(_texts(recorded.body.decode("utf-8", "replace"), answered.body.decode("utf-8", "replace")))


def _headers(recorded: Response, answered: Response) -> Iterable[Parts]:
    present = {name.lower() for name, _ in answered.headers}
    for name, value in recorded.headers:
        key = name.lower()
        if key in HOP_HEADERS:
            continue
        if key not in present:
            yield f"header {key}", value, "absent"
        elif key in ("content-type", "location", "sforce-locator", "sforce-numberofrecords") and masked(value) != masked(answered.header(name)):
            yield f"header {key}", value, answered.header(name)


def _csv(recorded: bytes, answered: bytes) -> Iterable[Parts]:
    """Header row as it stands, quotes included; the other rows in any order (wire reference 5.5)."""
    old, new = (body.decode("utf-8", "replace").splitlines() for body in (recorded, answered))
    if old[:1] != new[:1]:
        yield "csv header", repr(old[:1]), repr(new[:1])
    elif sorted(map(masked, old)) != sorted(map(masked, new)):
        yield "csv rows", repr(old[1:4]), repr(new[1:4])


def _texts(old: str, new: str) -> Iterable[Parts]:
    if masked(old) != masked(new):
        yield "body", repr(old[:200]), repr(new[:200])


def _trees(old: Any, new: Any, where: str) -> Iterable[Parts]:
    if type(old) is not type(new):
        yield where, f"{type(old).__name__} {old!r}", f"{type(new).__name__} {new!r}"
    elif isinstance(old, dict):
        yield from _objects(old, new, where)
    elif isinstance(old, list):
        if len(old) != len(new):
            yield where, f"{len(old)} items", f"{len(new)} items"
        for i, (one, other) in enumerate(zip(old, new, strict=False)):
            yield from _trees(one, other, f"{where}[{i}]")
    elif masked(old) != masked(new) and not _is_placeholder(old):
        yield where, repr(old), repr(new)


def _objects(old: dict[str, Any], new: dict[str, Any], where: str) -> Iterable[Parts]:
    for key in [k for k in old if k not in new]:
        yield f"{where}.{key}", "present", "absent"
    for key in [k for k in new if k not in old]:
        yield f"{where}.{key}", "absent", "present"
    common = [key for key in old if key in new]
    if common != [key for key in new if key in old]:
        yield f"{where} order of keys", ", ".join(old), ", ".join(new)
    for key in common:
        if key not in VOLATILE:
            yield from _trees(old[key], new[key], f"{where}.{key}")
        elif type(old[key]) is not type(new[key]):
            yield f"{where}.{key}", type(old[key]).__name__, type(new[key]).__name__


def _is_placeholder(value: object) -> bool:
    return isinstance(value, str) and value.startswith(MARK)


def masked(value: Any) -> Any:
    """A value without what differs between two orgs: ids, instants, hosts."""
    if not isinstance(value, str):
        return value
    return _TIME.sub("TIME", _ID.sub("ID", _HOST.sub("HOST", value)))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
