"""Record the cassettes of this folder again: `python cassettes/record.py`.

There is no live org in reach of a build, so what is recorded is sfchaos's own org, served over real sockets through its
CONNECT proxy, as unmodified simple-salesforce sees it. Such a cassette pins behaviour and shows that real clients replay
it; it is no independent evidence. The `wire_*` cassettes are: they are transcribed from captures of the real service and
are not written by this script. To record a sandbox instead, use `sfchaos.replayable.recording` around your own client.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import simple_salesforce
from simple_salesforce import Salesforce

import sfchaos
from sfchaos.core.clock import SystemClock
from sfchaos.doors.server import Server
from sfchaos.org.org import Org
from sfchaos.replayable import find_cassettes, read_cassette, recording, secrets_in

FOLDER = Path(__file__).resolve().parent
POLL_S = 0.6  # several looks at a job, so that each of its states is on file


def rows(sf: Salesforce) -> None:
    """Create, read, upsert twice, query, change, delete; and the refusals that a client meets on the way."""
    account = sf.Account.create({"Name": "Acme", "NumberOfEmployees": 12, "AnnualRevenue": 1500.5})["id"]
    sf.Account.get(account)
    sf.Account.upsert("External_Id__c/A-1", {"Name": "Acme Two", "Industry": "Energy"})
    sf.Account.upsert("External_Id__c/A-1", {"Name": "Acme Three"})
    sf.Account.get_by_custom_id("External_Id__c", "A-1")
    sf.query("SELECT Id, Name, External_Id__c, Owner.Username FROM Account ORDER BY Name")
    sf.Account.update(account, {"Name": "Acme One"})
    sf.Account.delete(account)
    refused(lambda: sf.Account.get(account))
    refused(lambda: sf.Account.create({"Industry": "Energy"}))
    refused(lambda: sf.query("SELECT Id, Nope__c FROM Account"))


def bulk_upsert(sf: Salesforce) -> None:
    """A Bulk 2.0 job with good and bad rows, its states and its three results.

    The rows come from a file: from dictionaries the client makes columns in the order of a set, another in every process.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        path.write_text("External_Id__c,LastName\nC-1,Doe\nC-2,Roe\nC-3,\n")
        job = sf.bulk2.Contact.upsert(csv_file=str(path), external_id_field="External_Id__c", wait=POLL_S)[0]["job_id"]
    sf.bulk2.Contact.get_all_ingest_records(job)


CONVERSATIONS: dict[str, Callable[[Salesforce], None]] = {"rest/rows": rows, "bulk2/upsert": bulk_upsert}


def refused(call: Callable[[], object]) -> None:
    try:
        call()
    except simple_salesforce.SalesforceError:
        return
    raise AssertionError("the org was to refuse this")


def login(username: str, password: str, consumer_key: str, consumer_secret: str) -> Salesforce:
    """By user name and password at the token endpoint; `password` has the security token at its end."""
    return Salesforce(username=username, password=password, consumer_key=consumer_key, consumer_secret=consumer_secret, version="62.0")


def record(name: str) -> Path:
    path = FOLDER / f"{name}.yaml"
    org = Org(seed=2026, clock=SystemClock())
    provenance = {
        "source": "sfchaos's own org, served over HTTPS through its CONNECT proxy; no live org was at hand", "recorded_on": datetime.now(UTC).date().isoformat(),
        "recorded_by": f"cassettes/record.py with sfchaos {sfchaos.__version__} ({org.name}) and simple-salesforce {version('simple-salesforce')}",
        "note": f"conversation '{name}': {(CONVERSATIONS[name].__doc__ or '').partition(chr(10))[0]} It pins behaviour; it is no independent evidence of the real service's.",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, Server(org.handle, clock=org.clock, proxy=True, settle=org.settle, next_due_s=org.next_due_s) as server:
        os.environ.update(HTTPS_PROXY=server.proxy_url, REQUESTS_CA_BUNDLE=str(server.authority.write_bundle(Path(folder) / "ca.pem")))
        known = org.credentials
        with recording(path, provenance=provenance, book=org.secrets):
            CONVERSATIONS[name](login(known.username, known.password + known.security_token, known.client_id, known.client_secret))
    found = secrets_in(path.read_text(), org.secrets)
    if found:
        path.unlink()
        raise SystemExit(f"{path}: not kept, it holds {', '.join(found)}")
    return path


def main(names: list[str]) -> None:
    for name in names or list(CONVERSATIONS):
        began_s = time.monotonic()
        path = record(name)
        print(f"{path.relative_to(FOLDER.parent)}: {len(read_cassette(path).exchanges)} exchanges in {time.monotonic() - began_s:.1f} s")
    print(f"{len(find_cassettes(FOLDER))} cassettes in all")


if __name__ == "__main__":
    main(sys.argv[1:])
