"""What others tell the journal through the rig: waits, log lines, traffic elsewhere, phases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from sfchaos.core.journal import Journal
from sfchaos.core.redact import SecretBook

_WORD = re.compile(r"[^\s\"'`{}\[\](),;:=<>]+")
MOST_KEYS = 20  # business keys noted for one log line


class Notes:
    """The part of a rig that takes notes. The journal has a lock of its own.

    `keys` maps business keys in lower case to their digests: a log line that says `ERP-000123` speaks for that row, and
    the journal holds keys as digests only.
    """

    journal: Journal
    secrets: SecretBook
    keys: Mapping[str, str] = MappingProxyType({})
    _phases: list[str]

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Name what the target does meanwhile; rules with `phase` look at it."""
        self.set_phase(name)
        try:
            yield
        finally:
            self._phases.remove(name)
            self.journal.add("phase", phase=name, step="end")

    def set_phase(self, name: str) -> None:
        """Begin a phase that lasts until the run's end (or until the `phase` block that called this ends)."""
        self._phases.append(name)
        self.journal.add("phase", phase=name, step="begin")

    def note_wait(self, primitive: str, requested_s: float, origin: str = "main") -> None:
        """A wait the target asked for: the evidence of its backoff."""
        self.journal.add("wait", primitive=primitive, requested_ms=round(requested_s * 1000), origin=origin)

    def scrubbed(self, text: str) -> str:
        """The text with every secret replaced by its label."""
        return self.secrets.scrub(text)[0]

    def note_log(self, level: str, source: str, text: str, fields: Sequence[str] = (), values: Mapping[str, str] | None = None,
                 *, at_s: float | None = None) -> None:  # fmt: skip
        """A line the target logged, now or at `at_s` (run seconds). Secrets are replaced by their labels, and that they were there is kept."""
        clean, hits = self.secrets.scrub(text)
        line: dict[str, Any] = {"level": level.upper(), "source": source, "text": clean}
        if fields:
            line["fields"] = list(fields)
        if values:
            line["values"] = {}
            for name, value in values.items():
                line["values"][name], more = self.secrets.scrub(str(value))
                hits += more
        named = self._keys_in(" ".join([text, *(values or {}).values()]))
        if named:
            line["values"] = {**line.get("values", {}), "keys": " ".join(named)}
        if hits:
            line["hits"] = [{"secret": hit.label, "what": hit.what, "form": hit.form} for hit in hits]
        self.journal.add("log", at_s=at_s, **line)

    def _keys_in(self, text: str) -> list[str]:
        if not self.keys:
            return []
        found = dict.fromkeys(self.keys[word] for word in _WORD.findall(text.lower()) if word in self.keys)
        return list(found)[:MOST_KEYS]

    def note_egress(self, host: str, action: str, how: str) -> None:
        """Traffic to a host that is not Salesforce's: `action` allowed or refused, `how` it was seen."""
        self.journal.add("egress", host=host, action=action, how=how)
