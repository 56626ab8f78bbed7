"""A query answers late, short, or counts otherwise than it delivers."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.params import count
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import refusal_reply

_QUERIES = ("query.first", "query.all", "query.more")


@fault("query.timeout", when="B", kinds=("read",), ops=("query.first", "query.all", "query.more", "soap.query", "soap.queryAll", "soap.queryMore"), weight=30)
@dataclass(frozen=True)
class QueryTimeout:
    """400 `QUERY_TIMEOUT`, "Your query request was running for too long."; nothing is read.

    Source: wire reference 4.3 (code D, text K) and 7.
    Right: narrow the query and ask for less at once; the same query may time out again.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return refusal_reply(request, Refusal("QUERY_TIMEOUT", "Your query request was running for too long."), status=400)


@fault("query.total_lies", when="S", kinds=("read",), ops=("query.first", "query.all"), weight=31)
@dataclass(frozen=True)
class TotalLies:
    """`totalSize` differs by `by` from the number of rows that are delivered.

    Rows are deleted while the query runs.
    Source: wire reference 3.8.
    Right: count the rows; a difference is a reason to look, not to wait for more.
    """

    by: int = count(1, "how many more rows it promises")

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        page = _page(reply)
        return reply if page is None else _with(reply, {**page, "totalSize": page["totalSize"] + self.by})


@fault("query.short_page", when="S", kinds=("read",), ops=_QUERIES, weight=32)
@dataclass(frozen=True)
class ShortPage:
    """A page holds fewer rows than asked for, even none, and says `done: false`; the next one goes on where it ended.

    Only a page that another one follows can be short.
    Source: wire reference 3.8 (real pages shrink: wide rows, long texts).
    Right: go on until `done`, never until a page is short.
    """

    size: int = count(1, "rows on the page")

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        page = _page(reply)
        if page is None or page.get("done") is not False or len(page["records"]) <= self.size:
            return reply
        locator, _, offset = str(page["nextRecordsUrl"]).rpartition("-")
        start = int(offset) - len(page["records"])
        return _with(reply, {**page, "records": page["records"][: self.size], "nextRecordsUrl": f"{locator}-{start + self.size}"})


def _page(reply: Response) -> dict[str, Any] | None:
    """The body of a page of a query; None for anything else."""
    if reply.status != 200:
        return None
    try:
        page = json.loads(reply.body)
    except ValueError:
        return None
    return page if isinstance(page, dict) and "totalSize" in page and isinstance(page.get("records"), list) else None


def _with(reply: Response, page: dict[str, Any]) -> Response:
    headers = tuple(pair for pair in reply.headers if pair[0].lower() != "content-length")
    return replace(reply, body=json.dumps(page, separators=(",", ":")).encode(), headers=headers)
