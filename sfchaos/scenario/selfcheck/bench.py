"""Plays reference clients: on an org of their own, through the same door, clock and capture as a target, and judges them.

Nothing of it reaches the session: the journals are the bench's own, and every replaced function is put back.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sfchaos.core import chance
from sfchaos.core.canonical import Digester
from sfchaos.core.clock import VirtualClock, iso_utc
from sfchaos.core.declaration import Declaration
from sfchaos.core.history import Ending, History, SourceRow
from sfchaos.core.journal import Journal
from sfchaos.core.scratch import scratch
from sfchaos.examine.credentials import scan_credentials
from sfchaos.faults.schedule import FORMAT, Schedule
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig
from sfchaos.scenario.capture import captured, note_line
from sfchaos.scenario.config import Port
from sfchaos.scenario.ports import Row, as_source_rows
from sfchaos.scenario.selfcheck.desk import Desk, key_of, name_of
from sfchaos.scenario.selfcheck.pair import Client, Examination, Pair, Writer
from sfchaos.scenario.state import state_of

SEED = 1
LOG_SOURCES = ("logging", "stdout", "stderr")


class Bench:
    """One org for all clients, put back to its start before each."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.org = Org(clock=self.clock, seed=SEED)
        self.digester = Digester(chance.digest_of(SEED, "self-check"))
        self.org.mark()

    def close(self) -> None:
        self.org.store.close()

    def played(self, pair: Pair, client: Client) -> History:
        """What one client of a pair did."""
        self.clock.reset()
        self.org.reset()
        labels: dict[str, str] = {}
        people = [{"key": key_of(n), "name": name_of(n)} for n in range(1, pair.rows + 1)]
        source = self._rows(pair, people, labels)
        before = state_of(self.org, self.digester, labels)
        schedule = Schedule.from_tree({"sfchaos_schedule": FORMAT, "seed": SEED, "rules": list(pair.rules)})
        rig = Rig(self.org, schedule=schedule, clock=self.clock, seed=SEED, journal=Journal("self-check"), run="self-check", digester=self.digester)
        rig.keys = {clear.lower(): digest for digest, clear in labels.items()}
        rig.journal.add("start", epoch=iso_utc(self.clock.now_s()))
        desk = Desk(rig.env, _logger(), pair.rows)
        try:
            ending = self._ended(rig, client, desk)
            rig.settle()
        finally:
            desk.pool.clear()
            rig.close()
        return History(
            "self-check", rig.journal.lines, before=before, after=state_of(self.org, self.digester, labels), source=source,
            rejects=self._rows(pair, desk.rejects, labels), ending=ending, declaration=Declaration(flows=pair.flows), log_sources=LOG_SOURCES,
            transient=schedule.transient, labels=labels,
        )  # fmt: skip

    def _ended(self, rig: Rig, client: Client, desk: Desk) -> Ending:
        from sfchaos.doors.urllib3 import urllib3_door
        from sfchaos.vtime.virtual import virtual_time

        with (
            _logging_on(),
            virtual_time(self.clock, on_wait=rig.note_wait),
            urllib3_door(rig.handle, clock=self.clock),
            captured(rig.note_log, lambda line: note_line(rig.note_log, "stdout", line)),
        ):
            try:
                exit_code = client(desk) or 0
            except Exception as error:
                rig.note_log("", "stderr", traceback.format_exc())
                ending = Ending(1, "exception", f"{type(error).__name__}: {error}")
            else:
                ending = Ending(exit_code, "failed" if exit_code else "ok")
        return replace(ending, at_ms=round(self.clock.elapsed_s() * 1000))

    def _rows(self, pair: Pair, rows: list[dict[str, str]], labels: dict[str, str]) -> tuple[SourceRow, ...]:
        found: list[SourceRow] = []
        for flow in pair.flows:
            given: list[Row] = [*rows]
            found += as_source_rows(flow, Port("python", "", "key"), given, self.digester, self.org.admin.field_types(flow.sobject), labels)
        return tuple(found)


def examined(_: Examination, writer: Writer) -> History:
    """What the examination finds in one set of files."""
    with scratch("selfcheck") as folder:
        writer(folder)
        return History("self-check", (), clean=True, examined=scan_credentials(["."], root=folder))


def _logger() -> logging.Logger:
    """A logger that belongs to no tree: it is heard by the capture, and by no handler of the program we run in."""
    logger = logging.Logger("client", logging.INFO)
    logger.addHandler(logging.NullHandler())
    return logger


@contextmanager
def _logging_on() -> Iterator[None]:
    """A target may have switched all logging off in this process (`logging.disable`)."""
    held = logging.root.manager.disable
    logging.disable(logging.NOTSET)
    try:
        yield
    finally:
        logging.disable(held)
