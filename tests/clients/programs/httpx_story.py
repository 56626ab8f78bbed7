"""The story as told by plain httpx with a JWT bearer grant: what a program does that uses no Salesforce library."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import jwt

TEXT = "Zoë said \"1 < 2\" & 'so' — 日本\n\U0001f600 \\ %41"
KEY = "K/1 ü"


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


def code(reply: httpx.Response) -> str:
    return str(reply.json()[0]["errorCode"]) if reply.is_error else "nothing was refused"


class Client:
    def __init__(self) -> None:
        env = os.environ
        self.http = httpx.Client(timeout=60)
        claims = {"iss": env["SF_CLIENT_ID"], "sub": env["SF_USERNAME"], "aud": "https://login.salesforce.com", "exp": int(time.time()) + 180}
        assertion = jwt.encode(claims, Path(env["SF_PRIVATE_KEY"]).read_text(), "RS256")
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        granted = self.http.post("https://login.salesforce.com/services/oauth2/token", data=form).json()
        self.instance, self.token, self.me = granted["instance_url"], granted["access_token"], granted["id"]

    def say(self, method: str, path: str, json: Any = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {more.pop('token', self.token)}"}
        return self.http.request(method, f"{self.instance}/services/data/v62.0{path}", json=json, headers=headers, **more)

    def query(self, soql: str) -> dict[str, Any]:
        page = found = self.say("GET", "/query", params={"q": soql}).json()
        while not page["done"]:
            page = self.http.get(self.instance + page["nextRecordsUrl"], headers={"Authorization": f"OAuth {self.token}"}).json()
            found["records"] += page["records"]
        return dict(found)


def main() -> None:
    sf = Client()
    made = sf.say("POST", "/sobjects/Account", {"Name": "Acme"}).json()["id"]
    row = f"/sobjects/Account/{made}"
    told("create", [made[:3], len(made)])
    told("read", sf.say("GET", row).json()["Name"])
    sf.say("PATCH", row, {"Industry": "Banking"})
    told("update", sf.say("GET", row, params={"fields": "Industry"}).json()["Industry"])
    sf.say("PATCH", row, {"Industry": "", "Description": TEXT})
    told("null", sf.say("GET", row).json()["Industry"])
    told("text", sf.say("GET", row).json()["Description"])
    told("query", [r["Name"] for r in sf.query("SELECT Name FROM Account WHERE Name LIKE 'Acm%'")["records"]])
    told("pages", len({r["Id"] for r in sf.query("SELECT Id FROM Contact WHERE LastName = 'Crowd'")["records"]}))
    told("parent", sf.query("SELECT Account.Name FROM Contact WHERE LastName = 'Ada'")["records"][0]["Account"]["Name"])
    family = sf.query("SELECT Id, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Name = 'Parent'")["records"]
    told("children", [r["LastName"] for r in family[0]["Contacts"]["records"]])
    grouped = sf.query("SELECT LastName, COUNT(Id) n FROM Contact WHERE Account.Name = 'Parent' GROUP BY LastName ORDER BY LastName")
    told("group", [[r["LastName"], r["n"]] for r in grouped["records"]])
    told("count", sf.query("SELECT COUNT() FROM Contact WHERE Account.Name = 'Parent'")["totalSize"])
    path = f"/sobjects/Contact/External_Id__c/{quote(KEY, safe='')}"
    told("upsert", [sf.say("PATCH", path, {"LastName": "New"}).json()["created"] for _ in range(2)])
    told("bad_field", code(sf.say("GET", "/query", params={"q": "SELECT Nope FROM Account"})))
    told("bad_query", code(sf.say("GET", "/query", params={"q": "SELECT Id FORM Account"})))
    told("no_name", code(sf.say("POST", "/sobjects/Account", {"Industry": "Banking"})))
    told("bad_email", code(sf.say("POST", "/sobjects/Contact", {"LastName": "X", "Email": "nobody"})))
    told("missing", code(sf.say("GET", "/sobjects/Account/0015e0000009999AAA")))
    two = [{"attributes": {"type": "Account"}, "Name": "Acne"}, {"attributes": {"type": "Account"}}]
    told("collection", [item["success"] for item in sf.say("POST", "/composite/sobjects", {"allOrNone": False, "records": two}).json()])
    base = "/services/data/v62.0/sobjects"
    parts = [{"method": "POST", "url": f"{base}/Account", "referenceId": "acc", "body": {"Name": "Whole"}},
             {"method": "POST", "url": f"{base}/Contact", "referenceId": "con", "body": {"LastName": "Part", "AccountId": "@{acc.id}"}}]  # fmt: skip
    told("composite", [p["httpStatusCode"] for p in sf.say("POST", "/composite", {"compositeRequest": parts}).json()["compositeResponse"]])
    sf.say("DELETE", row)
    told("delete", sf.query(f"SELECT Id FROM Account WHERE Id = '{made}'")["totalSize"])
    told("delete_again", code(sf.say("DELETE", row)))
    told("limits", sf.say("GET", "/limits").json()["DailyApiRequests"]["Max"])
    described = sf.say("GET", "/sobjects/Account/describe").json()
    told("describe", [described["name"], described["keyPrefix"], "Name" in [f["name"] for f in described["fields"]]])
    told("user", sf.http.get(sf.me, headers={"Authorization": f"Bearer {sf.token}"}).json()["username"] == os.environ["SF_USERNAME"])
    told("expired", code(sf.say("GET", row, token="00D5e0000000001!nobody")))


if __name__ == "__main__":
    main()
