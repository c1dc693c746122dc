/** All that is recorded of a run. */
import type { Ledger } from "@thor/ledger/port";

const PAGE = 200;
const MAX_STEPS = 10_000;

export type StepsOfDeps = Pick<Ledger, "partsOf">;

/** What a run did; a run of endless length is not read to its end. */
export async function stepsOf({ partsOf }: StepsOfDeps, triggerId: string) {
  const steps: Awaited<ReturnType<Ledger["partsOf"]>> = [];
  for (let afterSeq = -1; steps.length < MAX_STEPS;) {
    const page = await partsOf({ triggerId, afterSeq, limit: PAGE });
    steps.push(...page);
    if (page.length < PAGE) break;
    afterSeq = page.at(-1)?.firstSeq ?? afterSeq;
  }
  return steps;
}
