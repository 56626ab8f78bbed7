"""What aiosalesforce offers beyond the story: its other logins, composite batches, composite with references, Bulk 2.0, its exceptions and events."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable
from typing import Any

from aiosalesforce import Salesforce
from aiosalesforce.auth import ClientCredentialsFlow, JwtBearerFlow, SoapLogin
from aiosalesforce.composite.exceptions import CompositeError
from aiosalesforce.exceptions import SalesforceError
from httpx import AsyncClient


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


async def refused(act: Awaitable[Any]) -> list[str | None] | str:
    """Class of the exception and the code that the org gave."""
    try:
        await act
    except (SalesforceError, CompositeError) as error:
        return [type(error).__name__, getattr(error, "error_code", None)]
    return "nothing was refused"


async def rows(sf: Salesforce, soql: str, **more: Any) -> list[dict[str, Any]]:
    return [row async for row in sf.query(soql, **more)]


async def main() -> None:
    async with AsyncClient(timeout=60) as client:
        sf = await logins(client)
        await records(sf)
        await batches(sf)
        await composites(sf)
        await bulk(sf)


async def logins(client: AsyncClient) -> Salesforce:
    env, seen = os.environ, []
    instance = env["SF_INSTANCE_URL"]
    app, key = env["SF_CLIENT_ID"], env["SF_PRIVATE_KEY"]
    machine = Salesforce(client, base_url=instance, auth=ClientCredentialsFlow(client_id=app, client_secret=env["SF_CLIENT_SECRET"]))
    told("client_credentials", len(await rows(machine, "SELECT Id FROM Organization")))
    wrong = Salesforce(client, base_url=instance, auth=ClientCredentialsFlow(client_id=app, client_secret="wrong"))
    told("wrong_secret", await refused(wrong.get_limits()))
    nobody = Salesforce(client, base_url=instance, auth=JwtBearerFlow(client_id=app, username="nobody@acme.example", private_key_file=key))
    told("jwt_of_nobody", await refused(nobody.get_limits()))
    soap = Salesforce(client, base_url=instance, auth=SoapLogin(username=env["SF_USERNAME"], password="wrong", security_token=""))
    told("wrong_password", await refused(soap.get_limits()))
    sf = Salesforce(client, base_url=instance, auth=JwtBearerFlow(client_id=app, username=env["SF_USERNAME"], private_key_file=key), version="62.0", event_hooks=[seen.append])
    told("jwt", (await sf.get_limits())["DailyApiRequests"]["Max"])
    used = [event for event in seen if event.type == "rest_api_call_consumption"]
    told("events", [sorted({event.type for event in seen}), 0 < used[-1].consumed < used[-1].remaining])
    token = await sf.auth.get_access_token(sf)
    await client.post(f"{instance}/services/oauth2/revoke", data={"token": token})
    told("renewed", [len(await rows(sf, "SELECT Id FROM Organization")), await sf.auth.get_access_token(sf) != token])
    return sf


async def records(sf: Salesforce) -> None:
    made = await sf.sobject.create("Account", {"Name": "Acme", "External_Id__c": "E-1"})
    told("by_key", (await sf.sobject.get("Account", "E-1", external_id_field="External_Id__c", fields=["Name"]))["Name"])
    told("fields", sorted(await sf.sobject.get("Account", made, fields=["Name", "Industry"])))
    await sf.sobject.delete("Account", "E-1", external_id_field="External_Id__c")
    told("query_all", [row["IsDeleted"] for row in await rows(sf, f"SELECT IsDeleted FROM Account WHERE Id = '{made}'", include_all_records=True)])
    told("not_found", await refused(sf.sobject.get("Account", made)))
    for _ in range(2):
        await sf.sobject.create("Contact", {"LastName": "Twin", "Legacy_Id__c": "L-1"})
    told("two_of_one_key", await refused(sf.sobject.get("Contact", "L-1", external_id_field="Legacy_Id__c")))
    told("two_upserted", await refused(sf.sobject.upsert("Contact", "L-1", "Legacy_Id__c", {"LastName": "Which"})))
    told("unknown_object", await refused(sf.sobject.create("Nope__c", {})))
    told("too_long", await refused(sf.sobject.create("Account", {"Name": "x" * 256})))


async def batches(sf: Salesforce) -> None:
    async with sf.composite.batch() as batch:
        found = batch.query("SELECT LastName FROM Contact WHERE Account.Name = 'Parent' ORDER BY LastName")
        made = batch.sobject.create("Account", {"Name": "Batch"})
        bad = batch.sobject.create("Account", {})
        none = batch.sobject.get("Account", "0015e0000009999AAA")
    told("batch", [[row["LastName"] for row in found.records], made.id[:3], bad.status_code, bad.result[0]["errorCode"], none.status_code])
    async with sf.composite.batch(halt_on_error=True) as batch:
        batch.sobject.create("Account", {})
        halted = batch.sobject.create("Account", {"Name": "Never"})
    told("halted", [halted.status_code, halted.result[0]["errorCode"], len(await rows(sf, "SELECT Id FROM Account WHERE Name = 'Never'"))])
    async with sf.composite.batch() as batch:
        saves = [batch.sobject.upsert("Contact", "K-1", "External_Id__c", {"LastName": "New"}) for _ in range(2)]
        updated = batch.sobject.update("Account", made.id, {"Industry": "Energy"})
        deleted = batch.sobject.delete("Account", made.id)
    told("batch_writes", [[save.created for save in saves], updated.status_code, deleted.status_code])


async def composites(sf: Salesforce) -> None:
    async with sf.composite(all_or_none=True) as work:
        account = work.sobject.create("Account", {"Name": "Head", "Industry": "Banking"})
        work.sobject.create("Contact", {"LastName": "Hand", "AccountId": str(account.reference.id)})  # json needs a plain str
        work.sobject.update("Account", account.reference.id, {"Description": "two steps"})
        found = work.query("SELECT Account.Name, Account.Description FROM Contact WHERE LastName = 'Hand'")
    told("references", [found.records[0]["Account"]["Name"], found.records[0]["Account"]["Description"]])
    failing = sf.composite(all_or_none=True)
    undone = failing.sobject.create("Account", {"Name": "Undone"})
    bad = failing.sobject.create("Contact", {"LastName": "X", "Email": "nobody"})
    await failing.execute()
    told("rolled_back", [bad.response_body[0]["errorCode"], undone.response_body[0]["errorCode"], len(await rows(sf, "SELECT Id FROM Account WHERE Name = 'Undone'"))])


async def bulk(sf: Salesforce) -> None:
    people = [{"LastName": f"Bulk {n}", "External_Id__c": f"B-{n}"} for n in range(300)] + [{"LastName": "", "External_Id__c": "B-300"}]
    async for done in sf.bulk_v2.ingest.perform_operation("insert", "Contact", people, polling_interval=0.2):
        told("bulk_insert", [done.job_info.state, len(done.successful_results), [row["sf__Error"].split(":")[0] for row in done.failed_results], done.unprocessed_records])
    again = [{"External_Id__c": "B-1", "LastName": "Changed"}, {"External_Id__c": "B-new", "LastName": "Made"}]
    async for done in sf.bulk_v2.ingest.perform_operation("upsert", "Contact", again, external_id_field="External_Id__c", polling_interval=0.2):
        told("bulk_upsert", [row["sf__Created"] for row in done.successful_results])
    ids = [{"Id": row["Id"]} for row in await rows(sf, "SELECT Id FROM Contact WHERE LastName LIKE 'Bulk%'")]
    async for done in sf.bulk_v2.ingest.perform_operation("delete", "Contact", ids, polling_interval=0.2):
        told("bulk_delete", [len(done.successful_results), len(await rows(sf, "SELECT Id FROM Contact WHERE LastName LIKE 'Bulk%'"))])
    job = await sf.bulk_v2.ingest.create_job("insert", "Contact")
    told("bulk_abort", (await sf.bulk_v2.ingest.abort_job(job.id)).state)
    await sf.bulk_v2.ingest.delete_job(job.id)
    told("bulk_gone", await refused(sf.bulk_v2.ingest.get_job(job.id)))
    told("bulk_unknown_object", await refused(sf.bulk_v2.ingest.create_job("insert", "Nope__c")))
    told("bulk_jobs", len([found async for found in sf.bulk_v2.ingest.list_jobs()]))




if __name__ == "__main__":
    asyncio.run(main())
