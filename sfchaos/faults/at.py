"""What a fault is told about the place it strikes."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Request


@dataclass(frozen=True)
class At:
    """One point, as a world fault sees it.

    `token` is the bearer of the request ("" when none), `sobject` the object concerned ("" when none), `k` which distinct
    request of its operation and target it is, `attempt` how often that same request has come, `job_id` the job concerned as
    the org names it. `now_s` and `until_s` are org seconds; `until_s` is the end of the rule's window, None when the rule has
    none. `since_s` counts from the rule's first hit, `idle_s` from this client thread's last exchange (None before its first).
    """

    request: Request
    op: str = ""
    sobject: str = ""
    k: int = 1
    token: str = ""
    now_s: float = 0.0
    until_s: float | None = None
    attempt: int = 1
    job_id: str = ""
    since_s: float = 0.0
    idle_s: float | None = None


@dataclass(frozen=True)
class Draw:
    """Chance for one row, each in [0, 1): `row` is the same whenever that row comes again, `here` only in this request or job."""

    row: float
    here: float
