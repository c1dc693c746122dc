/** Ledgers of a chosen size on one file system. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type OpenLedgerOptions, openLedger } from "@thor/ledger/open";
import type { AdmitInput, Ledger } from "@thor/ledger/port";

import { inParallel } from "../report.ts";

const SECRET = "a secret that only this bench uses, 32+";
const PARALLEL = 512;

export interface World {
  path: string;
  remove: () => void;
}

/** A place of its own for one database. */
export function newWorld(): World {
  const directory = mkdtempSync(join(tmpdir(), "thor-bench-"));
  return { path: join(directory, "thor.db"), remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Opens a ledger whose lanes are due as soon as something arrives. */
export async function open(path: string, options: Partial<OpenLedgerOptions> = {}): Promise<Ledger> {
  const opened = await openLedger({
    url: `sqlite:${path}`,
    service: "bench",
    instance: String(process.pid),
    secret: SECRET,
    settings: { quietMs: 0, quietCapMs: 0 },
    ...options,
  });
  if (opened.kind !== "opened") throw new Error(`the ledger did not open: ${JSON.stringify(opened)}`);
  return opened.ledger;
}

/** Message number `n` of a conversation. */
export const message = (n: string, conversation: string, bind: "anchor" | "none" = "anchor"): AdmitInput => ({
  provider: "slack",
  deliveryKey: `delivery-${n}`,
  messageKey: `T1/C1/${n}`,
  eventType: "message",
  refs: { channel: "C1" },
  event: {
    source: "slack",
    kind: "slack.message",
    correlationKey: bind === "anchor" ? `git:branch:thor:${conversation}` : `cron:${conversation}`,
    bind,
    human: true,
    urgent: false,
    interrupt: false,
    gate: "open",
    actors: { slack: "U1" },
    externalAuthor: false,
    sourceAt: 1_700_000_000_000,
    payload: { text: "x".repeat(200) },
  },
});

const accepted = async (ledger: Ledger, input: AdmitInput) => {
  const answer = await ledger.admit(input);
  if (answer.kind !== "accepted") throw new Error(`not accepted: ${JSON.stringify(answer)}`);
  return answer;
};

/** Admits one message into each of `count` conversations. */
export const fillConversations = (ledger: Ledger, count: number) =>
  inParallel(count, PARALLEL, (n) => accepted(ledger, message(`c${n}`, `c${n}`)));

/** Admits `count` messages into one conversation. */
export const fillLane = (ledger: Ledger, count: number) =>
  inParallel(count, PARALLEL, (n) => accepted(ledger, message(`l${n}`, "one")));

/** Binds `count` branches to one conversation. */
export async function fillAliases(ledger: Ledger, count: number): Promise<string> {
  const { anchorId = "" } = await accepted(ledger, message("a", "a"));
  await inParallel(count, PARALLEL, (n) =>
    ledger.bindAlias({ type: "git.branch", value: `thor:alias-${n}`, anchorId, source: "bench" }),
  );
  return anchorId;
}

/** Takes the longest waiting batch and gives it back. */
export async function claimAndSettle(ledger: Ledger): Promise<void> {
  const answer = await ledger.claimEvents({ holder: "bench", max: 1, batchMax: 50, ttlMs: 15_000 });
  const claim = answer.kind === "claimed" ? answer.claims[0] : undefined;
  if (claim === undefined) throw new Error(`nothing claimed: ${answer.kind}`);
  await ledger.settle({ lane: claim.lane, fence: claim.fence, result: { kind: "released" } });
}
