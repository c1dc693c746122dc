/** One writer for a run's control message: posts it once, edits it in order, and never says "working" after the end. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, ProgressMessage } from "@thor/ledger/port";

import { isShowDue, type Shown, type View } from "../core/progress/pace.ts";

const FINAL_PAUSES_MS = [0, 500, 2000, 5000, 15_000];
const MAX_WAIT_MS = 60_000;

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
  show: (view: View) => void;
  /** Waits for the write in hand and says whether a message is there. */
  isLive: () => Promise<boolean>;
  /** One try at the last text; nothing is shown after it. */
  tryFinish: (text: string) => Promise<"done" | "again">;
  /** A few tries at the last text; what still fails is left to the care of orphans. */
  finish: (text: string) => Promise<void>;
}

/** A keeper for runs that have no Slack thread. */
export const silentKeeper: ProgressKeeper = {
  show: () => undefined,
  isLive: () => Promise.resolve(false),
  tryFinish: () => Promise.resolve("done"),
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
  let notBefore = 0;
  // A row without a timestamp: the post may have arrived although its answer was lost.
  let mayBePosted = stored !== undefined && messageTs === undefined && !isGone;

  const save = async (text: string, state: ProgressMessage["state"]) => {
    rev += 1;
    const saved = await deps.saveProgress({ triggerId, ...place, messageTs, rev, digest: text.slice(0, 64), state });
    return saved.kind === "saved";
  };
  const heed = (answer: Answer<unknown>) => {
    if (answer.kind === "limited") notBefore = deps.now() + answer.retryAfterMs;
  };
  const giveUp = async (code: string) => {
    isGone = true;
    deps.log.warn({ event: "progress_refused", triggerId, code }, "control message not written");
    await save(code, "gone");
  };

  /** Finds a message whose post was never confirmed; false while Slack cannot tell. */
  const adopt = async (): Promise<boolean> => {
    if (!mayBePosted) return true;
    const found = await deps.findControl(place, triggerId);
    heed(found);
    if (found.kind === "refused") await giveUp(found.code);
    else if (found.kind !== "ok") return false;
    mayBePosted = false;
    messageTs = found.kind === "ok" ? found.body?.ts : undefined;
    return true;
  };

  const post = async (text: string): Promise<void> => {
    if (!(await adopt()) || isGone || messageTs !== undefined || !(await save(text, "live"))) return;
    const posted = await deps.post(place, text, triggerId);
    heed(posted);
    mayBePosted = posted.kind === "unknown";
    if (posted.kind === "refused") await giveUp(posted.code);
    if (posted.kind !== "ok") return;
    messageTs = posted.body.ts;
    await save(text, "live");
  };

  const edit = async (text: string, state: "live" | "final"): Promise<"done" | "again"> => {
    if (messageTs === undefined || !(await save(text, "live"))) return "done";
    const answer = await deps.update({ channel: place.channel, ts: messageTs }, text);
    heed(answer);
    if (answer.kind === "refused" && (state === "final" || answer.code === "message_not_found")) {
      await giveUp(answer.code);
      return "done";
    }
    // Only what Slack has confirmed counts as final: after a crash before this line it is edited again.
    if (answer.kind === "ok" && state === "final") await save(text, "final");
    return answer.kind === "ok" ? "done" : "again";
  };

  const isThere = () => messageTs !== undefined && !isGone;

  /** A row whose message never arrived is closed, so that nobody looks for it again. */
  const end = async (text: string): Promise<"done" | "again"> => {
    if (!(await adopt())) return "again";
    if (isThere()) return edit(text, "final");
    if (rev > 0 && !isGone) await giveUp("never_posted");
    return "done";
  };

  return { adopt, post, edit, end, isThere, isGone: () => isGone, waitMs: () => Math.max(0, notBefore - deps.now()) };
}

export function createProgressKeeper(deps: KeepProgressDeps, run: KeptRun): ProgressKeeper {
  const message = createControlMessage(deps, run);
  const { triggerId } = run;
  let shown: Shown = { at: 0 };
  let writing: Promise<unknown> = Promise.resolve();
  let isBusy = false;
  let isOver = false;

  const isDue = (view: View) => {
    if (isBusy || isOver || message.isGone() || message.waitMs() > 0) return false;
    return isShowDue(view, { shown, isThere: message.isThere(), now: deps.now() });
  };

  const write = (text: string) => (message.isThere() ? message.edit(text, "live") : message.post(text));

  const tryFinish = async (text: string) => {
    isOver = true;
    await writing;
    return message.end(text);
  };

  return {
    show: (view) => {
      if (!isDue(view)) return;
      isBusy = true;
      shown = { at: deps.now(), view };
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
    tryFinish,
    finish: async (text) => {
      for (const pauseMs of FINAL_PAUSES_MS) {
        await deps.pause(Math.min(MAX_WAIT_MS, Math.max(pauseMs, message.waitMs())));
        if ((await tryFinish(text)) === "done") return;
      }
    },
  };
}
