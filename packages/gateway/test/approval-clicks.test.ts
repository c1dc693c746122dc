/** From a press on an approval's card to remote-cli, which a test plays: once, with a form where one is due, never lost. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

import {
  APPROVAL_ACTIONS,
  ApprovalDecision,
  approvalButtonMessage,
  formatApprovalValue,
  type ApprovalAction,
} from "@thor/domain/approval";
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { deriveKey, hmacSha256 } from "@thor/kit/derived-key";
import { eventually } from "@thor/kit/testing/eventually";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { ledgerOf, SECRET, startWorld } from "./world.ts";

const USER = "U0ALICE001";
const Heard = z.object({ decision: ApprovalDecision, secret: z.string().optional() });

/** What remote-cli answers to a decision; a number is a status, nothing is a connection that breaks. */
type Script = (decision: ApprovalDecision, earlier: number) => object | number | undefined;

async function startResolver(script: () => Script) {
  const heard: z.infer<typeof Heard>[] = [];
  const server = createServer((request, response) => {
    if (request.url !== "/exec/approval") return void response.writeHead(200).end('{"status":"ok"}');
    void text(request).then((body) => {
      const decision = ApprovalDecision.parse(JSON.parse(body));
      const said = script()(decision, heard.length);
      heard.push(Heard.parse({ decision, secret: request.headers["x-thor-internal-secret"] }));
      if (said === undefined) return response.destroy();
      if (typeof said === "number") return response.writeHead(said).end("no <!channel>");
      const answer = { stdout: JSON.stringify(said), stderr: "", exitCode: 0 };
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`, heard };
}

/** A pending request whose card stands in a thread, with buttons that people press in the simulated Slack. */
async function stage(settings: { requireReason?: string; script?: Script } = {}) {
  const script = settings.script ?? (() => ({ kind: "final", state: "done" }));
  const resolver = await startResolver(() => script);
  const world = await startWorld({ env: { REMOTE_CLI_URL: resolver.url, THOR_BUSY_POLL_MS: "1000" } });
  const { channel, teamId: team, botUserId, apiUrl } = world.facts;
  const threadTs = await world.say(`<@${botUserId}> hello`);
  await world.prompts(1);
  const ledger = await ledgerOf(world);
  const bound = await ledger.anchorOf({ type: "slack.thread", value: `${channel}/${threadTs}` });
  if (bound.kind !== "known") throw new Error("the thread has no conversation");
  const facts = { id: "approval7", store: "atlassian", argsSha256: "args", contextSha256: "context" };
  const { requireReason = "never" } = settings;
  const request = {
    ...facts,
    anchorId: bound.anchorId,
    tool: "createJiraIssue",
    targetKey: "t",
    args: {},
    authoredArgs: {},
    injected: {},
    presentation: {
      title: "New issue",
      fields: ["summary"],
      editable: { summary: "It breaks", body: "Long words" },
      confirm: false,
      alwaysAsk: false,
    },
    requesters: [],
    rule: "default",
    policy: { approvers: ["*"], selfApproval: true, quorum: 1, requireReason },
    sessionId: "ses_1",
    channel,
    threadTs,
    expiresAt: Date.now() + 3_600_000,
  };
  const audit = { service: "test", event: "approval.created", target: "a", actorKind: "slack", actor: USER } as const;
  await ledger.createApproval({ request, maxPending: 10, told: { audit: { ...audit, decision: "ask" } } });
  const valueOf = (action: ApprovalAction, key = SECRET) => {
    const message = approvalButtonMessage(action, { ...facts, team, channel, threadTs });
    return formatApprovalValue(
      facts,
      hmacSha256(deriveKey(key, THOR_KEY_SALT, "approval-button"), message).toString("base64url"),
    );
  };
  const post = async (key = SECRET) => {
    const buttons = (["approve", "reject", "edit"] as const).map((action) => ({
      type: "button",
      text: { type: "plain_text", text: action },
      action_id: APPROVAL_ACTIONS[action],
      value: valueOf(action, key),
    }));
    const posted = await fetch(`${apiUrl}/chat.postMessage`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${world.env["SLACK_BOT_TOKEN"]}` },
      body: JSON.stringify({
        channel,
        thread_ts: threadTs,
        text: "card",
        blocks: [{ type: "actions", elements: buttons }],
      }),
    });
    return z.object({ ts: z.string() }).parse(await posted.json()).ts;
  };
  const ts = await post();
  await ledger.placeMessage({ table: "approvals", id: facts.id, channel, messageTs: ts });
  const click = (actionId: string, at = ts) =>
    world.sim("POST", "/_sim/act", { sim: "slack", do: "click", as: USER, channel, ts: at, actionId });
  const submit = (values: object) => world.sim("POST", "/_sim/act", { sim: "slack", do: "submit", as: USER, values });
  const views = async () =>
    z.array(z.object({ callback_id: z.string() })).parse(await world.sim("GET", `/_sim/slack/views?as=${USER}`));
  const rows = async () => (await ledger.listPromises({ stream: `click:${facts.id}`, limit: 20 })).rows;
  return { world, heard: resolver.heard, click, submit, views, rows, post, threadTs, cardTs: ts, ledger };
}
const heardSome = (heard: readonly unknown[], count = 1) =>
  eventually(`${count} decisions`, () => heard.length >= count);
