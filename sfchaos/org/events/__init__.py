"""The event bus: platform events, change events, PushTopic and generic streaming, for whoever carries them to clients."""

from sfchaos.org.events.bus import EventBus, StoredEvent, Topic

__all__ = ["EventBus", "StoredEvent", "Topic"]
