// Bulk API 2.0 by jsforce 3: load from rows, text and streams; queries as streams; jobs step by step; timeouts, aborts, refusals.
import { Readable } from "node:stream";
import jsforce from "jsforce";

const env = process.env;
const told = (step, value) => console.log(JSON.stringify({ step, value }));
const conn = new jsforce.Connection({ instanceUrl: env.SF_INSTANCE_URL, accessToken: env.SF_ACCESS_TOKEN, version: "62.0" });
conn.bulk2.pollInterval = 200;
conn.bulk2.pollTimeout = 30_000;

async function refused(act) {
  try {
    await act();
  } catch (error) {
    return [error.name, error.errorCode ?? null, error.message.slice(0, 140)];
  }
  return "nothing was refused";
}

const counts = (all) => [all.successfulResults.length, all.failedResults.length, all.unprocessedRecords.length];

async function loads() {
  const rows = [{ Name: "One", External_Id__c: "J-1" }, { Name: 'Two "quoted", with\nlines', External_Id__c: "J-2" }, { Name: "", External_Id__c: "J-3" }];
  const inserted = await conn.bulk2.loadAndWaitForResults({ object: "Account", operation: "insert", input: rows });
  told("insert", [...counts(inserted), inserted.successfulResults.map((row) => row.sf__Created), inserted.failedResults[0].sf__Error]);
  const upserted = await conn.bulk2.loadAndWaitForResults({
    object: "Account", operation: "upsert", externalIdFieldName: "External_Id__c", lineEnding: "CRLF", columnDelimiter: "PIPE",
    input: "Name|External_Id__c\r\nOne more|J-1\r\nFour|J-4\r\n",
  });
  told("upsert", [...counts(upserted), upserted.successfulResults.map((row) => [row.sf__Created, row.Name])]);
  const text = ["LastName,Account.External_Id__c", ...Array.from({ length: 1500 }, (_, n) => `Streamed ${n},${n % 500 ? "J-1" : "J-9"}`), ""].join("\n");
  const pieces = Readable.from(text.match(/[^]{1,4096}/g).map((piece) => Buffer.from(piece)));
  const streamed = await conn.bulk2.loadAndWaitForResults({ object: "Contact", operation: "insert", input: pieces });
  told("stream", [...counts(streamed), streamed.failedResults[0]["Account.External_Id__c"]]);
  const upsert = { object: "Account", operation: "upsert", externalIdFieldName: "External_Id__c" };
  told("upsert_of_objects", counts(await conn.bulk2.loadAndWaitForResults({ ...upsert, input: [{ External_Id__c: "J-4", Description: "x" }] })));
  const nulled = await conn.bulk2.loadAndWaitForResults({ ...upsert, input: "External_Id__c,Name,Description\nJ-4,#N/A,\nJ-1,,#N/A\n" });
  told("null", [...counts(nulled), nulled.failedResults.map((row) => row.sf__Error)]);
}

async function queries() {
  const stream = await conn.bulk2.query("SELECT Id, LastName, Account.Name FROM Contact WHERE LastName LIKE 'Streamed %'");
  const records = await stream.toArray();
  told("query", [records.length, Object.keys(records[0]).sort(), records[0]["Account.Name"]]);
  const all = await (await conn.bulk2.query("SELECT Name FROM Account WHERE External_Id__c = 'J-1'", { scanAll: true })).toArray();
  told("query_all", all);
  told("query_refused", await refused(async () => (await conn.bulk2.query("SELECT Nothing FROM Account")).toArray()));
  told("query_unsupported", await refused(async () => (await conn.bulk2.query("SELECT Id, (SELECT Id FROM Contacts) FROM Account")).toArray()));
}

async function steps() {
  const job = conn.bulk2.createJob({ object: "Account", operation: "insert" });
  const events = [];
  for (const name of ["open", "uploadcomplete", "close", "inProgress", "jobcomplete"]) job.on(name, () => events.push(name));
  const info = await job.open();
  told("open", [info.state, info.contentUrl === `services/data/v62.0/jobs/ingest/${job.id}/batches`, info.columnDelimiter]);
  await job.uploadData("Name\nStep\n");
  told("poll_early", (await job.check()).state);
  job.on("error", () => events.push("error"));
  told("poll_timeout", (await refused(() => job.poll(100, 250))).slice(0, 1));
  events.splice(0);
  await job.close();
  await job.poll();
  told("events", [...new Set(events)]);
  const again = conn.bulk2.job("ingest", { id: job.id });
  told("results_of_an_old_job", (await again.getSuccessfulResults()).map((row) => row.Name));
  told("raw_results", (await again.getSuccessfulResults(true)).split("\n")[0]);
  told("info", [(await again.check()).numberRecordsProcessed, job.getInfo().object]);
  await again.delete();
  told("deleted", await refused(() => again.check()));
}

async function aborts() {
  const job = conn.bulk2.createJob({ object: "Account", operation: "insert" });
  await job.open();
  await job.uploadData("Name\nNever\n");
  await job.abort();
  told("abort", (await job.check()).state);
  told("close_aborted", await refused(() => job.close()));
  told("aborted_rows", await conn.sobject("Account").count({ Name: "Never" }));
  told("unknown_object", await refused(() => conn.bulk2.createJob({ object: "Nothing__c", operation: "insert" }).open()));
  told("delete_without_right", await refused(() => conn.bulk2.createJob({ object: "Account", operation: "hardDelete" }).open()));
}

async function deletes() {
  const where = conn.sobject("Contact").find({ LastName: { $like: "Streamed %" } }, "Id");
  told("destroy", (await where.destroy({ allowBulk: true, bulkThreshold: 100, bulkApiVersion: 2 })).length);
  const found = await conn.sobject("Account").find({ External_Id__c: { $like: "J-%" } }, ["Id"]).execute();
  const gone = await conn.bulk2.loadAndWaitForResults({ object: "Account", operation: "delete", input: found.map(({ Id }) => ({ Id })) });
  told("delete", [found.length, ...counts(gone)]);
  const twice = await conn.bulk2.loadAndWaitForResults({ object: "Account", operation: "delete", input: found.map(({ Id }) => ({ Id })) });
  told("delete_twice", [...counts(twice), twice.failedResults[0].sf__Error]);
}

await loads();
await queries();
await steps();
await aborts();
await deletes();
