"""tap-salesforce as a pipeline runs it: discovery, then a sync of two streams by REST and by Bulk, incremental, and a second one from its state; with `chunks`, by PK chunking."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HOME = Path(tempfile.mkdtemp(prefix="tap-"))
# the tap looks at a batch each 20 seconds, and cuts chunks of 100,000 ids
START = "import tap_salesforce.salesforce.bulk as b; b.BATCH_STATUS_POLLING_SLEEP = b.PK_CHUNKED_BATCH_STATUS_POLLING_SLEEP = 0.2; b.DEFAULT_CHUNK_SIZE = 1000; import tap_salesforce as t; t.main()"


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


def tap(api: str, *words: str) -> str:
    env = os.environ
    config = HOME / f"{api}.json"
    config.write_text(json.dumps({
        "refresh_token": env["SF_REFRESH_TOKEN"], "client_id": env["SF_CLIENT_ID"], "client_secret": env["SF_CLIENT_SECRET"], "start_date": "2020-01-01T00:00:00Z",
        "api_type": api, "select_fields_by_default": True, "quota_percent_total": 80, "quota_percent_per_run": 50,
    }))  # fmt: skip
    done = subprocess.run([sys.executable, "-c", START, "--config", str(config), *words], capture_output=True, text=True, check=False, timeout=200)
    if done.returncode:
        raise SystemExit(f"tap-salesforce {api} {' '.join(words)} ended with {done.returncode}:\n{done.stderr[-2500:]}")
    return done.stdout


def catalog(api: str) -> Path:
    """Discovers, and selects Account and Contact. Where it wrote the catalog."""
    found = json.loads(tap(api, "--discover"))
    streams = {stream["stream"]: stream for stream in found["streams"]}
    account = streams["Account"]["schema"]["properties"]
    told(f"{api.lower()}_discover", [len(streams) > 30, account["Id"], account["Name"], account["AnnualRevenue"], account["IsDeleted"], account["CreatedDate"]["anyOf"]])
    for name in ("Account", "Contact"):
        root = next(entry["metadata"] for entry in streams[name]["metadata"] if entry["breadcrumb"] == [])
        root.update({"selected": True, "replication-key": "SystemModstamp", "replication-method": "INCREMENTAL"})
    path = HOME / f"{api}.catalog.json"
    path.write_text(json.dumps({"streams": [streams["Account"], streams["Contact"]]}))
    return path


def sync(api: str, picked: Path, *words: str) -> tuple[dict[str, int], list[dict[str, Any]], dict[str, Any]]:
    messages = [json.loads(line) for line in tap(api, "--properties", str(picked), *words).splitlines()]
    records = [message for message in messages if message["type"] == "RECORD"]
    counts = {name: sum(record["stream"] == name for record in records) for name in ("Account", "Contact")}
    return counts, records, [message["value"] for message in messages if message["type"] == "STATE"][-1]


def chunks() -> None:
    """The first query of Contact is given up by the platform: the tap asks again in chunks of ids."""
    counts, records, state = sync("BULK", catalog("BULK"))
    told("chunked_sync", [counts, len({record["record"]["Id"] for record in records})])
    told("chunked_state", [state["bookmarks"]["Contact"].get("BatchIDs"), "SystemModstamp" in state["bookmarks"]["Contact"]])


def main() -> None:
    if sys.argv[1:] == ["chunks"]:
        chunks()
        return
    for api in ("REST", "BULK"):
        name = api.lower()
        picked = catalog(api)
        counts, records, state = sync(api, picked)
        told(f"{name}_sync", counts)
        parent = next(record["record"] for record in records if record["stream"] == "Account")
        told(f"{name}_record", [parent["Name"], parent["External_Id__c"], parent["IsDeleted"], parent["AnnualRevenue"], parent["CreatedDate"][-1]])
        told(f"{name}_state", [sorted(state["bookmarks"]), state["current_stream"]])
        (HOME / "state.json").write_text(json.dumps(state))
        again, _, _ = sync(api, picked, "--state", str(HOME / "state.json"))
        told(f"{name}_again", [again["Account"], again["Contact"] <= counts["Contact"]])


if __name__ == "__main__":
    main()
