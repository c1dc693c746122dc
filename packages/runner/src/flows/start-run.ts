/** Turns an opened run into a driven one: recorder, control message, budget, model. */
import { Park } from "@thor/domain/park";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, Run } from "@thor/ledger/port";

import type { Judged } from "../core/budget/check.ts";
import type { Redact } from "../core/redact.ts";
import { factsOf, personOf, storedFacts } from "../core/run-facts.ts";
import type { DrivenRun } from "./driven-run.ts";
import { createGithubKeeper, type KeepGithubDeps } from "./keep-github.ts";
import { createProgressKeeper, silentKeeper, type KeepProgressDeps } from "./keep-progress.ts";
import { silentStatus, type StatusKeeper } from "./keep-status.ts";
import { createRecorder } from "./record-steps.ts";
import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";

export interface StartRunDeps
  extends KeepProgressDeps, KeepGithubDeps, Pick<Ledger, "upsertParts" | "progressOf" | "setTrigger"> {
  log: Log;
  redact: Redact;
  drive: (driven: DrivenRun) => Turn;
  turns: Turns<Turn>;
  /** Whether Slack output is possible at all. */
  canSpeak: boolean;
  notes: () => Promise<readonly string[]>;
  statusKeeper: (place: { channel: string; threadTs: string }) => StatusKeeper;
  viewUrl: (run: { id: string; anchorId: string }) => string | undefined;
  judgeBudget: (run: Run, directory: string) => Promise<Judged>;
  /** How much a model can hold, as far as that is known by now. */
  contextLimit: (model: string) => number | undefined;
}

interface Opened {
  isFresh: boolean;
  runFence: number;
  sessionId: string;
  directory: string;
}

function createSpeakers(deps: StartRunDeps) {
  return async ({ id: triggerId, anchorId, replyTo }: Run): Promise<Pick<DrivenRun, "keeper" | "status">> => {
    if (replyTo?.kind === "github") {
      const { repo, number } = replyTo;
      const keeper = createGithubKeeper(deps, { triggerId, anchorId, place: { repo, number } });
      return { keeper, status: silentStatus };
    }
    if (replyTo?.kind !== "slack" || !deps.canSpeak) return { keeper: silentKeeper, status: silentStatus };
    const place = { channel: replyTo.channel, threadTs: replyTo.threadTs };
    const status = deps.statusKeeper(place);
    const post: StartRunDeps["post"] = async (...message) => {
      const answer = await deps.post(...message);
      status.posted();
      return answer;
    };
    const stored = await deps.progressOf({ triggerId });
    return { keeper: createProgressKeeper({ ...deps, post }, { triggerId, place, stored }), status };
  };
}

const REPLACED: Readonly<Record<string, string>> = {
  session_lost: "the old one is gone",
  session_unresponsive: "the old one did not respond",
  directory_mismatch: "the old one was in another directory",
  context_overflow: "the old one was full",
};

/** What belongs beside the progress of this run, whatever happens in it. */
async function ownNotes({ notes }: StartRunDeps, run: Run): Promise<readonly string[]> {
  const { replaced } = factsOf(run);
  const why = replaced === undefined ? [] : [`Started a new session: ${REPLACED[replaced] ?? replaced}`];
  return [...why, ...(await notes())];
}

/** A limit that was used up before anything was sent. */
async function overBudget(deps: StartRunDeps, run: Run, { runFence, directory }: Opened): Promise<string | undefined> {
  if (run.promptSentAt !== undefined) return undefined;
  const judged = await deps.judgeBudget(run, directory);
  if (judged.kind !== "over") return undefined;
  const revs = storedFacts({ ...factsOf(run), overScope: judged.scope });
  await deps.setTrigger({ triggerId: run.id, runFence, set: { revs } });
  return judged.what;
}

export const createStartRun = (deps: StartRunDeps) => {
  const speakers = createSpeakers(deps);
  return async (run: Run, opened: Opened): Promise<Turn> => {
    const { id: triggerId, anchorId } = run;
    const { model, variant } = factsOf(run);
    const notes = await ownNotes(deps, run);
    let budget: string | undefined;
    const turn = deps.drive({
      run: { ...run, park: run.status === "parked" ? Park.safeParse(run.park).data : undefined },
      ...opened,
      ...(await speakers(run)),
      person: personOf(run),
      model: { model, variant },
      overBudget: await overBudget(deps, run, opened),
      recorder: createRecorder(deps, { triggerId, anchorId, runFence: opened.runFence }),
      viewUrl: deps.viewUrl(run),
      warn: (words) => {
        budget = words;
      },
      facts: ({ context }) => ({
        notes,
        budget,
        contextLimit: context === undefined ? undefined : deps.contextLimit(context.model),
      }),
    });
    deps.turns.add(turn);
    return turn;
  };
};
export type StartRun = ReturnType<typeof createStartRun>;
