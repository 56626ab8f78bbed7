"""The org: one verb, `handle(Request) -> Response`, and everything it needs to answer like Salesforce."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sfchaos.core import chance
from sfchaos.core.canonical import sha256_hex
from sfchaos.core.clock import Clock, VirtualClock
from sfchaos.core.gate import Emit, Gate, OrgEvent, Receipt, Refusal
from sfchaos.core.messages import Request, Response
from sfchaos.core.redact import SecretBook
from sfchaos.org.access import access_digest, has_system
from sfchaos.org.agenda import Agenda
from sfchaos.org.call import Call
from sfchaos.org.headers import common_headers
from sfchaos.org.holding import held
from sfchaos.org.identity.apps import Apps
from sfchaos.org.identity.codes import Codes
from sfchaos.org.identity.sessions import Sessions
from sfchaos.org.identity.trials import MOVED, MY_DOMAIN, RETIRED, from_old_host
from sfchaos.org.ids import make_id
from sfchaos.org.parts.subrequests import absorb
from sfchaos.org.quotas.limits import Limits
from sfchaos.org.quotas.within import refusal_of_part
from sfchaos.org.refusals import Refused, no_such_resource, refuse, render, surface_of
from sfchaos.org.registers import Registers
from sfchaos.org.request_size import too_long
from sfchaos.org.routes import Match, Route, RouteTable
from sfchaos.org.rows.after import Followers
from sfchaos.org.schema.model import Schema
from sfchaos.org.service_times import PLAIN
from sfchaos.org.store import Store, quoted
from sfchaos.org.world_rows import take_back
from sfchaos.org.xml_form import in_xml, plain, wants_xml

if TYPE_CHECKING:
    from sfchaos.org.access import RightsRoom
    from sfchaos.org.access.delegation import Delegation
    from sfchaos.org.admin import Admin
    from sfchaos.org.apex import ActionHandler, Apex, ApexHandler
    from sfchaos.org.audit.event_log import EventLog
    from sfchaos.org.audit.trail import AuditTrail
    from sfchaos.org.bulk.engine import BulkEngine
    from sfchaos.org.bulk1.engine import Bulk1
    from sfchaos.org.events.bus import EventBus
    from sfchaos.org.events.changes import ChangeCapture
    from sfchaos.org.events.clients import StreamClients
    from sfchaos.org.events.selection import Selection
    from sfchaos.org.files.blobs import Blobs
    from sfchaos.org.identity.credentials import Credentials
    from sfchaos.org.identity.identity import Identity
    from sfchaos.org.mdapi.engine import MetadataApi
    from sfchaos.org.metadata import Metadata
    from sfchaos.org.rows.dml import Dml
    from sfchaos.org.rows.locks import Locks
    from sfchaos.org.rows.plans import Plans
    from sfchaos.org.rows.recent import Recent
    from sfchaos.org.rows.recycle_bin import RecycleBin
    from sfchaos.org.schema.load import OrgModel
    from sfchaos.org.world import OrgWorld

OLDEST_VERSION, NEWEST_VERSION = 31.0, 67.0  # 21.0-30.0 were retired in Summer '25 (wire reference, head)
LAST_RETIRED = 30.0


class Org:
    """A stateful mock org. Not thread-safe by itself: the rig holds one lock around each call.

    `gate` is asked at rows and job steps (None lets all through); `emit` is told facts that no request owns, after commit.
    `receipt` is what the last `handle` did.
    """

    def __init__(
        self, *, schema: Schema | OrgModel | None = None, clock: Clock | None = None, seed: int = 0, secrets: SecretBook | None = None,
        my_domain: str = "acme", store_path: Path | None = None,
    ) -> None:  # fmt: skip
        from sfchaos.org.setup import furnish  # the rooms below are built on Org itself

        self.clock: Clock = clock or VirtualClock()
        self.seed = seed
        self.secrets = secrets if secrets is not None else SecretBook()
        self.my_domain = my_domain
        self.skew_s = 0.0  # how far the org's clock is ahead of the run's
        self.registers = Registers()
        self.agenda = Agenda(self.registers)
        self.store = Store(store_path)
        self.gate: Gate | None = None
        self._emit: Emit | None = None
        self._pending: list[OrgEvent] = []
        self.receipt = Receipt()
        self.followers = Followers()
        self.service_times = PLAIN
        self.made_when_read: dict[str, Callable[[], None]] = {}  # sObject -> brings its rows up to date (session_rows.py)
        self.routes = RouteTable()
        self.apps = Apps(self)
        self.codes = Codes(self)
        self.sessions = Sessions(self)
        self.limits = Limits(self)
        self.org_id = make_id("00D", 1)
        self._now_s: float | None = None
        self._mark: dict[str, Any] | None = None
        self._schema_at_mark: Schema | None = None
        self.schema: Schema
        self.admin_user_id: str
        self.running_user_id = ""  # whom $User in a formula means: of the session that is being served
        self.integration_user_id: str
        self.rights: RightsRoom
        self.delegation: Delegation
        self.plans: Plans
        self.locks: Locks
        self.dml: Dml
        self.recycle_bin: RecycleBin
        self.recent: Recent
        self.blobs: Blobs
        self.admin: Admin
        self.audit_trail: AuditTrail
        self.event_log: EventLog
        self.world: OrgWorld
        self.bulk: BulkEngine
        self.bulk1: Bulk1
        self.credentials: Credentials
        self.identity: Identity
        self.apex: Apex
        self.metadata: Metadata
        self.mdapi: MetadataApi
        self.events: EventBus
        self.streams: StreamClients
        self.selection: Selection
        self.changes: ChangeCapture
        self.serving: Call | None = None  # the request in hand, for what is told of its changes
        furnish(self, schema)

    @property
    def instance_url(self) -> str:
        return f"https://{self.registers.identity.get(MY_DOMAIN, self.my_domain)}.my.salesforce.com"

    @property
    def name(self) -> str:
        """`standard@2`: how schedules name this org."""
        return f"{self.schema.name}@{self.schema.version}"

    def now_s(self) -> float:
        """Seconds since 1970 on the org's clock; inside an agenda step, the step's own due time."""
        return self.clock.now_s() + self.skew_s if self._now_s is None else self._now_s

    def new_id(self, prefix: str) -> str:
        """The next 18-character record id of a key prefix."""
        return make_id(prefix, self.registers.next(f"id:{prefix}"))

    def freshen(self, sobject: str) -> None:
        """Write the rows that the org keeps elsewhere (live sessions, tokens), for whoever is about to read or change them."""
        make = self.made_when_read.get(sobject)
        if make is not None:
            make()

    def access_digest(self, user_id: str) -> str:
        """Changes when what the user may read or write changes."""
        return access_digest(self, user_id)

    # ------------------------------------------------------------------ events

    def on_event(self, emit: Emit | None) -> None:
        self._emit = emit

    @property
    def is_heard(self) -> bool:
        """Whether anybody is told of facts: who has many to tell need not gather them otherwise."""
        return self._emit is not None

    def emit(self, event: OrgEvent) -> None:
        """Keep a fact for the journal; it is sent when the present unit has been committed."""
        self._pending.append(event if event.at_s is not None else replace(event, at_s=self.now_s()))

    def send_events(self) -> None:
        """Hand the pending facts to whoever listens; called after a commit."""
        if self.changes.is_waiting:
            self.changes.flush()
        events, self._pending = self._pending, []
        for event in events:
            if event.event == "job_state":
                self.event_log.moved(event)
            if self._emit is not None:
                self._emit(event)

    # ------------------------------------------------------------------ time

    def settle(self) -> None:
        """Do everything that is due by now, in order, each step at its own due time and in its own unit."""
        now_s = self.clock.now_s()
        if now_s >= self.registers.purges.get("due_s", math.inf):
            with self.store.unit():
                self.recycle_bin.purge()
        while due := self.agenda.pop_due(now_s):
            self._now_s = due.at_s
            try:
                with self.store.unit():
                    self.agenda.steps[due.step](*due.arguments)
            finally:
                self._now_s = None
            self.send_events()

    def next_due_s(self) -> float | None:
        return self.agenda.next_due_s()

    # ------------------------------------------------------------------ requests

    def handle(self, request: Request) -> Response:
        """Answer one request. Never raises for anything a client can send."""
        self.settle()
        self.receipt = receipt = Receipt()
        refused = too_long(request)
        if refused is not None:
            return refused
        if MOVED in self.registers.identity and (elsewhere := from_old_host(self, request)) is not None:
            return elsewhere
        if request.path.endswith((".xml", ".json")):
            request = plain(request)
        match = self.routes.find(request.effective_method, request.path)
        surface = match.route.surface if match.route and match.route.surface != "bulk1" else surface_of(request.path, request.header("content-type"))
        call = Call(self, request, match.params, receipt, match.params.get("v", ""), surface=surface)
        self.serving = call
        response = self._answer(call, match)
        if response.hold is not None:
            self.send_events()
            return held(self, call, match.route, response.hold)
        if not self.service_times.is_plain:
            response = replace(response, work_s=self.service_times.of(receipt, response.work_s))
        if (match.route is not None and match.route.counts) or "counted" in call.facts:
            self.limits.took(call, response.work_s)
        self.event_log.took(call, response)
        self.send_events()
        if surface == "rest" and "xml" in request.header("accept") and wants_xml(request):
            response = in_xml(request, response)
        body, stream = (b"", None) if request.effective_method == "HEAD" else (response.body, response.stream)
        headers = common_headers(self, call, match.route, response)
        return Response(response.status, body, headers, response.work_s, response.delivery, hold=response.hold, stream=stream)

    def dispatch(self, call: Call, request: Request, *, counted: bool = False, item: int = 0, **facts: Any) -> Response:
        """Answer one part of a composite inside the caller's session, in a savepoint of its own; what it did is on the caller's receipt.

        `counted` lets it count against the daily limit (a part of a batch does, one of a composite does not); `item` is its
        1-based number in the request (0: it is none of several); both it and `facts` become facts of the part's own call.
        """
        match = self.routes.find(request.effective_method, request.path)
        surface = match.route.surface if match.route else "rest"
        part = Call(self, request, match.params, Receipt(user=call.receipt.user), match.params.get("v", ""), call.session, surface=surface, facts={**facts, "item": item})
        spent = refusal_of_part(self, call, item) if item else None
        response = self._answer(part, match, self._admitted_within if counted else self._known, spent)
        absorb(call, part, response)
        return response

    def apexrest(self, methods: str | Sequence[str], template: str, handler: ApexHandler) -> None:
        """Answer `/services/apexrest/<template>` with `handler`, as an Apex REST class would: `org.apexrest("POST", "orders/{number}", place)`.

        Raises UsageError for a method or template that cannot be one. What the handler gets and may return: `sfchaos.org.apex`.
        """
        self.apex.add_rest(methods, template, handler)

    def action(self, kind: str, name: str, handler: ActionHandler, *, label: str = "") -> None:
        """Answer `/actions/custom/<kind>/<name>` (`kind` is "flow", "apex" ...) with `handler`, one call an input. Raises UsageError."""
        self.apex.add_action(kind, name, handler, label)

    def drop_events(self, mark: int) -> None:
        """Forget the facts kept since there were `mark` of them: what they tell of was undone."""
        del self._pending[mark:]

    @property
    def events_kept(self) -> int:
        return len(self._pending)

    def _answer(self, call: Call, match: Match, admitted: Callable[[Call, Match], Route] | None = None, spent: Refused | None = None) -> Response:
        mark = len(self._pending)
        try:
            if spent is not None:
                raise spent
            route = (admitted or self._admitted)(call, match)
            with self.store.unit():
                return route.endpoint(call)
        except Refused as refused:
            self._undone(call.receipt, mark, tuple(r.code for r in refused.refusals))
            return render(call.surface, refused.refusals)
        except Exception:  # a defect of ours: the client gets what Salesforce would say, the developer gets the trace
            self._undone(call.receipt, mark, ("UNKNOWN_EXCEPTION",))
            call.receipt.facts["defect"] = traceback.format_exc()
            return render(call.surface, (self._unexpected(),))

    def _undone(self, receipt: Receipt, mark: int, codes: tuple[str, ...]) -> None:
        """The unit was rolled back: no event of it is told, and nothing on the receipt counts as done."""
        del self._pending[mark:]
        receipt.error_codes, receipt.changed = codes, 0
        receipt.rows = [replace(touch, ok=False, code=touch.code or codes[0]) for touch in receipt.rows]

    def _admitted(self, call: Call, match: Match) -> Route:
        """Route, version, session, limits: in this order, as a request meets them."""
        if match.route is None:
            raise self._unknown(match, call.request)
        self._check_version(call)
        if match.route.auth:
            call.session = self.sessions.of_request(call.request)
            call.receipt.user = self.running_user_id = call.session.user_id
            if call.version and not has_system(self, call.user_id, "ApiEnabled"):
                raise refuse("API_CURRENTLY_DISABLED", "The REST API is not enabled for this Organization.")  # code D, text L: wire reference 10.1
        if match.route.counts:
            self.limits.admit(call)
        return match.route

    def _known(self, call: Call, match: Match) -> Route:
        """Route and version: all that is asked of a part whose caller has been admitted."""
        if match.route is None:
            raise self._unknown(match, call.request)
        self._check_version(call)
        return match.route

    def _admitted_within(self, call: Call, match: Match) -> Route:
        """The same, and the limits."""
        route = self._known(call, match)
        if route.counts:
            self.limits.admit(call)
        return route

    def _check_version(self, call: Call) -> None:
        if not call.version:
            return
        number = call.version_number
        if number <= self.registers.identity.get(RETIRED, LAST_RETIRED):
            # status D (Help 005321531), text K
            raise refuse("UNSUPPORTED_API_VERSION", f"API version {call.version} is no longer supported")
        if not OLDEST_VERSION <= number <= NEWEST_VERSION or number != int(number):
            if call.surface.startswith("soap"):  # R: salesforcer#24, lwc-soql-builder#30 (a login by a version that the org did not have yet)
                raise refuse("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")
            raise refuse("UNSUPPORTED_API_VERSION", "") if call.surface.startswith("bulk1") else no_such_resource()

    def _unknown(self, match: Match, request: Request) -> Refused:
        if match.allowed:
            allowed = ",".join(("HEAD", *match.allowed) if "GET" in match.allowed else match.allowed)
            return refuse("METHOD_NOT_ALLOWED", f"HTTP Method '{request.effective_method}' not allowed. Allowed are {allowed}")
        return no_such_resource()

    def _unexpected(self) -> Refusal:
        """Text K: wire reference 4.3."""
        number = self.registers.next("error")
        return Refusal("UNKNOWN_EXCEPTION", "An unexpected error occurred. Please include this ErrorId if you contact support: "
                       f"{chance.below(2**31, self.seed, 'error', number)}-{number:05d} ({-number})")  # fmt: skip

    # ------------------------------------------------------------------ back to the start

    def digest(self) -> str:
        """Of everything mutable: rows, registers, schema. Equal before a run and after the reset that ends it."""
        registers = {name: sorted(held.items(), key=repr) for name, held in self.registers.copies().items()}
        rows = [(o.name, self.store.all(f"SELECT * FROM {quoted(o.name)} ORDER BY Id")) for o in self.schema]
        return sha256_hex(repr((self.schema.digest, registers, rows)).encode("utf-8", "surrogatepass"))

    def mark(self) -> None:
        """Remember the whole state; `reset` returns to it. Memory mode only."""
        self.store.mark()
        self._mark = self.registers.copies()
        self._schema_at_mark = self.schema

    def heal(self) -> None:
        """Undo what faults left behind (locks, hidden fields, armed validations, spent limits, revoked users), keep rows and jobs.

        SF_ACCESS_TOKEN and SF_REFRESH_TOKEN name a new session then: whoever starts again is handed one that lives.
        """
        if self._mark is None:
            raise RuntimeError("nothing was marked")
        for name in ("locks", "hidden", "validations", "limits", "identity"):
            held: dict[Any, Any] = getattr(self.registers, name)
            held.clear()
            held.update(self._mark[name])
        with self.store.unit():
            take_back(self)
        self.rights.forget()
        self.registers.identity.pop("ready", None)
        self.credentials.make_ready()
        self.schema = self.registers.healthy.pop("schema", self.schema)
        self.skew_s = 0.0
        self.gate = None

    def reset(self) -> None:
        """Back to the mark: rows, counters, tokens, jobs, locks, agenda, schema."""
        if self._mark is None or self._schema_at_mark is None:
            raise RuntimeError("nothing was marked")
        self.store.back_to_mark()
        self.registers.restore(self._mark)
        self.schema = self._schema_at_mark
        self.skew_s = 0.0
        self.rights.forget()
        self.agenda.forget()
        self.events.forget()
        self.changes.forget()
        self.selection.forget()
        self._pending.clear()
        self.receipt = Receipt()
