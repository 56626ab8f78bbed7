"""Jobs. Verbs of an administrator, for faults that change the org between requests."""

from __future__ import annotations

from sfchaos.org.world.part import WorldPart


class JobsWorld(WorldPart):
    """What is done to jobs is not undone when the org is healed: healing keeps rows and jobs as they are."""

    def expire_job(self, job_id: str) -> None:
        """The job's seven days are over: it is gone, with its results. One that is not known is gone already."""
        jobs = self._org.registers.jobs
        for known in [known for known in jobs if known[:15] == job_id[:15]]:
            self._org.agenda.cancel(known)
            del jobs[known]
