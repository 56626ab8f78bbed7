// What jsforce 3 offers beyond the story: OAuth in a browser, renewal, collections, replication, search, tooling, fetch.
import { readFileSync } from "node:fs";
import jsforce from "jsforce";

const env = process.env;
const told = (step, value) => console.log(JSON.stringify({ step, value }));
const CALLBACK = "https://app.example/cb";
const VERSION = "62.0";

async function refused(act) {
  try {
    await act();
  } catch (error) {
    return [error.name, error.errorCode ?? null, error.message.slice(0, 120)];
  }
  return "nothing was refused";
}

// ---------------------------------------------------------------------- a person at a browser, by Node's own fetch

class Browser {
  cookies = {};

  async go(address, form) {
    const cookie = Object.entries(this.cookies).map(([name, value]) => `${name}=${value}`).join("; ");
    const body = form && new URLSearchParams(form);
    this.reply = await fetch(new URL(address, this.address), { method: form ? "POST" : "GET", body, redirect: "manual", headers: { cookie } });
    this.address = this.reply.url;
    for (const line of this.reply.headers.getSetCookie()) {
      const [name, ...value] = line.split(";")[0].split("=");
      this.cookies[name] = value.join("=");
    }
    this.text = await this.reply.text();
    return this;
  }

  async arrive() {
    while (this.reply.status === 302 && !this.location.startsWith(CALLBACK)) await this.go(this.location);
    return this;
  }

  get location() {
    return this.reply.headers.get("location");
  }

