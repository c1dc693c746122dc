/** A little history: conversations in every state, a dead letter, a failed promise, decisions, services, use. */
import type { Ledger, StepInput } from "@thor/ledger/port";

export interface Talk {
  anchorId: string;
  triggerId: string;
  runFence: number;
  sessionId: string;
}
export interface Filled {
  /** A run that goes on. */
  running: Talk;
  /** A run that is done, with every kind of step. */
  done: Talk;
  deadId: string;
  approvalId: string;
  promiseId: string;
  lineHash: string;
  newId: () => string;
}

/** What somebody hostile writes, and what a page must show as words. */
export const HOSTILE = `<img src=x onerror="alert(1)"><script>alert(2)</script><a hx-get="/evil" data-into="steps">{{7*7}}</a>`;
/** Credentials by their shapes, put together here so that no scanner takes them for real ones. */
export const PLANTED = [
  ["xoxb", "123456789012", "abcdefGHIJKLmnop"].join("-"),
  `ghp_${"a1B2".repeat(9)}`,
  `sk-${"Zx9y".repeat(8)}`,
  `AKIA${"ABCD2345".repeat(2)}`,
  `eyJ${"hbGciOiJ".repeat(2)}.eyJ${"zdWIiOiIx".repeat(2)}.${"SflKxwRJ".repeat(3)}`,
] as const;

type Ids = () => string;

/** One conversation with an open run. */
export async function openTalk(
  ledger: Ledger,
  newId: Ids,
  { key, title }: { key: string; title: string },
): Promise<Talk> {
  const minted = await ledger.mintAnchor({ correlationKey: key, source: "slack" });
  if (!("anchorId" in minted)) throw new Error(minted.kind);
  const { anchorId } = minted;
  await ledger.learnAnchor({ anchorId, title, terms: title.split(" ") });
  const triggerId = newId();
  const sessionId = `ses_${triggerId.slice(-12)}`;
  await ledger.registerSession({ id: sessionId, anchorId, kind: "main", agent: "build", model: "demo" });
  await ledger.stampDirectory({
    anchorId,
    repo: "web",
    directory: `/workspace/worktrees/web/${triggerId}`,
    by: "test",
  });
  const opened = await ledger.openOwnTrigger({
    triggerId,
    anchorId,
    cause: "direct",
    sessionId,
    source: "slack",
    correlationKey: key,
    requesters: [{ kind: "slack", id: "U0ADA0001" }],
    replyTo: { kind: "slack", channel: "C0WEB", threadTs: "1700000000.000100", ts: "1700000000.000100" },
    prompt: "do it",
    promptMessageId: `msg_${triggerId}`,
    promptPartId: `prt_${triggerId}`,
    holder: "runner/one",
  });
  if (opened.kind !== "opened") throw new Error(opened.kind);
  await ledger.setTrigger({
    triggerId,
    runFence: opened.runFence,
    set: { status: "running", lastEventAt: Date.now() },
  });
  return { anchorId, triggerId, sessionId, runFence: opened.runFence };
}

let rev = 1;
/** A step of a run. */
export const step = (
  sessionId: string,
  firstSeq: number,
  given: Pick<StepInput, "type" | "state"> & { partId?: string },
): StepInput => ({
  partId: given.partId ?? `prt_${sessionId.slice(-6)}_${firstSeq}`,
  sessionId,
  messageId: "msg_1",
  firstSeq,
  rev: (rev += 1),
  truncated: false,
  type: given.type,
  state: given.state,
});

const tool = (name: string, input: object, more: object = {}) => ({
  type: "tool",
  state: {
    tool: name,
    callId: name,
    status: "completed",
    input: JSON.stringify(input),
    output: "",
    startedAt: 1,
    endedAt: 1500,
    ...more,
  },
});

const tokens = (input: number, output: number) => ({ input, output, reasoning: 0, cache: { read: 10, write: 0 } });

