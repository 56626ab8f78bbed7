"""What faults do to event streams in the org: CometD and Pub/Sub API read the same bus."""

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.org.org import Org
from sfchaos.org.world import OrgWorld

TOPIC = "/data/AccountChangeEvent"


@pytest.fixture
def org():
    org = Org(seed=7, clock=VirtualClock())
    org.admin.create("PlatformEventChannelMember", EventChannel="ChangeEvents", SelectedEntity="AccountChangeEvent")
    for name in ("Acme", "Beta"):
        org.admin.create("Account", Name=name)
    return org


def headers(org):
    return [(event.payload["ChangeEventHeader"]["changeType"], sorted(event.payload)) for event in org.events.after(TOPIC, 0)]


def test_blurred_changes_keep_their_place_and_their_records(org):
    before = org.events.after(TOPIC, 0)
    OrgWorld(org).blur_changes(overflow=False)
    after = org.events.after(TOPIC, 0)
    assert headers(org) == [("GAP_CREATE", ["ChangeEventHeader"])] * 2
    assert [event.replay_id for event in after] == [event.replay_id for event in before]
    records = [event.payload["ChangeEventHeader"]["recordIds"] for event in after]
    assert records == [[row["Id"]] for row in org.admin.rows("Account")]
    OrgWorld(org).blur_changes(overflow=False)
    assert org.events.after(TOPIC, 0) == after


def test_an_overflow_names_no_record(org):
    OrgWorld(org).blur_changes(overflow=True)
    assert headers(org) == [("GAP_OVERFLOW", ["ChangeEventHeader"])] * 2
    assert org.events.after(TOPIC, 0)[0].payload["ChangeEventHeader"]["recordIds"] == ["000000000000000AAA"]


def test_lost_events_make_replay_ids_of_before_invalid_and_none_after(org):
    last = org.events.last_replay_id
    OrgWorld(org).lose_events()
    assert org.events.after(TOPIC, 0) == []
    assert not org.events.is_valid(TOPIC, last)
    org.admin.create("Account", Name="Gamma")
    assert org.events.is_valid(TOPIC, org.events.last_replay_id)
    assert len(org.events.after(TOPIC, last)) == 1
    org.heal()
    assert len(org.events.after(TOPIC, 0)) == 1


def test_forgotten_clients_are_gone(org):
    client = org.streams.open(org.admin_user_id, "token", 62.0)
    OrgWorld(org).forget_streams()
    assert org.streams.find(client.id) is None
