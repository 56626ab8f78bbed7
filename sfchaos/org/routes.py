"""The whole surface as data: method, path template, handler. One page shows what the org answers."""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote

from sfchaos.org.call import Endpoint


@dataclass(frozen=True, slots=True)
class Route:
    """`template` has literal parts and `{names}`; `{v}` is the API version (`v62.0`; the name holds `62.0`). A last part
    `{path*}` takes the rest of the path, as sent.

    surface  how refusals look: rest, oauth, soap, bulk1
    auth     needs a session
    counts   counts against the daily limit and carries Sforce-Limit-Info
    source   where Salesforce documents it
    """

    method: str
    template: str
    endpoint: Endpoint
    surface: str = "rest"
    auth: bool = True
    counts: bool = True
    source: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    route: Route | None
    params: dict[str, str]
    allowed: tuple[str, ...] = ()  # methods of this path, when only the method was wrong


_FAMILY = 3  # the part that tells most paths apart: "sobjects" in /services/data/v62.0/sobjects/...
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")  # the order in which a 405 lists them
_MOST_KEPT = 1024
_Entry = tuple[tuple[str, ...], Route]


@dataclass
class RouteTable:
    """Routes by number of path parts and the fourth of them. Literal parts compare without case; a literal wins over a name."""

    _entries: dict[tuple[int, str], list[_Entry]] = field(default_factory=dict)
    _found: dict[tuple[str, str], Match] = field(default_factory=dict)
    _tails: list[_Entry] = field(default_factory=list)

    def add(self, routes: Iterable[Route]) -> None:
        self._found.clear()
        for route in routes:
            parts = _parts(route.template)
            if parts[-1].endswith("*}"):
                self._tails.append((parts, route))
                continue
            entries = self._entries.setdefault((len(parts), _family(parts)), [])
            insort(entries, (parts, route), key=_names_in)

    def find(self, method: str, path: str) -> Match:
        """The route of a path; HEAD is accepted where GET is (wire reference 3.6). Paths repeat, so matches are kept."""
        found = self._found.get((method, path))
        if found is None:
            if len(self._found) >= _MOST_KEPT:
                self._found.clear()
            found = self._found[(method, path)] = self._find(method, path)
        return found

    def _find(self, method: str, path: str) -> Match:
        wanted = "GET" if method == "HEAD" else method
        parts = path.strip("/").split("/")
        if "%" in path:
            parts = [unquote(part) for part in parts]
        lowered = [part.lower() for part in parts]
        allowed: list[str] = []
        for template, route in self._candidates(lowered):
            params = _matched(template, parts, lowered)
            if params is None:
                continue
            if route.method == wanted:
                return Match(route, params)
            if route.method not in allowed:
                allowed.append(route.method)
        return self._tail(wanted, path, lowered) or Match(None, {}, tuple(sorted(allowed, key=_METHODS.index)))

    def _candidates(self, lowered: list[str]) -> list[_Entry]:
        family = _family(lowered)
        named = self._entries.get((len(lowered), family), [])
        return named + self._entries.get((len(lowered), ""), []) if family else named

    def _tail(self, wanted: str, path: str, lowered: list[str]) -> Match | None:
        """A route that takes the rest of the path; its beginning has no names."""
        for template, route in self._tails:
            head = len(template) - 1
            if route.method == wanted and len(lowered) > head and list(template[:head]) == lowered[:head]:
                return Match(route, {template[head][1:-2]: "/".join(path.strip("/").split("/")[head:])})
        return None

    def all(self) -> list[Route]:
        return [route for entries in (*self._entries.values(), self._tails) for _, route in entries]


@cache
def _parts(template: str) -> tuple[str, ...]:
    return tuple(part if part.startswith("{") else part.lower() for part in template.strip("/").split("/"))


def _names_in(entry: _Entry) -> int:
    return sum(part.startswith("{") for part in entry[0])


def _family(parts: Sequence[str]) -> str:
    """The fourth part of a path or template, "" where there is none or it is a name."""
    part = parts[_FAMILY] if len(parts) > _FAMILY else ""
    return "" if part.startswith("{") else part


_VERSION = re.compile(r"^v?(\d+\.\d)$")


def _matched(template: tuple[str, ...], parts: list[str], lowered: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for want, part, low in zip(template, parts, lowered, strict=True):
        if want == low:
            continue
        if want == "{v}":
            found = _VERSION.match(part)
            if not found:
                return None
            params["v"] = found[1]
        elif want[:1] == "{":
            params[want[1:-1]] = part
        else:
            return None
    return params
