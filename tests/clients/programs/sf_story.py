"""The story as told by the `sf` command line: each step is a command of its own. NODE and SF_CLI name the two programs."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

KEY = "K-1"
TEXT = "Zoë said \"1 < 2\" & 'so' — 日本\n\U0001f600 \\ %41"
HOME = tempfile.mkdtemp(prefix="sf-home-")
ENV = {**os.environ, "HOME": HOME, "SF_LOG_LEVEL": "fatal"}


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


def sf(*words: str, fails: bool = False) -> Any:
    done = subprocess.run([os.environ["NODE"], os.environ["SF_CLI"], *words], env=ENV, cwd=HOME, capture_output=True, text=True, check=False, timeout=180)
    if fails == (done.returncode == 0):
        raise SystemExit(f"sf {' '.join(words)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout)


def org(*words: str, fails: bool = False) -> Any:
    answer = sf(*words, "--target-org", "it", "--json", fails=fails)
    return answer if fails else answer["result"]


def query(soql: str) -> list[dict[str, Any]]:
    return list(org("data", "query", "--query", soql)["records"])


def main() -> None:
    env = os.environ
    told("user", sf("org", "login", "jwt", "--client-id", env["SF_CLIENT_ID"], "--jwt-key-file", env["SF_PRIVATE_KEY"], "--username", env["SF_USERNAME"],
                    "--instance-url", env["SF_LOGIN_URL"], "--alias", "it", "--json")["result"]["username"] == env["SF_USERNAME"])  # fmt: skip
    told("display", org("org", "display")["connectedStatus"])
    made = org("data", "create", "record", "--sobject", "Account", "--values", "Name=Acme")["id"]
    told("create", [made[:3], len(made)])
    told("read", org("data", "get", "record", "--sobject", "Account", "--record-id", made)["Name"])
    org("data", "update", "record", "--sobject", "Account", "--where", "Name=Acme", "--values", "Industry=Banking")
    told("update", query(f"SELECT Industry FROM Account WHERE Id = '{made}'")[0]["Industry"])
    told("query", [row["Name"] for row in query("SELECT Name FROM Account WHERE Name LIKE 'Acm%'")])
    told("pages", len({row["Id"] for row in query("SELECT Id FROM Contact WHERE LastName = 'Crowd'")}))
    told("parent", query("SELECT Account.Name FROM Contact WHERE LastName = 'Ada'")[0]["Account"]["Name"])
    family = query("SELECT Id, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Name = 'Parent'")[0]
    told("children", [row["LastName"] for row in family["Contacts"]["records"]])
    told("group", [[row["LastName"], row["n"]] for row in
                   query("SELECT LastName, COUNT(Id) n FROM Contact WHERE Account.Name = 'Parent' GROUP BY LastName ORDER BY LastName")])  # fmt: skip
    told("count", org("data", "query", "--query", "SELECT COUNT() FROM Contact WHERE Account.Name = 'Parent'")["totalSize"])
    told("bad_field", org("data", "query", "--query", "SELECT Nope FROM Account", fails=True)["name"])
    told("bad_query", org("data", "query", "--query", "SELECT Id FORM Account", fails=True)["name"])
    told("no_name", org("data", "create", "record", "--sobject", "Account", "--values", "Industry=Banking", fails=True)["name"])
    told("bad_email", org("data", "create", "record", "--sobject", "Contact", "--values", "LastName=X Email=nobody", fails=True)["name"])
    told("missing", org("data", "get", "record", "--sobject", "Account", "--record-id", "0015e0000009999AAA", fails=True)["name"])
    told("upsert_bulk", upserts())
    told("text", text(made))
    org("data", "delete", "record", "--sobject", "Account", "--record-id", made)
    told("delete", len(query(f"SELECT Id FROM Account WHERE Id = '{made}'")))
    told("delete_again", org("data", "delete", "record", "--sobject", "Account", "--record-id", made, fails=True)["name"])
    told("limits", next(row["max"] for row in org("org", "list", "limits") if row["name"] == "DailyApiRequests"))
    described = org("sobject", "describe", "--sobject", "Account")
    told("describe", [described["name"], described["keyPrefix"], "Name" in [f["name"] for f in described["fields"]]])
    told("composite", composite())
    sf("org", "login", "access-token", "--instance-url", env["SF_INSTANCE_URL"], "--no-prompt", "--alias", "token", "--json")
    told("by_token", sf("data", "query", "--query", "SELECT Name FROM Organization", "--target-org", "token", "--json")["result"]["totalSize"])


def upserts() -> list[Any]:
    """`data upsert` is a Bulk 2.0 job: `sf__Created` of a first and a second one with the same key, and how many rows there are then."""
    rows = Path(HOME, "rows.csv")
    rows.write_text(f"External_Id__c,LastName\n{KEY},New\n", encoding="utf-8")
    words = ("data", "upsert", "bulk", "--sobject", "Contact", "--file", str(rows), "--external-id", "External_Id__c", "--wait", "5", "--line-ending", "LF")
    done = [org(*words)["records"]["successfulResults"][0]["sf__Created"] for _ in range(2)]
    return [*done, len(query(f"SELECT Id FROM Contact WHERE External_Id__c = '{KEY}'"))]


def text(record_id: str) -> str:
    body = Path(HOME, "body.json")
    body.write_text(json.dumps({"Description": TEXT}), encoding="utf-8")
    subprocess.run([env_of("NODE"), env_of("SF_CLI"), "api", "request", "rest", f"/services/data/v62.0/sobjects/Account/{record_id}", "--method", "PATCH",
                    "--body", f"@{body}", "--header", "Content-Type:application/json", "--target-org", "it"], env=ENV, cwd=HOME, check=True, capture_output=True)  # fmt: skip
    return str(query(f"SELECT Description FROM Account WHERE Id = '{record_id}'")[0]["Description"])


def composite() -> list[int]:
    base = "/services/data/v62.0/sobjects"
    body = Path(HOME, "composite.json")
    body.write_text(json.dumps({"compositeRequest": [
        {"method": "POST", "url": f"{base}/Account", "referenceId": "acc", "body": {"Name": "Whole"}},
        {"method": "POST", "url": f"{base}/Contact", "referenceId": "con", "body": {"LastName": "Part", "AccountId": "@{acc.id}"}},
    ]}), encoding="utf-8")  # fmt: skip
    done = subprocess.run([env_of("NODE"), env_of("SF_CLI"), "api", "request", "rest", "/services/data/v62.0/composite", "--method", "POST", "--body", f"@{body}",
                           "--header", "Content-Type:application/json", "--target-org", "it"], env=ENV, cwd=HOME, check=True, capture_output=True, text=True)  # fmt: skip
    return [part["httpStatusCode"] for part in json.loads(done.stdout)["compositeResponse"]]


def env_of(name: str) -> str:
    return os.environ[name]


if __name__ == "__main__":
    main()
