"""What rows that set events up may hold. Codes and texts are guesses, but for what a PushTopic's query itself is refused for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.org.events.push_topics import check_push_topic
from sfchaos.org.events.selection import captured_object
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.values import row_refusal

if TYPE_CHECKING:
    from sfchaos.org.rows.row_work import Work

CHECKED = frozenset({"PushTopic", "PlatformEventChannelMember", "PlatformEventChannel", "StreamingChannel"})


def check_setup(work: Work, values: Mapping[str, Any]) -> None:
    """Raises RowRefused for a query, a channel or an entity that cannot be."""
    name = work.plan.sobject.name
    if name == "PushTopic":
        check_push_topic(work, values)
    elif name == "PlatformEventChannelMember" and "SelectedEntity" in values:
        entity = str(values["SelectedEntity"])
        found = work.org.schema.find(entity)
        if captured_object(work.org, entity) is None and (found is None or not found.event):
            raise RowRefused(row_refusal("INVALID_CROSS_REFERENCE_KEY", f"The selected entity {entity} is not supported", "SelectedEntity"))
    elif name == "StreamingChannel" and "Name" in values and not str(values["Name"]).startswith("/u/"):
        raise RowRefused(row_refusal("INVALID_FIELD", "The channel name must begin with /u/", "Name"))
    elif name == "PlatformEventChannel" and "DeveloperName" in values and not str(values["DeveloperName"]).endswith("__chn"):
        raise RowRefused(row_refusal("INVALID_FIELD", "The name of a custom channel must end in __chn", "DeveloperName"))
