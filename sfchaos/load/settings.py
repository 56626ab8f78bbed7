"""How a story reaches and enters its org: the names of design 5.1, from a file or from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sfchaos.core.errors import BadFile, UsageError
from sfchaos.load.guard import refuse_production

VERSION = "62.0"


@dataclass(frozen=True)
class Entry:
    """`origin` serves data and logins alike (a My Domain or a mock does; wire reference 1.1). Secrets stay out of repr, so out of logs."""

    origin: str
    form: tuple[tuple[str, str], ...]  # of a login at the token endpoint; empty when there is only a token
    access_token: str = ""

    def __repr__(self) -> str:
        return f"Entry({self.origin!r})"


def read_env_file(path: Path) -> dict[str, str]:
    """KEY=VALUE lines, as `sfchaos serve --env-file` writes them; blank lines and # comments are passed over. Raises BadFile."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, 0, f"cannot be read: {error}", remedy="give the file that `sfchaos serve --env-file FILE` writes when it is ready") from None
    found = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise BadFile(path, number, f"{line[:20]!r} is no KEY=VALUE line", remedy="write one NAME=value a line, without export and quotes")
        found[name.strip()] = value.strip()
    return found


def entry_of(host: str | None, env: Mapping[str, str] | None = None) -> Entry:
    """Where and how to enter. `host` (Locust's --host) goes before SFCHAOS_HTTP and SF_INSTANCE_URL. Raises UsageError for production,
    and when there is nothing to enter with."""
    names = os.environ if env is None else env
    url = host or names.get("SFCHAOS_HTTP") or names.get("SF_INSTANCE_URL") or ""
    if not url:
        raise UsageError("no org to load: --host is not given, nor SFCHAOS_HTTP or SF_INSTANCE_URL", remedy="give --host, or --env-file FILE of `sfchaos serve`")
    origin = refuse_production(url)
    form = _form(names)
    token = names.get("SF_ACCESS_TOKEN", "")
    if not form and not token:
        raise UsageError("no way into the org: SF_CLIENT_ID, SF_CLIENT_SECRET, SF_USERNAME and SF_PASSWORD are needed, or SF_ACCESS_TOKEN",
                         remedy="set them, or give --env-file FILE with one NAME=value a line")  # fmt: skip
    return Entry(origin, form, token)


def _form(names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The password grant; the security token stands at the end of the password (wire reference 2.3)."""
    needed = [names.get(name, "") for name in ("SF_CLIENT_ID", "SF_CLIENT_SECRET", "SF_USERNAME", "SF_PASSWORD")]
    if not all(needed):
        return ()
    client_id, client_secret, username, password = needed
    password += names.get("SF_SECURITY_TOKEN", "")
    return (("grant_type", "password"), ("client_id", client_id), ("client_secret", client_secret), ("username", username), ("password", password))