  async send(filled) {
    const plain = (text) => text.replaceAll("&amp;", "&").replaceAll("&#34;", '"').replaceAll("&#39;", "'");
    const fields = [...this.text.matchAll(/<input type="(?:hidden|text|email)"[^>]* name="(\w+)" value="([^"]*)"/g)];
    const form = Object.fromEntries(fields.map(([, name, value]) => [name, plain(value)]));
    await this.go(plain(this.text.match(/<form[^>]* action="([^"]+)"/)[1]), { ...form, ...filled });
    return this.arrive();
  }
}

const oauth2 = new jsforce.OAuth2({ loginUrl: env.SF_LOGIN_URL, clientId: env.SF_CLIENT_ID, clientSecret: env.SF_CLIENT_SECRET, redirectUri: CALLBACK, useVerifier: true });
const person = new Browser();
await (await person.go(oauth2.getAuthorizationUrl({ scope: "api refresh_token id", state: "s 1" }))).arrive();
await person.send({ username: env.SF_USERNAME, pw: env.SF_PASSWORD });
if (person.reply.status === 200) await person.send({ save: "Allow" }); // not asked again when the app was allowed before
const back = new URL(person.location).searchParams;
told("authorize", [back.get("state"), back.has("code")]);

const conn = new jsforce.Connection({ oauth2, version: VERSION });
const who = await conn.authorize(back.get("code"));
told("web_server", [who.organizationId === env.SF_ORG_ID, conn.instanceUrl === env.SF_INSTANCE_URL, conn.refreshToken.length > 20]);
told("code_twice", await refused(() => new jsforce.Connection({ oauth2, version: VERSION }).authorize(back.get("code"))));
const me = await conn.identity();
told("identity", [me.username === env.SF_USERNAME, me.organization_id === env.SF_ORG_ID, me.urls.rest.includes("{version}")]);

let renewed = 0;
conn.on("refresh", () => renewed++);
const first = conn.accessToken;
await conn.oauth2.revokeToken(first);
told("renewed", [(await conn.query("SELECT Id FROM Organization")).totalSize, renewed, conn.accessToken !== first]);
const asks = [];
const helped = new jsforce.Connection({
  instanceUrl: conn.instanceUrl, accessToken: "00D5e0000000001!gone", version: VERSION,
  refreshFn: (_, done) => { asks.push(1); done(null, conn.accessToken); },
});
told("refresh_fn", [(await helped.query("SELECT Id FROM Organization")).totalSize, asks.length]);

const later = new jsforce.Connection({ oauth2, instanceUrl: conn.instanceUrl, accessToken: "00D5e0000000001!gone", refreshToken: conn.refreshToken, version: VERSION });
await conn.oauth2.revokeToken(conn.refreshToken);
told("refresh_revoked", await refused(() => later.query("SELECT Id FROM Organization")));
told("session_of_it_ended", (await refused(() => new jsforce.Connection({ instanceUrl: conn.instanceUrl, accessToken: conn.accessToken, version: VERSION }).query("SELECT Id FROM Organization")))[1]);

const jwt = await import("node:crypto").then(({ createSign }) => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "RS256" })}.${part({ iss: env.SF_CLIENT_ID, sub: env.SF_USERNAME, aud: "https://login.salesforce.com", exp: Math.floor(Date.now() / 1000) + 120 })}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(readFileSync(env.SF_PRIVATE_KEY)).toString("base64url")}`;
});
const sf = new jsforce.Connection({ oauth2: { loginUrl: env.SF_LOGIN_URL }, version: VERSION });
await sf.authorize({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: jwt });
told("jwt", (await sf.identity()).username === env.SF_USERNAME);
const machine = new jsforce.Connection({ oauth2: { loginUrl: env.SF_INSTANCE_URL, clientId: env.SF_CLIENT_ID, clientSecret: env.SF_CLIENT_SECRET }, version: VERSION });
await machine.authorize({ grant_type: "client_credentials" });
told("client_credentials", (await machine.identity()).username === env.SF_USERNAME);
const wrong = new jsforce.Connection({ loginUrl: env.SF_LOGIN_URL, version: VERSION });
told("wrong_password", await refused(() => wrong.login(env.SF_USERNAME, "wrong")));

// ---------------------------------------------------------------------- what the org says of itself

const all = await sf.describeGlobal();
told("describe_global", [all.encoding, all.maxBatchSize, all.sobjects.find((o) => o.name === "Account").urls.describe]);
await sf.describe("Contact");
const at = sf.limitInfo.apiUsage.used;
const cached = await sf.describe$("Contact");
await sf.describe$("Contact");
told("describe_cached", [cached.name, sf.limitInfo.apiUsage.used - at]);
told("limit_info", [sf.limitInfo.apiUsage.used > 0, sf.limitInfo.apiUsage.limit]);
const accounts = sf.sobject("Account");
told("layouts", [(await accounts.layouts()).layouts.length > 0, Object.keys(await accounts.compactLayouts()).includes("compactLayouts")]);
told("approval_layouts", Array.isArray((await accounts.approvalLayouts()).approvalLayouts));
told("listviews", (await accounts.listviews()).sobjectType);
told("quick_actions", [Array.isArray(await sf.quickActions()), Array.isArray(await accounts.quickActions())]);
told("tabs", Array.isArray(await sf.tabs()));
told("theme", Object.keys(await sf.theme()));
told("process", [Object.keys(await sf.process.rule.list()), Object.keys(await sf.process.approval.list())]);

// ---------------------------------------------------------------------- finding

const contacts = sf.sobject("Contact");
told("find", (await contacts.find({ "Account.Name": "Parent" }, ["LastName", "Account.Name"]).sort({ LastName: -1 }).limit(1)).map((row) => [row.LastName, row.Account.Name]));
told("find_skip", (await contacts.find({ AccountId: { $ne: null } }, "LastName").sort("LastName").skip(1).limit(5)).map((row) => row.LastName));
told("find_in", (await contacts.find({ LastName: { $in: ["Ada", "Bob", "O'Brien"] } }, "LastName").sort("-LastName")).map((row) => row.LastName));
told("find_or", (await contacts.find({ $or: [{ LastName: "Ada" }, { LastName: { $like: "Bo%" } }] }).sort("LastName").execute()).length);
told("find_all_fields", Object.keys(await contacts.findOne({ LastName: "Ada" }, "*")).includes("LastModifiedById"));
told("count", await contacts.count({ LastName: "Crowd" }));
const found = await accounts.find({ Name: "Parent" }, ["Id", "Name"]).include("Contacts", { LastName: { $ne: null } }, ["LastName"], { sort: "LastName", limit: 1 }).end();
told("include", [found[0].Name, found[0].Contacts.records.map((row) => row.LastName), found[0].Contacts.totalSize]);
told("date_literal", (await contacts.find({ CreatedDate: jsforce.Date.TODAY, LastName: "Ada" }, "Id")).length);
told("explain", (await sf.query("SELECT Id FROM Contact WHERE External_Id__c = 'X'").explain()).plans.map((plan) => [plan.leadingOperationType, plan.sobjectType]).slice(0, 1));
const page = await sf.query("SELECT Id FROM Contact WHERE LastName = 'Crowd'", { autoFetch: false });
const next = await sf.queryMore(page.nextRecordsUrl);
const locator = await sf.queryMore(page.nextRecordsUrl.split("/").pop());
told("query_more", [page.records.length, page.done, next.records.length, next.done, locator.records[0].Id === next.records[0].Id]);
told("page_size", (await sf.query("SELECT Id FROM Contact", { headers: { "Sforce-Query-Options": "batchSize=250" }, autoFetch: false })).records.length);
told("page_limit", (await contacts.find({ LastName: "Crowd" }, "Id").maxFetch(2300).execute({ autoFetch: true })).length);
told("bad_locator", (await refused(() => sf.queryMore("01g000000000000AAA-2000"))).slice(0, 2));
told("malformed", await refused(() => sf.query("SELECT Id FORM Account")));
told("bad_object", (await refused(() => sf.query("SELECT Id FROM Nope__c"))).slice(0, 2));

// ---------------------------------------------------------------------- many rows

const many = await accounts.create(Array.from({ length: 201 }, (_, n) => ({ Name: `Many ${n}`, External_Id__c: `M-${n}` })), { allowRecursive: true });
told("create_201", [many.length, many.every((one) => one.success)]);
told("create_too_many", await refused(() => accounts.create(Array.from({ length: 201 }, () => ({ Name: "No" })))));
told("too_many_made", await accounts.count({ Name: "No" }));
const ids = many.slice(0, 3).map((one) => one.id);
told("retrieve_many", (await accounts.retrieve([...ids, "0015e0000009999AAA"])).map((row) => row && row.Name));
told("retrieve_fields", Object.keys(await accounts.retrieve(ids[0], { fields: ["Name", "Industry"] })));
told("update_many", (await accounts.update([{ Id: ids[0], Industry: "Energy" }, { Id: ids[1], Name: "" }])).map((one) => [one.success, one.errors.map((e) => e.statusCode)]));
told("update_all_or_none", (await accounts.update([{ Id: ids[0], Industry: "Banking" }, { Id: ids[1], Name: "" }], { allOrNone: true })).map((one) => one.errors[0].statusCode));
told("rolled_back", (await accounts.retrieve(ids[0])).Industry);
told("upsert_many", (await accounts.upsert([{ External_Id__c: "M-0", Name: "First" }, { External_Id__c: "M-X", Name: "Extra" }], "External_Id__c")).map((one) => [one.success, one.created]));
told("mixed", (await sf.create(null, [{ attributes: { type: "Account" }, Name: "A" }, { attributes: { type: "Contact" }, LastName: "C" }])).map((one) => one.id.slice(0, 3)));
told("destroy_many", (await accounts.destroy([...ids, "0015e0000009999AAA"])).map((one) => [one.success, one.errors.map((e) => e.statusCode)]));
told("destroy_all_or_none", (await accounts.destroy([many[5].id, ids[0]], { allOrNone: true })).map((one) => one.success));
told("destroyed_by_query", (await accounts.find({ Name: "Extra" }).destroy()).map((one) => one.success));
told("updated_by_query", [(await accounts.find({ Name: "Many 7" }).update({ Industry: "${Name} Ltd" })).length, (await accounts.findOne({ Name: "Many 7" })).Industry]);
const scan = (options) => sf.query(`SELECT Id, IsDeleted FROM Account WHERE Id IN ('${ids.join("','")}')`, options);
told("scan_all", [(await scan({})).totalSize, (await scan({ scanAll: true })).records.map((row) => row.IsDeleted)]);

const single = await accounts.record((await accounts.create({ Name: "Single" })).id);
told("record", [(await single.retrieve()).Name, (await single.update({ Industry: "Energy" })).success]);
const hour = 3600e3;
const [from, to] = [new Date(Date.now() - hour), new Date(Date.now() + hour)];
const updated = await accounts.updated(from, to);
const covered = new Date(updated.latestDateCovered);
const due = (await sf.query(`SELECT Id FROM Account WHERE SystemModstamp < ${covered.toISOString()}`)).records.map((row) => row.Id);
told("updated", [updated.ids.sort().join() === due.sort().join(), covered <= new Date()]);
const deleted = await accounts.deleted(from.toISOString(), to.toISOString());
told("deleted", [deleted.deletedRecords.every((row) => new Date(row.deletedDate) < new Date(deleted.latestDateCovered)), Object.keys(deleted).sort()]);
told("deleted_too_old", (await refused(() => accounts.deleted(new Date(Date.now() - 60 * 24 * hour), to))).slice(0, 2));
await sf.query(`SELECT Name FROM Account WHERE Id = '${single.id}' FOR VIEW`);
told("recent", [(await accounts.recent()).map((row) => row.Id === single.id), (await sf.recent(2)).length]);
told("gone", await refused(() => accounts.retrieve(ids[0])));
told("unknown_id", await refused(() => accounts.update({ Id: "0015e0000009999AAA", Name: "x" })));
told("bad_id", await refused(() => accounts.retrieve("nonsense")));
told("bad_type", (await refused(() => accounts.create({ Name: "x", AnnualRevenue: "much" }))).slice(0, 2));
told("unknown_field", await refused(() => accounts.create({ Name: "x", Nope__c: 1 })));
told("read_only", (await refused(() => accounts.create({ Name: "x", CreatedById: "0055e000000001AAAA" }))).slice(0, 2));
told("unknown_object", await refused(() => sf.sobject("Nope__c").create({ Name: "x" })));
told("duplicate", (await refused(() => accounts.create({ Name: "x", External_Id__c: "M-9" }))).slice(0, 2));

// ---------------------------------------------------------------------- any request

told("relative", [(await sf.request("/limits")).DailyApiRequests.Max, (await sf.requestGet(`/services/data/v${VERSION}/limits`)).DailyApiRequests.Max]);
told("absolute", (await sf.requestGet(`${sf.instanceUrl}/services/data`)).some((v) => v.version === VERSION));
const batch = await sf.requestPost("/composite/batch", { batchRequests: [{ method: "GET", url: `v${VERSION}/limits` }, { method: "GET", url: `v${VERSION}/sobjects/Nope` }] });
told("batch", [batch.hasErrors, batch.results.map((one) => one.statusCode)]);
const tree = { records: [{ attributes: { type: "Account", referenceId: "a" }, Name: "Tree", Contacts: { records: [{ attributes: { type: "Contact", referenceId: "c" }, LastName: "Leaf" }] } }] };
const grown = await sf.requestPost("/composite/tree/Account", tree);
told("tree", [grown.hasErrors, grown.results.map((one) => one.referenceId)]);
told("tree_refused", (await refused(() => sf.requestPost("/composite/tree/Account", { records: [{ attributes: { type: "Account", referenceId: "a" } }] }))).slice(0, 2));
const graph = await sf.requestPost("/composite/graph", { graphs: [{ graphId: "g", compositeRequest: [{ method: "POST", url: `/services/data/v${VERSION}/sobjects/Account`, referenceId: "r", body: { Name: "Graph" } }] }] });
told("graph", graph.graphs.map((one) => [one.graphId, one.isSuccessful]));
told("graphql", (await sf.requestPost("/graphql", { query: "query { uiapi { query { Contact(where: {LastName: {eq: \"Ada\"}}) { edges { node { LastName { value } } } } } } }" })).data.uiapi.query.Contact.edges.map((edge) => edge.node.LastName.value));
told("no_such_path", await refused(() => sf.requestGet("/nope")));
told("bad_json", (await refused(() => sf.request({ method: "POST", url: "/sobjects/Account", body: "{", headers: { "content-type": "application/json" } }))).slice(0, 2));

const bytes = Buffer.from("hello, file\u0000\u00ff", "latin1");
const version = sf.sobject("ContentVersion");
const file = await version.create({ Title: "Hello", PathOnClient: "hello.bin", VersionData: bytes.toString("base64") },
  { multipartFileFields: { VersionData: { contentType: "application/octet-stream", filename: "hello.bin" } } });
const kept = await version.retrieve(file.id);
const raw = await fetch(sf.instanceUrl + kept.VersionData, { headers: { authorization: `Bearer ${sf.accessToken}` } });
told("multipart", [file.id.slice(0, 3), kept.ContentSize, Buffer.from(await raw.arrayBuffer()).equals(bytes)]);

// ---------------------------------------------------------------------- tooling, Apex

told("tooling_query", (await sf.tooling.query("SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Account'")).records.map((row) => row.QualifiedApiName));
told("tooling_describe", [(await sf.tooling.describeGlobal()).sobjects.some((o) => o.name === "ApexClass"), (await sf.tooling.describe("ApexClass")).name]);
const ran = await sf.tooling.executeAnonymous("System.debug(1);");
told("execute_anonymous", [ran.compiled, ran.compileProblem]);
told("apex_rest", await refused(() => sf.apex.get("/none")));
told("search", (await sf.search("FIND {Parent} IN NAME FIELDS RETURNING Account(Id, Name)")).searchRecords.map((row) => [row.attributes.type, row.Name]));
told("search_refused", (await refused(() => sf.search("FIND {Parent"))).slice(0, 2));

// ---------------------------------------------------------------------- the end of a session

const bye = new jsforce.Connection({ loginUrl: env.SF_LOGIN_URL, version: VERSION });
await bye.login(env.SF_USERNAME, env.SF_PASSWORD + env.SF_SECURITY_TOKEN);
const ended = { instanceUrl: bye.instanceUrl, accessToken: bye.accessToken, version: VERSION };
await bye.logout();
told("logout", await refused(() => new jsforce.Connection(ended).query("SELECT Id FROM Organization")));
