// jsforce 3 by SOAP: its conn.soap calls, and the faults that it makes of refusals.
import jsforce from "jsforce";

const env = process.env;
const told = (step, value) => console.log(JSON.stringify({ step, value }));

async function refused(act) {
  try {
    await act();
  } catch (error) {
    return [error.errorCode ?? error.name, error.message.split(". ")[0]];
  }
  return "nothing was refused";
}

const conn = new jsforce.Connection({ loginUrl: env.SF_LOGIN_URL, version: "62.0" });
const me = await conn.login(env.SF_USERNAME, env.SF_PASSWORD + env.SF_SECURITY_TOKEN);
const soap = conn.soap;

told("timestamp", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test((await soap.getServerTimestamp()).timestamp));
const info = await soap.getUserInfo();
told("user", [info.userId === me.id, info.organizationId === me.organizationId, info.userName === env.SF_USERNAME, info.roleId, info.orgHasPersonAccounts]);

const made = await soap.create([{ type: "Account", Name: "Soap & Söhne", NumberOfEmployees: 5 }, { type: "Account", Phone: "1" }]);
told("create", made.map((r) => [r.success, r.errors.map((e) => [e.statusCode, e.fields])]));
const id = made[0].id;
told("made", (await conn.query(`SELECT Name, NumberOfEmployees FROM Account WHERE Id = '${id}'`)).records.map((r) => [r.Name, r.NumberOfEmployees]));
told("update", (await soap.update({ type: "Account", Id: id, Phone: "2", fieldsToNull: ["NumberOfEmployees"] })).success);
told("updated", (await conn.sobject("Account").retrieve(id)).NumberOfEmployees);
const upserted = [];
for (const name of ["one", "two"]) {
  const result = await soap.upsert("External_Id__c", { type: "Account", External_Id__c: "S-1", Name: name });
  upserted.push([result.success, result.created]);
}
told("upsert", upserted);
told("delete", (await soap.delete([id])).map((r) => [r.success, r.id === id]));
told("undelete", (await soap.undelete([id])).map((r) => r.success));
await soap.delete([id]);
told("empty", (await soap.emptyRecycleBin([id])).map((r) => r.success));
told("undelete_late", (await soap.undelete([id])).map((r) => [r.success, r.errors[0].statusCode]));

const lead = await conn.sobject("Lead").create({ LastName: "Fox", Company: "Foxes" });
const converted = await soap.convertLead({ leadId: lead.id, convertedStatus: "Closed - Converted", doNotCreateOpportunity: true, overwriteLeadSource: false, sendNotificationEmail: false });
told("convert", [converted.success, converted.accountId.slice(0, 3), converted.contactId.slice(0, 3), converted.opportunityId]);
const bad = await soap.convertLead([{ leadId: lead.id, convertedStatus: "Nope", doNotCreateOpportunity: true }]);
told("convert_again", bad.map((r) => [r.success, r.errors[0].statusCode]));

told("merge", await refused(() => soap.merge({ masterRecord: { type: "Account", Id: id }, recordToMergeIds: [converted.accountId] })));
told("tabs", await refused(() => soap.describeTabs()));
told("bad_type", await refused(() => soap.create({ type: "Nope__c", Name: "x" })));
told("bad_field", await refused(() => soap.create({ type: "Account", Name: "x", Nope__c: "y" })));
told("bad_id", await refused(() => soap.delete(["nonsense"])));
told("foreign_password", await refused(() => soap.resetPassword("0055e0000000001AAA")));

const passed = await soap.setPassword(me.id, "Brand new 2026");
told("password", [passed === "" || passed == null || typeof passed === "object" || typeof passed === "string", await refused(() => conn.login(env.SF_USERNAME, env.SF_PASSWORD + env.SF_SECURITY_TOKEN))]);
const dead = new jsforce.Connection({ instanceUrl: conn.instanceUrl, accessToken: `${me.organizationId.slice(0, 15)}!dead`, version: "62.0" });
told("dead_session", await refused(() => dead.soap.getUserInfo()));
