/** A sub-agent's session belongs to the conversation of its parent, before its first command. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import type { Part, StoredMessage } from "../core/opencode/project.ts";
import type { Turn } from "./turn.ts";

const TRIES = 3;
const AGAIN_MS = 300;
const MAX_CHILDREN = 200;

export interface Child {
  id: string;
  parentId: string;
  directory: string;
}

export interface AdoptChildDeps extends Pick<Ledger, "registerSession"> {
  log: Log;
  pause: (ms: number) => Promise<void>;
  writePass: (pass: { sessionId: string; anchorId: string; cwd: string }) => Promise<void>;
}

/** Never fails: without a pass the child's commands are refused, which is the safe side. */
export const createAdoptChild = (deps: AdoptChildDeps) => {
  const adopt = async ({ anchorId }: Turn, { id, parentId, directory }: Child): Promise<string> => {
    const registered = await deps.registerSession({ id, anchorId, kind: "sub", parentId });
    const isOurs =
      registered.kind === "registered" || (registered.kind === "exists" && registered.anchorId === anchorId);
    if (!isOurs) return registered.kind;
    await deps.writePass({ sessionId: id, anchorId, cwd: directory });
    return "adopted";
  };

  return async (turn: Turn, child: Child): Promise<void> => {
    turn.sessions.add(child.id);
    let fault: unknown;
    for (let tried = 1; tried <= TRIES; tried += 1) {
      const outcome = await adopt(turn, child).catch((err: unknown) => {
        fault = err;
        return "fault";
      });
      if (outcome === "adopted") {
        const { triggerId } = turn;
        deps.log.info({ event: "child_session_registered", triggerId, sessionId: child.id }, "sub-agent registered");
        return;
      }
      if (tried < TRIES) await deps.pause(AGAIN_MS);
      else
        deps.log.error(
          { event: "child_session_discovery_failed", sessionId: child.id, outcome, err: fault },
          "sub-agent not registered",
        );
    }
  };
};
export type AdoptChild = ReturnType<typeof createAdoptChild>;

export interface FindChildrenDeps {
  adopt: AdoptChild;
  children: (
    id: string,
  ) => Promise<{ kind: string; body?: readonly { id: string; directory: string; parentID?: string | undefined }[] }>;
  newestMessages: (id: string) => Promise<{ kind: string; body?: readonly StoredMessage[] }>;
}

/** Adopts the sub-agents of a turn, at any depth, that no event has announced to this process; answers what they did. */
export const createFindChildren =
  ({ adopt, children, newestMessages }: FindChildrenDeps) =>
  async (turn: Turn): Promise<readonly Part[]> => {
    const parents = [turn.sessionId];
    const parts: Part[] = [];
    for (let at = 0; at < parents.length && at < MAX_CHILDREN; at += 1) {
      const parentId = parents[at] ?? turn.sessionId;
      for (const { id, directory } of (await children(parentId)).body ?? []) {
        parents.push(id);
        if (!turn.sessions.has(id)) await adopt(turn, { id, parentId, directory });
        // The conversation's earlier runs had sub-agents too; theirs are counted already.
        const messages = (await newestMessages(id)).body ?? [];
        const own = messages.filter(({ info }) => info.role === "assistant" && info.time.created >= turn.startedAt);
        parts.push(...own.flatMap((message) => message.parts));
      }
    }
    return parts;
  };
