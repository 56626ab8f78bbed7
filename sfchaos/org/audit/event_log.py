"""What Event Monitoring remembers: each request that was served, each step of a bulk job, each logout.

Notes are made while the org works and cost about a microsecond; `event_log_files` turns them into rows of EventLogFile when somebody
looks. Logins need no note: they stand in LoginHistory. Source: Object Reference, "EventLogFile" (D): of a composite, only the parent request
is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sfchaos.org.soap.dialects import is_soap

if TYPE_CHECKING:
    from sfchaos.core.gate import OrgEvent
    from sfchaos.core.messages import Response
    from sfchaos.org.call import Call
    from sfchaos.org.identity.sessions import Session
    from sfchaos.org.org import Org

MOST_NOTES = 50_000  # older ones are forgotten: an org keeps no more in memory than this


class Served(NamedTuple):
    """One request of a session. `rows` are those written, or else those read; `sobject` the first of them that was touched."""

    at_s: float
    session: Session
    method: str
    url: str
    surface: str
    status: int
    work_s: float
    rows: int
    sobject: str
    agent: str
    sent_bytes: int
    got_bytes: int
    body: bytes  # of a SOAP call its first bytes, which name the call


class JobStep(NamedTuple):
    """A job came into `state`; `kind` is "bulk2", "bulk2q" or "bulk1", `batch` the batch of a Bulk 1.0 job."""

    at_s: float
    kind: str
    job_id: str
    state: str
    sobject: str
    operation: str
    processed: int
    failed: int
    user_id: str
    busy_ms: int
    batch: str


class LoggedOut(NamedTuple):
    at_s: float
    session: Session


class EventLog:
    """Notes of an org, in `registers.event_log` by number."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self.is_monitored = False  # Event Monitoring is bought: hourly files, 30 days (`event_monitoring` of an org file)
        org.made_when_read["EventLogFile"] = self._bring_up_to_date

    def took(self, call: Call, response: Response) -> None:
        """Note a call of an API that was served; one without a session is nobody's."""
        session = call.session
        if session is None or call.surface == "oauth":
            return
        request, receipt = call.request, call.receipt
        touched = receipt.rows
        read = receipt.read
        self._keep(Served(
            self._org.now_s(), session, request.method, request.url, call.surface, response.status, response.work_s,
            len(touched) or (sum([len(ids) for _, _, ids in read]) if read else 0), touched[0].sobject if touched else read[0][0] if read else "",
            request.header("user-agent"), len(request.body), len(response.body), request.body[:1024] if is_soap(call.surface) else b"",
        ))  # fmt: skip

    def moved(self, event: OrgEvent) -> None:
        """Note what a `job_state` event tells."""
        facts: dict[str, Any] = dict(event.facts)
        job = self._org.registers.jobs.get(facts["job"])
        self._keep(JobStep(
            event.at_s if event.at_s is not None else self._org.now_s(), str(facts.get("job_kind", "")), str(facts["job"]), str(facts["state"]),
            str(facts.get("object", "")), str(facts.get("operation", "")), int(facts.get("processed", 0)), int(facts.get("failed", 0)), str(getattr(job, "user_id", "")),
            int(getattr(job, "busy_ms", 0)), str(facts.get("batch", "")),
        ))  # fmt: skip

    def left(self, session: Session) -> None:
        """Note that somebody logged out."""
        self._keep(LoggedOut(self._org.now_s(), session))

    def forget_before(self, at_s: float) -> None:
        """Drop notes that every file they belong in has."""
        held = self._org.registers.event_log
        if not held or next(iter(held.values())).at_s >= at_s:
            return
        for number in [number for number, note in held.items() if note.at_s < at_s]:
            del held[number]

    def _keep(self, note: Served | JobStep | LoggedOut) -> None:
        registers = self._org.registers
        number = registers.next("event log")
        registers.event_log[number] = note
        if number > MOST_NOTES:
            registers.event_log.pop(number - MOST_NOTES, None)

    def _bring_up_to_date(self) -> None:
        from sfchaos.org.audit.event_log_files import bring_up_to_date

        bring_up_to_date(self._org)
