/** When the control message may change: rarely enough for Slack, at once when the state of the run does. */
import { SHOW_AFTER } from "./render.ts";

/** What the control message would say now. */
export interface View {
  text: string;
  tools: number;
  state: "working" | "retrying";
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

/** A long run's clock ticks slower. */
function tickMs(elapsedMs: number): number {
  if (elapsedMs < 10 * MINUTE_MS) return EDIT_MS;
  return elapsedMs < 60 * MINUTE_MS ? 30_000 : 60_000;
}

function pauseMs(view: View, before: View | undefined): number {
  if (before === undefined || before.state !== view.state) return STATE_MS;
  return before.tools === view.tools ? tickMs(view.elapsedMs) : EDIT_MS;
}

/** Whether the message is to be posted or edited now. */
export function isShowDue(
  view: View,
  { shown, isThere, now }: { shown: Shown; isThere: boolean; now: number },
): boolean {
  const sinceMs = now - shown.at;
  if (!isThere) return (view.tools >= SHOW_AFTER.tools || view.elapsedMs >= SHOW_AFTER.ms) && sinceMs > POST_AGAIN_MS;
  return view.text !== shown.view?.text && sinceMs >= pauseMs(view, shown.view);
}
