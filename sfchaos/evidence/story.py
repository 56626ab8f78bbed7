"""A finding as a story: the journal lines that show it, in words. Terminal and report tell it from here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sfchaos.core.history import Exchange, History, Line
from sfchaos.core.judgement import Judgement

MOST_LINES = 12
MOST_FACTS = 3
_DIGEST = re.compile(r"(key:)?\b([0-9a-f]{24})\b")
_STATUS_WIDE = 90


@dataclass(frozen=True)
class Beat:
    """One journal line in words. `n` 0 stands for lines left out; `tone` is good, bad, fault or quiet; times in ms."""

    n: int
    at_ms: int
    what: str
    method: str
    status: str
    note: str
    faults: tuple[str, ...] = ()
    tone: str = "quiet"


def story_of(history: History, judgement: Judgement, *, most: int = MOST_LINES) -> list[Beat]:
    """The lines around the first exception (or, when it names none, the first that does), at most `most` of them."""
    numbers = next((list(item.story or ((item.journal,) if item.journal else ())) for item in judgement.exceptions if item.story or item.journal), [])
    by_number = {int(line["n"]): line for line in history.lines}
    lines = [by_number[n] for n in sorted(set(numbers)) if n in by_number]
    return list(_beats(lines, most))


def facts_of(judgement: Judgement, labels: Mapping[str, str] | None = None) -> list[str]:
    """What was found, a sentence each, at most three; business keys in clear where `labels` knows them."""
    texts = list(dict.fromkeys(place(item.file, item.line) + item.detail for item in judgement.exceptions)) or [judgement.detail or judgement.reason]
    shown = texts[:MOST_FACTS]
    hidden = max(len(texts), judgement.exceptions_total) - len(shown)
    return [clear(text, labels or {}) for text in shown] + ([f"and {hidden} more"] if hidden > 0 else [])


def place(file: str, line: int) -> str:
    return f"{file}:{line}: " if file and line else f"{file}: " if file else ""


def clear(text: str, labels: Mapping[str, str]) -> str:
    """Digests of business keys replaced by the keys themselves, where known."""
    return _DIGEST.sub(lambda found: labels.get(found[2], found[0]), text) if labels else text


def _beats(lines: Sequence[Line], most: int) -> Iterator[Beat]:
    left_out = len(lines) - most
    head = lines if left_out <= 0 else lines[: most - 4]
    tail = () if left_out <= 0 else lines[-3:]
    before: Line | None = None
    for line in head:
        yield _beat(line, before)
        before = line
    if tail:
        yield Beat(0, 0, f"… {len(lines) - len(head) - len(tail)} more", "", "", "")
        before = lines[-4]
    for line in tail:
        yield _beat(line, before)
        before = line


def _beat(line: Line, before: Line | None) -> Beat:
    n, at_ms = int(line["n"]), int(line["at_ms"])
    if line["kind"] == "exchange":
        exchange = Exchange(line)
        return Beat(n, at_ms, exchange.address or exchange.op, str(line.get("method", "")), status_of(exchange), _note(exchange, before), exchange.faults, _tone(exchange))
    what, note = _words(line)
    return Beat(n, at_ms, what, "", note, "", tuple(line.get("faults", ())), "bad" if line.get("level") in ("ERROR", "CRITICAL") else "quiet")


def status_of(exchange: Exchange) -> str:
    """What the caller saw, and what really happened where the two differ."""
    said = str(exchange.status or exchange.get("status") or "")
    codes = " ".join(exchange.codes)
    endings = {"lost": "reply lost", "cut": "reply cut", "never": "no reply", "unconnected": "no connection"}
    if not exchange.arrived:
        answered = str(exchange.get("status") or "")
        return ", ".join(part for part in (answered, endings.get(str(exchange.get("delivered")), "no reply")) if part)
    return f"{said} {codes}".strip()


def _tone(exchange: Exchange) -> str:
    if exchange.faults:
        return "fault"
    return "good" if exchange.succeeded else "bad"


def _note(exchange: Exchange, before: Line | None) -> str:
    if before is None:
        return ""
    parts = []
    if before["kind"] == "exchange":
        if exchange.digest and exchange.digest == before.get("request_sha256"):
            parts.append("same fields" if exchange.kind in ("nonidem", "idem") else "same request")
        gap_ms = exchange.at_ms - int(before.get("delivered_ms", before["at_ms"]))
        parts.append(f"{duration(gap_ms)} later" if gap_ms > 0 else "at once")
    return ", ".join(parts)


def duration(ms: int) -> str:
    """12 ms, 1.0 s, 5 min, 2.5 h."""
    if ms < 1000:
        return f"{ms} ms"
    if ms < 120_000:
        return f"{ms / 1000:.1f} s"
    return f"{ms / 60_000:.0f} min" if ms < 7_200_000 else f"{ms / 3_600_000:.1f} h"


def _words(line: Line) -> tuple[str, str]:
    """(who, what) of a line that is no exchange."""
    kind = line["kind"]
    if kind == "log":
        first = str(line.get("text", "")).partition("\n")[0]
        return f"log {line.get('level') or line.get('source', '')}".rstrip(), _cut(first)
    if kind == "wait":
        return f"wait {line.get('primitive', '')}".rstrip(), f"asked for {duration(int(line.get('requested_ms', 0)))}"
    if kind == "org":
        return f"org {line.get('event', '')}", _cut(", ".join(f"{key} {line[key]}" for key in ("job", "state", "sobject", "failed", "reason") if key in line))
    if kind == "end":
        return "end of the run", f"exit {line.get('exit', 0)}, {line.get('how', '')}"
    return f"{kind} {line.get('phase') or line.get('host') or ''}".rstrip(), _cut(str(line.get("step") or line.get("action") or ""))


def _cut(text: str) -> str:
    return text if len(text) <= _STATUS_WIDE else text[: _STATUS_WIDE - 1] + "…"
