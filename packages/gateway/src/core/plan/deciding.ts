/** The vocabulary of decisions about GitHub events, and the one way a failed look-up ends. */
import type { ExecResult } from "@thor/domain/exec";
import type { GithubEvent } from "@thor/domain/github-event";
import type { Json } from "@thor/domain/json";
import type { QueuedEvent } from "@thor/domain/queue";

import type { Head } from "../github/keys.ts";
import type { CheckRow } from "./check-rows.ts";
import type { LookUpFailure } from "./look-up-failure.ts";

/** Where a pull request comes from, as GitHub says now. */
export interface FoundHead extends Head {
  sha: string;
  baseRef: string | undefined;
  isDraft: boolean | undefined;
}
export type HeadFact = { kind: "head"; head: FoundHead } | LookUpFailure;

export type SuiteFact =
  /** The commit is not in the clone. */
  | { kind: "no_commit" }
  | { kind: "checks"; authorEmail: string; rows: CheckRow[]; shown: { command: string } & ExecResult }
  | LookUpFailure;

export type GithubLookup =
  | { kind: "head"; key: string; repo: string; fullName: string; number: number }
  | { kind: "suite"; key: string; repo: string; number: number; sha: string };

export interface GithubFacts {
  /** Why thor.json no longer admits an event; undefined when it does. */
  refusalOf: (event: GithubEvent) => string | undefined;
  ignoresForks: boolean;
  botEmail: string;
  ciPollMs: number;
  heads: ReadonlyMap<string, HeadFact>;
  suites: ReadonlyMap<string, SuiteFact>;
}

/** The clock and the patience that every decision shares. */
export interface Patience {
  now: number;
  maxAttempts: number;
  backoffMs: (attempts: number) => number;
}

export type GithubDecision =
  | { kind: "look_up"; lookup: GithubLookup }
  | { kind: "dispatch"; opened: false }
  | { kind: "drop"; reason: string; scrub: boolean }
  | { kind: "dead"; reason: string }
  | { kind: "wait"; notBefore: number; error?: string }
  | { kind: "reroute"; correlationKey: string; payload?: Json };

export interface Deciding<Payload extends GithubEvent = GithubEvent> {
  event: QueuedEvent;
  payload: Payload;
  facts: Omit<GithubFacts, "refusalOf"> & Patience;
}

/** A look-up that failed this time: wait, and after the last try end with the reason of its kind. */
export function afterFailure(
  { event, facts }: Pick<Deciding, "event"> & { facts: Patience },
  { error, reason }: { error: string; reason: string },
): GithubDecision {
  const attempts = event.attempts + 1;
  if (attempts >= facts.maxAttempts) return { kind: "dead", reason };
  return { kind: "wait", notBefore: facts.now + facts.backoffMs(attempts), error };
}
