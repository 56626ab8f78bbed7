// The story as told by jsforce 3, logged in by user name and password.
import jsforce from "jsforce";

const TEXT = "Zoë said \"1 < 2\" & 'so' — 日本\n\u{1F600} \\ %41";
const KEY = "K-1"; // jsforce puts it into the path as it is
const env = process.env;
const told = (step, value) => console.log(JSON.stringify({ step, value }));

async function code(act) {
  try {
    await act();
  } catch (error) {
    return error.errorCode ?? String(error);
  }
  return "nothing was refused";
}

const conn = new jsforce.Connection({ loginUrl: env.SF_LOGIN_URL, version: "62.0" });
await conn.login(env.SF_USERNAME, env.SF_PASSWORD + env.SF_SECURITY_TOKEN);

const account = conn.sobject("Account");
const made = (await account.create({ Name: "Acme" })).id;
told("create", [made.slice(0, 3), made.length]);
told("read", (await account.retrieve(made)).Name);
await account.update({ Id: made, Industry: "Banking" });
told("update", (await account.retrieve(made)).Industry);
await account.update({ Id: made, Industry: null, Description: TEXT });
const read = await account.retrieve(made);
told("null", read.Industry);
told("text", read.Description);
told("query", (await account.find({ Name: { $like: "Acm%" } }, ["Name"])).map((row) => row.Name));

const crowd = new Set();
await new Promise((resolve, reject) => {
  conn.query("SELECT Id FROM Contact WHERE LastName = 'Crowd'", { autoFetch: true, maxFetch: 10000 })
    .on("record", (row) => crowd.add(row.Id)).on("end", resolve).on("error", reject).run();
});
told("pages", crowd.size);
told("parent", (await conn.query("SELECT Account.Name FROM Contact WHERE LastName = 'Ada'")).records[0].Account.Name);
const family = await conn.query("SELECT Id, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Name = 'Parent'");
told("children", family.records[0].Contacts.records.map((row) => row.LastName));
const grouped = await conn.query("SELECT LastName, COUNT(Id) n FROM Contact WHERE Account.Name = 'Parent' GROUP BY LastName ORDER BY LastName");
told("group", grouped.records.map((row) => [row.LastName, row.n]));
told("count", (await conn.query("SELECT COUNT() FROM Contact WHERE Account.Name = 'Parent'")).totalSize);
const saves = [];
for (let turn = 0; turn < 2; turn++) {
  saves.push(await conn.sobject("Contact").upsert({ External_Id__c: KEY, LastName: "New" }, "External_Id__c"));
}
told("upsert", saves.map((save) => save.created));
told("bad_field", await code(() => conn.query("SELECT Nope FROM Account")));
told("bad_query", await code(() => conn.query("SELECT Id FORM Account")));
told("no_name", await code(() => account.create({ Industry: "Banking" })));
told("bad_email", await code(() => conn.sobject("Contact").create({ LastName: "X", Email: "nobody" })));
told("missing", await code(() => account.retrieve("0015e0000009999AAA")));
told("collection", (await account.create([{ Name: "Acne" }, {}], { allOrNone: false })).map((item) => item.success));
const base = `/services/data/v${conn.version}/sobjects`;
const parts = await conn.requestPost(`/services/data/v${conn.version}/composite`, {
  compositeRequest: [
    { method: "POST", url: `${base}/Account`, referenceId: "acc", body: { Name: "Whole" } },
    { method: "POST", url: `${base}/Contact`, referenceId: "con", body: { LastName: "Part", AccountId: "@{acc.id}" } },
  ],
});
told("composite", parts.compositeResponse.map((part) => part.httpStatusCode));
await account.destroy(made);
told("delete", (await conn.query(`SELECT Id FROM Account WHERE Id = '${made}'`)).totalSize);
told("delete_again", await code(() => account.destroy(made)));
told("limits", (await conn.limits()).DailyApiRequests.Max);
const described = await account.describe();
told("describe", [described.name, described.keyPrefix, described.fields.some((f) => f.name === "Name")]);
told("user", (await conn.identity()).username === env.SF_USERNAME);
const stranger = new jsforce.Connection({ instanceUrl: conn.instanceUrl, accessToken: "00D5e0000000001!nobody", version: "62.0" });
told("expired", await code(() => stranger.sobject("Account").retrieve(made)));
