/** A remote-cli beside a simulated Slack and a simulated Atlassian, with one conversation in a real thread. */
import { randomUUID } from "node:crypto";

import { ApprovalAnswer, parseApprovalValue } from "@thor/domain/approval";
import { ExecResult } from "@thor/domain/exec";
import { eventually } from "@thor/kit/testing/eventually";
import { startSimulators } from "@thor/simulators/start";
import { onTestFinished } from "vitest";
import { z } from "zod";

import { openWorld } from "./world.ts";

export const ALICE = "U0ALICE001";
export const BOB = "U0BOB00001";
export const GUEST = "U0CAROL001";
export const STRANGER = "U0EVE00001";
const CHANNEL = "C0GENERAL1";
const BOT_TOKEN = "xoxb-sim-approvals-0000000000";

const Element = z.object({
  action_id: z.string(),
  value: z.string().optional(),
  options: z.array(z.object({ text: z.object({ text: z.string() }), value: z.string() })).optional(),
});
const Block = z.looseObject({ type: z.string(), elements: z.array(z.unknown()).optional() });
const Message = z.object({
  ts: z.string(),
  text: z.string(),
  user: z.string().optional(),
  blocks: z.array(Block).optional(),
  files: z.array(z.unknown()).optional(),
});
const Thread = z.object({ messages: z.array(Message) });
const Requested = z.object({ type: z.literal("approval_required"), actionId: z.string(), card: z.string() });
const UpstreamState = z.object({
  tools: z.array(z.string()),
  calls: z.array(z.object({ tool: z.string(), args: z.record(z.string(), z.unknown()) })),
  cancelled: z.array(z.unknown()),
  sessions: z.number(),
});
const Place = z.object({ ts: z.string() });

type Press = readonly [decision: "approved" | "rejected", voter: string];

export interface Given {
  thorJson?: object;
  env?: Record<string, string>;
}

export async function startSim() {
  const sim = await startSimulators({ seed: randomUUID(), slack: { botToken: BOT_TOKEN } });
  onTestFinished(() => sim.close());
  const { url, mcp } = sim.facts;
  const send = (method: string, path: string, body?: unknown) =>
    fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
  const state = async (upstream = "atlassian") =>
    UpstreamState.parse(await (await send("GET", `/_sim/mcp/${upstream}`)).json());
  return {
    ...sim,
    url,
    send,
    state,
    calls: async (tool: string, upstream?: string) =>
      (await state(upstream)).calls.filter((call) => call.tool === tool),
    fault: (method: string, deed: object, more: object = {}) =>
      send("PUT", "/_sim/faults", [{ id: "f", match: { method }, do: deed, ...more }]),
    env: {
      SLACK_API_BASE_URL: sim.facts.slack.apiUrl,
      SLACK_BOT_TOKEN: BOT_TOKEN,
      ATLASSIAN_AUTH: `Bearer ${mcp.token}`,
      ATLASSIAN_CLOUD_ID: "cloud-1",
      ATLASSIAN_MCP_URL: `${mcp.baseUrl}/atlassian`,
    },
  };
}
type Sim = Awaited<ReturnType<typeof startSim>>;
type World = Awaited<ReturnType<typeof openWorld>>;

/** A conversation that began with somebody's message in #general. */
async function openThread(sim: Sim, world: World, requesters: { kind: "slack" | "github"; id: string }[]) {
  const said = await sim.send("POST", "/_sim/act", {
    sim: "slack",
    do: "say",
    as: ALICE,
    channel: CHANNEL,
    text: "hi",
  });
  const { ts } = Place.parse(await said.json());
  const minted = await world.ledger.mintAnchor({ correlationKey: `slack:thread:${CHANNEL}/${ts}`, source: "test" });
  if (minted.kind !== "minted") throw new Error(minted.kind);
  const { anchorId } = minted;
  const name = ts.replace(".", "");
  const sessionId = `ses_${name}`;
  await world.ledger.registerSession({ id: sessionId, anchorId, kind: "main" });
  const open = (triggerId: string, who: typeof requesters) =>
    world.ledger.openOwnTrigger({
      triggerId,
      anchorId,
      cause: "direct",
      sessionId,
      source: "test",
      promptMessageId: `msg_${triggerId}`,
      requesters: who,
      replyTo: { kind: "slack", channel: CHANNEL, threadTs: ts, ts },
      holder: "test",
    });
  const opened = await open(`trg_${name}`, requesters);
  if (opened.kind !== "opened") throw new Error(opened.kind);
  return {
    anchorId,
    sessionId,
    triggerId: `trg_${name}`,
    runFence: opened.runFence,
    channel: CHANNEL,
    threadTs: ts,
    open,
  };
}

