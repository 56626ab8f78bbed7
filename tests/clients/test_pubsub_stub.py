"""A gRPC stub that protoc generated (programs/pubsub_stub.py), in an environment with grpcio and fastavro only: each step, and what must come of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FOLDER = Path(os.environ.get("SFCHAOS_CLIENTS", ROOT / ".clients"))

EXPECTED: dict[str, Any] = {
    "topic": ["/event/Order__e", True, True],
    "schema": ["CreatedDate", "CreatedById", "Order_Number__c", "Amount__c", "Status__c", "Shipped__c"],
    "rest": True,
    "published": ["g1", 8, ""],
    "earliest": ["R-1", "G-1"],
    "custom": ["G-1"],
    "latest": ["R-2"],
    "nobody": ["UNAUTHENTICATED", "sfdc.platform.eventbus.grpc.service.auth.error"],
    "no_topic": "NOT_FOUND",
    "old_replay_id": ["INVALID_ARGUMENT", "sfdc.platform.eventbus.grpc.subscription.fetch.replayid.corrupted"],
}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    python = FOLDER / "pubsub-stub/bin/python"
    if not python.exists():
        pytest.fail(f"{python} is not there. Run `nox -s clients`, which installs it.", pytrace=False)
    proto = ROOT / "tests/contract/pubsub/pubsub_api.proto"
    done = subprocess.run([sys.executable, "-m", "sfchaos", "run", "--pubsub", "--", str(python), str(HERE / "programs/pubsub_stub.py"), str(proto)],
                          capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode == 0, done.stderr
    return {line["step"]: line["value"] for line in lines}


@pytest.mark.parametrize("step", EXPECTED)
def test_a_generated_stub_gets_what_salesforce_would_give_it(told: dict[str, Any], step: str) -> None:
    assert told[step] == EXPECTED[step]
