/** From a proven session id to the conversation it acts for, or why it may not act now. */
import type { Clock } from "@thor/kit/flow/clock";
import type { Ledger, Session } from "@thor/ledger/port";
import { resolveProfile, type Profiles } from "@thor/workspace-config/pure/profile";

import { judgeRuns } from "../core/access/running.ts";
import type { Caller } from "../core/call.ts";

export type SessionCaller = Extract<Caller, { kind: "session" }>;
export type Resolved =
  | { kind: "caller"; caller: SessionCaller }
  | { kind: "refused"; status: 400 | 403; rule: string; text: string; anchorId?: string };

export interface ResolveDeps extends Pick<Ledger, "sessionById" | "anchorById" | "aliasesOf" | "triggersOf"> {
  clock: Clock;
  profiles: () => Profiles;
}

const MAX_DEPTH = 8;
const RUNS = 5;
const refuse = (status: 400 | 403, rule: string, text: string): Resolved => ({ kind: "refused", status, rule, text });

/** The session and its parents, the main session last. */
async function lineageOf(deps: Pick<Ledger, "sessionById">, sessionId: string): Promise<Session[]> {
  const line: Session[] = [];
  let next: string | undefined = sessionId;
  while (next !== undefined && line.length < MAX_DEPTH) {
    const session: Session | undefined = await deps.sessionById({ sessionId: next });
    if (session === undefined) break;
    line.push(session);
    next = session.parentId;
  }
  return line;
}

async function factsOf(deps: ResolveDeps, anchorId: string) {
  const [anchor, aliases, runs] = await Promise.all([
    deps.anchorById({ anchorId }),
    deps.aliasesOf({ anchorId }),
    deps.triggersOf({ anchorId, limit: RUNS }),
  ]);
  const threads = aliases.filter(({ type }) => type === "slack.thread");
  return { anchor, runs, channels: threads.map(({ value }) => value.split("/")[0] ?? "") };
}

/** Looks the session up for every call: nothing about a right to act is remembered. */
export const createResolveCaller =
  (deps: ResolveDeps) =>
  async (sessionId: string): Promise<Resolved> => {
    const line = await lineageOf(deps, sessionId);
    const main = line.at(-1);
    if (line[0] === undefined || main === undefined) return refuse(403, "session_unbound", "session_unbound");
    if (main.status !== "active" || main.parentId !== undefined)
      return refuse(403, "session_not_running", "session_not_running");
    const { anchorId } = main;
    const { anchor, runs, channels } = await factsOf(deps, anchorId);
    if (anchor === undefined) return refuse(403, "session_unbound", "session_unbound");
    const running = judgeRuns(runs, deps.clock.now());
    if (running.kind === "not_running") return refuse(403, "session_not_running", "session_not_running");
    if (running.kind === "ended")
      return refuse(400, "run.ended", "This run was stopped. Nothing more can be done until a person continues it.");
    const choice = resolveProfile(deps.profiles(), channels, anchor.repo);
    if (choice.kind === "ambiguous")
      return refuse(400, "profile.conflict", "credentials for this conversation are ambiguous");
    const [newest] = runs;
    const caller: SessionCaller = {
      kind: "session",
      sessionId,
      lineage: line.map(({ id }) => id),
      anchorId,
      repo: anchor.repo,
      channels,
      trigger: newest && { id: newest.id, requesters: newest.requesters, isOpen: newest.endedAt === undefined },
      profile: choice.name,
    };
    return { kind: "caller", caller };
  };
