"""Makes journal lines: one for each exchange, with the keys that `core.history` documents. Values never leave, digests do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sfchaos.core.canonical import Digester
from sfchaos.core.gate import RowTouch
from sfchaos.core.messages import Request, Response
from sfchaos.core.redact import SecretBook
from sfchaos.rig.codes import codes_in
from sfchaos.rig.plan import RuleState
from sfchaos.rig.points import Point
from sfchaos.rig.sight import Sight
from sfchaos.rig.tap import Work

MOST_KEYS = 50
_OWN_FACTS = frozenset({"job", "defect", "record"})  # said under other names


@dataclass(slots=True)
class Exchange:
    """All that is known of one exchange when its line is written."""

    point: Point
    request: Request
    response: Response
    sight: Sight
    work: Work
    at_s: float
    phase: str = ""
    token: str = ""
    job: str = ""
    fired: list[RuleState] = field(default_factory=list)
    shadowed: list[RuleState] = field(default_factory=list)
    seen_codes: list[str] | None = None

    @property
    def commit_phase(self) -> str:
        """The letter of the fault that fired; of several, that of the one which made the reply, else of the first."""
        letters: list[str] = [state.rule.info.when for state in self.fired]
        replies: list[str] = [state.rule.info.when for state in self.fired if state.rule.replies]
        return (replies or letters or [""])[0]


class LineMaker:
    """`types_of` gives an object's field types, for digests that are equal on every side."""

    def __init__(self, digester: Digester, book: SecretBook, types_of: Callable[[str], Mapping[str, str]]) -> None:
        self._digester, self._book, self._types_of = digester, book, types_of
        self._clean: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._known_secrets = 0

    def exchange(self, x: Exchange) -> dict[str, Any]:
        """The fields of an exchange line, without those that would say nothing."""
        line = self._request_part(x)
        line.update(_reply_part(x))
        line.update(self._work_part(x))
        told = {key: value for key, value in line.items() if value or value == 0}
        if x.seen_codes is not None:
            told["seen_codes"] = x.seen_codes  # an empty list says that the caller saw none of `error_codes`
        return told

    def _request_part(self, x: Exchange) -> dict[str, Any]:
        request, point = x.request, x.point
        bearer = self._book.label(x.token, "access_token")  # first: it may stand in the URL too
        path, secrets = self._scrubbed(request)
        digest = point.digest if point.kind != "session" else self._digester.text(f"login {point.digest}")  # passwords may be weak
        return {
            "address": point.address, "op": point.op, "target": point.target, "sobject": point.sobject, "method": request.method,
            "host": request.host, "path": path, "route": "" if request.route == "direct" else request.route, "origin": request.origin,
            "client": client_of(request), "bearer": bearer, "request_sha256": digest,
            "url_secrets": list(secrets), "phase": x.phase, "job": x.job, "work_ms": round(x.response.work_s * 1000),
        }  # fmt: skip

    def _work_part(self, x: Exchange) -> dict[str, Any]:
        receipt = x.work.receipt
        rows = [self._row(touch) for each in x.work.receipts for touch in each.rows]
        part = {name: tidy(value, self._book) for name, value in receipt.facts.items() if name not in _OWN_FACTS}
        part.update(user=receipt.user, applied=x.work.applied, rows=rows, keys=_keys(x))
        if "defect" in receipt.facts:
            part["defect"] = self._book.scrub(str(receipt.facts["defect"]).strip().rpartition("\n")[2])[0]
        return part

    def rows(self, touches: Iterable[RowTouch]) -> list[dict[str, Any]]:
        """Row objects (history.RowLine): digests for values."""
        return [self._row(touch) for touch in touches]

    def _row(self, touch: RowTouch) -> dict[str, Any]:
        row: dict[str, Any] = {"verb": touch.verb, "sobject": touch.sobject, "id": touch.record_id, "ok": "yes" if touch.ok else "no"}
        if touch.code:
            row["code"] = touch.code
        if touch.key:
            row["key"] = self._digester.key(touch.key)
            row["key_field"] = touch.key_field
        if touch.created:
            row["created"] = "yes"
        if touch.values:
            digests = self._digester.fields(touch.values, self._types_of(touch.sobject))
            row["fields"] = digests
            nulls = sorted(name for name, digest in digests.items() if not digest)
            if nulls:
                row["nulls"] = nulls
        return row

    def _scrubbed(self, request: Request) -> tuple[str, tuple[str, ...]]:
        """(path without secrets, labels of the secrets in the URL); remembered, since paths repeat."""
        if len(self._book) != self._known_secrets or len(self._clean) > 10_000:
            self._clean.clear()
            self._known_secrets = len(self._book)
        tail = request.path if not request.query_string else f"{request.path}?{request.query_string}"
        found = self._clean.get(tail)
        if found is None:
            path = self._book.scrub(request.path)[0]
            hits = self._book.hits(tail)
            found = self._clean[tail] = (path, tuple(dict.fromkeys(hit.label for hit in hits)))
        return found


