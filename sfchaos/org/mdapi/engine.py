"""The Metadata API of one org: its asynchronous jobs on the org's clock. How long they take is a guess; a real org takes seconds to hours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from sfchaos.org.ids import to_18
from sfchaos.org.refusals import Refused, refuse

if TYPE_CHECKING:
    from sfchaos.org.mdapi.deploys import Deployment, Options
    from sfchaos.org.mdapi.retrieves import Retrieval, Wanted
    from sfchaos.org.org import Org

_Job = TypeVar("_Job", "Deployment", "Retrieval")
QUEUE_S, WORK_S = 1.0, 1.0
DEPLOY_PREFIX, RETRIEVE_PREFIX = "0Af", "09S"


class MetadataApi:
    def __init__(self, org: Org) -> None:
        self._org = org
        org.agenda.steps |= {"mdapi.start": self._start, "mdapi.finish": self._finish}

    # ------------------------------------------------------------------ deploy

    def deploy(self, zip_bytes: bytes, options: Options, user_id: str) -> Deployment:
        from sfchaos.org.mdapi.deploys import Deployment

        return self._queued(Deployment(self._org.new_id(DEPLOY_PREFIX), user_id, options, self._org.now_s(), zip_bytes))

    def deployment(self, job_id: str) -> Deployment:
        """Raises Refused for an id that no deployment has."""
        from sfchaos.org.mdapi.deploys import Deployment

        return self._job(job_id, Deployment)

    def cancel(self, job_id: str, user_id: str) -> Deployment:
        """One that has not begun is cancelled at once. Raises Refused for one that is done (code D, text K)."""
        job = self.deployment(job_id)
        if job.is_done:
            raise refuse("INVALID_ID_FIELD", "Deployment already completed")
        self._org.agenda.cancel(job.id)
        done = replace(job, status="Canceled", cancelled_by=user_id, done_s=self._org.now_s(), zip_bytes=b"")
        self._org.registers.mdapi[job.id] = done
        return done

    # ------------------------------------------------------------------ retrieve

    def retrieve(self, wanted: Wanted, version: str, root: str, packages: tuple[str, ...], user_id: str) -> Retrieval:
        from sfchaos.org.mdapi.retrieves import Retrieval

        return self._queued(Retrieval(self._org.new_id(RETRIEVE_PREFIX), user_id, wanted, version, root, self._org.now_s(), packages))

    def retrieval(self, job_id: str) -> Retrieval:
        """Raises Refused for an id that no retrieval has."""
        from sfchaos.org.mdapi.retrieves import Retrieval

        return self._job(job_id, Retrieval)

    # ------------------------------------------------------------------ jobs

    def _queued(self, job: _Job) -> _Job:
        self._org.registers.mdapi[job.id] = job
        self._org.agenda.add(self._org.now_s() + QUEUE_S, "mdapi.start", job.id)
        return job

    def _job(self, job_id: str, wanted: type[_Job]) -> _Job:
        asked = job_id.strip()
        found = self._org.registers.mdapi.get(to_18(asked) if len(asked) == 15 and asked.isalnum() else asked)
        if not isinstance(found, wanted):
            raise no_such_job(asked)
        return found

    def _start(self, job_id: str) -> None:
        from sfchaos.org.mdapi.deploys import Deployment

        job = self._org.registers.mdapi[job_id]
        begun = replace(job, status="InProgress", started_s=self._org.now_s()) if isinstance(job, Deployment) else replace(job, status="InProgress")
        self._org.registers.mdapi[job_id] = begun
        self._org.agenda.add(self._org.now_s() + WORK_S, "mdapi.finish", job_id)

    def _finish(self, job_id: str) -> None:
        from sfchaos.org.mdapi import deploys, retrieves

        job = self._org.registers.mdapi[job_id]
        carry_out = deploys.carried_out if isinstance(job, deploys.Deployment) else retrieves.carried_out
        self._org.registers.mdapi[job_id] = carry_out(self._org, job)


def no_such_job(job_id: str) -> Refused:
    """Code D, text K."""
    return refuse("INVALID_ID_FIELD" if len(job_id) in (15, 18) else "MALFORMED_ID", f"No such deployment or retrieval: {job_id[:40]!r}")
