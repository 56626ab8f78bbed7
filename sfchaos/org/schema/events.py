"""Platform events as an org's files describe them: `Shipment__e`, with the fields that every event has.

Source: Platform Events guide, "Platform Event Fields"; Metadata API guide, "CustomObject" (eventType, publishBehavior) (D).
"""

from __future__ import annotations

from dataclasses import replace

from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.schema.reader import sobject_from

SUFFIX = "__e"
EVENT_TYPES = ("HighVolume", "StandardVolume")
PUBLISH_BEHAVIORS = ("PublishAfterCommit", "PublishImmediately")
_OWN = {"createable": False, "updateable": False, "permissionable": False}


def platform_event(name: str, label: str, label_plural: str, prefix: str, *, event_type: str = "", publish: str = "") -> SObject:
    """An event without fields of its own yet. A file that says nothing means a high-volume event, published after commit (D)."""
    tree = {
        "name": name, "label": label, "labelPlural": label_plural, "keyPrefix": prefix, "custom": True, "system": ["Id", "CreatedDate", "CreatedById"],
        "event": event_type or EVENT_TYPES[0], "publish": publish or PUBLISH_BEHAVIORS[0], "layoutable": False, "mruEnabled": False,
        **dict.fromkeys(("updateable", "deletable", "queryable", "searchable", "replicateable"), False),
        "fields": [{"name": "ReplayId", "type": "string", "length": 1000, "label": "Replay ID", **_OWN},
                   {"name": "EventUuid", "type": "string", "length": 36, "label": "Event UUID", **_OWN}, "@audit"],
    }  # fmt: skip
    return sobject_from(tree)


def event_field(f: Field) -> Field:
    """A field of an event is set when it is published, and never again."""
    return replace(f, updateable=False, tracked=False)
