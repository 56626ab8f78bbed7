"""A channel as a client asks for it: its topic, its filter, and where to begin. Refusals in CometD's words.

Texts D (Streaming API guide, "Streaming API Error Codes"); that a channel which is missing, or not for this user, is denied in the words
of CometD's security policy is R for PushTopics (EMP-Connector#17) and K for the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from sfchaos.org import access
from sfchaos.org.events.clients import StreamClient, Subscription

if TYPE_CHECKING:
    from sfchaos.org.events.bus import Topic
    from sfchaos.org.org import Org

NEW_ONLY, ALL = -1, -2
MOST_CONDITIONS = 10  # of a filtered subscription (D)


class NotSubscribed(Exception):
    """`text` is the reply's `error`: `400::...`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def subscription_of(org: Org, client: StreamClient, channel: Any, replays: dict[str, Any]) -> Subscription:
    """`replays` is the message's `ext.replay`, channel by channel. Raises NotSubscribed."""
    if not isinstance(channel, str) or not channel:
        raise NotSubscribed("400::Channel name not specified")
    if not channel.startswith("/"):
        raise NotSubscribed("400::Channel subscriptions must start with a leading '/'")
    name, _, condition = channel.partition("?")
    topic = org.events.find_topic(name, client.user_id)
    if topic is None:
        raise NotSubscribed("403:denied_by_security_policy:create_denied")
    filters = _filters(org, client, topic, condition)
    wanted = replays.get(channel, replays.get(name, NEW_ONLY))  # aiosfstream-ng asks without having said so in its handshake (its code); that it is told is K
    return Subscription(channel, topic, start_of(org, topic, wanted), filters)


def start_of(org: Org, topic: Topic, wanted: Any) -> int:
    """The replay id after which to begin. Raises NotSubscribed for one that is no event's, or no longer kept (wire reference 11)."""
    if wanted in (NEW_ONLY, None):
        return org.events.last_replay_id
    if wanted == ALL:
        return 0
    try:
        number = int(wanted)
    except (TypeError, ValueError):
        number = 0
    if not org.events.is_valid(topic, number):
        raise NotSubscribed(f"400::The replayId {{{wanted}}} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 to replay "
                            "only new events.")  # fmt: skip
    return number


def _filters(org: Org, client: StreamClient, topic: Topic, condition: str) -> tuple[tuple[str, str], ...]:
    """`?State='NY'&Rating=Hot`: fields of a PushTopic's query, all of which must be equal. Source: "Filtered Subscriptions" (D)."""
    if not condition:
        return ()
    pairs = [part.partition("=") for part in unquote(condition).split("&") if part]
    filters = tuple((name.strip(), value.strip().strip("'\"")) for name, _, value in pairs)
    sobject = org.schema.find(topic.sobject)
    known = sobject is not None and topic.kind == "push"
    strange = [name for name, _ in filters if not known or sobject is None or (f := sobject.find(name)) is None
               or not access.can_read(org, client.user_id, sobject, f)]  # fmt: skip
    if strange:
        raise NotSubscribed(f"400::Query fields {{{', '.join(strange)}}} do not exist on the topic entity")
    return filters[:MOST_CONDITIONS]
