// jsforce 3: the Metadata API and anonymous Apex, as its documentation shows them.
import jsforce from "jsforce";

const told = (step, value) => console.log(JSON.stringify({ step, value }));
const env = process.env;
const conn = new jsforce.Connection({ instanceUrl: env.SF_INSTANCE_URL, accessToken: env.SF_ACCESS_TOKEN, version: "62.0" });
conn.metadata.pollInterval = 100;

const described = await conn.metadata.describe("62.0");
told("describe", [described.metadataObjects.map((one) => one.xmlName), described.partialSaveAllowed]);
const created = await conn.metadata.create("CustomObject", {
  fullName: "Parcel__c", label: "Parcel", pluralLabel: "Parcels", deploymentStatus: "Deployed", sharingModel: "ReadWrite", nameField: { type: "Text", label: "Name" },
});
told("create", [created.fullName, created.success]);
const upserted = await conn.metadata.upsert("CustomField", [
  { fullName: "Parcel__c.Weight__c", label: "Weight", type: "Number", precision: 8, scale: 2 },
  { fullName: "Parcel__c.Broken__c", label: "Broken", type: "Text" },
]);
told("upsert", upserted.map((one) => [one.fullName, one.success, one.created, (one.errors ?? []).map((error) => error.message)]));
const read = await conn.metadata.read("CustomField", "Parcel__c.Weight__c");
told("read", [read.fullName, read.label, read.precision]);
const both = await conn.metadata.read("PermissionSet", ["Nobodys"]);
told("read_nothing", both.map((one) => one.fullName ?? null));
const listed = await conn.metadata.list({ type: "CustomObject" }, "62.0");
told("list", listed.filter((one) => one.fullName === "Parcel__c").map((one) => [one.type, one.fileName]));
const updated = await conn.metadata.update("CustomObject", {
  fullName: "Parcel__c", label: "Box", pluralLabel: "Boxes", deploymentStatus: "Deployed", sharingModel: "ReadWrite", nameField: { type: "Text", label: "Name" },
});
told("update", updated.success);
const retrieval = await conn.metadata.retrieve({ apiVersion: "62.0", unpackaged: { types: [{ name: "CustomObject", members: ["Parcel__c"] }], version: "62.0" } }).complete();
told("retrieve", [retrieval.success, retrieval.fileProperties.map((one) => one.fullName)]);
const deployment = await conn.metadata.deploy(retrieval.zipFile, { singlePackage: false }).complete(true);
told("deploy", [deployment.status, deployment.numberComponentErrors, deployment.numberComponentsDeployed]);
const removed = await conn.metadata.delete("CustomObject", "Parcel__c");
told("delete", [removed.fullName, removed.success]);
try {
  await conn.metadata.list({ type: "Flow" }, "62.0");
} catch (error) {
  told("refused", [error.errorCode ?? error.name, error.message]);
}
