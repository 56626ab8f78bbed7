"""Which hosts are Salesforce's, and which of those are production logins.

Source: Salesforce Help, "My Domain URL Formats" and "Enhanced domains" (host patterns); REST API Developer Guide (login hosts).
"""

from __future__ import annotations

import re

LOGIN_HOSTS = frozenset({"login.salesforce.com", "test.salesforce.com"})
SUFFIXES = (".salesforce.com", ".force.com", ".salesforce-setup.com", ".cloudforce.com", ".database.com", ".salesforce.mil")
_LOOPBACK = re.compile(r"^(localhost|127(?:\.\d+){3}|::1|\[::1\])$")


def is_salesforce_host(host: str) -> bool:
    """True for any host that Salesforce serves: login hosts, My Domains, instances (`na12.salesforce.com`)."""
    name = host.lower().rstrip(".")
    return name.endswith(SUFFIXES)


def is_loopback(host: str) -> bool:
    return bool(_LOOPBACK.match(host.lower()))


def is_sandbox_host(host: str) -> bool:
    """True only for hosts that cannot be production: sandbox, scratch and Developer-Edition My Domains, test logins, loopback.

    Anything else counts as production, because a mistake there costs real data.
    """
    name = host.lower().rstrip(".")
    if is_loopback(name) or name == "test.salesforce.com":
        return True
    return name.endswith((".sandbox.my.salesforce.com", ".scratch.my.salesforce.com", ".develop.my.salesforce.com",
                          ".trailblaze.my.salesforce.com"))  # fmt: skip
