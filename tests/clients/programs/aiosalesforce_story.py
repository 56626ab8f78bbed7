"""The story as told by aiosalesforce (asyncio, httpx)."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable
from typing import Any

from aiosalesforce import Salesforce
from aiosalesforce.auth import SoapLogin
from aiosalesforce.exceptions import SalesforceError
from httpx import AsyncClient

TEXT = "Zoë said \"1 < 2\" & 'so' — 日本\n\U0001f600 \\ %41"
KEY = "K-1"  # aiosalesforce puts it into the path as it is


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


async def code(act: Awaitable[Any]) -> str:
    try:
        await act
    except SalesforceError as error:
        return str(error.error_code)
    return "nothing was refused"


async def rows(sf: Salesforce, soql: str) -> list[dict[str, Any]]:
    return [row async for row in sf.query(soql)]


async def main() -> None:
    env = os.environ
    auth = SoapLogin(username=env["SF_USERNAME"], password=env["SF_PASSWORD"], security_token=env["SF_SECURITY_TOKEN"])
    async with AsyncClient(timeout=60) as client:
        sf = Salesforce(client, base_url=env["SF_INSTANCE_URL"], auth=auth, version="60.0")
        await tell(sf, env["SF_USERNAME"])


async def tell(sf: Salesforce, username: str) -> None:
    made = await sf.sobject.create("Account", {"Name": "Acme"})
    told("create", [made[:3], len(made)])
    told("read", (await sf.sobject.get("Account", made))["Name"])
    await sf.sobject.update("Account", made, {"Industry": "Banking"})
    told("update", (await sf.sobject.get("Account", made))["Industry"])
    await sf.sobject.update("Account", made, {"Industry": None, "Description": TEXT})
    read = await sf.sobject.get("Account", made)
    told("null", read["Industry"])
    told("text", read["Description"])
    told("query", [row["Name"] for row in await rows(sf, "SELECT Name FROM Account WHERE Name LIKE 'Acm%'")])
    told("pages", len({row["Id"] for row in await rows(sf, "SELECT Id FROM Contact WHERE LastName = 'Crowd'")}))
    told("parent", (await rows(sf, "SELECT Account.Name FROM Contact WHERE LastName = 'Ada'"))[0]["Account"]["Name"])
    family = await rows(sf, "SELECT Id, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Name = 'Parent'")
    told("children", [row["LastName"] for row in family[0]["Contacts"]["records"]])
    grouped = await rows(sf, "SELECT LastName, COUNT(Id) n FROM Contact WHERE Account.Name = 'Parent' GROUP BY LastName ORDER BY LastName")
    told("group", [[row["LastName"], row["n"]] for row in grouped])
    counted = await sf.request("GET", f"{sf.base_url}/services/data/v60.0/query", params={"q": "SELECT COUNT() FROM Contact WHERE Account.Name = 'Parent'"})
    told("count", counted.json()["totalSize"])
    saves = [await sf.sobject.upsert("Contact", KEY, "External_Id__c", {"LastName": "New"}) for _ in range(2)]
    told("upsert", [save.created for save in saves])
    told("bad_field", await code(rows(sf, "SELECT Nope FROM Account")))
    told("bad_query", await code(rows(sf, "SELECT Id FORM Account")))
    told("no_name", await code(sf.sobject.create("Account", {"Industry": "Banking"})))
    told("bad_email", await code(sf.sobject.create("Contact", {"LastName": "X", "Email": "nobody"})))
    told("missing", await code(sf.sobject.get("Account", "0015e0000009999AAA")))
    async with sf.composite(all_or_none=False) as batch:
        account = batch.sobject.create("Account", {"Name": "Whole"})
        contact = batch.sobject.create("Contact", {"LastName": "Part", "AccountId": str(account.reference.id)})
    told("composite", [account.status_code, contact.status_code])
    await sf.sobject.delete("Account", made)
    told("delete", len(await rows(sf, f"SELECT Id FROM Account WHERE Id = '{made}'")))
    told("delete_again", await code(sf.sobject.delete("Account", made)))
    limits = await sf.request("GET", f"{sf.base_url}/services/data/v60.0/limits")
    told("limits", limits.json()["DailyApiRequests"]["Max"])
    described = (await sf.request("GET", f"{sf.base_url}/services/data/v60.0/sobjects/Account/describe")).json()
    told("describe", [described["name"], described["keyPrefix"], "Name" in [f["name"] for f in described["fields"]]])
    who = (await sf.request("GET", f"{sf.base_url}/services/oauth2/userinfo")).json()
    told("user", who["preferred_username"] == username)


if __name__ == "__main__":
    asyncio.run(main())
