"""What waits to become a token: authorization codes, device codes, one-time passwords of `singleaccess`. Source: wire reference 2.1, 2.3."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sfchaos.core import chance
from sfchaos.org.refusals import refuse

if TYPE_CHECKING:
    from sfchaos.org.identity.apps import App
    from sfchaos.org.org import Org

CODE_S = 900.0  # an authorization code lives 15 minutes (wire reference 2.3, K)
DEVICE_S = 600.0  # a device code ten (wire reference 2.3)
INTERVAL_S = 5.0  # how often a device may ask
ONE_TIME_S = 60.0  # a frontdoor address of singleaccess is good for a minute (K)
# Letters and digits that are not mistaken for each other, as on the real page (K).
_READABLE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code. `challenge` is PKCE's, "" without; `nonce` OpenID Connect's."""

    user_id: str
    client_id: str
    redirect_uri: str
    challenge: str
    scopes: tuple[str, ...]
    issued_s: float
    nonce: str = ""
    used: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """A device that waits. `state` is what the user said on the page; `asked_s` when the device asked last."""

    device_code: str
    user_code: str
    client_id: str
    scopes: tuple[str, ...]
    issued_s: float
    state: Literal["pending", "approved", "denied", "used"] = "pending"
    user_id: str = ""
    asked_s: float | None = None


class Codes:
    """Kept in `registers.identity`, like everything of the login doors."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def new_code(self, code: Code) -> str:
        org = self._org
        text = "aPrx" + chance.token(80, org.seed, "code", org.registers.next("code"), alphabet=chance.ALPHANUMERIC + "._")
        org.secrets.learn(text, "authorization_code")
        org.registers.identity[f"code:{text}"] = code
        return text

    def redeem(self, text: str, app: App) -> Code:
        """The code of that text, from now on used. Raises Refused: unknown or another app's (K), old or used (U, forrest#169).

        Whoever checks more (redirect, verifier) does so before the reply; a code that fails there is used up all the same.
        """
        held: Code | None = self._org.registers.identity.get(f"code:{text}")
        if held is None or held.client_id != app.client_id:
            raise refuse("invalid_grant", "invalid authorization code")
        if held.used or self._org.now_s() >= held.issued_s + CODE_S:
            raise refuse("invalid_grant", "expired authorization code", status_word="Failed: Invalid Nonce" if held.used else "")
        return held

    def spend(self, text: str) -> None:
        held: Code = self._org.registers.identity[f"code:{text}"]
        self._org.registers.identity[f"code:{text}"] = replace(held, used=True)

    # ------------------------------------------------------------------ devices

    def new_device(self, app: App, scopes: tuple[str, ...]) -> Device:
        org = self._org
        number = org.registers.next("device")
        code = chance.token(80, org.seed, "device", number, alphabet=chance.ALPHANUMERIC + "._")
        device = Device(code, chance.token(8, org.seed, "user code", number, alphabet=_READABLE), app.client_id, scopes, org.now_s())
        org.secrets.learn(code, "device_code")
        self._keep(device)
        return device

    def device_of_user_code(self, user_code: str) -> Device | None:
        """The device that shows this code and still waits; spaces and case do not count."""
        wanted = "".join(user_code.split()).upper()
        for name, held in self._org.registers.identity.items():
            if name.startswith("device:") and held.user_code == wanted and held.state == "pending" and not self._is_old(held):
                device: Device = held
                return device
        return None

    def decide(self, device: Device, user_id: str, *, allow: bool) -> None:
        self._keep(replace(device, state="approved" if allow else "denied", user_id=user_id))

    def poll(self, code: str, app: App) -> Device:
        """The device, once the user has approved it. Raises Refused in the words of RFC 8628 (wire reference 2.3; sentences K)."""
        held: Device | None = self._org.registers.identity.get(f"device:{code}")
        if held is None or held.client_id != app.client_id or held.state == "used" or self._is_old(held):
            raise refuse("invalid_grant", "invalid device code")
        now_s = self._org.now_s()
        too_soon = held.asked_s is not None and now_s < held.asked_s + INTERVAL_S
        self._keep(replace(held, asked_s=now_s))
        if held.state == "denied":
            raise refuse("access_denied", "end-user denied authorization")
        if held.state == "approved":
            self._keep(replace(held, asked_s=now_s, state="used"))
            return held
        if too_soon:
            raise refuse("slow_down", "polling too frequently")
        raise refuse("authorization_pending", "authorization is pending")

    def _is_old(self, device: Device) -> bool:
        return self._org.now_s() >= device.issued_s + DEVICE_S

    def _keep(self, device: Device) -> None:
        self._org.registers.identity[f"device:{device.device_code}"] = device

    # ------------------------------------------------------------------ one-time passwords

    def new_one_time(self, access_token: str) -> str:
        org = self._org
        text = chance.token(64, org.seed, "one-time", org.registers.next("one-time"))
        org.secrets.learn(text, "one_time_password")
        org.registers.identity[f"once:{text}"] = (access_token, org.now_s() + ONE_TIME_S)
        return text

    def take_one_time(self, text: str) -> str:
        """The access token behind it, "" when it was used or is too old."""
        access_token, until_s = self._org.registers.identity.pop(f"once:{text}", ("", 0.0))
        return str(access_token) if self._org.now_s() < until_s else ""
