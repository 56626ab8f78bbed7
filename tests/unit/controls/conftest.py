"""Stories: histories written by hand, one short line an exchange.

    story("row.create/Account 503", "row.create/Account 201 at=1000", log("ERROR", "gave up"))

A step is `op/sobject status` and then words: `lost` (no reply arrived), UPPER_CASE or auth error codes, `name=value`
for a journal key. Steps follow each other by 100 ms and take 50 ms, unless `at=` says otherwise. Equal first words are
equal requests, unless `d=` gives another digest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sfchaos.controls.thresholds import thresholds
from sfchaos.core.history import Ending, History, RowState, SourceRow
from sfchaos.core.operations import kind_of

Line = dict[str, Any]
_CODES = {"invalid_grant", "invalid_client", "inactive_user"}
_NUMBERS = {"at", "took"}


def step(text: str, at_ms: int) -> Line:
    head, status, *words = text.split()
    op, _, sobject = head.partition("/")
    line: Line = {"kind": "exchange", "op": op, "sobject": sobject, "address": f"{head}#1", "status": int(status), "request_sha256": head, "host": "acme",
                  "applied": "yes" if int(status) < 400 and kind_of(op) != "read" else "no", "at_ms": at_ms, "error_codes": [], "faults": []}  # fmt: skip
    took = 50
    for word in words:
        name, equals, value = word.partition("=")
        if word == "lost":
            line |= {"delivered": "lost", "seen_status": 0, "faults": ["net.response_lost"]}
        elif not equals:
            line["error_codes"] = [*line["error_codes"], word]
        elif name == "at":
            line["at_ms"] = int(value)
        elif name == "took":
            took = int(value)
        else:
            _put(line, name, value)
    return line | {"delivered_ms": line["at_ms"] + took}


def _put(line: Line, name: str, value: str) -> None:
    names = {"d": "request_sha256", "ra": "retry_after", "seen": "seen_status"}
    if name in ("faults", "url_secrets", "seen_codes", "keys"):
        line[name] = value.split(",")
    else:
        line[names.get(name, name)] = int(value) if name == "seen" else value.replace("_", " ") if name == "ra" else value


@pytest.fixture
def story() -> Callable[..., History]:
    def tell(*steps: str | Line, limits: dict[str, float] | None = None, **history: Any) -> History:
        lines: list[Line] = []
        now = 0
        for n, item in enumerate(steps, start=1):
            line = step(item, now) if isinstance(item, str) else {"at_ms": now, **item}
            lines.append({"n": n, "run": "r1", **line})
            now = max(now, line["at_ms"]) + 100
        return History("r1", lines, thresholds=thresholds(limits or {}), **{"log_sources": ("logging",), **history})

    return tell


@pytest.fixture
def log() -> Callable[..., Line]:
    def say(level: str, text: str, **more: Any) -> Line:
        return {"kind": "log", "level": level, "source": "logging", "text": text, **more}

    return say


@pytest.fixture
def doing() -> Callable[..., Line]:
    """An exchange with row lines: `doing("row.create/Account 201", row(...))`."""

    def do(text: str, *rows: Line, **more: Any) -> Line:
        line = step(text, 0)
        if " at=" not in text:
            del line["at_ms"], line["delivered_ms"]
        return {**line, "rows": list(rows), **more}

    return do


@pytest.fixture
def row() -> Callable[..., Line]:
    def touch(verb: str, sobject: str, *, ok: bool = True, code: str = "", id: str = "", key: str = "", created: bool = False, **fields: str) -> Line:  # noqa: A002  # the journal's word
        return {"verb": verb, "sobject": sobject, "id": id, "ok": "yes" if ok else "no", "code": code, "key": key, "created": "yes" if created else "no", "fields": fields}

    return touch


@pytest.fixture
def org() -> Callable[..., Line]:
    return lambda event, **facts: {"kind": "org", "event": event, **facts}


@pytest.fixture
def held() -> Callable[..., RowState]:
    """A row as the org holds it: `held("Contact", "003A", key="k1", LastName="d1")`."""
    return lambda sobject, record_id, key="", **fields: RowState(sobject, record_id, {"Ext__c": key} if key else {}, fields)


@pytest.fixture
def given() -> Callable[..., SourceRow]:
    """A row of a flow's source, sink or rejects."""
    return lambda key, flow="contacts", code="", status="", **fields: SourceRow(flow, key, fields, 1, code, status)


@pytest.fixture
def crashed() -> Ending:
    return Ending(1, "exception", "ConnectionError: refused")
