"""A platform event published by creating a row of its object: nothing is stored but the event.

The reply says OPERATION_ENQUEUED and the event's uuid, and is a success. Source: Platform Events guide, "Publish Event Messages with
Salesforce APIs" (D); wire reference 11. Published after commit, an event is gone when its request is undone; published immediately, it stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Refusal
from sfchaos.org.events.values import event_value, moment
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.row_work import RowResult
from sfchaos.org.rows.values import row_refusal

if TYPE_CHECKING:
    from sfchaos.org.rows.row_work import Work

ENQUEUED = "OPERATION_ENQUEUED"
IMMEDIATELY = "PublishImmediately"
_HOURLY = {"HighVolume": "HourlyPublishedPlatformEvents", "StandardVolume": "HourlyPublishedStandardVolumePlatformEvents"}
_OWN = ("Id", "ReplayId", "EventUuid", "CreatedDate", "CreatedById")


def published(work: Work, values: dict[str, Any]) -> RowResult:
    """Raises RowRefused when the hour's events are used up (code D, text a guess)."""
    from sfchaos.org.events.topics import event_topic, kept_s  # topics stand on plans, which rows do too

    org, sobject = work.org, work.plan.sobject
    if not org.limits.spend(_HOURLY.get(sobject.event, _HOURLY["HighVolume"])):
        raise RowRefused(row_refusal("LIMIT_EXCEEDED", "The maximum number of platform events that can be published in an hour has been reached."))
    stored = {**work.plan.defaults, **values}
    payload = {"CreatedDate": moment(work.now), "CreatedById": work.user_id}
    payload |= {f.name: event_value(f, stored.get(f.name)) for f in sobject.columns if f.name not in _OWN}
    event = org.events.publish(event_topic(sobject), payload, user_id=work.user_id, sobject=sobject, at_once=sobject.publish == IMMEDIATELY,
                               kept_s=kept_s(sobject))  # fmt: skip
    return RowResult(True, org.new_id(sobject.key_prefix), True, (Refusal(ENQUEUED, event.uuid),), values)
