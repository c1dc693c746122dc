/** When the control message may change: rarely enough for Slack, at once when the state of the run does. */
import type { Said } from "../slack/said.ts";

/** Shown at the third tool call, or when the run has been going for this long. */
const SHOW_AFTER = { tools: 3, ms: 10_000 };

/** What the control message would say now. */
export interface View extends Said {
  tools: number;
  state: "working" | "retrying" | "waiting" | "parked" | "stopping";
  elapsedMs: number;
}

/** The last thing that was written, or tried. */
export interface Shown {
  at: number;
  view?: View | undefined;
}

const POST_AGAIN_MS = 5000;
const STATE_MS = 1200;
const EDIT_MS = 10_000;
const MINUTE_MS = 60_000;
/** States that people must see, however short the run was so far. */
const AT_ONCE: ReadonlySet<View["state"]> = new Set(["waiting", "parked"]);

/** A long run's clock ticks slower. */
function tickMs(elapsedMs: number): number {
  if (elapsedMs < 10 * MINUTE_MS) return EDIT_MS;
  return elapsedMs < 60 * MINUTE_MS ? 30_000 : 60_000;
}

function pauseMs(view: View, before: View | undefined): number {
  if (before === undefined || before.state !== view.state) return STATE_MS;
  if (view.state === "parked") return 60 * MINUTE_MS;
  return before.tools === view.tools ? tickMs(view.elapsedMs) : EDIT_MS;
}

/** Whether the message is to be posted or edited now. */
export function isShowDue(
  view: View,
  { shown, isThere, now }: { shown: Shown; isThere: boolean; now: number },
): boolean {
  const sinceMs = now - shown.at;
  if (!isThere && AT_ONCE.has(view.state)) return shown.view === undefined || sinceMs > POST_AGAIN_MS;
  if (!isThere) return (view.tools >= SHOW_AFTER.tools || view.elapsedMs >= SHOW_AFTER.ms) && sinceMs > POST_AGAIN_MS;
  return view.text !== shown.view?.text && sinceMs >= pauseMs(view, shown.view);
}
