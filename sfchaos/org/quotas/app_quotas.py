"""Daily requests of one connected app, where the org's file gives it a quota (`daily_requests`).

They count for the app and for the org, and roll over 24 hours as the org's do. Source: wire reference 1.4 (header: L, D), 3.3 (nested objects of
/limits: D). That the refusal has the same words as the org's is a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.org.quotas.rolling import RollingCount

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.identity.apps import App
    from sfchaos.org.org import Org


def app_of(org: Org, call: Call) -> App | None:
    """The app that a call came through, if it has a quota."""
    if not org.apps.has_quotas or call.session is None or not call.session.app_id:
        return None
    found = org.apps.find(call.session.app_id)
    return found if found is not None and found.daily_requests else None


def count(org: Org, app: App) -> RollingCount:
    return RollingCount(org.registers.limits, f"app:{app.client_id}")


def used(org: Org, app: App) -> int:
    return count(org, app).at(org.now_s())


def info(org: Org, app: App) -> str:
    """`per-app-api-usage=17/250(appName=sample-app)`"""
    return f"per-app-api-usage={used(org, app)}/{app.daily_requests}(appName={app.name})"


def nested(org: Org) -> dict[str, dict[str, int]]:
    """What stands in DailyApiRequests of /limits, by the app's label."""
    return {app.label: {"Max": app.daily_requests, "Remaining": app.daily_requests - used(org, app)} for app in org.apps.all() if app.daily_requests}
