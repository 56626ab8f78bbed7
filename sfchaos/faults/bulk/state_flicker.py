"""A poll shows what was a moment ago."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.registry import fault

_BEFORE = {"InProgress": "UploadComplete", "JobComplete": "InProgress", "Failed": "InProgress", "Aborted": "InProgress"}


@fault("bulk.state_flicker", when="S", kinds=("read",), ops=("bulk2.poll", "bulk2q.poll"), weight=35)
@dataclass(frozen=True)
class StateFlicker:
    """A poll shows the state before the present one: UploadComplete for a job that is InProgress, InProgress for one that has ended.

    The reply comes from a replica that lags.
    Source: practice; that real orgs do so is a guess. States: wire reference 5.1.
    Right: no conclusion from a step back; poll on.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        try:
            job = json.loads(reply.body)
        except ValueError:
            return reply
        if not isinstance(job, dict) or job.get("state") not in _BEFORE:
            return reply
        return replace(reply, body=json.dumps({**job, "state": _BEFORE[job["state"]]}).encode())
