"""What both doors of Bulk API 2.0 do with a job: find it, show it, move it, delete it, list its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from sfchaos.core.messages import Headers, Response, Stream
from sfchaos.org.bulk import info as bulk_info
from sfchaos.org.bulk.jobs import KIND_OF_TYPE, Job
from sfchaos.org.call import Call
from sfchaos.org.refusals import no_such_resource

CSV_TYPE = "text/csv"  # without a charset: clients that go by it read UTF-8 as Latin-1 (simple-salesforce#688, U)
STREAM_FROM_BYTES = 1 << 20  # smaller results are sent whole, with their length
J = TypeVar("J", bound=Job)


def csv_reply(call: Call, stream: Stream, size: int, headers: Headers = ()) -> Response:
    """Results, streamed when they are large: `size` is about how many bytes they have."""
    reply = Response(200, b"", (("Content-Type", CSV_TYPE), *headers), call.work_s, stream=stream)
    return reply if size >= STREAM_FROM_BYTES else reply.whole()


@dataclass(frozen=True)
class JobCalls(Generic[J]):
    """The calls of one kind of job. `folder` is its part of the path ("ingest"), `since` the first API version that has it."""

    kind: type[J]
    folder: str
    since: float

    def check_version(self, call: Call) -> None:
        if call.version_number < self.since:
            raise no_such_resource()

    def job(self, call: Call) -> J:
        """The job of the path. Raises Refused when there is none of this kind."""
        self.check_version(call)
        job: J = call.org.bulk.find(call.params["job"], self.kind)
        call.receipt.facts["job"] = job.id
        return job

    def changed(self, call: Call, job: J) -> None:
        """Note on the receipt that the job was made or moved."""
        call.receipt.facts["job"] = job.id
        call.receipt.changed = 1

    def info(self, call: Call) -> Response:
        return call.reply(bulk_info.shown(self.job(call)))

    def change_state(self, call: Call) -> Response:
        """PATCH with a `state`: closes or aborts."""
        job = self.job(call)
        call.receipt.asked = 1
        moved = call.org.bulk.ask(job, str(call.json_row().get("state", "")))
        self.changed(call, job)
        return call.reply(bulk_info.changed(moved))

    def delete(self, call: Call) -> Response:
        job = self.job(call)
        call.receipt.asked = 1
        call.org.bulk.delete(job)
        self.changed(call, job)
        return call.no_content()

    def listing(self, call: Call) -> Response:
        """A page of jobs: of this kind and of Bulk API 1.0, or of the `jobType` that is asked for (any of the three: a guess; another word
        has none). `queryLocator` goes on where a page ended. Source: "Get Information About All Jobs" (D)."""
        self.check_version(call)
        asked = call.request.query
        kinds = (self.kind.kind, "bulk1") if "jobType" not in asked else (KIND_OF_TYPE.get(asked["jobType"], ""),)
        chunked = asked.get("isPkChunkingEnabled", "").lower() == "true"
        jobs, more = call.org.bulk.page(kinds, asked.get("queryLocator", ""), chunked=chunked)
        kept = "".join(f"&{name}={asked[name]}" for name in ("jobType", "isPkChunkingEnabled") if name in asked)
        url = f"{call.base}/jobs/{self.folder}?queryLocator={more}{kept}" if more else None
        records = [bulk_info.listed(job) if isinstance(job, Job) else bulk_info.classic(job) for job in jobs]
        return call.reply({"done": not more, "nextRecordsUrl": url, "records": records})  # order: wire reference 5.1
