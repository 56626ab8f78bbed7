"""A step of a job is done, and its reply is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.cutting import cut, cut_at
from sfchaos.faults.params import choice
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import nothing


@fault("bulk.create_lost", when="A", nature="ambiguous", kinds=("nonidem", "transition"), ops=("bulk2.create", "bulk2q.create", "bulk1.job"), weight=36)
@dataclass(frozen=True)
class CreateLost:
    """The job is created, the reply with its id is lost.

    Source: wire reference 14, "lost response"; 5.2.
    Right: create another and load that one; the first stays Open and empty, and is aborted when it is found.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return forward(request).travelling(fate="lost", close="reset")


@fault("bulk.upload_lost", when="A", nature="ambiguous", kinds=("nonidem", "transition", "idem"), ops=("bulk2.upload", "bulk1.batch"), weight=37)
@dataclass(frozen=True)
class UploadLost:
    """The data is stored, the 201 is lost; a second upload is refused, and is no failure.

    Source: wire reference 5.2 (data is uploaded once only).
    Right: look at the job and go on with it.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return forward(request).travelling(fate="lost", close="reset")


@fault("bulk.close_lost", when="A", nature="ambiguous", kinds=("transition",), ops=("bulk2.close", "bulk1.close"), weight=38)
@dataclass(frozen=True)
class CloseLost:
    """The job is UploadComplete, the reply is lost; a second close is refused with INVALIDJOBSTATE.

    Source: wire reference 5.2 and 14.
    Right: look at the job and go on with it; never a new job with the same rows.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return forward(request).travelling(fate="lost", close="reset")


@fault("bulk.upload_partial", when="P", nature="ambiguous", kinds=("nonidem", "transition", "idem"), ops=("bulk2.upload", "bulk1.batch"), weight=39)
@dataclass(frozen=True)
class UploadPartial:
    """The upload breaks off in the midst; the org kept the front of it (`keep`: prefix), or nothing.

    Source: practice (a request body cut by the network); whether Salesforce ever keeps a front is a guess, so both can be played.
    Right: look at the job; upload again where that is possible, else a new job; compare row counts at the end.
    """

    cut: str = cut("half", "how many bytes of the data arrive")
    keep: str = choice("prefix", ("nothing", "prefix"), "what the org keeps of them")

    def around(self, request: Request, forward: Handler) -> Response:
        if self.keep == "nothing":
            return nothing()
        length = cut_at(self.cut, len(request.body))
        headers = tuple((name, str(length) if name.lower() == "content-length" else value) for name, value in request.headers)
        return forward(replace(request, body=request.body[:length], headers=headers)).travelling(fate="lost", close="reset")
