"""The control API of a served org, called without a socket."""

from __future__ import annotations

import json

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig
from sfchaos.scenario.control import Control


@pytest.mark.parametrize(
    ("method", "name", "body", "status", "told"),
    [
        ("POST", "arm", {"sfchaos_schedule": 1, "rules": [{"fault": "http.504", "on": "*"}]}, 400, "did you mean 'http.503'"),
        ("POST", "arm", [], 400, "not a schedule"),
        ("POST", "phase", [], 400, "the one key 'phase'"),
        ("POST", "phase", {"phase": ""}, 400, "is not a name"),
        ("POST", "clock", {"advance": "-3h"}, 400, "is not a duration"),
        ("POST", "clock", {"hours": 3}, 400, "the one key 'advance'"),
        ("GET", "nope", None, 404, "no GET /__sfchaos/nope here"),
    ],
)
def test_the_control_api_refuses_what_it_cannot_do_and_says_what_it_can(method, name, body, status, told):
    org = Org(seed=7)
    reply = Control(Rig(org, seed=7), org)(Request(method, f"http://127.0.0.1/__sfchaos/{name}", (), b"" if body is None else json.dumps(body).encode()))
    assert reply is not None
    tree = json.loads(reply.body)
    assert reply.status == status
    assert told in tree["error"]
    assert tree.get("remedy") or tree["known"]


def test_other_paths_are_left_to_the_org():
    org = Org(seed=7)
    assert Control(Rig(org, seed=7), org)(Request("GET", "http://127.0.0.1/services/data")) is None


def test_nothing_of_it_counts_as_a_request():
    org = Org(seed=7)
    rig = Rig(org, seed=7)
    control = Control(rig, org)
    for name in ("state", "journal"):
        reply = control(Request("GET", f"http://127.0.0.1/__sfchaos/{name}"))
        assert reply is not None
        assert reply.status == 200
        assert not reply.header("Sforce-Limit-Info")
    assert rig.requests == 0
    assert org.limits.used == 0
