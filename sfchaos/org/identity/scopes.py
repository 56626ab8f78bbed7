"""Which scope opens which resource. Source: wire reference 2.5 (list of scopes), Help "OAuth Tokens and Scopes" (D)."""

from __future__ import annotations

import re
from functools import lru_cache

API = frozenset({"api", "full"})
# Resources that a narrower scope opens by itself. `api` includes Chatter (D).
_NARROW = {
    "chatter": API | {"chatter_api"}, "connect": API | {"chatter_api"}, "wave": API | {"wave_api"}, "smartdatadiscovery": API | {"wave_api"},
}  # fmt: skip
IDENTITY = frozenset({"id", "openid", "profile", "email", "address", "phone", "full"})
PAGES = frozenset({"web", "visualforce", "full"})
_RESOURCE = re.compile(r"^/services/data/v[\d.]+/(\w+)", re.IGNORECASE)


@lru_cache(maxsize=1024)
def opens(scopes: tuple[str, ...], path: str) -> bool:
    """Whether a token with these scopes may call this path of the data APIs."""
    if not API.isdisjoint(scopes):
        return True
    found = _RESOURCE.match(path)
    return found is not None and not _NARROW.get(found[1].lower(), API).isdisjoint(scopes)


def shows_identity(scopes: tuple[str, ...], app_id: str) -> bool:
    """Whether the identity URL and userinfo answer. A session that no connected app stands behind (SOAP login) is not bound to scopes."""
    return not app_id or not IDENTITY.isdisjoint(scopes)


def opens_pages(scopes: tuple[str, ...], app_id: str) -> bool:
    """Whether a token can become a browser session (`web`)."""
    return not app_id or not PAGES.isdisjoint(scopes)
