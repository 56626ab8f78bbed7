// jsforce 3 listening (its faye client): a platform event, a PushTopic and change events as they happen, replay, a session that is none.
import jsforce from "jsforce";
import streaming from "jsforce/lib/api/streaming.js";

const env = process.env;
const told = (step, value) => console.log(JSON.stringify({ step, value }));
const { AuthFailure, Replay } = streaming.StreamingExtension;
const conn = new jsforce.Connection({ instanceUrl: env.SF_INSTANCE_URL, accessToken: env.SF_ACCESS_TOKEN, version: "62.0" });

/** Subscribed; `heard(n)` are the first n messages, as they come. */
async function listening(client, channel) {
  const all = [];
  let wake = () => {};
  const subscription = client.subscribe(channel, (message) => {
    all.push(message);
    wake();
  });
  await subscription;
  const heard = async (count) => {
    while (all.length < count) await new Promise((resolve) => { wake = resolve; });
    return all.slice(0, count);
  };
  return { heard, subscription };
}

async function refused(client, channel) {
  try {
    await client.subscribe(channel, () => {});
  } catch (error) {
    return error.message;
  }
  return "nothing was refused";
}

const order = (number) => conn.sobject("Order__e").create({ Order_Number__c: number });

const live = conn.streaming.createClient();
const events = await listening(live, "/event/Order__e");
const published = await order("S-1");
told("published", [published.success, published.errors.map((e) => e.statusCode)]);
const [event] = await events.heard(1);
told("event", [event.payload.Order_Number__c, Object.keys(event).sort(), Object.keys(event.event)]);

const made = await conn.sobject("PushTopic").create({ Name: "Names", Query: "SELECT Id, Name FROM Account", ApiVersion: 62.0, NotifyForFields: "Referenced" });
told("push_topic", made.success);
const topic = await listening(live, "/topic/Names");
const account = await conn.sobject("Account").create({ Name: "Streamed" });
await conn.sobject("Account").update({ Id: account.id, Name: "Streamed again" });
told("topic", (await topic.heard(2)).map((one) => [one.event.type, one.sobject.Name, one.sobject.Id === account.id]));

const changes = await listening(live, "/data/AccountChangeEvent");
await conn.sobject("Account").destroy(account.id);
told("change", (await changes.heard(1)).map((one) => [one.payload.ChangeEventHeader.changeType, one.payload.ChangeEventHeader.recordIds[0] === account.id]));

events.subscription.cancel();
await order("S-2");
told("denied", await refused(live, "/event/Nothing__e"));
live.disconnect();

for (const [step, replayId, count] of [["replay_all", -2, 2], ["replay_after", event.event.replayId, 1]]) {
  const client = conn.streaming.createClient([new Replay("/event/Order__e", replayId)]);
  const again = await listening(client, "/event/Order__e");
  told(step, (await again.heard(count)).map((one) => one.payload.Order_Number__c));
  client.disconnect();
}
told("replay_invalid", (await refused(conn.streaming.createClient([new Replay("/event/Order__e", 987654)]), "/event/Order__e")).slice(0, 51));

const dead = new jsforce.Connection({ instanceUrl: env.SF_INSTANCE_URL, accessToken: "00D!dead", version: "62.0" });
const failure = await new Promise((resolve) => dead.streaming.createClient([new AuthFailure(resolve)]).subscribe("/event/Order__e", () => {}));
told("dead_session", [failure.channel, failure.error, failure.ext?.sfdc?.failureReason ?? null]);
process.exit(0);
