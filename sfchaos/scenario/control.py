"""The control API of a served org, for tests in other languages: arm, phase, clock, state, journal. Loopback only.

None of these is a point, counts against a limit or carries Sforce-Limit-Info (fault-model 4.2).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sfchaos.core.errors import SfchaosError, UsageError
from sfchaos.core.messages import Request, Response
from sfchaos.core.units import seconds_of
from sfchaos.faults.schedule import Schedule

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.rig.rig import Rig

PREFIX = "/__sfchaos/"
_JSON = (("Content-Type", "application/json"),)


class Control:
    """Answers requests under /__sfchaos/; None for any other path. Phases opened here stay until the next one."""

    def __init__(self, rig: Rig, org: Org) -> None:
        self._rig, self._org = rig, org
        self._routes: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("POST", "arm"): self._arm, ("DELETE", "arm"): self._disarm, ("POST", "phase"): self._phase, ("POST", "clock"): self._clock,
            ("GET", "state"): self._state,
        }  # fmt: skip

    def __call__(self, request: Request) -> Response | None:
        if not request.path.startswith(PREFIX):
            return None
        name = request.path.removeprefix(PREFIX).strip("/")
        if (request.method, name) == ("GET", "journal"):
            return Response(200, self._rig.journal.data(), (("Content-Type", "application/jsonl"),), 0.0)
        action = self._routes.get((request.method, name))
        if action is None:
            known = sorted({f"{method} {PREFIX}{path}" for method, path in self._routes} | {f"GET {PREFIX}journal"})
            return _reply({"error": f"no {request.method} {request.path} here", "known": known}, 404)
        try:
            return _reply(action(json.loads(request.body) if request.body.strip() else {}))
        except ValueError as error:
            return _reply({"error": f"the body is not JSON: {error}"}, 400)
        except SfchaosError as error:
            return _reply({"error": error.message, "remedy": error.remedy}, 400)

    def _arm(self, tree: Any) -> Any:
        schedule = Schedule.from_tree(tree, where="the body")
        self._rig.load(schedule)
        return {"armed": [rule.id for rule in schedule.rules]}

    def _disarm(self, _: Any) -> Any:
        self._rig.load(Schedule(()))
        return {"armed": []}

    def _phase(self, tree: Any) -> Any:
        name = _only(tree, "phase")
        if not isinstance(name, str) or not name:
            raise UsageError(f"phase: {name!r} is not a name", remedy='send {"phase": "load"}')
        self._rig.set_phase(name)
        return {"phase": name}

    def _clock(self, tree: Any) -> Any:
        self._rig.clock.advance(seconds_of(_only(tree, "advance"), name="advance"))
        self._rig.settle()
        return {"now_s": self._rig.clock.now_s(), "elapsed_s": self._rig.clock.elapsed_s()}

    def _state(self, _: Any) -> Any:
        counts: dict[str, int] = {}
        for sobject, _row in self._org.admin.all_rows():
            counts[sobject] = counts.get(sobject, 0) + 1
        limit = self._org.limits
        return {
            "rows": counts, "limits": {"DailyApiRequests": {"used": limit.used, "max": limit.maximum}}, "clock": {"now_s": self._rig.clock.now_s()},
            "requests": self._rig.requests, "fired": dict(self._rig.fired), "unfired": list(self._rig.unfired),
        }  # fmt: skip


def _only(tree: Any, key: str) -> Any:
    """The value of the one key that a body may have."""
    if not isinstance(tree, dict) or set(tree) != {key}:
        raise UsageError(f"the body must be an object with the one key {key!r}", remedy=f'send {{"{key}": ...}}')
    return tree[key]


def _reply(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value).encode(), _JSON, 0.0)
