/** The words of the control message: one live message per run in its thread. */
import { assertNever } from "@thor/kit/pure/assert-never";
import { cutText } from "@thor/kit/pure/cut-text";

import type { Progress } from "./progress.ts";

const LATEST = 3;
const MAX_LABEL = 160;
/** Shown at the third tool call, or when the run has been going for this long. */
export const SHOW_AFTER = { tools: 3, ms: 10_000 };

function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m ${seconds % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

const formatTokens = (tokens: number) => (tokens < 1000 ? `${tokens}` : `${(tokens / 1000).toFixed(1)}K`);

const groupText = ({ name, count }: Progress["groups"][number]) => (count === 1 ? name : `${name} x${count}`);

function cost({ totals }: Progress): string[] {
  const { tokensInput, tokensOutput, tokensReasoning, tokensCacheWrite, costMicros } = totals;
  const tokens = tokensInput + tokensOutput + tokensReasoning + tokensCacheWrite;
  if (tokens === 0) return [];
  const money = costMicros > 0 ? [`$${(costMicros / 1_000_000).toFixed(2)}`] : [];
  return [...money, `${formatTokens(tokens)} tokens`];
}

const calls = (count: number) => `${count} tool ${count === 1 ? "call" : "calls"}`;

/** The live text; `notes` are warnings that belong to the run, such as missing isolation. */
export function liveText(progress: Progress, now: number, notes: readonly string[]): string {
  const { retry, groups, resumed } = progress;
  const elapsed = `${formatDuration(now - progress.startedAt)} elapsed`;
  const latest = groups.slice(-LATEST).map(groupText).join(", ");
  const head =
    retry === undefined
      ? `⏳ Working... ${calls(progress.tools)} | ${elapsed}${latest === "" ? "" : ` | latest: ${latest}`}`
      : `🔁 Model busy, next try in ${formatDuration(retry.next - now)} (attempt ${retry.attempt})`;
  const lines = [head, ...(resumed ? ["♻️ Resumed after a restart"] : []), ...notes.map((note) => `⚠️ ${note}`)];
  const spent = cost(progress);
  return [...lines, ...(spent.length === 0 ? [] : [spent.join(" · ")])].join("\n");
}

export type Ending =
  | { kind: "completed"; wasCut: boolean; recovered: number }
  | { kind: "failed"; error: string }
  | { kind: "interrupted" }
  | { kind: "aborted" };

/** Slack's control characters made harmless, on one line. */
const label = (error: string) =>
  cutText(error.replaceAll(/\s+/g, " ").trim(), MAX_LABEL)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");

/** The last text of the control message. */
export function finalText(progress: Progress, ending: Ending, endedAt: number): string {
  const elapsed = formatDuration(endedAt - progress.startedAt);
  switch (ending.kind) {
    case "completed": {
      const facts = [`✅ Done in ${elapsed}`, `${progress.tools} tools`, ...cost(progress)].join(" · ");
      const { wasCut, recovered } = ending;
      const cut = wasCut ? ["⚠️ The answer was cut off by the model's limit"] : [];
      const errors = recovered > 0 ? [`⚠️ Recovered from ${recovered} error(s) during the run`] : [];
      return [facts, ...cut, ...errors].join("\n");
    }
    case "failed":
      return failureText(progress, ending.error);
    case "interrupted":
      return "⏹ Stopped: a newer message arrived";
    case "aborted":
      return `⏹ Stopped after ${elapsed}`;
    default:
      return assertNever(ending);
  }
}

export const failureText = ({ tools }: Pick<Progress, "tools">, error: string) =>
  `❌ Failed after ${calls(tools)}\n• ${label(error)}`;
