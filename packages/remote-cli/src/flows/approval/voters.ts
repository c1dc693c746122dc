/** Who may decide right now: people and groups as Slack knows them, remembered only briefly. */
import type { Actor } from "@thor/domain/actor";
import type { Admission } from "@thor/workspace-config/pure/admission";
import type { ApprovalPolicy } from "@thor/workspace-config/pure/approval-rule";

import { groupsIn, judgeVoter, type Judgement, type VoterFacts } from "../../core/approval/voter.ts";

type Read<T> = { kind: "ok"; body: T } | { kind: "failed" };

export interface VotersDeps {
  now: () => number;
  admission: () => Pick<Admission, "users" | "approvals">;
  readPerson: (id: string) => Promise<Read<VoterFacts>>;
  readGroup: (id: string) => Promise<Read<readonly string[]>>;
}
export interface Rules {
  policy: Pick<ApprovalPolicy, "approvers" | "selfApproval">;
  requesters: readonly Actor[];
}

const PERSON_MS = 5 * 60_000;
const GROUP_MS = 60_000;
const MAX_KEPT = 1000;

/** Remembers what was read for a while; a failure is never remembered. */
function createMemory<T>(
  read: (id: string) => Promise<Read<T>>,
  { now, keepMs }: { now: () => number; keepMs: number },
) {
  const kept = new Map<string, { body: T; until: number }>();
  return async (id: string): Promise<Read<T>> => {
    const known = kept.get(id);
    if (known !== undefined && known.until > now()) return { kind: "ok", body: known.body };
    const answer = await read(id);
    if (kept.size >= MAX_KEPT) kept.clear();
    if (answer.kind === "ok") kept.set(id, { body: answer.body, until: now() + keepMs });
    return answer;
  };
}

export function createVoters(deps: VotersDeps) {
  const { now, admission } = deps;
  const person = createMemory(deps.readPerson, { now, keepMs: PERSON_MS });
  const members = createMemory(deps.readGroup, { now, keepMs: GROUP_MS });

  const judge = async (voter: string, { policy, requesters }: Rules): Promise<Judgement | { kind: "unknown" }> => {
    const config = admission();
    const facts = await person(voter);
    if (facts.kind === "failed") return { kind: "unknown" };
    const wanted = groupsIn(policy.approvers, config);
    const read = await Promise.all(wanted.map(async (id) => ({ id, members: await members(id) })));
    if (read.some((group) => group.members.kind === "failed")) return { kind: "unknown" };
    const groups = new Map(read.map((group) => [group.id, group.members.kind === "ok" ? group.members.body : []]));
    return judgeVoter(facts.body, { policy, requesters }, { config, groups });
  };

  return {
    judge,
    /** Those of some people who may approve now; whoever cannot be verified does not count. */
    eligible: async (voters: readonly string[], rules: Rules): Promise<string[]> => {
      const judged = await Promise.all(voters.map(async (id) => ({ id, kind: (await judge(id, rules)).kind })));
      return judged.filter(({ kind }) => kind === "allowed").map(({ id }) => id);
    },
  };
}
export type Voters = ReturnType<typeof createVoters>;
