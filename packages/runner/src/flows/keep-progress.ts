/** One writer for a run's control message: posts it once, edits it in order, and never says "working" after the end. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, ProgressMessage } from "@thor/ledger/port";
import type { Answer } from "@thor/slack/pure/answer";

import { isShowDue, type Shown, type View } from "../core/progress/pace.ts";
import type { Said } from "../core/slack/said.ts";

const FINAL_PAUSES_MS = [0, 500, 2000, 5000, 15_000];
const MAX_WAIT_MS = 60_000;

interface Place {
  channel: string;
  threadTs: string;
}

export interface KeepProgressDeps extends Pick<Ledger, "saveProgress"> {
  log: Log;
  now: () => number;
  pause: (ms: number) => Promise<void>;
  post: (place: Place, said: Said, triggerId: string) => Promise<Answer<{ ts: string }>>;
  update: (at: Place & { ts: string }, said: Said) => Promise<Answer<object>>;
  findControl: (place: Place, triggerId: string) => Promise<Answer<{ ts: string } | undefined>>;
}

export interface ProgressKeeper {
  /** Shows the present text when it is due; cheap to call every second. */
  show: (view: View) => void;
  /** Waits for the write in hand and says whether a message is there. */
  isLive: () => Promise<boolean>;
  /** Makes sure that the last words are posted by somebody, even if this process dies before it can. */
  reserve: () => Promise<void>;
  /** One try at the last words; nothing is shown after them. */
  tryFinish: (last: LastWords) => Promise<"done" | "again">;
  /** A few tries at the last words; what still fails is left to the care of orphans. */
  finish: (last: LastWords) => Promise<void>;
}

export interface LastWords extends Said {
  /** Posted although no message was shown before. */
  mustBeSeen?: boolean | undefined;
  /** Called before the message counts as final, so that its buttons work. */
  onPlaced?: ((ts: string) => Promise<void>) | undefined;
}

/** A keeper for runs that have no Slack thread. */
export const silentKeeper: ProgressKeeper = {
  show: () => undefined,
  isLive: () => Promise.resolve(false),
  reserve: () => Promise.resolve(),
  tryFinish: () => Promise.resolve("done"),
  finish: () => Promise.resolve(),
};

interface KeptRun {
  triggerId: string;
  place: Place;
  stored?: ProgressMessage | undefined;
}

/** How long Slack wants to be left alone. */
function createPatience(now: () => number) {
  let notBefore = 0;
  return {
    heed: (answer: Answer<unknown>) => {
      if (answer.kind === "limited") notBefore = now() + answer.retryAfterMs;
    },
    waitMs: () => Math.max(0, notBefore - now()),
  };
}

/** What the ledger knows of the message; an older revision never overwrites a newer one. */
function createRow({ saveProgress }: KeepProgressDeps, { triggerId, place, stored }: KeptRun) {
  let rev = stored?.rev ?? 0;
  return {
    exists: () => rev > 0,
    save: async (text: string, at: Pick<ProgressMessage, "state" | "messageTs">): Promise<boolean> => {
      rev += 1;
      const saved = await saveProgress({ triggerId, ...place, ...at, rev, digest: text.slice(0, 64) });
      return saved.kind === "saved";
    },
  };
}

/** The message itself: where it is, and how it is written without ever doubling it. */
function createControlMessage(deps: KeepProgressDeps, { triggerId, place, stored }: KeptRun) {
  let messageTs = stored?.messageTs;
  const row = createRow(deps, { triggerId, place, stored });
  let isGone = stored?.state === "gone";
  const { heed, waitMs } = createPatience(deps.now);
  // A row without a timestamp: the post may have arrived although its answer was lost.
  let mayBePosted = stored !== undefined && messageTs === undefined && !isGone;

  const isThere = () => messageTs !== undefined && !isGone;
  const save = (text: string, state: ProgressMessage["state"]) => row.save(text, { state, messageTs });
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

  const post = async (said: Said): Promise<void> => {
    if (!(await adopt()) || isGone || messageTs !== undefined || !(await save(said.text, "live"))) return;
    const posted = await deps.post(place, said, triggerId);
    heed(posted);
    mayBePosted = posted.kind === "unknown";
    if (posted.kind === "refused") await giveUp(posted.code);
    if (posted.kind !== "ok") return;
    messageTs = posted.body.ts;
    await save(said.text, "live");
  };

  const edit = async (said: Said, state: "live" | "final"): Promise<"done" | "again"> => {
    if (messageTs === undefined || !(await save(said.text, "live"))) return "done";
    const answer = await deps.update({ ...place, ts: messageTs }, said);
    heed(answer);
    if (answer.kind === "refused" && (state === "final" || answer.code === "message_not_found")) {
      await giveUp(answer.code);
      return "done";
    }
    // Only what Slack has confirmed counts as final: after a crash before this line it is edited again.
    if (answer.kind === "ok" && state === "final") await save(said.text, "final");
    return answer.kind === "ok" ? "done" : "again";
  };

  /** A row whose message never arrived is closed, so that nobody looks for it again. */
  const end = async (last: LastWords): Promise<"done" | "again"> => {
    if (!(await adopt())) return "again";
    if (!isThere() && !isGone && last.mustBeSeen === true) await post(last);
    if (isThere()) {
      if (messageTs !== undefined) await last.onPlaced?.(messageTs);
      return edit(last, "final");
    }
    if (last.mustBeSeen === true && !isGone) return "again";
    if (row.exists() && !isGone) await giveUp("never_posted");
    return "done";
  };

  const reserve = async (): Promise<void> => {
    if (!row.exists()) await save("reserved", "live");
  };

  return { adopt, post, edit, end, isThere, isGone: () => isGone, waitMs, reserve };
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

  const write = (said: Said) => (message.isThere() ? message.edit(said, "live") : message.post(said));

  const tryFinish = async (last: LastWords) => {
    isOver = true;
    await writing;
    return message.end(last);
  };

  return {
    show: (view) => {
      if (!isDue(view)) return;
      isBusy = true;
      shown = { at: deps.now(), view };
      writing = write(view)
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
    reserve: message.reserve,
    tryFinish,
    finish: async (last) => {
      for (const pauseMs of FINAL_PAUSES_MS) {
        await deps.pause(Math.min(MAX_WAIT_MS, Math.max(pauseMs, message.waitMs())));
        if ((await tryFinish(last)) === "done") return;
      }
    },
  };
}
