"""The rig: an org under a schedule, with a journal beside it. The same verb as the org: doors cannot tell them apart.

    request -> name the point -> before rules -> the one reply rule ( tap ( org ) ) -> modifiers -> after rules -> journal

One lock is around naming, plan, the org's work and the record. It is never held while a delivery is acted out (doors do
that after `handle` has returned) nor while an upstream is called.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from sfchaos.core import chance
from sfchaos.core.canonical import Digester, canonical_json
from sfchaos.core.clock import Clock, VirtualClock
from sfchaos.core.errors import UsageError
from sfchaos.core.journal import Journal
from sfchaos.core.messages import Delivery, Handler, Hold, Request, Response
from sfchaos.core.redact import SecretBook
from sfchaos.faults.at import At
from sfchaos.faults.conditions import Facts
from sfchaos.faults.schedule import Schedule
from sfchaos.org.identity.sessions import bearer_of
from sfchaos.rig.administrator import Administrator
from sfchaos.rig.armed import Armed
from sfchaos.rig.events import EventLines
from sfchaos.rig.gate import RigGate
from sfchaos.rig.lines import Exchange, LineMaker, client_of
from sfchaos.rig.lines_made import LinesMade
from sfchaos.rig.notes import Notes
from sfchaos.rig.phases import automatic_phase
from sfchaos.rig.plan import NOTHING, Choice, Moment, RuleState
from sfchaos.rig.points import Namer, Point
from sfchaos.rig.scheduled import Scheduled
from sfchaos.rig.sight import Sight, sight_of
from sfchaos.rig.storm import StormWatch
from sfchaos.rig.tap import Tap, Work, read_receipt
from sfchaos.rig.traffic import Traffic

if TYPE_CHECKING:
    from sfchaos.org.org import Org

CUT_SHORT = Response(0, work_s=0.0, delivery=Delivery(fate="lost"))
_UNSEEN = Sight("lost", 0.0, 0)  # until there is a reply
_SCHEDULE = Schedule()


class StormCut(BaseException):
    """For whoever runs a target in process: raise it from `on_storm` to stop the target where it stands."""


class Rig(Scheduled, Notes, LinesMade):
    """What a test holds. `requests` counts exchanges, `storm` says why the run was cut short (None while it was not).

    `on_storm` is called once, outside the lock, with the same words. With `storms=False` nothing is ever cut short (a
    server that is left running). `most_requests` caps a run. `weak_ops` are operations whose digests are not stable.
    """

    def __init__(
        self, org: Org | None, *, schedule: Schedule = _SCHEDULE, clock: Clock | None = None, seed: int | None = None,
        journal: Journal | None = None, run: str = "r1", digester: Digester | None = None, handler: Handler | None = None,
        secrets: SecretBook | None = None, storms: bool = True, most_requests: int | None = None, weak_ops: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self._org = org
        self._handler = org.handle if org is not None else handler
        self.clock: Clock = clock or (org.clock if org is not None else VirtualClock())
        self.seed = seed if seed is not None else (org.seed if org is not None else 0)
        self.secrets = secrets if secrets is not None else (org.secrets if org is not None else SecretBook())
        self.journal = journal if journal is not None else Journal(run)
        self.journal.run = self.run = run
        self.journal.use_clock(self.clock.elapsed_s)
        self.digester = digester or Digester(chance.digest_of(self.seed, "digests"))
        self.requests = 0
        self.storm: str | None = None
        self.on_storm: Callable[[str], None] | None = None
        self._lock = threading.RLock()
        self._namer = Namer(self._spelling, weak_ops)
        self._lines = LineMaker(self.digester, self.secrets, self._types_of)
        self._types: tuple[object, dict[str, Mapping[str, str]]] = (None, {})
        self._gate = RigGate(org.now_s if org is not None else self.clock.now_s)
        self._events = EventLines(self.journal, self.clock, self._lines, self._namer.job, self.secrets)
        self._storms = StormWatch(most_requests) if storms else None
        self._traffic = Traffic()
        self._phases: list[str] = []
        self._trace: list[tuple[int, str, list[str], int, str]] = []
        self._acted: dict[tuple[str, str], int] = {}
        self._env: dict[str, str] | None = None
        self._armed = Armed(schedule, seed=self.seed, has_world=org is not None)
        self._gate.start(self._armed.seed)
        if org is not None:
            org.gate = None
            org.on_event(self._events.take)

    @classmethod
    def over(cls, handler: Handler, **options: Any) -> Rig:
        """A rig around any handler (an upstream, a stub): no world and no gate, so only wire faults can be expressed."""
        return cls(None, handler=handler, **options)

    # ------------------------------------------------------------------ the verb

    def handle(self, request: Request) -> Response:
        """Answer one request. From the cut-off of a storm on, every line drops."""
        with self._lock:
            if self.storm is not None:
                return CUT_SHORT
            response = self._exchange(request)
            storm = self.storm
        if storm is not None and self.on_storm is not None:
            self.on_storm(storm)
        return response

    def _exchange(self, request: Request) -> Response:
        self._settle()
        self.requests += 1
        at_s = self.clock.elapsed_s()
        point = self._namer.name(request)
        self._traffic.began(at_s)
        token = bearer_of(request) or ""
        choice = self._choose(point, request, token, at_s)
        exchange = Exchange(point, request, CUT_SHORT, _UNSEEN, Work(), at_s, self._phases[-1] if self._phases else "", token)
        exchange.shadowed = choice.shadowed
        self._events.hold()
        try:
            self._act(choice, exchange)
        finally:
            self._events.release()
        return exchange.response

    def _choose(self, point: Point, request: Request, token: str, at_s: float) -> Choice:
        if not self._armed.plan.states:
            return NOTHING
        phases = (*self._phases, automatic_phase(point))
        moment = Moment(at_s, phases, lambda: self._facts(point, request, token, at_s), lambda state: self._at(point, request, token, state))
        return self._armed.plan.choose(point, moment)

    def _act(self, choice: Choice, x: Exchange) -> None:
        """Everything that happens to the request, in order."""
        for state in choice.before:
            self._strike(state, x)
        self._arm(choice.gates, x)
        x.response = self._answer(choice, x)
        self._gate.disarm_request()
        if x.response.hold is None:
            self._complete(choice, x)
        else:
            x.response = replace(x.response, hold=self._held(choice, x, x.response.hold))

    def _held(self, choice: Choice, x: Exchange, hold: Hold) -> Hold:
        """The same hold; its exchange is completed, and gets its line, with the reply."""

        def resume() -> Response | None:
            with self._lock:
                self._settle()
                reply = hold.resume() if self.storm is None else CUT_SHORT
                return None if reply is None else self._end_hold(choice, x, reply)

        def dropped() -> None:
            with self._lock:
                hold.dropped()
                self._end_hold(NOTHING, x, CUT_SHORT)

        return Hold(hold.until_s, resume, dropped)

    def _end_hold(self, choice: Choice, x: Exchange, reply: Response) -> Response:
        """A fault that looks at the reply sees the real one now."""
        x.work.responses[-1:] = [reply]
        response = reply if choice.reply is None else choice.reply.rule.settings.around(x.request, lambda _: reply)
        self._events.hold()
        try:
            x.response = self._shaped(choice, x, response)
            self._complete(choice, x, waited_s=self.clock.elapsed_s() - x.at_s)
        finally:
            self._events.release()
        return x.response

    def _complete(self, choice: Choice, x: Exchange, waited_s: float = 0.0) -> None:
        x.job = self._learn(x)
        self._arm_created(choice.gates, x)
        for state in choice.after:
            self._strike(state, x)
        if self._gate.hits:
            x.fired += self._take_hits()
        x.sight = sight_of(x.request, x.response)
        if waited_s:
            x.sight = replace(x.sight, after_s=x.sight.after_s + waited_s)
        self._record(x)

    def _answer(self, choice: Choice, x: Exchange) -> Response:
        handler = self._handler if self._org is not None else self._unlocked
        if handler is None:
            raise UsageError("a rig needs an org or a handler", remedy="Rig(Org()) or Rig.over(handler)")
        if choice.reply is None and not choice.modifiers:
            return Tap(handler, self._receipt_of(x.point), x.work)(x.request)
        tap = Tap(lambda request: handler(request).whole(), self._receipt_of(x.point), x.work)  # a fault may look at every byte
        if choice.reply is None:
            response = tap(x.request)
        else:
            response = choice.reply.rule.settings.around(x.request, tap)
            self._note_fired(choice.reply, x)
        return response if response.hold is not None else self._shaped(choice, x, response)

    def _shaped(self, choice: Choice, x: Exchange, response: Response) -> Response:
        for state in choice.modifiers:
            response = state.rule.settings.shape(response)
            self._note_fired(state, x)
        return self._dated(response, x.work)

    def _unlocked(self, request: Request) -> Response:
        """Call the upstream without the lock, so that its time is nobody else's."""
        assert self._handler is not None
        self._lock.release()
        try:
            return self._handler(request)
        finally:
            self._lock.acquire()

    def _receipt_of(self, point: Point) -> Callable[[Request, Response], Any]:
        org = self._org
        if org is not None:
            return lambda _request, _response: org.receipt
        return lambda request, response: read_receipt(point, request, response, self.secrets)

    def _dated(self, response: Response, work: Work) -> Response:
        """Replies that a fault made carry the server's time, as every edge's do."""
        if response.status == 0 or response.header("date") or any(response.headers == r.headers for r in work.responses):
            return response
        return replace(response, headers=(("Date", formatdate(self.clock.now_s(), usegmt=True)), *response.headers))

    # ------------------------------------------------------------------ faults at work

    def _strike(self, state: RuleState, x: Exchange) -> None:
        """Change the org. A change it cannot make (a field that is not there) is reported, and does not count as fired."""
        if self._org is None:
            return
        try:
            state.rule.settings.strike(self._org.world, self._at(x.point, x.request, x.token, state))
        except UsageError as error:
            self._events.not_struck(state.rule, error.message)
        else:
            self._note_fired(state, x)

    def _note_fired(self, state: RuleState, x: Exchange) -> None:
        if state in x.fired:  # it changed the org before, and now the reply
            return
        self._armed.plan.fired(state)
        x.fired.append(state)

    def _at(self, point: Point, request: Request, token: str, state: RuleState) -> At:
        now_s = self._org.now_s() if self._org is not None else self.clock.now_s()
        elapsed_s, end_s = self.clock.elapsed_s(), state.ends_s()
        until_s = None if end_s is None else now_s - elapsed_s + end_s
        since_s = 0.0 if state.first_hit_s is None else elapsed_s - state.first_hit_s
        return At(request, point.op, point.sobject, point.k, token, now_s, until_s, point.attempt, point.job_id, since_s,
                  self._traffic.idle_s(request.origin, elapsed_s))  # fmt: skip

    def _facts(self, point: Point, request: Request, token: str, at_s: float) -> Facts:
        traffic, org = self._traffic, self._org
        session = org.registers.sessions.get(token) if org is not None else None
        return Facts(
            inflight=traffic.inflight(at_s), rate_1m=traffic.rate_1m(at_s) - 1, quota_used=traffic.quota_used,
            rows_committed=traffic.rows_committed + self._events.rows_committed, job_state=self._events.job_states.get(point.job_id, ""),
            object=point.sobject, user=session.user_id if session else "", client=client_of(request), headers=request.headers,
        )  # fmt: skip

    def _arm(self, states: Sequence[RuleState], x: Exchange) -> None:
        if states and x.point.job_id:
            self._gate.arm_job(x.point.job_id, list(states))
        elif states and not x.point.creates_job:
            self._gate.arm_request(list(states), x.point.address)
        if self._org is not None:
            self._org.gate = self._gate if self._gate.is_armed else None

    def _arm_created(self, states: Sequence[RuleState], x: Exchange) -> None:
        job_id = self._created_job(x)
        if job_id and states:
            self._gate.arm_job(job_id, list(states))
        if self._org is not None:
            self._org.gate = self._gate if self._gate.is_armed else None

    def _take_hits(self) -> list[RuleState]:
        """Rules that acted on rows of the present request; those that acted on jobs get lines of their own."""
        here: dict[str, RuleState] = {}
        for hit in self._gate.take_hits():
            scope = (hit.state.rule.id, hit.job_id)
            if not hit.job_id:
                if hit.state.rule.id not in here:
                    self._armed.plan.fired(hit.state)
                here[hit.state.rule.id] = hit.state
            elif scope not in self._acted:
                self._acted[scope] = 1
                self._armed.plan.fired(hit.state)
            if hit.job_id:
                self._events.fault(hit)
        self._events.flush_faults()
        return list(here.values())

    # ------------------------------------------------------------------ learning and recording

    def _created_job(self, x: Exchange) -> str:
        """Id of the job that this exchange created, "" when it created none."""
        if not x.point.creates_job:
            return ""
        facts = x.work.receipt.facts
        return str(facts.get("job") or facts.get("record") or "")

    def _learn(self, x: Exchange) -> str:
        """Remember the job or cursor that the real reply names; the alias of the job concerned."""
        created = self._created_job(x)
        if created:
            return self._namer.learn_job(created, x.point.sobject)
        if x.work.response is not None and x.point.op in ("query.first", "query.all", "query.more"):
            self._namer.learn_page(x.point.target, x.work.response.body)
        return self._namer.job(x.point.job_id) if x.point.job_id else ""

    def _record(self, x: Exchange) -> None:
        line = self.journal.add("exchange", at_s=x.at_s, **self._lines.exchange(x))
        self._traffic.works(x.at_s, x.response.work_s)
        self._traffic.ended(x.request.origin, x.at_s + x.sight.after_s)
        for receipt in x.work.receipts:
            for touch in receipt.rows:
                self._traffic.rows_committed += touch.ok
        if "limit_max" in line:
            self._traffic.limit_used, self._traffic.limit_max = line["limit_used"], line["limit_max"]
        self._trace.append((line["at_ms"], line["address"], line.get("fired", []), x.sight.status, line.get("commit_phase", "")))
        if self._storms is not None:
            good = x.sight.delivered == "whole" and 200 <= x.sight.status < 400
            storm = self._storms.note(x.point, x.request, x.at_s, succeeded=good, number=self.requests)
            if storm:
                self.storm = storm
                self.journal.add("org", event="storm_cut", reason=storm, address=line["address"])

    # ------------------------------------------------------------------ time

    def settle(self) -> None:
        """Let the org do all that is due by now."""
        with self._lock:
            self._settle()

    def _settle(self) -> None:
        if self._org is not None:
            self._org.settle()
            if self._gate.hits:
                self._take_hits()

    def next_due_s(self) -> float | None:
        """When the org has work to do next, on the rig's clock."""
        due_s = None if self._org is None else self._org.next_due_s()
        return due_s if due_s is None or self._org is None else due_s - self._org.skew_s

    # ------------------------------------------------------------------ the org and what is known of the run

    @property
    def org(self) -> Administrator:
        """The org as its administrator uses it. Raises UsageError where there is none (an upstream)."""
        if self._org is None:
            raise UsageError("there is no org here, only a handler", remedy="ask the upstream itself")
        return Administrator(self._org, self._lock)

    @property
    def env(self) -> dict[str, str]:
        """The environment a target is given. Who runs a server or a proxy sets it anew."""
        if self._env is None:
            self._env = dict(self._org.credentials.environment()) if self._org is not None else {}
        return self._env

    @env.setter
    def env(self, environment: Mapping[str, str]) -> None:
        self._env = dict(environment)

    def trace_digest(self) -> str:
        """BLAKE2b over (address, rules fired, status seen, commit phase) in order of virtual time, then of address."""
        rows = [list(row[1:]) for row in sorted(self._trace, key=lambda row: (row[0], row[1]))]
        return hashlib.blake2b(canonical_json(rows), digest_size=16).hexdigest()

    def close(self) -> None:
        """Let go of the org, so that another rig can take it."""
        if self._org is not None:
            self._org.gate = None
            self._org.on_event(None)

    def _spelling(self, sobject: str) -> str:
        found = self._org.schema.find(sobject) if self._org is not None else None
        return found.name if found is not None else sobject

    def _types_of(self, sobject: str) -> Mapping[str, str]:
        if self._org is None:
            return {}
        if self._types[0] is not self._org.schema:
            self._types = (self._org.schema, {})
        known = self._types[1]
        if sobject not in known:
            known[sobject] = self._org.admin.field_types(sobject)
        return known[sobject]
