"""Gives every request its address `op/target#k~a`: the same in every run that sends the same requests.

Jobs are J1, J2 ... by creation, queries Q1, Q2 ... by their text. `#k` counts distinct requests of an operation and
target, `~a` how often that same request has come. Distinct goes by a digest in which volatile values are masked and ids of
jobs and cursors stand under their alias.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from sfchaos.core.masking import masked_body
from sfchaos.core.messages import Request
from sfchaos.core.operations import Kind, Operation, classify

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d(?::|%3A)\d\d(?::|%3A)\d\d(?:\.\d+)?(?:Z|(?:[+-]|%2B)\d\d(?::|%3A)?\d\d)?", re.IGNORECASE)
_INNER = re.compile(r"\([^()]*\)")
_FROM = re.compile(r"\bfrom\s+(\w+)", re.IGNORECASE)
_NEXT = re.compile(rb'"nextRecordsUrl"\s*:\s*"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Point:
    """One request of a run. `digest` is that of the masked request in hex; `job_id` the job it concerns, as the org names it."""

    op: str
    target: str
    k: int
    attempt: int
    kind: Kind
    sobject: str
    digest: str
    job_id: str = ""

    @property
    def address(self) -> str:
        return f"{self.op}/{self.target}#{self.k}~{self.attempt}"

    @property
    def creates_job(self) -> bool:
        return self.op in ("bulk2.create", "bulk2q.create", "bulk1.job")


class Namer:
    """Names the points of one run. Not thread-safe: the rig's lock is around it.

    `canonical` gives an object's own spelling (`account` -> `Account`). For `weak` operations digests are not stable
    between runs, so `#k` only counts.
    """

    def __init__(self, canonical: Callable[[str], str] = str, weak: frozenset[str] = frozenset()) -> None:
        self._own_spelling = canonical
        self._spelling: dict[str, str] = {}
        self._weak = weak
        self._jobs: dict[str, str] = {}
        self._job_objects: dict[str, str] = {}
        self._queries: dict[str, str] = {}
        self._query_objects: dict[str, str] = {}
        self._locators: dict[str, str] = {}
        self._seen: dict[tuple[str, str], dict[str, list[int]]] = {}

    def name(self, request: Request) -> Point:
        what = classify(request)
        target, sobject = self._target(what)
        digest = self._digest(request, what, target)
        seen = self._seen.setdefault((what.op, target), {})
        key = f"{digest}/{len(seen)}" if what.op in self._weak else digest
        place = seen.setdefault(key, [len(seen) + 1, 0])
        place[1] += 1
        return Point(what.op, target, place[0], place[1], what.kind, sobject, digest, what.target if what.target_kind == "job" else "")

    def _canonical(self, sobject: str) -> str:
        """The object's own spelling; where nobody knows it, the one that came first."""
        known = self._spelling.get(sobject.lower())
        return known if known is not None else self._spelling.setdefault(sobject.lower(), self._own_spelling(sobject))

    def _target(self, what: Operation) -> tuple[str, str]:
        """(target as the address says it, object concerned)."""
        if what.target_kind == "object":
            name = self._canonical(what.target)
            return name, name
        if what.target_kind == "job":
            return self.job(what.target), self._job_objects.get(what.target, "")
        if what.target_kind == "query":
            alias = self._query_alias(what)
            return alias, self._query_objects.get(alias, "")
        return "-", ""

    def _query_alias(self, what: Operation) -> str:
        if what.op == "query.more":
            return self._locators.setdefault(what.target, f"Q{len(self._queries) + 1}?")
        text = _TIME.sub("TIME", what.target)
        alias = self._queries.get(text)
        if alias is None:
            alias = self._queries[text] = f"Q{len(self._queries) + 1}"
            self._query_objects[alias] = self._canonical(object_of(what.target))
        return alias

    def _digest(self, request: Request, what: Operation, target: str) -> str:
        path, query = request.path, request.query_string
        if what.target_kind == "job" or what.op == "query.more":
            path = path.replace(what.target, target)
        elif what.target_kind == "query" and what.op != "query.more":
            query = target
        if "T" in query:
            query = _TIME.sub("TIME", query)
        body = masked_body(request) if request.body else b""
        head = f"{request.method} {path}?{query}\n".encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(head)
        digest.update(body)
        return digest.hexdigest()

    def job(self, job_id: str) -> str:
        """The alias of a job, given at its creation (or when it is first named)."""
        return self._jobs.setdefault(job_id, f"J{len(self._jobs) + 1}")

    def learn_job(self, job_id: str, sobject: str) -> str:
        self._job_objects.setdefault(job_id, sobject)
        return self.job(job_id)

    def learn_page(self, target: str, body: bytes) -> None:
        """Connect the cursor that a page of a query names with the query's alias."""
        found = _NEXT.search(body)
        if found:
            last = found[1].decode("utf-8", "replace").rpartition("/")[2]
            self._locators.setdefault(last.rpartition("-")[0] or last, target)


@lru_cache(maxsize=1024)
def object_of(soql: str) -> str:
    """The object of the outermost FROM; "" when there is none."""
    previous = ""
    while previous != soql:
        previous, soql = soql, _INNER.sub(" ", soql)
    found = _FROM.search(soql)
    return found[1] if found else ""