export const issue = (more: object = {}) =>
  JSON.stringify({
    projectKey: "SHOP",
    issueTypeName: "Bug",
    summary: "Broken cart",
    description: "It breaks.",
    ...more,
  });

export async function openApprovalWorld(
  { thorJson = {}, env = {} }: Given = {},
  requesters = [{ kind: "slack" as const, id: ALICE }],
) {
  const sim = await startSim();
  const world = await openWorld({ ...sim.env, ...env }, thorJson);
  const thread = await openThread(sim, world, requesters);
  const messages = async () => {
    const answer = await sim.send("GET", `/_sim/slack/thread/${thread.channel}/${thread.threadTs}`);
    return Thread.parse(await answer.json()).messages;
  };
  const mcp = (...args: string[]) => world.exec(thread.sessionId, "/exec/mcp", { args });
  const record = async (id: string) => {
    const found = await world.ledger.approvalById({ id });
    if (found === undefined) throw new Error(`no approval ${id}`);
    return found;
  };
  /** What a button of a card holds, as Slack would send it. */
  const value = async (id: string, action: string, option?: string): Promise<string> => {
    const { messageTs } = await record(id);
    const message = (await messages()).find(({ ts }) => ts === messageTs);
    const elements = (message?.blocks ?? []).flatMap((block) => block.elements ?? []);
    const element = elements.map((one) => Element.safeParse(one).data).find((one) => one?.action_id === action);
    const chosen = element?.options?.find(({ text }) => text.text.startsWith(option ?? ""));
    return (option === undefined ? element?.value : chosen?.value) ?? "";
  };
  const post = async (body: unknown) => {
    const { status, text } = await world.internal("/exec/approval", body);
    const result = ExecResult.parse(JSON.parse(text));
    return { status, ...result, answer: status === 200 ? ApprovalAnswer.parse(JSON.parse(result.stdout)) : undefined };
  };
  const clickOf = async (id: string, signed: string, more: object = {}) => ({
    id: randomUUID(),
    via: "slack",
    team: sim.facts.slack.teamId,
    channel: thread.channel,
    messageTs: (await record(id)).messageTs ?? "",
    sig: parseApprovalValue(signed)?.sig ?? "",
    ...more,
  });
  return {
    ...world,
    sim,
    thread,
    messages,
    mcp,
    record,
    value,
    clickOf,
    post,
    /** Asks for something that needs an approval; gives the id of the request. */
    ask: async (json = issue(), tool = "createJiraIssue") => {
      const { stdout, stderr } = await mcp("atlassian", tool, json);
      const parsed = z.string().startsWith("{").safeParse(stdout);
      if (!parsed.success) throw new Error(`no request: ${stderr}`);
      return Requested.parse(JSON.parse(stdout)).actionId;
    },
    /** Presses a button of the card as Slack and the gateway would pass it on. */
    press: async (id: string, by: Press, more: { reason?: string; click?: object } = {}) => {
      const [decision, voter] = by;
      const signed = await value(id, decision === "approved" ? "approval_approve" : "approval_reject");
      const reason = more.reason === undefined ? [] : [more.reason];
      return post({ args: ["resolve", id, decision, voter, ...reason], click: await clickOf(id, signed, more.click) });
    },
    whenState: (id: string, state: string) =>
      eventually(`${id} is ${state}`, async () => ((await record(id)).state === state ? true : undefined)),
    outcomes: async () => {
      const { rows } = await world.ledger.listEvents({ source: "approval", limit: 20 });
      return Promise.all(
        rows.map(async ({ id }) =>
          z.record(z.string(), z.unknown()).parse((await world.ledger.getEvent({ eventId: id }))?.payload),
        ),
      );
    },
  };
}