const hasForm = ({ views }: Awaited<ReturnType<typeof stage>>) =>
  eventually("the form", async () => (await views())[0]);

describe("approve", () => {
  it("is carried to remote-cli once, and again while that is away or busy", async () => {
    const script: Script = (_decision, earlier) =>
      earlier < 3 ? [undefined, 503, 429][earlier] : { kind: "final", state: "done" };
    const { heard, click, rows } = await stage({ script });
    await click("approval_approve");
    await heardSome(heard, 4);
    const [row, ...more] = await eventually("the row is done", async () => {
      const found = await rows();
      return found[0]?.state === "done" ? found : undefined;
    });
    expect(more).toEqual([]);
    expect(new Set(heard.map(({ decision }) => JSON.stringify(decision))).size).toBe(1);
    expect(heard[0]).toMatchObject({
      secret: SECRET,
      decision: { args: ["resolve", "approval7", "approved", USER], click: { via: "slack" } },
    });
    expect(row?.attempts).toBe(3);
  });

  it("that is refused for good tells the card and its thread, and notifies nobody by the refusal's words", async () => {
    const { world, click, threadTs, cardTs } = await stage({ script: () => 400 });
    await click("approval_approve");
    const said = await eventually("the warning", async () =>
      (await world.thread(threadTs)).find(({ text: words }) => words.includes("Press again")),
    );
    expect(said.text).toContain("approval7");
    expect(said.text).toContain("&lt;!channel&gt;");
    const card = (await world.thread(threadTs)).find(({ ts }) => ts === cardTs);
    expect(card?.blocks?.map(({ type }) => type)).toEqual(["actions", "context"]);
    expect(JSON.stringify(card?.blocks?.at(-1))).toContain("&lt;!channel&gt;");
    // Pressed again, the line is replaced, not repeated.
    await click("approval_approve");
    await eventually("the second warning", async () => {
      const words = (await world.thread(threadTs)).filter(({ text: one }) => one.includes("Press again"));
      return words.length === 2 || undefined;
    });
    const again = (await world.thread(threadTs)).find(({ ts }) => ts === cardTs);
    expect(again?.blocks?.map(({ type }) => type)).toEqual(["actions", "context"]);
  });

  it("asks for a reason first where the rule says always", async () => {
    const world = await stage({ requireReason: "always" });
    await world.click("approval_approve");
    expect((await hasForm(world)).callback_id).toBe("approval_approve_form");
    await world.submit({ reason: "looks right" });
    await heardSome(world.heard);
    expect(world.heard[0]?.decision.args).toEqual(["resolve", "approval7", "approved", USER, "looks right"]);
  });
});

