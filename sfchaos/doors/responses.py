"""The door for suites that already use `responses`: their mock serves Salesforce hosts from the handler.

Know what this door cannot show. `responses` stands in for requests' adapter, above urllib3: `urllib3.Retry` never sees a
lost reply or a read time-out (they surface at once as requests' ConnectionError and ReadTimeout), and does not sleep
between tries after a status. A client that repeats writes blindly looks innocent here, and one that recovers by Retry
looks weak. `urllib3_door` shows both; use it wherever the suite does not insist on `responses`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
import responses
from requests.models import PreparedRequest
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from sfchaos.core.clock import Clock
from sfchaos.core.hosts import is_salesforce_host
from sfchaos.core.messages import Handler, Request
from sfchaos.core.origins import Origins
from sfchaos.doors.common import Arrival, arrival_of, ask, closed_without_reply, connection_reset, framed_headers, joined
from sfchaos.doors.streamed import body_of
from sfchaos.doors.urllib3 import urllib3_response

Told = Callable[[str], None]


@contextmanager
def responses_door(
    handler: Handler,
    *,
    clock: Clock,
    mock: responses.RequestsMock | None = None,
    hosts: Callable[[str], bool] = is_salesforce_host,
    on_not_expressible: Told | None = None,
) -> Iterator[responses.RequestsMock]:
    """Serve `hosts` from `handler` in `mock` (the suite's own, already started), or in a mock of its own that lets other hosts pass.

    What the suite registered for a Salesforce URL goes first. `on_not_expressible(description)` is told of each delivery
    that real clients would have taken to `urllib3.Retry`.
    """
    answer = _Answer(handler, clock, hosts, on_not_expressible)
    if mock is not None:
        answer.mock = mock
        mock.add(answer)
        try:
            yield mock
        finally:
            _take_back(mock, answer)
        return
    with responses.RequestsMock(assert_all_requests_are_fired=False) as own:
        answer.mock = own
        own.add(answer)
        own.add_passthru("http")
        yield own


def _take_back(mock: responses.RequestsMock, answer: _Answer) -> None:
    if any(registered is answer for registered in mock.registered()):
        mock.remove(answer)


class _Answer(responses.BaseResponse):
    """One registered response that matches every method on our hosts."""

    def __init__(self, handler: Handler, clock: Clock, hosts: Callable[[str], bool], told: Told | None) -> None:
        super().__init__("ANY", f"https://salesforce.invalid/{id(self)}")  # only names it, for its removal: see matches
        self.handler, self.clock, self.hosts, self.told = handler, clock, hosts, told
        self.origins = getattr(clock, "origins", None) or Origins()
        self.mock: responses.RequestsMock | None = None

    def matches(self, request: PreparedRequest) -> tuple[bool, str]:
        """Our hosts, unless something else registered matches: of several matches `responses` uses up the first."""
        if not self.hosts(urlsplit(request.url or "").hostname or ""):
            return False, "not a Salesforce host"
        others = self.mock.registered() if self.mock is not None else []
        if any(other is not self and other.matches(request)[0] for other in others):
            return False, "the suite's own response comes first"
        return True, ""

    def get_response(self, request: PreparedRequest) -> HTTPResponse:
        asked = self._as_request(request)
        reply = ask(self.handler, asked, self.clock)
        arrival = arrival_of(reply, asked.timeout_s)
        self.clock.wait(arrival.after_s)
        if arrival.kind != "reply":
            self._drop(asked, arrival, request)
        framed = framed_headers(reply, asked.method)
        return urllib3_response(
            reply, framed, body_of(reply, framed, asked.method, self.clock, asked.timeout_s), request_method=asked.method, preload_content=False
        )  # fmt: skip

    def _as_request(self, request: PreparedRequest) -> Request:
        headers = tuple((_text(name), _text(value)) for name, value in request.headers.items())
        body: Any = request.body or b""
        if not isinstance(body, bytes | str):
            body = joined(body)
        data = body.encode("utf-8") if isinstance(body, str) else body
        keywords = getattr(request, "req_kwargs", {})
        return Request(request.method or "GET", request.url or "", headers, data, origin=self.origins.alias(),
                       timeout_s=_read_timeout_s(keywords.get("timeout")))  # fmt: skip

    def _drop(self, asked: Request, arrival: Arrival, request: PreparedRequest) -> None:
        """Raise what requests raises in the end, and say that Retry was not asked."""
        if self.told is not None:
            self.told(f"{asked.method} {asked.path}: {_WORDS[arrival.kind]}; urllib3.Retry is not asked through responses")
        if arrival.kind == "timeout":
            cause = ReadTimeoutError(None, asked.url, f"Read timed out. (read timeout={asked.timeout_s})")  # type: ignore[arg-type]  # no pool here
            raise requests.exceptions.ReadTimeout(cause, request=request)
        dropped = connection_reset() if arrival.kind == "reset" else closed_without_reply()
        raise requests.exceptions.ConnectionError(ProtocolError("Connection aborted.", dropped), request=request)


_WORDS = {"timeout": "read time-out", "reset": "connection reset before a reply", "fin": "connection closed without a reply"}


def _read_timeout_s(timeout: Any) -> float | None:
    """The read time-out out of requests' `timeout`: a number, (connect, read), a urllib3 Timeout or None."""
    if isinstance(timeout, tuple):
        timeout = timeout[1]
    timeout = getattr(timeout, "read_timeout", timeout)
    return None if timeout is None else float(timeout)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
