/** What the plan of one claim knows about GitHub: the rules of the moment, and what look-ups add to them. */
import type { GithubEvent } from "@thor/domain/github-event";
import type { OwnerGrant } from "@thor/workspace-config/pure/trust";

import { judgeOwner } from "../../core/access/repository.ts";
import { speakerOf, type TrustRule } from "../../core/access/sender-trust.ts";
import { botEmail, type GithubIdentity } from "../../core/github/mention.ts";
import type { GithubFacts, GithubLookup, HeadFact, SuiteFact } from "../../core/plan/deciding.ts";
import type { LookUp } from "../look-up.ts";

export interface GithubFactsDeps {
  me: GithubIdentity;
  ciPollMs: number;
  grantFor: (fullName: string) => OwnerGrant;
  isTrustedSender: TrustRule;
  ignoresForks: () => boolean;
  lookUp: LookUp;
}

export const createGithubFacts = (deps: GithubFactsDeps) => {
  /** thor.json may have changed since the event came in. */
  const refusalOf = (event: GithubEvent): string | undefined => {
    const refusal = judgeOwner(deps.grantFor(event.repository.full_name), event.installation?.id);
    if (refusal !== undefined) return refusal;
    const speaker = speakerOf(event);
    return speaker === undefined || deps.isTrustedSender(speaker) ? undefined : "sender_not_trusted";
  };

  return () => {
    const heads = new Map<string, HeadFact>();
    const suites = new Map<string, SuiteFact>();
    const { ciPollMs } = deps;
    const facts: GithubFacts = {
      refusalOf,
      ignoresForks: deps.ignoresForks(),
      botEmail: botEmail(deps.me),
      ciPollMs,
      heads,
      suites,
    };
    const learn = async (lookup: GithubLookup): Promise<HeadFact | SuiteFact> => {
      if (lookup.kind === "head") {
        const fact = await deps.lookUp.head(lookup);
        heads.set(lookup.key, fact);
        return fact;
      }
      const fact = await deps.lookUp.suite(lookup);
      suites.set(lookup.key, fact);
      return fact;
    };
    return { facts, learn };
  };
};
export type OpenGithubFacts = ReturnType<typeof createGithubFacts>;
