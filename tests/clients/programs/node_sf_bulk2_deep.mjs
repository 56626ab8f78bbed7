// What node-sf-bulk2 offers: ingest and query jobs over axios, lists, result pages, abort, delete, hard delete.
import bulk2 from "node-sf-bulk2";

const { BulkAPI2, RESULTTYPE } = bulk2;
const env = process.env;
const told = (step, value) => console.log(JSON.stringify({ step, value }));
const api = new BulkAPI2({ accessToken: env.SF_ACCESS_TOKEN, apiVersion: "62.0", instanceUrl: env.SF_INSTANCE_URL });

async function refused(act) {
  try {
    await act();
  } catch (error) {
    return [error.response?.status, error.response?.data?.[0]?.errorCode];
  }
  return "nothing was refused";
}

async function ended(look) {
  for (let tries = 0; tries < 200; tries += 1) {
    const job = await look();
    if (["JobComplete", "Failed", "Aborted"].includes(job.state)) return job;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error("the job did not end");
}

async function ingest() {
  const made = await api.createDataUploadJob({ object: "Account", operation: "upsert", externalIdFieldName: "External_Id__c", lineEnding: "CRLF", columnDelimiter: "SEMICOLON" });
  told("created", [made.state, made.contentUrl === `services/data/v62.0/jobs/ingest/${made.id}/batches`, made.columnDelimiter, made.lineEnding]);
  told("sent", await api.uploadJobData(made.contentUrl, "Name;External_Id__c;Parent.External_Id__c\r\nNew;N-1;P-1\r\nParent;P-1;\r\nBad;N-2;P-9\r\n"));
  told("sent_twice", await refused(() => api.uploadJobData(made.contentUrl, "Name\r\nNew\r\n")));
  told("closed", (await api.closeOrAbortJob(made.id, "UploadComplete")).state);
  const job = await ended(() => api.getIngestJobInfo(made.id));
  told("ended", [job.state, job.numberRecordsProcessed, job.numberRecordsFailed, job.apiVersion]);
  const ok = await api.getResults(made.id, RESULTTYPE.successfulResults);
  told("ok", ok.split("\r\n").map((line) => line.replace(/^"001\w{15}"/, "<id>")));
  const failed = await api.getResults(made.id, RESULTTYPE.failedResults);
  told("failed", failed.split("\r\n"));
  const listed = await api.getAllIngestJobInfo({ isPkChunkingEnabled: false, jobType: "V2Ingest" });
  told("listed", listed.records.some((one) => one.id === made.id));
  told("deleted", [await api.deleteIngestJob(made.id) ?? null, await refused(() => api.getIngestJobInfo(made.id))]);
}

async function aborted() {
  const made = await api.createDataUploadJob({ object: "Contact", operation: "insert" });
  told("aborted", (await api.closeOrAbortJob(made.id, "Aborted")).state);
  told("aborted_upload", await refused(() => api.uploadJobData(made.contentUrl, "LastName\nX\n")));
  told("unknown_object", await refused(() => api.createDataUploadJob({ object: "Nothing__c", operation: "insert" })));
}

async function queries() {
  const made = await api.submitBulkQueryJob({ operation: "query", query: "SELECT LastName FROM Contact WHERE LastName = 'Crowd' ORDER BY Id" });
  told("query", [made.state, made.contentType, made.columnDelimiter]);
  told("query_ended", (await ended(() => api.getBulkQueryJobInfo(made.id))).numberRecordsProcessed);
  const sizes = [];
  let locator;
  do {
    const reply = await api.getBulkQueryResults(made.id, locator, 1000);
    sizes.push([Number(reply.headers["sforce-numberofrecords"]), reply.data.trim().split("\n").length]);
    locator = reply.headers["sforce-locator"];
  } while (locator !== "null");
  told("pages", sizes);
  const stream = await api.getBulkQueryResultsStream(made.id);
  let bytes = 0;
  for await (const piece of stream) bytes += piece.length;
  told("streamed", bytes);
  told("query_listed", (await api.getAllBulkQueryJobInfo({ jobType: "V2Query" })).records.some((one) => one.id === made.id));
  await api.deleteBulkQueryJob(made.id);
  told("query_deleted", await refused(() => api.getBulkQueryJobInfo(made.id)));
}

async function deletes() {
  const rows = await api.submitBulkQueryJob({ operation: "queryAll", query: "SELECT Id FROM Account WHERE Name = 'New'" });
  await ended(() => api.getBulkQueryJobInfo(rows.id));
  const ids = (await api.getBulkQueryResults(rows.id)).data;
  const made = await api.createDataUploadJob({ object: "Account", operation: "hardDelete" });
  await api.uploadJobData(made.contentUrl, ids);
  await api.closeOrAbortJob(made.id, "UploadComplete");
  const job = await ended(() => api.getIngestJobInfo(made.id));
  told("hard_delete", [job.operation, job.state, job.numberRecordsProcessed, job.numberRecordsFailed]);
  const left = await api.submitBulkQueryJob({ operation: "queryAll", query: "SELECT Id FROM Account WHERE Name = 'New'" });
  told("left", (await ended(() => api.getBulkQueryJobInfo(left.id))).numberRecordsProcessed);
}

await ingest();
await aborted();
await queries();
await deletes();
