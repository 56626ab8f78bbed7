"""The session ends in the midst of something that takes several requests."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import choice, count, text
from sfchaos.faults.registry import fault

_MESSAGE = "what the error says (on REST and Bulk API 2.0)"
_STEPS = {"upload": ("bulk2.upload", "bulk1.batch"), "close": ("bulk2.close", "bulk1.close"), "poll": ("bulk2.poll", "bulk2q.poll", "bulk1.poll")}


@fault("auth.expired_in_pages", when="E", kinds=("read",), ops=("query.more", "bulk2q.results", "soap.queryMore"), weight=16)
@dataclass(frozen=True)
class ExpiredInPages:
    """The session ends between two pages of a query; its locator stays good for the same user's next session.

    Source: wire reference 14 and 3.8 (locators belong to the user, not to the session).
    Right: log in once more and go on with the same locator: no gap, no row twice.
    """

    page: int = count(1, "the page after which the session ends", least=1)
    message: str = text("Session expired or invalid", _MESSAGE)

    def applies(self, at: At) -> bool:
        return at.k >= self.page

    def strike(self, world: World, at: At) -> None:
        world.expire_session(at.token, message=self.message)


@fault("auth.expired_in_bulk", when="E", kinds=("idem", "nonidem", "transition", "read"), ops=tuple(op for ops in _STEPS.values() for op in ops), weight=16)
@dataclass(frozen=True)
class ExpiredInBulk:
    """The session ends in the midst of a job: before its upload, its close or a poll. Bulk API 1.0 says 400 `InvalidSessionId`.

    Source: wire reference 1.2 (L), 6 (L); simple-salesforce#619 (the bulk calls do not renew a session).
    Right: log in once more and go on with the same job; no second job for the same rows.
    """

    step: str = choice("poll", tuple(_STEPS), "the step that meets the dead session")
    message: str = text("Session expired or invalid", _MESSAGE)

    def applies(self, at: At) -> bool:
        return at.op in _STEPS[self.step]

    def strike(self, world: World, at: At) -> None:
        world.expire_session(at.token, message=self.message)
