"""What the handler really did: noted where no fault can change it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs

from sfchaos.core.gate import Receipt
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.core.redact import SecretBook
from sfchaos.rig.codes import codes_in
from sfchaos.rig.points import Point

Applied = Literal["yes", "no", "partly"]


@dataclass(slots=True)
class Work:
    """The calls that one exchange came to: none when a fault answered, two when a request was processed twice."""

    responses: list[Response] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def response(self) -> Response | None:
        """What the handler answered last, before any fault changed it."""
        return self.responses[-1] if self.responses else None

    @property
    def receipt(self) -> Receipt:
        return self.receipts[-1] if self.receipts else Receipt()

    @property
    def applied(self) -> Applied:
        done = {receipt.applied for receipt in self.receipts}
        if len(done) == 1:
            return done.pop()
        return "partly" if "partly" in done else "yes" if "yes" in done else "no"


class Tap:
    """The innermost handler of an exchange: calls `handler`, keeps what `receipt_of` says it did."""

    def __init__(self, handler: Handler, receipt_of: Callable[[Request, Response], Receipt], work: Work) -> None:
        self._handler, self._receipt_of, self._work = handler, receipt_of, work

    def __call__(self, request: Request) -> Response:
        response = self._handler(request)
        self._work.responses.append(response)
        self._work.receipts.append(self._receipt_of(request, response))
        return response


_ID = re.compile(rb'"id"\s*:\s*"(\w{15,18})"|<id>(\w{15,18})</id>')
_GRANT = "grant_type"


def read_receipt(point: Point, request: Request, response: Response, book: SecretBook) -> Receipt:
    """What a handler that keeps no receipt did, as far as its reply tells: for upstreams and stubs."""
    receipt = Receipt(error_codes=codes_in(response))
    if point.kind in ("read", "stream"):
        return receipt
    receipt.asked, receipt.changed = _effects(response)
    found = _ID.search(response.body) if response.status in (200, 201) else None
    if found:
        receipt.facts["record"] = (found[1] or found[2]).decode()
    if point.kind == "session":
        receipt.facts.update(_login_facts(request, response, book))
    return receipt


def _effects(response: Response) -> tuple[int, int]:
    """(asked, changed): a list of results counts its items, anything else is one effect that a 2xx did."""
    if not 200 <= response.status < 300:
        return 1, 0
    if response.body[:1] == b"[":
        try:
            items = json.loads(response.body)
        except ValueError:
            return 1, 1
        verdicts = [item["success"] for item in items if isinstance(item, dict) and "success" in item]
        if verdicts:
            return len(verdicts), sum(bool(verdict) for verdict in verdicts)
    return 1, 1


def _login_facts(request: Request, response: Response, book: SecretBook) -> dict[str, Any]:
    form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
    facts: dict[str, Any] = {"grant": form[_GRANT]} if _GRANT in form else {}
    for name in ("refresh_token", "assertion", "password", "client_secret"):
        if form.get(name):
            facts["credential"] = book.label(form[name], name)
            break
    try:
        reply = json.loads(response.body)
    except ValueError:
        return facts
    if isinstance(reply, dict):
        for name, fact in (("access_token", "issued"), ("refresh_token", "refresh")):
            if isinstance(reply.get(name), str):
                facts[fact] = book.label(reply[name], name)
    return facts
