/** Finds out who Thor is in Slack; retries what may pass, gives up on what a person must mend. */
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import { backoffMs } from "@thor/kit/pure/backoff";

import type { Identity, IdentityAnswer } from "../core/slack/screen.ts";
import type { IdentityState } from "./slack/receive.ts";

export interface LearnIdentityDeps {
  log: Log;
  clock: Clock;
  ask: () => Promise<IdentityAnswer>;
  /** What the operator says it must be; a difference is a refusal. */
  expected: { botUserId?: string | undefined; teamId?: string | undefined };
}

const LIMITS = { baseMs: 500, capMs: 30_000 };

/** One attempt per turn; answers the pause before the next one, in ms. */
export function createLearnIdentity(deps: LearnIdentityDeps) {
  let state: IdentityState = { kind: "learning" };
  let failures = 0;

  const accept = (me: Identity): number => {
    const { botUserId = me.botUserId, teamId = me.teamId } = deps.expected;
    const wrong = [
      ...(teamId === me.teamId ? [] : ["SLACK_TEAM_ID"]),
      ...(botUserId === me.botUserId ? [] : ["SLACK_BOT_USER_ID"]),
    ];
    if (wrong.length === 0) {
      state = { kind: "known", me };
      deps.log.info({ event: "slack_identity", teamId, botUserId }, "Slack identity known");
    } else {
      state = { kind: "refused", wrong };
      deps.log.error({ event: "slack_identity_mismatch", wrong }, "a setting is not what Slack says of the token");
    }
    return Number.MAX_SAFE_INTEGER;
  };

  const attempt = async (): Promise<number> => {
    if (state.kind !== "learning") return 60_000;
    const answer = await deps.ask();
    switch (answer.kind) {
      case "ok":
        return Math.min(60_000, accept(answer.me));
      case "permanent":
        state = { kind: "refused" };
        deps.log.error({ event: "slack_identity_refused", error: answer.error }, "Slack refused the bot token");
        return 60_000;
      case "transient":
        failures += 1;
        deps.log.warn({ event: "slack_identity_retry", error: answer.error, failures }, "Slack identity not known yet");
        return backoffMs(failures, deps.clock.chance(), LIMITS);
    }
  };
  return { attempt, state: () => state };
}
