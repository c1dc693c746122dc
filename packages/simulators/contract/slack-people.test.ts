import { LogLevel, WebClient } from "@slack/web-api";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { type RunningSimulators, startSimulators } from "../src/start.ts";
import { actIn, getJson, sendJson } from "./sim-client.ts";

const token = "xoxb-sim-000000000000-thor0000";
const Event = z.looseObject({ type: z.string(), subtype: z.string().optional() });
const Rows = z.array(z.object({ body: z.looseObject({ event: Event.optional() }) }));
let sim: RunningSimulators;
let slack: WebClient;

beforeAll(async () => {
  sim = await startSimulators();
  slack = new WebClient(token, { slackApiUrl: `${sim.facts.slack.apiUrl}/`, logLevel: LogLevel.ERROR });
});
afterAll(() => sim.close());

const act = (deed: object) => actIn(sim.facts.url, deed);
/** The events that a deed causes, as the app gets them. */
async function eventsOf(deed: () => Promise<unknown>) {
  const list = async () =>
    (await getJson(`${sim.facts.url}/_sim/slack/deliveries`, Rows)).flatMap(({ body }) => body.event ?? []);
  const before = (await list()).length;
  await deed();
  return (await list()).slice(before);
}
const convert = (as: string, channel: string, to: string) => () =>
  sendJson("POST", `${sim.facts.url}/_sim/act`, { sim: "slack", do: "convert", as, channel, to });

it("tells of a person's edit, deletion and reactions as Slack does", async () => {
  const { ts } = await act({ do: "say", text: "first" });
  const [edit] = await eventsOf(() => act({ do: "edit", ts, text: "second" }));
  expect(edit).toMatchObject({
    subtype: "message_changed",
    message: { ts, text: "second" },
    previous_message: { text: "first" },
  });
  const [added] = await eventsOf(() => act({ do: "react", ts, name: "x" }));
  expect(added).toMatchObject({
    type: "reaction_added",
    reaction: "x",
    user: "U0ALICE001",
    item: { channel: "C0GENERAL1", ts },
  });
  const [removed] = await eventsOf(() => act({ do: "react", ts, name: "x" }));
  expect(removed).toMatchObject({ type: "reaction_removed", reaction: "x" });
  const [gone] = await eventsOf(() => act({ do: "delete", ts }));
  expect(gone).toMatchObject({ subtype: "message_deleted", deleted_ts: ts, previous_message: { text: "second" } });
});

it("brings a person's file along and hands it out to the app's token only", async () => {
  const files = [{ name: "trace.log", content: "boom" }];
  const [shared] = await eventsOf(() => act({ do: "say", text: "@thor look", files }));
  const { url_private, ...file } = z
    .looseObject({ url_private: z.string() })
    .parse(z.array(z.unknown()).parse(shared?.["files"])[0]);
  expect(shared).toMatchObject({ subtype: "file_share" });
  expect(file).toMatchObject({ name: "trace.log", size: 4, mimetype: "text/plain" });
  const download = (headers: Record<string, string>) => fetch(url_private, { headers, redirect: "manual" });
  expect(await (await download({ authorization: `Bearer ${token}` })).text()).toBe("boom");
  expect((await download({})).status).toBe(302);
});

it("forwards a message as an attachment that names author and source", async () => {
  const { ts } = await act({ do: "say", as: "U0BOB00001", channel: "C0ENG00001", text: "build is red" });
  const [event] = await eventsOf(() =>
    act({ do: "forward", from: { channel: "C0ENG00001", ts }, text: "@thor see this" }),
  );
  expect(event?.["attachments"]).toMatchObject([
    { is_share: true, author_id: "U0BOB00001", channel_id: "C0ENG00001", ts, text: "build is red" },
  ]);
});

it("says of which workspace an external author is", async () => {
  const [event] = await eventsOf(() => act({ do: "say", as: "U0EVE00001", channel: "C0PARTNER1", text: "hi" }));
  expect(event).toMatchObject({ user: "U0EVE00001", user_team: "T0PARTNER1" });
  expect((await slack.users.info({ user: "U0EVE00001" })).user).toMatchObject({
    team_id: "T0PARTNER1",
    is_stranger: true,
  });
});

it("tells that a channel became private, public, shared and unshared, and answers accordingly", async () => {
  const channel = "C0ENG00001";
  const steps = [
    { to: "private", told: "channel_convert_to_private", flags: { is_private: true } },
    { to: "public", told: "channel_convert_to_public", flags: { is_private: false } },
    { to: "shared", told: "channel_shared", flags: { is_ext_shared: true } },
    { to: "public", told: "channel_unshared", flags: { is_ext_shared: false } },
  ];
  for (const { to, told, flags } of steps) {
    const [event] = await eventsOf(convert("U0ALICE001", channel, to));
    expect(event?.subtype ?? event?.type).toBe(told);
    expect((await slack.conversations.info({ channel })).channel).toMatchObject(flags);
  }
});

it("lists people, members and user groups, page by page", async () => {
  const names: (string | undefined)[] = [];
  for await (const page of slack.paginate("users.list", { limit: 2 }))
    names.push(
      ...z
        .looseObject({ members: z.array(z.object({ name: z.string() })) })
        .parse(page)
        .members.map(({ name }) => name),
    );
  expect(names).toEqual(["alice", "bob", "carol", "eve", "thor"]);
  expect((await slack.conversations.members({ channel: "C0PRIVOPS1" })).members).toContain("U0BOB00001");
  const { usergroups = [] } = await slack.usergroups.list({ include_users: true });
  expect(usergroups.map(({ handle }) => handle)).toEqual(["engineers", "oncall"]);
  expect((await slack.usergroups.users.list({ usergroup: usergroups[1]?.id ?? "" })).users).toEqual(["U0BOB00001"]);
});

it("shows a reply in thread and channel when its author wants both", async () => {
  const { ts } = await act({ do: "say", text: "root" });
  const [event] = await eventsOf(() => act({ do: "reply", threadTs: ts, text: "both", alsoInChannel: true }));
  expect(event).toMatchObject({ subtype: "thread_broadcast", thread_ts: ts });
});

it("delivers any event that Slack itself may send, and honours no token after an uninstall", async () => {
  const event = { type: "assistant_thread_started", assistant_thread: { user_id: "U0ALICE001" } };
  const [told] = await eventsOf(() => sendJson("POST", `${sim.facts.url}/_sim/slack/events`, { event }));
  expect(told).toMatchObject(event);
  const revoked = await eventsOf(() => sendJson("POST", `${sim.facts.url}/_sim/slack/uninstall`, {}));
  expect(revoked.map(({ type }) => type)).toEqual(["tokens_revoked", "app_uninstalled"]);
  await expect(slack.auth.test()).rejects.toMatchObject({ data: { error: "account_inactive" } });
});
