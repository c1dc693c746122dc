/** What the runner takes for granted of the pinned OpenCode (F1–F16 of the specification), asked of the real one. */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { PASSWORD, startRealOpencode, type RealOpencode } from "@thor/simulators/opencode";
import { startSimulators, type RunningSimulators } from "@thor/simulators/start";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

const Session = z.looseObject({ id: z.string() });
const Messages = z.array(
  z.looseObject({
    info: z.looseObject({
      id: z.string(),
      role: z.string(),
      finish: z.string().optional(),
      error: z.looseObject({ name: z.string() }).optional(),
    }),
    parts: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  }),
);
const Event = z.object({
  payload: z.looseObject({ type: z.string(), properties: z.looseObject({}).optional() }),
});

let sims: RunningSimulators;
let opencode: RealOpencode;
let repo: string;
const heard: { type: string; text: string }[] = [];
const hangUp = new AbortController();

const headers = (directory: string) => ({
  authorization: `Basic ${Buffer.from(`opencode:${PASSWORD}`).toString("base64")}`,
  "content-type": "application/json",
  "x-opencode-directory": directory,
});
const ask = (path: string, { body, directory = repo }: { body?: unknown; directory?: string } = {}) =>
  fetch(opencode.url + path, {
    method: body === undefined ? "GET" : "POST",
    headers: headers(directory),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
async function scenarios(yaml: string): Promise<void> {
  const url = `${sims.facts.url}/_sim/model/scenarios`;
  const answer = await fetch(url, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ yaml }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}
const open = async (directory = repo) =>
  Session.parse(await (await ask("/session", { body: { title: "t" }, directory })).json()).id;
const messages = async (id: string) => Messages.parse(await (await ask(`/session/${id}/message`)).json());
const statuses = async (directory = repo) =>
  z
    .record(z.string(), z.looseObject({ type: z.string() }))
    .parse(await (await ask("/session/status", { directory })).json());
const idle = (id: string) => eventually(`${id} is idle`, async () => (await statuses())[id] === undefined, 30_000);
const ids = () => {
  const name = randomUUID().replaceAll("-", "");
  return { messageID: `msg_${name}`, partId: `prt_${name}` };
};
type Ids = ReturnType<typeof ids>;
const send = (id: string, text: string, { messageID, partId, ...more }: Ids & { model?: object } = ids()) =>
  ask(`/session/${id}/prompt_async`, { body: { messageID, parts: [{ id: partId, type: "text", text }], ...more } });
const answered = (id: string) =>
  eventually("the answer", async () => (await answers(id)).some(({ info }) => info.finish === "stop"), 20_000);
const answers = async (id: string) => (await messages(id)).filter(({ info }) => info.role === "assistant");

async function listen(): Promise<void> {
  const answer = await fetch(`${opencode.url}/global/event`, { headers: headers(repo), signal: hangUp.signal });
  let rest = "";
  for await (const chunk of answer.body ?? []) {
    const lines = (rest + Buffer.from(chunk).toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = line.startsWith("data: ") ? Event.safeParse(JSON.parse(line.slice(6))) : undefined;
      if (event?.success === true) heard.push({ type: event.data.payload.type, text: line });
    }
  }
}

beforeAll(async () => {
  const root = mkdtempSync(join(tmpdir(), "thor-facts-"));
  repo = join(root, "repo");
  for (const name of ["repo", "other"]) mkdirSync(join(root, name));
  sims = await startSimulators({ model: { values: { repos: root, worktrees: root } } });
  opencode = await startRealOpencode(sims.facts.model.baseUrl);
  void listen().catch(() => undefined);
  await eventually("the stream", () => heard.length > 0);
}, 60_000);
afterAll(async () => {
  hangUp.abort();
  await opencode.close();
  await sims.close();
});

describe("sending", () => {
  it("F1: the same two ids again, also five at once, are one turn and one text", async () => {
    const [id, same] = [await open(), ids()];
    await Promise.all(Array.from({ length: 5 }, () => send(id, "just say once", same)));
    await answered(id);
    await idle(id);
    await send(id, "just say once", same);
    await idle(id);
    const all = await messages(id);
    expect(all.map(({ info }) => info.role)).toEqual(["user", "assistant"]);
    expect(all[0]?.parts.filter(({ text }) => text === "just say once")).toHaveLength(1);
  });

  it("F2: the same call continues a turn that was aborted", async () => {
    await scenarios("scenario: s\nwhen: [{ user: stall-first }]\nturns: [{ stall: 20, say: first }]");
    const [id, same] = [await open(), ids()];
    await send(id, "stall-first", same);
    await eventually("it works", async () => (await statuses())[id]?.type === "busy");
    await ask(`/session/${id}/abort`, { body: {} });
    await idle(id);
    await scenarios("scenario: s\nwhen: [{ user: stall-first }]\nturns: [{ say: second time }]");
    await send(id, "stall-first", same);
    await eventually("the answer", async () => JSON.stringify(await answers(id)).includes("second time"), 20_000);
    expect((await messages(id)).filter(({ info }) => info.role === "user")).toHaveLength(1);
  });

  it("F4: 204 means well-formed; only the stored message proves more", async () => {
    const id = await open();
    const model = { providerID: "thor", modelID: "no-such-model" };
    expect((await send(id, "hello", { ...ids(), model })).status).toBe(204);
    await eventually("an error", () => heard.some(({ type, text }) => type === "session.error" && text.includes(id)));
    const unknown = ids();
    expect((await ask(`/session/${id}/message/${unknown.messageID}`)).status).toBe(404);
  });

  it("F10: a second prompt during a turn is read at the next step: one answer for both", async () => {
    await scenarios(
      "scenario: two\nwhen: [{ user: first-of-two }]\nturns: [{ call: [{ bash: sleep 2 }] }, { say: both }]",
    );
    const id = await open();
    await send(id, "first-of-two");
    await eventually("the tool", async () => JSON.stringify(await messages(id)).includes('"running"'));
    await send(id, "second-of-two");
    await idle(id);
    const last = (await messages(id)).at(-1);
    expect([last?.info.role, last?.info.finish]).toEqual(["assistant", "stop"]);
    expect((await messages(id)).filter(({ info }) => info.role === "user")).toHaveLength(2);
  });
});

describe("asking", () => {
  it("F5: a status is of one directory; a session is found from any; what is no path answers with a page", async () => {
    const other = join(repo, "..", "other");
    const id = await open(other);
    await send(id, "take your time for 5 s");
    await eventually("busy there", async () => (await statuses(other))[id]?.type === "busy");
    expect((await statuses(repo))[id]).toBeUndefined();
    expect((await ask(`/session/${id}`)).status).toBe(200);
    expect((await ask(`/session/ses_${"0".repeat(26)}`)).status).toBe(404);
    const page = await ask("/no/such/path");
    expect([page.status, page.headers.get("content-type")]).toEqual([200, expect.stringContaining("text/html")]);
    await ask(`/session/${id}/abort`, { body: {} });
  });

  it("F6: an abort is answered whether or not anything runs", async () => {
    const id = await open();
    expect((await ask(`/session/${id}/abort`, { body: {} })).status).toBe(200);
    expect((await ask(`/session/ses_${"1".repeat(26)}/abort`, { body: {} })).status).toBe(200);
  });

  it("F7: an abort kills the tool and all that it started", async () => {
    await scenarios(
      "scenario: k\nwhen: [{ user: start-sleeping }]\nturns: [{ call: [{ bash: sleep 4711 & sleep 4711 }] }]",
    );
    const id = await open();
    await send(id, "start-sleeping");
    await eventually("the tool", async () => JSON.stringify(await messages(id)).includes('"running"'));
    await ask(`/session/${id}/abort`, { body: {} });
    await idle(id);
    expect(JSON.stringify(await messages(id))).not.toContain('"status":"running"');
  });

  it("F8: what can pass is tried again and told when; what cannot ends the turn with the error", async () => {
    await scenarios(
      "scenario: later\nwhen: [{ user: limited }]\nturns: [{ fail: { status: 429, retryAfter: 3600, times: 1 }, say: x }]\n---\nscenario: never\nwhen: [{ user: forbidden }]\nturns: [{ fail: { status: 401, times: 9 }, say: x }]",
    );
    const [limited, forbidden] = [await open(), await open()];
    await send(limited, "limited");
    const status = await eventually("a retry", async () => {
      const now = (await statuses())[limited];
      return now?.type === "retry" ? now : undefined;
    });
    expect(Number(status["next"])).toBeGreaterThan(Date.now() + 3_000_000);
    await ask(`/session/${limited}/abort`, { body: {} });
    await send(forbidden, "forbidden");
    await eventually(
      "the error",
      async () => (await answers(forbidden)).some(({ info }) => info.error !== undefined),
      20_000,
    );
    await idle(forbidden);
  });
});

describe("the stream", () => {
  it("F12: announces a sub-agent's session before anything of it", async () => {
    await scenarios(
      "scenario: c\nwhen: [{ user: child-works }]\nturns: [{ say: child }]\n---\nscenario: l\nwhen: [{ user: delegate }]\nturns: [{ call: [{ task: { description: w, prompt: child-works, subagent_type: general } }] }, { say: lead }]",
    );
    const id = await open();
    await send(id, "delegate");
    await idle(id);
    const Created = z.object({
      payload: z.object({ properties: z.object({ info: z.looseObject({ id: z.string(), parentID: z.string() }) }) }),
    });
    const children = heard.flatMap(({ type, text }) => {
      const read = type === "session.created" ? Created.safeParse(JSON.parse(text.slice(6))) : undefined;
      return read?.data?.payload.properties.info.parentID === id ? [read.data.payload.properties.info.id] : [];
    });
    expect(children).toHaveLength(1);
    const first = heard.find(({ text }) => text.includes(children[0] ?? "none"));
    expect(first?.type).toBe("session.created");
  });

  it("F15: opens with its greeting, and brings durable events twice, the copy marked", () => {
    expect(heard[0]?.type).toBe("server.connected");
    expect(heard.filter(({ type }) => type === "sync").length).toBeGreaterThan(0);
  });

  it("F9: ends when the server is killed; what ran is told by nobody and stays as it was", async () => {
    const id = await open();
    await send(id, "take your time for 60 s");
    await eventually("the tool", async () => JSON.stringify(await messages(id)).includes('"running"'));
    await opencode.kill();
    await opencode.start();
    expect((await statuses())[id]).toBeUndefined();
    expect(JSON.stringify(await messages(id))).toContain('"status":"running"');
  });
});
