/** Runs for tests of a whole installation: a session with its token and an open run, driven by nobody. */
import type { Ledger, Run } from "@thor/ledger/port";

import { promptIds } from "../core/prompt-ids.ts";
import { RUN_LEASE_MS } from "../core/run-lease.ts";

const VALID_MS = 15 * 60_000;

export interface HelperRunsDeps extends Pick<
  Ledger,
  | "sessionById"
  | "currentSession"
  | "registerSession"
  | "mintAnchor"
  | "openOwnTrigger"
  | "triggerById"
  | "acquireLease"
  | "releaseLease"
  | "closeTrigger"
> {
  newId: () => string;
  holder: string;
  tokenOf: (sessionId: string) => string;
}

interface Asked {
  sessionId?: string | undefined;
  correlationKey?: string | undefined;
  triggerSlackId?: string | undefined;
  triggerGithubLogin?: string | undefined;
}

type Opened =
  | { kind: "opened"; sessionId: string; triggerId: string; anchorId: string; sessionToken: string }
  | { kind: "busy" }
  | { kind: "try_later"; error: string };

/** Whether a run belongs to a test, and whether that test has forgotten it. */
export const helperRunAge = ({ cause, startedAt }: Run, now: number): "none" | "young" | "expired" => {
  if (cause !== "e2e") return "none";
  return now - startedAt > VALID_MS ? "expired" : "young";
};

const requestersOf = ({ triggerSlackId, triggerGithubLogin }: Asked) => [
  ...(triggerSlackId === undefined ? [] : [{ kind: "slack" as const, id: triggerSlackId }]),
  ...(triggerGithubLogin === undefined ? [] : [{ kind: "github" as const, id: triggerGithubLogin }]),
];

/** The session of the run: the one that was named, the conversation's own, or a new one. */
function createOpenSession({ currentSession, registerSession, newId }: HelperRunsDeps) {
  return async (anchorId: string, named: string | undefined): Promise<string> => {
    const current = await currentSession({ anchorId });
    const id = named ?? current?.id ?? `e2e-${newId()}`;
    if (current?.id === id) return id;
    const replaced = current === undefined ? {} : { replaces: current.id, why: "e2e" };
    await registerSession({ id, anchorId, kind: "main", ...replaced });
    return id;
  };
}

export function createHelperRuns(deps: HelperRunsDeps) {
  const openSession = createOpenSession(deps);
  const holderOf = (anchorId: string) => ({ name: `run:${anchorId}`, holder: deps.holder });

  const anchorOf = async ({ sessionId, correlationKey }: Asked) => {
    const known = sessionId === undefined ? undefined : await deps.sessionById({ sessionId });
    if (known !== undefined) return { kind: "anchor" as const, anchorId: known.anchorId };
    const key = correlationKey ?? `e2e:${deps.newId()}`;
    const minted = await deps.mintAnchor({ correlationKey: key, source: "system" });
    return "anchorId" in minted ? { kind: "anchor" as const, anchorId: minted.anchorId } : minted;
  };

  return {
    open: async (asked: Asked): Promise<Opened> => {
      const conversation = await anchorOf(asked);
      if (conversation.kind !== "anchor") return { kind: "try_later", error: conversation.kind };
      const { anchorId } = conversation;
      const sessionId = await openSession(anchorId, asked.sessionId);
      const triggerId = deps.newId();
      const opened = await deps.openOwnTrigger({
        triggerId,
        anchorId,
        cause: "e2e",
        sessionId,
        source: "system",
        correlationKey: asked.correlationKey,
        requesters: requestersOf(asked),
        promptMessageId: promptIds(triggerId, "s1").messageId,
        holder: deps.holder,
      });
      if (opened.kind === "busy") return { kind: "busy" };
      if (opened.kind !== "opened") return { kind: "try_later", error: opened.kind };
      // Nobody drives it: whoever ends it takes the lease for that.
      await deps.releaseLease({ ...holderOf(anchorId), fence: opened.runFence });
      return { kind: "opened", sessionId, triggerId, anchorId, sessionToken: deps.tokenOf(sessionId) };
    },
    end: async (triggerId: string): Promise<"ended" | "unknown"> => {
      const run = await deps.triggerById({ triggerId });
      if (run?.cause !== "e2e") return "unknown";
      if (run.endedAt !== undefined) return "ended";
      const lease = await deps.acquireLease({ ...holderOf(run.anchorId), ttlMs: RUN_LEASE_MS });
      if (lease.kind !== "acquired") return "unknown";
      await deps.closeTrigger({ triggerId, runFence: lease.fence, status: "completed" });
      return "ended";
    },
  };
}
export type HelperRuns = ReturnType<typeof createHelperRuns>;
