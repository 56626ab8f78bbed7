// Bulk API 1.0 by jsforce 3: load, jobs and batches step by step, query streams, relationships, refusals.
import jsforce from "jsforce";

const env = process.env;
const told = (step, value) => console.log(JSON.stringify({ step, value }));
const conn = new jsforce.Connection({ instanceUrl: env.SF_INSTANCE_URL, accessToken: env.SF_ACCESS_TOKEN, version: "62.0" });
conn.bulk.pollInterval = 200;
conn.bulk.pollTimeout = 30_000;

async function refused(act) {
  try {
    await act();
  } catch (error) {
    return [error.name, error.message.slice(0, 140)];
  }
  return "nothing was refused";
}

const seen = (rows) => rows.map((row) => [row.success, row.id ? row.id.slice(0, 3) : null, row.errors]);

async function writes() {
  const rows = [{ Name: "One", External_Id__c: "K-1" }, { Name: 'Two "quoted"\nlines', External_Id__c: "K-2" }, { External_Id__c: "K-3" }];
  told("insert", seen(await conn.bulk.load("Account", "insert", rows)));
  told("upsert", seen(await conn.bulk.load("Account", "upsert", { extIdField: "External_Id__c" }, [{ External_Id__c: "K-1", Name: "One more" }, { External_Id__c: "K-4", Name: "Four" }])));
  told("relationship", seen(await conn.bulk.load("Contact", "insert", "LastName,Account.External_Id__c\nKay,K-1\nLost,K-9\n")));
  told("update", seen(await conn.sobject("Account").find({ External_Id__c: "K-4" }).update({ Name: "Four again" }, { allowBulk: true, bulkThreshold: 0 })));
}

async function steps() {
  const job = conn.bulk.createJob("Contact", "insert", { concurrencyMode: "Serial" });
  const info = await job.open();
  told("open", [info.state, info.concurrencyMode, info.contentType]);
  const batches = [1, 2].map((n) => job.createBatch().execute(`LastName\nStep ${n}\n`));
  const done = await Promise.all(batches.map((batch) => new Promise((resolve, reject) => {
    batch.on("queue", () => batch.poll(200, 20_000));
    batch.on("response", resolve);
    batch.on("error", reject);
  })));
  told("batches", done.map(seen));
  told("list", (await job.list()).map((one) => [one.state, one.numberRecordsProcessed]));
  told("close", (await job.close()).state);
  told("after_close", await refused(() => job.createBatch().execute("LastName\nNever\n").then()));
  const aborted = conn.bulk.createJob("Contact", "insert");
  await aborted.open();
  told("abort", (await aborted.abort()).state);
}

async function queries() {
  const stream = await conn.bulk.query("SELECT Id, LastName FROM Contact WHERE LastName = 'Crowd'");
  told("query", (await stream.toArray()).length);
  told("query_refused", await refused(async () => (await conn.bulk.query("SELECT Nothing FROM Account")).toArray()));
}

async function deletes() {
  told("destroy", seen(await conn.sobject("Account").find({ External_Id__c: { $like: "K-%" } }, "Id").destroy({ allowBulk: true, bulkThreshold: 0 })));
  const dead = new jsforce.Connection({ instanceUrl: env.SF_INSTANCE_URL, accessToken: "00D!dead", version: "62.0" });
  told("dead_session", await refused(() => dead.bulk.createJob("Account", "insert").open()));
}

await writes();
await steps();
await queries();
await deletes();
