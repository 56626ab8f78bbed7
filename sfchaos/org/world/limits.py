"""Quotas and crowds. Verbs of an administrator, for faults that change the org between requests."""

from __future__ import annotations

from sfchaos.org.identity import trials
from sfchaos.org.identity.identity import BAD_PASSWORDS
from sfchaos.org.quotas import storage
from sfchaos.org.quotas.limits import DAILY
from sfchaos.org.soql.paging import MOST_CURSORS
from sfchaos.org.world.part import WorldPart


class LimitsWorld(WorldPart):
    """Quotas and crowds."""

    def exhaust(self, limit: str, *, used: int | None = None, maximum: int | None = None, until_s: float | None = None, profile: str = "cliff",
                per_minute: float = 0.0) -> None:  # fmt: skip
        self._org.limits.exhaust(limit, used=used, maximum=maximum, until_s=until_s, profile=profile, per_minute=per_minute)
        self._org.send_events()

    def crowd(self, *, cap: int | None = None, until_s: float) -> None:
        """As if the org took `cap` long requests and others had them all open until then; None is the org's own number."""
        self._org.limits.crowd(cap=cap, until_s=until_s)
        self._org.send_events()

    def overrun(self, share: float, *, used: int | None, maximum: int | None, until_s: float | None, profile: str, per_minute: float) -> None:
        """The daily allowance is spent as by `exhaust`, but a `share` of it more is let through before anything is refused."""
        limits = self._org.limits
        top = limits.maximum if maximum is None else maximum
        self.exhaust(DAILY, used=top if used is None else used, maximum=maximum, until_s=until_s, profile=profile, per_minute=per_minute)
        limits.soften(round(top * share))

    def drain(self, per_minute: int, *, maximum: int | None, until_s: float) -> None:
        """From now on others make `per_minute` calls a minute."""
        self._org.limits.drain(per_minute, maximum=maximum, until_s=until_s)

    def spend_logins(self, *, until_s: float) -> None:
        """Every login by user until then is one too many in its hour."""
        self._org.registers.identity[trials.LOGINS_SPENT_S] = until_s

    def lock_out(self, *, attempts: int | None, hold_s: float) -> None:
        """The integration user is locked out for `hold_s`; with `attempts`, as soon as so many of its logins have failed."""
        self._org.registers.identity[trials.LOCKOUT] = (attempts or BAD_PASSWORDS, hold_s)
        if attempts is None:
            self._org.identity.lock_out(self._org.integration_user_id)

    def fill_storage(self, after_rows: int, *, until_s: float | None) -> None:
        """Room for `after_rows` more rows, and then for none."""
        self._org.registers.limits[storage.FILLED] = (storage.rows(self._org) + after_rows, until_s)

    def limit_cursors(self, most: int, *, until_s: float | None) -> None:
        """A user who opens one more cursor than `most` loses the oldest."""
        self._org.registers.limits[MOST_CURSORS] = (most, until_s)
