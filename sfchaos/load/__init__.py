"""Load stories for Locust: user classes that keep a Salesforce org's manners, and reconcile what they sent with what it holds.

    # locustfile.py
    from sfchaos.load import NightlyBackfill

    locust --headless -f locustfile.py -u 5 --env-file org.env          # against `sfchaos serve --env-file org.env`
    locust --headless -f locustfile.py -u 5 --host https://acme--uat.sandbox.my.salesforce.com

Needs the extra `sfchaos[locust]`. Importing Locust patches sockets, threads and time of the whole process, so the names here
that need it are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfchaos.load.guard import refuse_production

if TYPE_CHECKING:
    from sfchaos.load.backfill import NightlyBackfill
    from sfchaos.load.users import SalesforceUser

__all__ = ["NightlyBackfill", "SalesforceUser", "refuse_production"]
_LAZY = {"NightlyBackfill": "sfchaos.load.backfill", "SalesforceUser": "sfchaos.load.users"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    from sfchaos.core.errors import UsageError

    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(_LAZY[name]), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "locust":
            raise
        raise UsageError("load stories need Locust, which is not installed", remedy='pip install "sfchaos[locust]"') from None