/** Every kind of step, a sub-agent inside a sub-agent, and words of a hostile person. */
async function fillSteps(ledger: Ledger, { anchorId, triggerId, runFence, sessionId }: Talk): Promise<void> {
  const [child, grandchild] = ["ses_child0000001", "ses_grandchild01"];
  await ledger.registerSession({ id: child, anchorId, kind: "sub", parentId: sessionId, agent: "explore" });
  await ledger.registerSession({ id: grandchild, anchorId, kind: "sub", parentId: child, agent: "general" });
  const bash = tool("bash", { command: "npm test" }, { output: `ok\n${HOSTILE}\n${PLANTED.join("\n")}`, exit: 1 });
  const edit = tool("edit", { filePath: "src/greet.ts", oldString: "helo\nworld", newString: "hello\nworld" });
  const parts: StepInput[] = [
    step(sessionId, 1, { type: "reasoning", state: { text: "I look first." } }),
    step(sessionId, 2, { type: "text", state: { text: `I will fix it.\n\n${HOSTILE}` } }),
    step(sessionId, 3, bash),
    step(sessionId, 4, edit),
    step(sessionId, 5, tool("task", { description: "look" }, { childSessionId: child })),
    step(child, 6, tool("task", { description: "deeper" }, { childSessionId: grandchild })),
    step(grandchild, 7, { type: "text", state: { text: "found in the depth" } }),
    step(sessionId, 8, { type: "step-finish", state: { cost: 0.5, tokens: tokens(1000, 200) } }),
    step(child, 9, { type: "step-finish", state: { cost: 0.25, tokens: tokens(300, 20) } }),
    step(grandchild, 10, { type: "step-finish", state: { cost: 0, tokens: tokens(50, 5) } }),
  ];
  await ledger.upsertParts({ triggerId, runFence, anchorId, parts });
}

async function die(ledger: Ledger): Promise<string> {
  const admitted = await ledger.admit({
    provider: "slack",
    deliveryKey: "EvDead",
    messageKey: "T1/C0WEB/9",
    eventType: "app_mention",
    refs: { channel: "C0WEB" },
    event: {
      source: "slack",
      kind: "slack.mention",
      correlationKey: "slack:thread:C0WEB/1700000000.000900",
      bind: "anchor",
      human: true,
      urgent: true,
      interrupt: false,
      gate: "open",
      actors: { slack: "U0ADA0001" },
      externalAuthor: false,
      sourceAt: Date.now(),
      payload: { text: HOSTILE },
    },
  });
  const claimed = await ledger.claimEvents({ holder: "gateway/one", max: 8, batchMax: 8, ttlMs: 15_000 });
  if (admitted.kind !== "accepted" || claimed.kind !== "claimed") throw new Error("not claimed");
  for (const { lane, fence } of claimed.claims)
    await ledger.settle({ lane, fence, result: { kind: "failed", error: "directory not found", permanent: true } });
  return admitted.eventId;
}

async function failPromise(ledger: Ledger, anchorId: string): Promise<string> {
  const stream = "slack:C0WEB/1700000000.000100";
  const payload = { kind: "slack.post", channel: "C0WEB", threadTs: "1700000000.000100", text: "hello" };
  const queued = await ledger.enqueueOutbox({ kind: "slack.post", stream, dedupeKey: "post-1", payload, anchorId });
  const claimed = await ledger.claimOutbox({ holder: "gateway/one", max: 1, ttlMs: 15_000, streams: ["slack"] });
  if (queued.kind !== "queued" || claimed.kind !== "claimed") throw new Error("no promise");
  for (const { fence, item } of claimed.claims)
    await ledger.settleOutbox({ stream, fence, id: item.id, result: { kind: "failed", error: "channel_not_found" } });
  return queued.id;
}

