"""How logins go from now on. Verbs of an administrator, for faults that change the org between requests."""

from __future__ import annotations

from sfchaos.core.gate import OrgEvent
from sfchaos.org.identity import trials
from sfchaos.org.world.part import WorldPart


class LoginsWorld(WorldPart):
    """All of it is forgotten when the org is healed; whoever starts then is handed new tokens."""

    def end_refresh_tokens(self) -> None:
        """Every refresh token dies. Access tokens stay."""
        for token in list(self._org.registers.refresh_tokens):
            self._org.sessions.end_refresh_token(token, "expired")
        self._org.send_events()

    def punish_refresh_reuse(self) -> None:
        """Who uses a rotated refresh token again loses all that came from it."""
        self._set(trials.PUNISH_REUSE, True)

    def skew_assertions(self, skew_s: float) -> None:
        """JWT assertions are judged by a clock that is `skew_s` ahead of the org's."""
        self._set(trials.JWT_SKEW_S, skew_s)

    def expire_password(self) -> None:
        """The integration user's password has to be changed."""
        self._org.identity.expire_password(self._org.integration_user_id)
        self._org.send_events()

    def block_password_logins(self) -> None:
        """No login by user name and password is let in, over OAuth or SOAP."""
        self._set(trials.NO_PASSWORDS, True)

    def share_sessions(self) -> None:
        """Every grant gives a user's live session back, as password logins do by themselves."""
        self._set(trials.ONE_SESSION, True)

    def move_instance(self, *, old_host_until_s: float, answer: int) -> None:
        """A new My Domain host; requests to the old one are answered with the status `answer` after `old_host_until_s`."""
        if trials.MOVED not in self._org.registers.identity:
            old = self._org.instance_url.partition("://")[2]
            self._org.registers.identity[trials.MY_DOMAIN] = f"{self._org.my_domain}-moved"
            self._set(trials.MOVED, trials.Moved(old, old_host_until_s, answer))

    def _set(self, name: str, value: object) -> None:
        self._org.registers.identity[name] = value
        self._org.emit(OrgEvent("login_policy_changed", {"policy": name}))
        self._org.send_events()