describe("reject", () => {
  it("asks for a reason in a form, and what the form brings counts once", async () => {
    const world = await stage();
    await world.click("approval_reject");
    await hasForm(world);
    await eventually("the press is taken back", async () => (await world.rows())[0]?.state === "done");
    await world.submit({ reason: "not like this" });
    await heardSome(world.heard);
    expect(world.heard.map(({ decision }) => decision.args)).toEqual([
      ["resolve", "approval7", "rejected", USER, "not like this"],
    ]);
  });

  it("counts by itself after five seconds when the form cannot open", async () => {
    const { world, click, heard } = await stage();
    await world.fault([{ id: "f", match: { sim: "slack", method: "views.open" }, do: { status: 500 } }]);
    const pressedAt = Date.now();
    await click("approval_reject");
    await heardSome(heard);
    expect(Date.now() - pressedAt).toBeGreaterThan(4500);
    expect(heard[0]?.decision.args).toEqual(["resolve", "approval7", "rejected", USER]);
  });
});

describe("edit", () => {
  it("opens the prose to change, and carries it", async () => {
    const world = await stage();
    await world.click("approval_edit");
    expect((await hasForm(world)).callback_id).toBe("approval_edit_form");
    await world.submit({ summary: "It breaks often", body: "Long words" });
    await heardSome(world.heard);
    const [verb, , , fields] = world.heard[0]?.decision.args ?? [];
    expect([verb, fields]).toEqual(["edit", JSON.stringify({ summary: "It breaks often", body: "Long words" })]);
  });
});

describe("a button that is not ours", () => {
  it("gets no form and no signature from us, and is judged where approvals are kept", async () => {
    const world = await stage({ script: () => ({ kind: "refused", rule: "signature", text: "no" }) });
    const forged = await world.post("a secret that is not the secret of this Thor");
    await world.click("approval_reject", forged);
    await world.click("approval_edit", forged);
    await heardSome(world.heard);
    expect(await world.views()).toEqual([]);
    expect(world.heard).toHaveLength(1);
    const copy = await world.post();
    await world.click("approval_edit", copy);
    expect(await world.views()).toEqual([]);
  });
});

describe("how a request ended", () => {
  it("waits for the running turn, reaches the agent once and names no raw output", async () => {
    const { world, ledger, threadTs } = await stage();
    const { channel } = world.facts;
    let isBusy = true;
    world.setRunner((_trigger, call) => ({
      status: 200,
      body: isBusy ? { busy: true } : { accepted: true, sessionId: "ses_1", resumed: true, triggerId: `t${call}` },
    }));
    const { anchorId = "" } = world.heard[0] ?? {};
    const outcome = {
      actionId: "approval7",
      decision: "approved",
      reviewer: USER,
      channel,
      threadTs,
      upstreamName: "atlassian",
      tool: "createJiraIssue",
      resolutionStatus: "approved",
      resolutionSummary: "THOR-7",
      resolutionExitCode: 0,
      resolutionSideEffectAttempted: true,
      state: "done",
      rawOutput: "every byte the tool said",
    };
    const event = {
      source: "approval",
      kind: "approval.outcome",
      correlationKey: `slack:thread:${channel}/${threadTs}`,
      bind: "anchor",
      gate: "open",
      actors: {},
      anchorId,
      payload: outcome,
      sourceAt: Date.now(),
    } as const;
    for (const provider of ["approval", "approval"] as const)
      await ledger.admit({
        provider,
        deliveryKey: "approval-approval7-approved",
        eventType: "approval.outcome",
        refs: {},
        event: { ...event, human: false, urgent: false, interrupt: false, solo: false, externalAuthor: false },
      });
    await eventually("a busy runner", () => world.heard.length === 2);
    isBusy = false;
    const last = (await world.prompts(3)).at(-1) ?? "";
    expect(last).toContain("has been carried out already");
    expect(last).toContain("THOR-7");
    expect(last).not.toContain("every byte");
    expect(world.heard[2]).toMatchObject({ anchorId, interrupt: false, replyTo: { kind: "slack", channel, threadTs } });
  });
});
