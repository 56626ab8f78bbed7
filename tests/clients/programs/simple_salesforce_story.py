"""The story as told by simple-salesforce. Also imported: `story(sf)` yields (step, value) through whatever door is open."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import SalesforceError

TEXT = "Zoë said \"1 < 2\" & 'so' — 日本\n\U0001f600 \\ %41"
KEY = "K/1 ü"


def code(act: Callable[[], Any]) -> str:
    """The error code that the org refuses with."""
    try:
        act()
    except SalesforceError as error:
        return str(error.content[0]["errorCode"])
    return "nothing was refused"


def story(sf: Salesforce) -> Iterator[tuple[str, Any]]:
    made = sf.Account.create({"Name": "Acme"})["id"]
    yield "create", [made[:3], len(made)]
    yield "read", sf.Account.get(made)["Name"]
    sf.Account.update(made, {"Industry": "Banking"})
    yield "update", sf.Account.get(made)["Industry"]
    sf.Account.update(made, {"Industry": None, "Description": TEXT})
    yield "null", sf.Account.get(made)["Industry"]
    yield "text", sf.Account.get(made)["Description"]
    yield "query", [row["Name"] for row in sf.query(format_soql("SELECT Name FROM Account WHERE Name LIKE '{:like}%'", "Acm"))["records"]]
    yield "pages", len({row["Id"] for row in sf.query_all_iter("SELECT Id FROM Contact WHERE LastName = 'Crowd'")})
    yield "parent", sf.query("SELECT Account.Name FROM Contact WHERE LastName = 'Ada'")["records"][0]["Account"]["Name"]
    family = sf.query("SELECT Id, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Name = 'Parent'")["records"][0]
    yield "children", [row["LastName"] for row in family["Contacts"]["records"]]
    grouped = sf.query("SELECT LastName, COUNT(Id) n FROM Contact WHERE Account.Name = 'Parent' GROUP BY LastName ORDER BY LastName")["records"]
    yield "group", [[row["LastName"], row["n"]] for row in grouped]
    yield "count", sf.query("SELECT COUNT() FROM Contact WHERE Account.Name = 'Parent'")["totalSize"]
    path = f"External_Id__c/{quote(KEY, safe='')}"
    yield "upsert", [sf.Contact.upsert(path, {"LastName": "New"}, raw_response=True).json()["created"] for _ in range(2)]
    yield "bad_field", code(lambda: sf.query("SELECT Nope FROM Account"))
    yield "bad_query", code(lambda: sf.query("SELECT Id FORM Account"))
    yield "no_name", code(lambda: sf.Account.create({"Industry": "Banking"}))
    yield "bad_email", code(lambda: sf.Contact.create({"LastName": "X", "Email": "nobody"}))
    yield "missing", code(lambda: sf.Account.get("0015e0000009999AAA"))
    two = [{"attributes": {"type": "Account"}, "Name": "Acne"}, {"attributes": {"type": "Account"}}]
    yield "collection", [item["success"] for item in sf.restful("composite/sobjects", method="POST", json={"allOrNone": False, "records": two})]
    base = f"/services/data/v{sf.sf_version}/sobjects"
    parts = [{"method": "POST", "url": f"{base}/Account", "referenceId": "acc", "body": {"Name": "Whole"}},
             {"method": "POST", "url": f"{base}/Contact", "referenceId": "con", "body": {"LastName": "Part", "AccountId": "@{acc.id}"}}]  # fmt: skip
    yield "composite", [part["httpStatusCode"] for part in sf.restful("composite", method="POST", json={"compositeRequest": parts})["compositeResponse"]]
    sf.Account.delete(made)
    yield "delete", sf.query(format_soql("SELECT Id FROM Account WHERE Id = {}", made))["totalSize"]
    yield "delete_again", code(lambda: sf.Account.delete(made))
    yield "limits", sf.limits()["DailyApiRequests"]["Max"]
    described = sf.Account.describe()
    yield "describe", [described["name"], described["keyPrefix"], "Name" in [f["name"] for f in described["fields"]]]
    who = sf.oauth2("userinfo")
    yield "user", who["preferred_username"] == os.environ.get("SF_USERNAME", who["preferred_username"])
    stranger = Salesforce(instance=sf.sf_instance, session_id="00D5e0000000001!nobody", version=sf.sf_version, session=sf.session)
    yield "expired", code(lambda: stranger.Account.get(made))


def main() -> None:
    env = os.environ
    sf = Salesforce(username=env["SF_USERNAME"], password=env["SF_PASSWORD"], security_token=env["SF_SECURITY_TOKEN"], domain=env["SF_DOMAIN"], version="62.0")
    for step, value in story(sf):
        print(json.dumps({"step": step, "value": value}))


if __name__ == "__main__":
    sys.exit(main())
