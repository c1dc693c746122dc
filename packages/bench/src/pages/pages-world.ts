/** A ledger as large as a busy year, filled through the ledger's own writes. */
import { createIds } from "@thor/kit/ids";
import type { Ledger } from "@thor/ledger/port";

import { inParallel } from "../report.ts";

export interface PagesSize {
  conversations: number;
  runs: number;
  parts: number;
}
const PARALLEL = 256;
const newId = createIds(Date.now);

const stepState = (n: number) => ({
  tool: "bash",
  callId: `call-${n}`,
  status: "completed",
  input: JSON.stringify({ command: `step ${n}` }),
  output: "x".repeat(200),
});

/** One ended run with its steps. */
async function fillRun(
  ledger: Ledger,
  { anchorId, n }: { anchorId: string; n: number },
  parts: number,
): Promise<string> {
  const triggerId = newId();
  const sessionId = `ses_${n}`;
  const opened = await ledger.openOwnTrigger({
    triggerId,
    anchorId,
    cause: "direct",
    source: "slack",
    requesters: [{ kind: "slack", id: `U${n % 50}` }],
    promptMessageId: `msg_${n}`,
    holder: `bench/${n}`,
  });
  if (opened.kind !== "opened") throw new Error(`no run: ${opened.kind}`);
  const { runFence } = opened;
  const steps = Array.from({ length: parts }, (_, at) => ({
    partId: `prt_${n}_${at}`,
    sessionId,
    messageId: `msg_${n}`,
    type: "tool",
    firstSeq: at,
    rev: at,
    state: stepState(at),
    truncated: false,
  }));
  for (let at = 0; at < steps.length; at += 200)
    await ledger.upsertParts({ triggerId, runFence, anchorId, parts: steps.slice(at, at + 200) });
  const usage = {
    channel: `C${n % 20}`,
    user: `U${n % 50}`,
    model: "demo",
    repo: "web",
    source: "slack",
    agent: "build",
  };
  const totals = { tools: parts, tokensInput: 1000, tokensOutput: 100, costMicros: 1000 };
  await ledger.closeTrigger({ triggerId, runFence, status: n % 20 === 0 ? "error" : "completed", usage, totals });
  return triggerId;
}

/** Fills an empty ledger; answers one conversation and one of its runs. */
export async function fillPages(ledger: Ledger, size: PagesSize): Promise<{ anchorId: string; triggerId: string }> {
  const perConversation = Math.ceil(size.runs / size.conversations);
  const perRun = Math.ceil(size.parts / size.runs);
  let last = { anchorId: "", triggerId: "" };
  await inParallel(size.conversations, PARALLEL, async (c) => {
    const key = `slack:thread:C${c % 20}/1700000000.${String(c).padStart(6, "0")}`;
    const minted = await ledger.mintAnchor({ correlationKey: key, source: "slack" });
    if (!("anchorId" in minted)) throw new Error(`no conversation: ${minted.kind}`);
    const { anchorId } = minted;
    await ledger.learnAnchor({ anchorId, title: `Task number ${c}`, terms: ["task", `number${c}`, "web"] });
    for (let run = 0; run < perConversation; run += 1) {
      const triggerId = await fillRun(ledger, { anchorId, n: c * perConversation + run }, perRun);
      last = { anchorId, triggerId };
    }
  });
  return last;
}
