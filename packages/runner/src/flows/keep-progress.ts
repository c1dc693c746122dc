/** One writer for a run's control message: posts it once, edits it in order, and never says "working" after the end. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, ProgressMessage } from "@thor/ledger/port";

import { SHOW_AFTER } from "../core/progress/render.ts";

const EDIT_MS = 10_000;
const POST_AGAIN_MS = 5000;
const FINAL_PAUSES_MS = [500, 2000, 5000, 15_000];

type Answer<T> =
  | { kind: "ok"; body: T }
  | { kind: "limited"; retryAfterMs: number }
  | { kind: "refused"; code: string }
  | { kind: "unreachable" | "unknown"; error: string };
interface Place {
  channel: string;
  threadTs: string;
}

export interface KeepProgressDeps extends Pick<Ledger, "saveProgress"> {
  log: Log;
  now: () => number;
  pause: (ms: number) => Promise<void>;
  post: (place: Place, text: string, triggerId: string) => Promise<Answer<{ ts: string }>>;
  update: (at: { channel: string; ts: string }, text: string) => Promise<Answer<object>>;
  findControl: (place: Place, triggerId: string) => Promise<Answer<{ ts: string } | undefined>>;
}

export interface ProgressKeeper {
  /** Shows the present text when it is due; cheap to call every second. */
  show: (view: { text: string; tools: number; elapsedMs: number }) => void;
  /** Waits for the write in hand and says whether a message is there. */
  isLive: () => Promise<boolean>;
  finish: (text: string) => Promise<void>;
}

/** A keeper for runs that have no Slack thread. */
export const silentKeeper: ProgressKeeper = {
  show: () => undefined,
  isLive: () => Promise.resolve(false),
  finish: () => Promise.resolve(),
};

interface KeptRun {
  triggerId: string;
  place: Place;
  stored?: ProgressMessage | undefined;
}

/** The message itself: where it is, and how it is written without ever doubling it. */
function createControlMessage(deps: KeepProgressDeps, { triggerId, place, stored }: KeptRun) {
  let messageTs = stored?.messageTs;
  let rev = stored?.rev ?? 0;
  let isGone = stored?.state === "gone";
  // A row without a timestamp: the post may have arrived although its answer was lost.
  let mayBePosted = stored !== undefined && messageTs === undefined;

  const save = async (text: string, state: ProgressMessage["state"]) => {
    rev += 1;
    const saved = await deps.saveProgress({ triggerId, ...place, messageTs, rev, digest: text.slice(0, 64), state });
    return saved.kind === "saved";
  };

  /** Finds a message whose post was never confirmed; false while Slack cannot tell. */
  const adopt = async (): Promise<boolean> => {
    if (!mayBePosted) return true;
    const found = await deps.findControl(place, triggerId);
    if (found.kind !== "ok") return false;
    mayBePosted = false;
    messageTs = found.body?.ts;
    return true;
  };

  const post = async (text: string): Promise<void> => {
    if (!(await adopt()) || messageTs !== undefined || !(await save(text, "live"))) return;
    const posted = await deps.post(place, text, triggerId);
    mayBePosted = posted.kind === "unknown";
    if (posted.kind !== "ok") return;
    messageTs = posted.body.ts;
    await save(text, "live");
  };

  const edit = async (text: string, state: "live" | "final"): Promise<"done" | "again"> => {
    if (messageTs === undefined || !(await save(text, "live"))) return "done";
    const answer = await deps.update({ channel: place.channel, ts: messageTs }, text);
    if (answer.kind === "refused") {
      isGone = answer.code === "message_not_found";
      deps.log.warn({ event: "progress_refused", triggerId, code: answer.code }, "control message not edited");
      await save(text, isGone ? "gone" : state);
      return "done";
    }
    // Only what Slack has confirmed counts as final: after a crash before this line it is edited again.
    if (answer.kind === "ok" && state === "final") await save(text, "final");
    return answer.kind === "ok" ? "done" : "again";
  };

  return { adopt, post, edit, isThere: () => messageTs !== undefined && !isGone, isGone: () => isGone };
}

export function createProgressKeeper(deps: KeepProgressDeps, run: KeptRun): ProgressKeeper {
  const message = createControlMessage(deps, run);
  const { triggerId } = run;
  let shownText = "";
  let writtenAt = 0;
  let writing: Promise<unknown> = Promise.resolve();
  let isBusy = false;

  const isDue = ({ text, tools, elapsedMs }: { text: string; tools: number; elapsedMs: number }) => {
    if (isBusy || message.isGone()) return false;
    const sinceMs = deps.now() - writtenAt;
    if (message.isThere()) return text !== shownText && sinceMs >= EDIT_MS;
    return (tools >= SHOW_AFTER.tools || elapsedMs >= SHOW_AFTER.ms) && sinceMs > POST_AGAIN_MS;
  };

  const write = async (text: string) => {
    if (message.isThere()) await message.edit(text, "live");
    else await message.post(text);
    shownText = text;
  };

  return {
    show: (view) => {
      if (!isDue(view)) return;
      isBusy = true;
      writtenAt = deps.now();
      writing = write(view.text)
        .catch((err: unknown) => deps.log.error({ event: "progress_failed", triggerId, err }, "control message failed"))
        .finally(() => {
          isBusy = false;
        });
    },
    isLive: async () => {
      await writing;
      await message.adopt();
      return message.isThere();
    },
    finish: async (text) => {
      await writing;
      isBusy = true;
      await message.adopt();
      for (const pauseMs of message.isThere() ? [0, ...FINAL_PAUSES_MS] : []) {
        await deps.pause(pauseMs);
        if ((await message.edit(text, "final")) === "done") return;
      }
    },
  };
}
