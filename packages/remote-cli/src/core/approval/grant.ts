/** Whether a standing permission covers a call: the same tool and credentials, the same rule, asked by the same people. */
import { Actor } from "@thor/domain/actor";
import type { Json } from "@thor/domain/json";
import { z } from "zod";

const Requesters = z.array(Actor);

interface Standing {
  store: string;
  tool: string;
  targetKey: string;
  rule: string;
  scopeKind: string;
  requesters: Json;
  maxUses?: number | undefined;
  uses: number;
}
export interface Covered {
  store: string;
  tool: string;
  targetKey: string;
  rule: string;
  requesters: readonly Actor[];
}

const isAmong = (people: readonly Actor[], { kind, id }: Actor) =>
  people.some((person) => person.kind === kind && person.id === id);

export function coversCall(grant: Standing, { store, tool, targetKey, rule, requesters }: Covered): boolean {
  const isSameTool = grant.store === store && grant.tool === tool && grant.targetKey === targetKey;
  const isUnused = grant.maxUses === undefined || grant.uses < grant.maxUses;
  const people = Requesters.safeParse(grant.requesters).data ?? [];
  const isTheirs = requesters.length > 0 && requesters.every((person) => isAmong(people, person));
  return grant.scopeKind === "conversation" && isSameTool && grant.rule === rule && isUnused && isTheirs;
}

/** The permission that was given with an approval. */
export const grantIdOf = (approvalId: string) => `${approvalId}-grant`;
export const approvalIdOf = (grantId: string) => grantId.replace(/-grant$/, "");
