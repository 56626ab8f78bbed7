"""Lines to the org that are asked for before any request is known: on sockets, where a fault may take them away."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sfchaos.core.clock import Clock
from sfchaos.core.journal import Journal
from sfchaos.core.messages import Delivery, Request
from sfchaos.faults.at import At
from sfchaos.rig.plan import RuleState

if TYPE_CHECKING:
    from sfchaos.rig.armed import Armed

# What each stage of making a line can show; a TLS hello inside a tunnel comes when the proxy has found the host.
KINDS = {"direct": ("dns", "refused", "unanswered", "tls_"), "proxy": ("dns", "refused", "unanswered", "proxy_auth"), "tls": ("tls_",)}


class LinesMade:
    """The part of a rig that doors on sockets ask before they make a line.

    Only rules for every point (`*/*`) can be meant: an address names a request, and there is none yet. Each hit is a line of the
    journal (`unconnected`) and counts as the rule's firing.
    """

    clock: Clock
    journal: Journal
    storm: str | None
    _lock: threading.RLock
    _armed: Armed
    _lines_asked: int = 0

    def connecting(self, host: str, stage: str) -> Delivery | None:
        """What becomes of an attempt to connect to `host`; None lets it through. `stage`: direct, proxy or tls."""
        with self._lock:
            if not self._armed.plan.states:
                return None
            self._lines_asked += 1
            elapsed_s = self.clock.elapsed_s()
            request = Request("CONNECT", f"https://{host}/", tls=("", ""))  # what the client speaks is not known yet
            state = self._armed.plan.choose_line(f"line/{host}#{self._lines_asked}", elapsed_s, KINDS[stage], lambda rule: self._at_line(request, rule, elapsed_s))
            if state is None:
                return None
            self._armed.plan.fired(state)
            rule = state.rule
            line: Delivery = rule.settings.line()
            self.journal.add("org", event="unconnected", host=host, connect=line.connect, fired=[rule.id], faults=[rule.info.id], commit_phase=rule.info.when)
            return line

    def _at_line(self, request: Request, state: RuleState, elapsed_s: float) -> At:
        since_s = 0.0 if state.first_hit_s is None else elapsed_s - state.first_hit_s
        return At(request, now_s=self.clock.now_s(), since_s=since_s)
