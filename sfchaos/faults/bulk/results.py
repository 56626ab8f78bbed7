"""What a job gives back is in another order, short, gone, or cannot be paged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from sfchaos.core import chance
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import choice, count
from sfchaos.faults.registry import fault

_LOADED = ("bulk2.ok", "bulk2.failed", "bulk2.unprocessed")
_ALL = (*_LOADED, "bulk2q.results", "bulk1.result")


def _rows_of(body: bytes) -> list[bytes]:
    """The lines of a CSV, the header first; a line end inside quotes ends none."""
    rows: list[bytes] = []
    for line in body.splitlines(keepends=True):
        if rows and rows[-1].count(b'"') % 2:
            rows[-1] += line
        else:
            rows.append(line)
    return rows


def _is_csv(reply: Response) -> bool:
    return reply.status == 200 and "csv" in reply.header("content-type")


def _with_body(reply: Response, body: bytes) -> Response:
    headers = tuple(pair for pair in reply.headers if pair[0].lower() != "content-length")
    return replace(reply, body=body, headers=headers)


@fault("bulk.results_reordered", when="R", kinds=("read",), ops=_LOADED, weight=40)
@dataclass(frozen=True)
class ResultsReordered:
    """The rows of a result come in another order than they were sent in.

    Source: wire reference 5.5 (Bulk API 2.0 promises no order).
    Right: match by a key of one's own or by sf__Id, never by position.
    """

    seed: int = count(0, "which order")

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        head, *rows = _rows_of(reply.body) if _is_csv(reply) else [b""]
        if len(rows) < 2:
            return reply
        if not rows[-1].endswith(b"\n"):
            rows[-1] += b"\n"
        mixed = sorted(range(len(rows)), key=lambda n: chance.unit(self.seed, "bulk.results_reordered", n))
        if mixed == sorted(mixed):
            mixed.reverse()
        return _with_body(reply, head + b"".join(rows[n] for n in mixed))


@fault("bulk.results_truncated", when="A", nature="ambiguous", kinds=("read",), ops=_ALL, weight=41)
@dataclass(frozen=True)
class ResultsTruncated:
    """A result ends after some of its rows, at a line end, and nothing says so: the front of a CSV is a CSV.

    Source: wire reference 4.4 (bodies cut short) and 5.5.
    Right: compare the rows with numberRecordsProcessed and numberRecordsFailed; fetch it again.
    """

    line: int | None = count(None, "how many rows come, besides the header; half of them unless given")

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        if not _is_csv(reply):
            return reply
        head, *rows = _rows_of(reply.body) or [b""]
        kept = len(rows) // 2 if self.line is None else self.line
        return _with_body(reply, head + b"".join(rows[:kept]))


@fault("bulk.results_expired", when="E", transient=False, kinds=("read",), ops=_ALL, weight=42)
@dataclass(frozen=True)
class ResultsExpired:
    """404: the job and its results are gone before anybody fetched them. Usually that takes seven days.

    Source: wire reference 5.2 (D).
    Right: fetch at once and keep a copy; say loudly which rows are of unknown fate.
    """

    def applies(self, at: At) -> bool:
        return bool(at.job_id)

    def strike(self, world: World, at: At) -> None:
        world.expire_job(at.job_id)


@fault("bulk.results_locator", when="E", kinds=("read",), ops=("bulk2q.results",), weight=43)
@dataclass(frozen=True)
class ResultsLocator:
    """The locator of the page after `page` is no longer known (`invalid`), or that page's reply already says `null` (`early`).

    Source: wire reference 5.6 (locators live as long as the job); that they end early is a guess.
    Right: start the query job anew; compare the rows with numberRecordsProcessed.
    """

    page: int = count(1, "the last page that is good", least=1)
    how: str = choice("invalid", ("invalid", "early"), "whether the next page fails, or this one says that there is none")

    def applies(self, at: At) -> bool:
        if self.how == "early":
            return at.k >= self.page
        return "locator" in at.request.query and at.k > self.page

    def around(self, request: Request, forward: Handler) -> Response:
        if self.how == "early":
            reply = forward(request)
            headers = tuple((name, "null" if name.lower() == "sforce-locator" else value) for name, value in reply.headers)
            return replace(reply, headers=headers)
        gone = {**request.query, "locator": "bm90LWtub3du"}
        return forward(replace(request, url=f"{request.url.partition('?')[0]}?{urlencode(gone)}"))