def _reply_part(x: Exchange) -> dict[str, Any]:
    answered, seen = x.work.response, x.sight
    status = answered.status if answered is not None else 0
    codes = x.work.receipt.error_codes or (codes_in(answered) if answered is not None else ())
    x.seen_codes = _seen_codes(x, codes)
    part: dict[str, Any] = {
        "status": status, "error_codes": list(codes), "delivered": seen.delivered, "delivered_ms": round((x.at_s + seen.after_s) * 1000),
        "response_sha256": _digest_of(x.response),
    }  # fmt: skip
    if x.fired:
        part.update(commit_phase=x.commit_phase, fired=[s.rule.id for s in x.fired], faults=[s.rule.info.id for s in x.fired])
    taken = x.request.took or (x.response.delivery.connect if x.response.delivery.fate != "unconnected" else "")
    if taken:
        part["tls_accepted"] = taken.removeprefix("tls_")
    if x.response.delivery.fate == "unconnected" and x.request.connected:
        part["approximated"] = "a line that was made cannot be refused any more: it was reset before a byte"
    if x.shadowed:
        part["shadowed"] = [s.rule.id for s in x.shadowed]
    if seen.status != status:
        part["seen_status"] = seen.status
    if seen.delivered == "whole":
        for name, text in reversed(x.response.headers):  # of a repeated header the first counts
            if len(name) == _LIMIT_INFO_CHARS and name.lower() == "sforce-limit-info":
                used, maximum = limit_info(text)
                if maximum:
                    part["limit_used"], part["limit_max"] = used, maximum
            elif len(name) == _RETRY_AFTER_CHARS and name.lower() == "retry-after":
                part["retry_after"] = text
    return part


def _digest_of(response: Response) -> str:
    """SHA-256 of the body in hex, "" without one. A streamed body is made once more for it, and never held."""
    if response.stream is None:
        return hashlib.sha256(response.body).hexdigest() if response.body else ""
    digest = hashlib.sha256()
    for piece in response.stream.pieces():
        digest.update(piece)
    return digest.hexdigest()


_LIMIT_INFO_CHARS, _RETRY_AFTER_CHARS = len("sforce-limit-info"), len("retry-after")


def _seen_codes(x: Exchange, codes: tuple[str, ...]) -> list[str] | None:
    """The codes the caller saw, None when they are those the org gave."""
    if x.sight.delivered != "whole":
        return [] if codes else None
    if x.response is x.work.response:
        return None
    seen = codes_in(x.response)
    return None if seen == tuple(codes) else list(seen)


def _keys(x: Exchange) -> list[str]:
    """Ids of the records touched or returned, at most 50."""
    found: dict[str, None] = {}
    for receipt in x.work.receipts:
        for touch in receipt.rows:
            found.setdefault(touch.record_id)
        for _, _, ids in receipt.read:
            found.update(dict.fromkeys(ids[:MOST_KEYS]))
        found.setdefault(str(receipt.facts.get("record", "")))
    found.pop("", None)
    return list(found)[:MOST_KEYS]


def client_of(request: Request) -> str:
    """`client=` of Sforce-Call-Options, else the product of the User-Agent."""
    options = request.header("sforce-call-options")
    for part in options.replace(";", ",").split(",") if options else ():
        name, _, value = part.partition("=")
        if name.strip().lower() == "client":
            return value.strip()
    return request.header("user-agent").partition("/")[0]


def limit_info(text: str) -> tuple[int, int]:
    """(used, max) of Sforce-Limit-Info's value; (0, 0) for anything else. Format: wire reference 1.4 (L)."""
    used, _, maximum = text.partition("api-usage=")[2].partition(";")[0].partition("/")
    return (int(used), int(maximum)) if used.isdigit() and maximum.isdigit() else (0, 0)


def tidy(value: Any, book: SecretBook) -> Any:
    """A fact as a journal may hold it: text, whole numbers, lists and objects of them; secrets by label."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        return value if len(value) <= 7 else book.scrub(value)[0]
    if isinstance(value, Mapping):
        return {str(key): tidy(item, book) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [tidy(item, book) for item in value if item is not None]
    return f"{value:.6g}" if isinstance(value, float) else str(value)
