"""The verbs of an administrator, for faults that change the org between requests. All idempotent, all undone when the org is healed.

One protocol a family of faults; `World` is all of them. Times are org seconds.
"""

from __future__ import annotations

from typing import Protocol


class Sessions(Protocol):
    def expire_session(self, token: str, *, message: str) -> None: ...
    def revoke_user_access(self, token: str) -> None: ...
    def rotate_refresh_tokens(self, grace_s: float) -> None: ...


class Limits(Protocol):
    def exhaust(self, limit: str, *, used: int | None, maximum: int | None, until_s: float | None, profile: str, per_minute: float) -> None: ...
    def crowd(self, *, cap: int | None, until_s: float) -> None: ...


class Rows(Protocol):
    def lock(self, key: str, until_s: float) -> None: ...
    def lock_targets(self, method: str, path: str, body: bytes, *, scope: str, until_s: float) -> int: ...
    def add_validation(self, sobject: str, field: str, message: str, until_s: float) -> None: ...


class Rights(Protocol):
    def hide_field(self, sobject: str, field: str) -> None: ...


class Queries(Protocol):
    def kill_locator(self, locator: str) -> None: ...


class World(Sessions, Limits, Rows, Rights, Queries, Protocol):
    def now_s(self) -> float: ...
