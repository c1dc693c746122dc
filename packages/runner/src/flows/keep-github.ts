/** What a run says on the issue or pull request it came from: nothing while it is short, then one comment, edited at its end. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { finalComment, workingComment, workingKey, type GithubPlace } from "../core/github-words.ts";
import type { ProgressKeeper } from "./keep-progress.ts";

/** A shorter run is told by its own words, or by a mark. */
const SHOW_AFTER_MS = 120_000;
const RETRY_MS = 10_000;

export interface KeepGithubDeps extends Pick<Ledger, "enqueueOutbox" | "promiseByKey"> {
  log: Log;
}

interface KeptRun {
  triggerId: string;
  anchorId: string;
  place: GithubPlace;
}

/** Promises are rows, so neither a restart nor a second driver says anything twice. */
export function createGithubKeeper(deps: KeepGithubDeps, run: KeptRun): ProgressKeeper {
  const { triggerId, anchorId, place } = run;
  let isSaid = false;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let isOver = false;

  const isLive = async () => isSaid || (await deps.promiseByKey({ dedupeKey: workingKey(triggerId) })) !== undefined;
  const promise = async (words: ReturnType<typeof workingComment>) => {
    const { kind } = await deps.enqueueOutbox({ ...words, anchorId, triggerId });
    return kind === "queued" || kind === "exists";
  };
  const begin = async (view: string | undefined) => {
    isSaid = await promise(workingComment(place, triggerId, view));
  };
  const tryFinish: ProgressKeeper["tryFinish"] = async ({ text, view }) => {
    isOver = true;
    if (!(await isLive())) return "done";
    return (await promise(finalComment(place, triggerId, { text, view }))) ? "done" : "again";
  };

  return {
    show: ({ elapsedMs, view }) => {
      if (isSaid || isOver || elapsedMs < SHOW_AFTER_MS || elapsedMs - triedAtMs < RETRY_MS) return;
      triedAtMs = elapsedMs;
      begin(view).catch((err: unknown) => deps.log.error({ event: "progress_failed", triggerId, err }, "no comment"));
    },
    isLive,
    reserve: () => Promise.resolve(),
    tryFinish,
    finish: async (last) => void (await tryFinish(last)),
  };
}