/** A request for a person's yes, with a character that hides. */
async function ask(ledger: Ledger, newId: Ids, talk: Talk): Promise<string> {
  const id = newId();
  const title = "Deploy\u202e!";
  const created = await ledger.createApproval({
    maxPending: 10,
    told: {
      audit: {
        service: "remote-cli",
        event: "approval.created",
        actorKind: "agent",
        actor: "ses",
        target: id,
        decision: "done",
      },
    },
    request: {
      id,
      store: "atlassian",
      tool: "createJiraIssue",
      targetKey: "WEB",
      args: { summary: title, body: HOSTILE },
      argsSha256: `args-${id}`,
      contextSha256: `context-${id}`,
      authoredArgs: { tool: "mcp", args: [], isRunOpen: true },
      injected: {},
      presentation: { title: "Create an issue", fields: ["summary"], editable: {}, confirm: false, alwaysAsk: false },
      requesters: [{ kind: "slack", id: "U0BOB0002" }],
      rule: "defaults@1",
      policy: { approvers: ["*"], selfApproval: true, quorum: 1, requireReason: "never" },
      anchorId: talk.anchorId,
      sessionId: talk.sessionId,
      triggerId: talk.triggerId,
      channel: "C0WEB",
      threadTs: "1700000000.000100",
      expiresAt: Date.now() + 3_600_000,
    },
  });
  if (created.kind !== "created") throw new Error(created.kind);
  return id;
}

/** A line that fires and one that cannot be read. */
async function fillSchedule(ledger: Ledger, lineHash: string): Promise<void> {
  const text = '0 9 * * 1-5 hey-thor "Summarise the night"';
  const line = {
    lineHash,
    lineNo: 1,
    text,
    expression: "0 9 * * 1-5",
    words: "at 09:00 on weekdays",
    prompt: "Summarise the night",
  };
  const faulty = {
    lineHash: "hash-of-a-fault",
    lineNo: 2,
    text: "0 25 * * * hey-thor x",
    error: "hour 25 is over 23",
    errorColumn: 3,
  };
  await ledger.syncSchedule({
    lines: [
      { ...line, valid: true, nextAt: Date.now() + 3_600_000 },
      { ...faulty, valid: false },
    ],
  });
  await ledger.recordScheduleRun({ lineHash, dueAt: Date.now() - 60_000, state: "skipped", reason: "overlap" });
}

/** Fills an empty ledger. */
export async function fillWorld(ledger: Ledger, newId: Ids): Promise<Filled> {
  const done = await openTalk(ledger, newId, {
    key: "slack:thread:C0WEB/1700000000.000200",
    title: `Fix the greeting ${HOSTILE}`,
  });
  await fillSteps(ledger, done);
  await ledger.bindAlias({
    type: "git.branch",
    value: "web:fix/greeting",
    anchorId: done.anchorId,
    source: "remote-cli",
  });
  await ledger.bindAlias({ type: "github.issue", value: "web:acme/web#7", anchorId: done.anchorId, source: "github" });
  const usage = {
    channel: "C0WEB",
    user: "slack:U0ADA0001",
    model: "demo/large",
    repo: "web",
    source: "slack",
    agent: "build",
  };
  await ledger.closeTrigger({
    triggerId: done.triggerId,
    runFence: done.runFence,
    status: "completed",
    totals: { tools: 4, errors: 1, tokensInput: 1350, tokensOutput: 225, costMicros: 750_000 },
    usage,
  });
  const running = await openTalk(ledger, newId, {
    key: "slack:thread:C0WEB/1700000000.000100",
    title: "Upgrade the runtime",
  });
  const { sessionId: _session, ...runningRun } = running;
  await ledger.upsertParts({
    ...runningRun,
    parts: [
      step(running.sessionId, 1, tool("bash", { command: "sleep 100" }, { status: "running", endedAt: undefined })),
    ],
  });
  const deadId = await die(ledger);
  const promiseId = await failPromise(ledger, running.anchorId);
  const approvalId = await ask(ledger, newId, done);
  const lineHash = "hash-of-a-line";
  await fillSchedule(ledger, lineHash);
  await ledger.heartbeat({ service: "gateway", instance: "1", detail: { version: "0.1.0", pid: 1 } });
  return { running, done, deadId, approvalId, promiseId, lineHash, newId };
}
