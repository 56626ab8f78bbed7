"""The whole surface as data: method, path template, handler. One page shows what the org answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from sfchaos.org.call import Endpoint


@dataclass(frozen=True, slots=True)
class Route:
    """`template` has literal parts and `{names}`; `{v}` is the API version (`v62.0`; the name holds `62.0`).

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


@dataclass
class RouteTable:
    """Routes by number of path parts. Literal parts compare without case; a literal wins over a name."""

    _by_length: dict[int, list[tuple[tuple[str, ...], Route]]] = field(default_factory=dict)

    def add(self, routes: Iterable[Route]) -> None:
        for route in routes:
            parts = tuple(route.template.strip("/").split("/"))
            self._by_length.setdefault(len(parts), []).append((parts, route))
        for entries in self._by_length.values():
            entries.sort(key=lambda entry: sum(part.startswith("{") for part in entry[0]))

    def find(self, method: str, path: str) -> Match:
        """The route of a path; HEAD is accepted where GET is (wire reference 3.6)."""
        wanted = "GET" if method == "HEAD" else method
        parts = [unquote(part) for part in path.strip("/").split("/")]
        allowed: list[str] = []
        for template, route in self._by_length.get(len(parts), ()):
            params = _matched(template, parts)
            if params is None:
                continue
            if route.method == wanted:
                return Match(route, params)
            if route.method not in allowed:
                allowed.append(route.method)
        return Match(None, {}, tuple(allowed))

    def all(self) -> list[Route]:
        return [route for entries in self._by_length.values() for _, route in entries]


_VERSION = re.compile(r"^v?(\d+\.\d)$")


def _matched(template: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for want, part in zip(template, parts, strict=True):
        if want == "{v}":
            found = _VERSION.match(part)
            if not found:
                return None
            params["v"] = found[1]
        elif want.startswith("{"):
            params[want[1:-1]] = part
        elif want.lower() != part.lower():
            return None
    return params
