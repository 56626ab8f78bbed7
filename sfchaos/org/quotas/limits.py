"""Daily and concurrent request limits, and what tells clients about them.

The daily count is rolling over 24 hours, for the whole org. Concurrency counts requests whose service time is 20 s or
more and that are still being worked on; while the org is at its cap, every new request is refused, short ones too.
A request that is refused for its content counts; one that is refused for a limit does not (a guess).
Sources: Developer Limits and Allocations Quick Reference, "API Request Limits and Allocations"; wire reference 1.4 and 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.org.quotas import app_quotas, storage
from sfchaos.org.quotas.rolling import DAY_MINUTES, MINUTE_S, RollingCount
from sfchaos.org.refusals import Refused, refuse

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org

DAILY = "DailyApiRequests"
DEVELOPER_EDITION = 15_000  # daily requests
LONG_S = 20.0
CONCURRENT, CONCURRENT_DEVELOPER = 25, 5  # long requests at once: production and sandbox; Developer Edition and trials (wire reference 7, D)
PROFILES = ("cliff", "rolling", "trickle", "relapse", "never")
_SOFT, _DRAIN = "soft", "drain"
RELAPSE_GONE_S, RELAPSE_BACK_S = 600.0, 60.0  # fault model 3.3

# Max of each key of /limits in a Developer Edition org. Keys D and K (wire reference 3.3); numbers there D for those in its example, else K.
MAXIMA: dict[str, int] = {
    "ActiveScratchOrgs": 3, "AnalyticsExternalDataSizeMB": 40960, "BOZosCalloutHourlyLimit": 20000, "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentEinsteinDataInsightsStoryCreation": 5, "ConcurrentEinsteinDiscoveryStoryCreation": 2, "ConcurrentSyncReportRuns": 20,
    "DailyAnalyticsDataflowJobExecutions": 60, "DailyAnalyticsUploadedFilesSizeMB": 51200, DAILY: DEVELOPER_EDITION, "DailyAsyncApexExecutions": 250000,
    "DailyAsyncApexTests": 500, "DailyBulkApiBatches": 15000, "DailyBulkV2QueryFileStorageMB": 976562, "DailyBulkV2QueryJobs": 10000,
    "DailyDeliveredPlatformEvents": 10000, "DailyDurableGenericStreamingApiEvents": 10000, "DailyDurableStreamingApiEvents": 10000,
    "DailyEinsteinDataInsightsStoryCreation": 1000, "DailyEinsteinDiscoveryOptimizationJobRuns": 20, "DailyEinsteinDiscoveryPredictAPICalls": 50000,
    "DailyEinsteinDiscoveryPredictionsByCDC": 500000, "DailyEinsteinDiscoveryStoryCreation": 100, "DailyFunctionsApiCallLimit": 50000,
    "DailyGenericStreamingApiEvents": 10000, "DailyScratchOrgs": 6, "DailyStandardVolumePlatformEvents": 10000, "DailyStreamingApiEvents": 10000,
    "DailyWorkflowEmails": 100, "DataStorageMB": 5, "DurableStreamingApiConcurrentClients": 20, "FileStorageMB": 20, "HourlyAsyncReportRuns": 1200,
    "HourlyDashboardRefreshes": 200, "HourlyDashboardResults": 5000, "HourlyDashboardStatuses": 999999999, "HourlyElevateAsyncReportRuns": 1200,
    "HourlyElevateSyncReportRuns": 500, "HourlyLongTermIdMapping": 100000, "HourlyManagedContentPublicRequests": 50000, "HourlyODataCallout": 1000,
    "HourlyPublishedPlatformEvents": 50000, "HourlyPublishedStandardVolumePlatformEvents": 1000, "HourlyShortTermIdMapping": 100000,
    "HourlySyncReportRuns": 500, "HourlyTimeBasedWorkflow": 1000, "MassEmail": 10, "MonthlyEinsteinDiscoveryStoryCreation": 500,
    "MonthlyPlatformEventsUsageEntitlement": 0, "Package2VersionCreates": 6, "Package2VersionCreatesWithoutValidation": 500, "PermissionSets": 1500,
    "PrivateConnectOutboundCalloutHourlyLimitMB": 0, "PublishCallbackUsageInApex": 631000000, "SingleEmail": 15, "StreamingApiConcurrentClients": 20,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exhaustion:
    """Units of a limit that somebody else has used: `units` from `since_s` on, given back as `profile` says.

    cliff    all of them at `until_s` (24 hours later without one)      rolling  each when it is 24 hours old
    trickle  `per_minute` of them a minute                              never    none
    relapse  gone for 10 minutes, back for 60 seconds, and again
    `until_s` (org seconds) ends any of them, but what rolls out by itself. `full` holds the count at the maximum while the units are gone.
    """

    units: int
    full: bool
    since_s: float
    until_s: float | None
    profile: str
    per_minute: float
    asked: tuple[int | None, int | None]  # used and maximum as they were asked for

    def is_over(self, now_s: float) -> bool:
        return self.until_s is not None and now_s >= self.until_s

    def units_at(self, now_s: float) -> float:
        """The units still gone."""
        past_s = now_s - self.since_s
        if self.is_over(now_s) or (self.profile == "relapse" and past_s % (RELAPSE_GONE_S + RELAPSE_BACK_S) >= RELAPSE_GONE_S):
            return 0.0
        return max(0.0, self.units - self.per_minute * past_s / MINUTE_S) if self.profile == "trickle" else float(self.units)


class Limits:
    """The org's counters. Names are the keys of /limits; `daily` is short for DailyApiRequests."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._counts: dict[str, RollingCount] = {}

    # ------------------------------------------------------------------ requests

    def admit(self, call: Call) -> None:
        """Count the call, or refuse it when the org is over a limit. Raises Refused: 403 REQUEST_LIMIT_EXCEEDED."""
        now_s = self._org.now_s()
        if self.running(now_s) >= self.concurrent_maximum:
            raise concurrent_limit()
        app = app_quotas.app_of(self._org, call)
        if self.used >= self.maximum + self._overrun or (app is not None and app_quotas.used(self._org, app) >= app.daily_requests):
            raise daily_limit()
        self._count(DAILY).add(now_s)
        if app is not None:
            app_quotas.count(self._org, app).add(now_s)

    @property
    def _overrun(self) -> int:
        """Calls past the maximum that are still let through while it is gone softly."""
        held = self._org.registers.limits
        return int(held.get(_SOFT, 0)) if _SOFT in held and self._exhaustion(DAILY, self._org.now_s()) else 0

    def soften(self, units: int) -> None:
        self._org.registers.limits[_SOFT] = units

    def drain(self, per_minute: int, *, maximum: int | None, until_s: float) -> None:
        """Let others make `per_minute` calls a minute from now on. The same again changes nothing."""
        held = self._org.registers.limits
        if _DRAIN not in held:
            held[_DRAIN] = (per_minute, self._org.now_s(), until_s)
            if maximum is not None:
                held[f"{DAILY}|max"] = maximum

    def _drained(self, now_s: float) -> int:
        per_minute, since_s, until_s = self._org.registers.limits.get(_DRAIN, (0, 0.0, 0.0))
        return int(per_minute * (min(now_s, until_s) - since_s) / MINUTE_S)

    def took(self, call: Call, work_s: float) -> None:
        """Note how long the org works on a request: it is open until then, for 20 s and more it counts as concurrent."""
        if work_s >= LONG_S:
            now_s = self._org.now_s()
            self._org.registers.running[self._org.registers.next("running")] = (now_s, now_s + work_s)

    @property
    def used(self) -> int:
        return self.used_of(DAILY)

    @property
    def maximum(self) -> int:
        return self.maximum_of(DAILY)

    def info(self, call: Call | None = None) -> str:
        """Value of Sforce-Limit-Info: `api-usage=18/15000`, and the share of the call's app where that has a quota."""
        app = app_quotas.app_of(self._org, call) if call is not None else None
        usage = f"api-usage={self.used}/{self.maximum}"
        return usage if app is None else f"{usage}; {app_quotas.info(self._org, app)}"

    # ------------------------------------------------------------------ any limit

    def spend(self, name: str, units: int = 1) -> bool:
        """Use some of a limit; False, with nothing used, when less than that is left."""
        if self.used_of(name) + units > self.maximum_of(name):
            return False
        self._count(name).add(self._org.now_s(), units)
        return True

    def used_of(self, name: str) -> int:
        now_s = self._org.now_s()
        used = self._count(name).at(now_s) + (self._drained(now_s) if name == DAILY and _DRAIN in self._org.registers.limits else 0)
        exhaustion = self._exhaustion(name, now_s)
        if exhaustion is None:
            return used
        gone = exhaustion.units_at(now_s)
        if exhaustion.full and gone:
            return max(used, self.maximum_of(name))
        return used + int(gone + 0.999_999)

    def maximum_of(self, name: str) -> int:
        exhaustion = self._exhaustion(name, self._org.now_s())
        if exhaustion is not None and exhaustion.asked[1] is not None:
            return exhaustion.asked[1]
        return int(self._org.registers.limits.get(f"{name}|max", MAXIMA[name]))

    def table(self) -> dict[str, dict[str, Any]]:
        """What /limits answers. Exact, where Salesforce's lags by up to five minutes. The two storages are measured, not counted."""
        table: dict[str, dict[str, Any]] = {}
        for name in MAXIMA:
            maximum = self.maximum_of(name)
            table[name] = {"Max": maximum, "Remaining": maximum - self.used_of(name) - storage.used_mb(self._org, name)}
        table[DAILY].update(app_quotas.nested(self._org))
        table["PermissionSets"]["CreateCustom"] = dict(table["PermissionSets"])  # nested so (wire reference 3.3, D); its numbers are a guess
        return table

    def is_set(self, name: str) -> bool:
        """Whether somebody gave this limit a number: the org's file, or a fault that uses it up."""
        held = self._org.registers.limits
        return f"{name}|max" in held or f"{name}|gone" in held

    def configure(self, maxima: Mapping[str, int]) -> None:
        """Set maxima of an org (`limits:` of an org file). Raises UnknownName, UsageError."""
        for name, maximum in maxima.items():
            if isinstance(maximum, bool) or not isinstance(maximum, int) or maximum < 0:
                raise UsageError(f"limit {name}: {maximum!r} is not a number of units", remedy="write a whole number, 0 or more")
            self._org.registers.limits[f"{limit_name(name)}|max"] = maximum

    def exhaust(self, limit: str, *, used: int | None = None, maximum: int | None = None, until_s: float | None = None, profile: str = "cliff",
                per_minute: float = 1.0) -> None:  # fmt: skip
        """Let somebody else use up a limit: the count shows `used` (the maximum without one), given back as `profile` says.

        The same again, while it lasts, changes nothing. Raises UnknownName for a limit or profile that does not exist.
        """
        name = limit_name(limit)
        if profile not in PROFILES:
            raise UnknownName("recovery profile", profile, PROFILES)
        now_s = self._org.now_s()
        running = self._exhaustion(name, now_s)
        if running is not None and (running.asked, running.profile, running.per_minute) == ((used, maximum), profile, per_minute):
            return
        self._org.registers.limits.pop(f"{name}|gone", None)
        if profile == "cliff" and until_s is None:
            until_s = now_s + DAY_MINUTES * MINUTE_S
        top = maximum if maximum is not None else self.maximum_of(name)
        units = max(0, (top if used is None else used) - self._count(name).at(now_s))
        full = used is None and profile in ("cliff", "relapse", "never")
        if profile == "rolling":
            self._spread(name, units, now_s)
            units = 0
        exhaustion = Exhaustion(units, full, now_s, until_s, profile, per_minute, (used, maximum))
        self._org.registers.limits[f"{name}|gone"] = exhaustion

    def _spread(self, name: str, units: int, now_s: float) -> None:
        """Use `units` evenly over the last 24 hours, so that they come back evenly over the next."""
        count, placed = self._count(name), 0
        for minutes_ago in range(DAY_MINUTES - 1, -1, -1):
            due = units * (DAY_MINUTES - minutes_ago) // DAY_MINUTES
            if due > placed:
                count.add(now_s, due - placed, minutes_ago=minutes_ago)
                placed = due

    def _count(self, name: str) -> RollingCount:
        """Counts hold nothing themselves: all of it stands in the register."""
        count = self._counts.get(name)
        if count is None:
            count = self._counts[name] = RollingCount(self._org.registers.limits, name)
        return count

    def _exhaustion(self, name: str, now_s: float) -> Exhaustion | None:
        found: Exhaustion | None = self._org.registers.limits.get(f"{name}|gone")
        return None if found is None or found.is_over(now_s) else found

    # ------------------------------------------------------------------ concurrency

    @property
    def concurrent_maximum(self) -> int:
        """The org's own number, or that of the crowd while it is smaller."""
        crowd, until_s = self._org.registers.limits.get("crowd", (0, 0.0))
        own = CONCURRENT_DEVELOPER if self._org.registers.limits.get(f"{DAILY}|max", DEVELOPER_EDITION) <= DEVELOPER_EDITION else CONCURRENT
        return min(own, int(crowd)) if self._org.now_s() < until_s else own

    def running(self, now_s: float) -> int:
        """Long requests that are open now, those of the crowd with them."""
        registers = self._org.registers
        crowd, until_s = registers.limits.get("crowd", (0, 0.0))
        if not registers.running:
            return int(crowd) if now_s < until_s else 0
        for number in [n for n, (_, end_s) in registers.running.items() if end_s <= now_s]:
            del registers.running[number]
        return len(registers.running) + (int(crowd) if now_s < until_s else 0)

    def crowd(self, *, cap: int | None = None, until_s: float) -> None:
        """Behave until `until_s` (org seconds) as if `cap` long requests were all that the org takes (None: its own number) and others kept them all open."""
        self._org.registers.limits["crowd"] = (self.concurrent_maximum if cap is None else cap, until_s)


def limit_name(name: str) -> str:
    """The key of /limits that is meant. Raises UnknownName."""
    if name == "daily":
        return DAILY
    if name not in MAXIMA:
        raise UnknownName("limit", name, MAXIMA, remedy="use a key of GET /services/data/vXX.X/limits")
    return name


def daily_limit() -> Refused:
    """Text with its full stop: wire reference 4.3 (U, L)."""
    return refuse("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def concurrent_limit() -> Refused:
    """Text: wire reference 4.3 (U)."""
    return refuse("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")
