"""Figures of a test process: a call through the door, whole schedules, a virtual day, the plugin's start-up."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import Row, best_s, micro, paired

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Request, Response
from sfchaos.doors.urllib3 import urllib3_door
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig


def door() -> list[Row]:
    """One create through simple-salesforce: our org behind the door, against a static stub of `responses`."""
    import responses
    from simple_salesforce import Salesforce

    org = Org(clock=VirtualClock(), seed=1)
    org.limits.configure({"DailyApiRequests": 10_000_000})
    rig = Rig(org, clock=org.clock, storms=False)
    sf = Salesforce(instance="acme.my.salesforce.com", session_id=org.credentials.access_token)
    numbers = iter(range(10**9))

    def creates() -> None:
        for _ in range(200):
            sf.Account.create({"Name": f"Acme {next(numbers)}"})

    def ours() -> None:
        with urllib3_door(rig.handle, clock=org.clock):
            creates()

    def stubbed() -> None:
        with responses.RequestsMock() as mock:
            mock.post("https://acme.my.salesforce.com/services/data/v59.0/sobjects/Account/", json={"id": "0015e0000000001AAA", "success": True, "errors": []}, status=201)
            creates()

    canned = org.handle(Request("POST", "https://acme.my.salesforce.com/services/data/v59.0/sobjects/Account/",
                                (("Authorization", f"Bearer {org.credentials.access_token}"), ("Content-Type", "application/json")), b'{"Name": "Acme"}'))  # fmt: skip

    def door_alone() -> None:
        with urllib3_door(lambda request: canned, clock=org.clock):
            creates()

    took_s, stub_s, ratio = paired(ours, stubbed)
    door_s, _, door_ratio = paired(door_alone, stubbed)
    stub = f"static `responses` stub: {micro(stub_s / 200)}"
    return [Row("create through simple-salesforce", micro(took_s / 200), stub, f"{ratio:.2f}", "<= 1"),
            Row("  the door alone, one reply ready", micro(door_s / 200), stub, f"{door_ratio:.2f}")]  # fmt: skip


def schedules() -> list[Row]:
    """Complete runs a second of a 31-request job, against the same job before a handler that does nothing."""
    from simple_salesforce import Salesforce

    clock = VirtualClock()
    org = Org(clock=clock, seed=1)
    ids = org.admin.populate("Account", 10)
    org.mark()

    def job() -> None:
        sf = Salesforce(instance="acme.my.salesforce.com", session_id=org.credentials.access_token)
        for number in range(10):
            sf.Account.create({"Name": f"Acme {number}"})
            sf.Account.update(ids[number], {"Industry": "Energy"})
            sf.query(f"SELECT Id, Name FROM Account WHERE Id = '{ids[number]}'")
        sf.limits()

    canned = {"POST": Response(201, json.dumps({"id": ids[0], "success": True, "errors": []}).encode(), (("Content-Type", "application/json"),)),
              "PATCH": Response(204), "GET": Response(200, b'{"totalSize":0,"done":true,"records":[]}', (("Content-Type", "application/json"),))}  # fmt: skip

    def nothing(request: Request) -> Response:
        return canned[request.method]

    def ours() -> None:
        for _ in range(10):
            org.reset()
            clock.reset()
            rig = Rig(org, clock=clock, seed=1)
            with urllib3_door(rig.handle, clock=clock, quick_env=True):
                job()
            rig.close()

    def bare() -> None:
        for _ in range(10):
            with urllib3_door(nothing, clock=clock, quick_env=True):
                job()

    took_s, bare_s, ratio = paired(ours, bare)
    return [Row("31-request schedule", f"{took_s / 10 * 1000:.1f} ms", f"handler that does nothing: {bare_s / 10 * 1000:.1f} ms", f"{ratio:.2f}", "<= 1.5"),
            Row("  schedules a second, one core", f"{10 / took_s:.0f}/s", "", "", ">= 60/s")]  # fmt: skip


def outage() -> list[Row]:
    """A virtual outage of 24 hours: 503 until the day is over, a client that doubles its pause up to an hour."""
    import requests

    from sfchaos.vtime.virtual import virtual_time

    clock = VirtualClock()
    tries = []

    def handler(request: Request) -> Response:
        tries.append(clock.elapsed_s())
        return Response(503 if clock.elapsed_s() < 86_400 else 200)

    def day() -> None:
        clock.reset()
        tries.clear()
        with virtual_time(clock), urllib3_door(handler, clock=clock):
            pause_s = 1.0
            while requests.get("https://acme.my.salesforce.com/services/data/", timeout=10).status_code != 200:
                time.sleep(pause_s)
                pause_s = min(3600.0, pause_s * 2)

    took_s = best_s(day)
    return [Row("virtual 24-hour outage", f"{took_s * 1000:.0f} ms", f"{len(tries)} tries over {tries[-1] / 3600:.1f} virtual h", "", "< 100 ms")]


def startup() -> list[Row]:
    """What the installed plugin adds to a pytest session that does not use it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing():\n    pass\n")

        def session(*options: str) -> float:
            began = time.perf_counter()
            subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", *options, folder],
                           check=True, capture_output=True, cwd=folder)  # fmt: skip
            return time.perf_counter() - began

        session()
        pairs = [(session(), session("-p", "no:sfchaos")) for _ in range(9)]
    added = sorted(a - b for a, b in pairs)[len(pairs) // 2]
    return [Row("pytest start-up, plugin unused", f"{min(a for a, _ in pairs) * 1000:.0f} ms", f"without it: {min(b for _, b in pairs) * 1000:.0f} ms",
                f"+{added * 1000:.0f} ms", "< 15 ms added")]  # fmt: skip
