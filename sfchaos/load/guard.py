"""Two guards of a load test: it never runs against production, and it never spends more of the day's calls than its share."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sfchaos.core.errors import UsageError
from sfchaos.core.hosts import LOGIN_HOSTS, is_sandbox_host
from sfchaos.core.units import share_of

_USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")
REMEDY = ("name a sandbox, a scratch org, a Developer Edition org or a loopback address, such as --host https://acme--uat.sandbox.my.salesforce.com "
          "or the address that `sfchaos serve` prints")  # fmt: skip


def refuse_production(url: str, what: str = "a load test", remedy: str = REMEDY) -> str:
    """The origin (`https://host:port`) of a host that is no production org. Raises UsageError for every other, before any request.

    A host that is not known to be a sandbox counts as production: old instance names, vanity domains, the production login.
    """
    parts = urlsplit(url if "://" in url else f"https://{url}")
    host = parts.hostname or ""
    if not host or parts.scheme not in ("http", "https"):
        raise UsageError(f"{url!r} is no address of an org", remedy=remedy)
    if host == "test.salesforce.com":
        raise UsageError(f"{host} is a login host and serves no data", remedy="name the sandbox's My Domain: https://acme--uat.sandbox.my.salesforce.com")
    if not is_sandbox_host(host):
        why = "is the login of production orgs" if host in LOGIN_HOSTS else "may be a production org"
        raise UsageError(f"{host} {why}: {what} is refused there, nothing was sent", remedy=remedy)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class BudgetSpent(Exception):
    """The share of the day's API calls that this test may use is gone."""


class Budget:
    """How far the day's API calls may be used up, by everybody together: `share` 0.5 stops at half of the allowance.

    Source: Sforce-Limit-Info, wire reference 1.4 (D: `used` counts the whole org; its value lags).
    """

    def __init__(self, share: float = 0.5) -> None:
        self.share = share_of(share, name="budget share")
        self.used = self.allowed = 0

    def note(self, limit_info: str) -> None:
        """Take the header of a reply. Raises BudgetSpent when the org has used more than the share; text without numbers is passed over."""
        found = _USAGE.search(limit_info)
        if not found:
            return
        self.used, self.allowed = int(found[1]), int(found[2])
        if self.spent:
            raise BudgetSpent(f"{self.used} of {self.allowed} API calls are used: more than the share of {self.share:g} that this test may go to")

    @property
    def spent(self) -> bool:
        return self.allowed > 0 and self.used > self.share * self.allowed
