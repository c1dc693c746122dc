/** The words of the control message: one live message per run in its thread. */
import type { Park } from "@thor/domain/park";
import { assertNever } from "@thor/kit/pure/assert-never";
import { cutText } from "@thor/kit/pure/cut-text";
import { slackTime } from "@thor/slack/pure/slack-time";

import type { Button } from "../slack/said.ts";
import type { AbortCause, TurnState } from "../turn/state.ts";
import { memoryText } from "./memory.ts";
import type { View } from "./pace.ts";
import type { Group, Progress } from "./progress.ts";

const LATEST = 3;
const MAX_LABEL = 160;

/** A time as people say it. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m ${seconds % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

const formatTokens = (tokens: number) => (tokens < 1000 ? `${tokens}` : `${(tokens / 1000).toFixed(1)}K`);

const groupText = ({ name, count }: Group) => (count === 1 ? name : `${name} x${count}`);

function cost({ totals }: Progress): string[] {
  const { tokensInput, tokensOutput, tokensReasoning, tokensCacheWrite, costMicros } = totals;
  const tokens = tokensInput + tokensOutput + tokensReasoning + tokensCacheWrite;
  if (tokens === 0) return [];
  const money = costMicros > 0 ? [`$${(costMicros / 1_000_000).toFixed(2)}`] : [];
  return [...money, `${formatTokens(tokens)} tokens`];
}

const calls = (count: number) => `${count} tool ${count === 1 ? "call" : "calls"}`;

/** What the control message shows beside the progress itself. */
export interface ShownState {
  phase: TurnState["phase"];
  isWaiting: boolean;
  park?: Park | undefined;
  abort?: AbortCause["why"] | undefined;
  /** How many runs wait for a free slot before this one. */
  ahead?: number | undefined;
  /** Warnings that belong to the run, such as missing isolation. */
  notes: readonly string[];
  /** How much of a budget is used, once it is worth a word. */
  budget?: string | undefined;
  contextLimit?: number | undefined;
}

/** Why a run stands still, as people read it. */
export function parkText({ why, until, note }: Park, now: number): string {
  const because = note === undefined ? "" : `: ${inertLabel(note)}`;
  switch (why) {
    case "quota":
      return until === undefined
        ? `⏸ Model quota used up${because}`
        : `⏸ Model quota used up, continues at ${slackTime(until)} (in ${formatDuration(until - now)})`;
    case "stuck":
      return `⏸ It went in circles${because}. Let it go on, or stop it.`;
    case "restart":
      return "⏸ It was cut off by restarts of the agent runtime. Let it go on, or stop it.";
    case "runtime_down":
      return "⏸ The agent runtime is down. Let it go on when it is back, or stop it.";
    case "start_lost":
      return "⏸ A restart came before this began. Start it now, or drop it.";
  }
}

const STOPPING: Partial<Record<AbortCause["why"], string>> = {
  stop: "⏹ Stopping…",
  budget: "⏹ The budget is used up, stopping…",
};

function header(progress: Progress, shown: ShownState, now: number): string {
  const { retry, groups } = progress;
  if (shown.park !== undefined) return parkText(shown.park, now);
  const stopping = shown.abort === undefined ? undefined : STOPPING[shown.abort];
  if (stopping !== undefined) return stopping;
  if (shown.ahead !== undefined) return `⏳ Waiting for a free slot, ${shown.ahead} ahead`;
  if (shown.isWaiting) return "❓ Waiting for an answer";
  if (retry !== undefined)
    return `🔁 Model busy, next try in ${formatDuration(retry.next - now)} (attempt ${retry.attempt})`;
  const elapsed = `${formatDuration(now - progress.startedAt)} elapsed`;
  const latest = groups.slice(-LATEST).map(groupText).join(", ");
  return `⏳ Working... ${calls(progress.tools)} | ${elapsed}${latest === "" ? "" : ` | latest: ${latest}`}`;
}

const CONTEXT_FROM = 0.5;

function contextText({ context }: Progress, limit: number | undefined): string | undefined {
  if (context === undefined || limit === undefined || context.tokens < limit * CONTEXT_FROM) return undefined;
  const share = Math.round((context.tokens / limit) * 100);
  return `${share}% (${Math.round(context.tokens / 1000)}K / ${Math.round(limit / 1000)}K tokens)`;
}

/** Tools, notes, sub-agents and context, two a line; nothing when there are tools only. */
function details(progress: Progress, shown: ShownState): string[] {
  const { groups, memory, agents } = progress;
  const context = contextText(progress, shown.contextLimit);
  const extra = [
    ...(memory.length === 0 ? [] : [`• memory: ${memoryText(memory)}`]),
    ...(agents.length === 0 ? [] : [`• agents: ${agents.map(groupText).join(", ")}`]),
    ...(context === undefined ? [] : [`• context: ${context}`]),
  ];
  if (extra.length === 0) return [];
  const items = [`• tools: ${groups.map(groupText).join(", ")}`, ...extra];
  return items.flatMap((item, at) => (at % 2 === 0 ? [[item, ...items.slice(at + 1, at + 2)].join("      ")] : []));
}

/** The live text of the control message. */
export function liveText(progress: Progress, shown: ShownState, now: number): string {
  const spent = [...cost(progress), ...(shown.budget === undefined ? [] : [shown.budget])];
  return [
    header(progress, shown, now),
    ...(progress.resumed ? ["♻️ Resumed after a restart"] : []),
    ...shown.notes.map((note) => `⚠️ ${note}`),
    ...details(progress, shown),
    ...(spent.length === 0 ? [] : [spent.join(" · ")]),
  ].join("\n");
}

/** Whether the state is one that people must see at once. */
export function liveState(progress: Progress, shown: ShownState): View["state"] {
  if (shown.park !== undefined) return "parked";
  if (shown.abort !== undefined) return "stopping";
  if (shown.isWaiting || shown.ahead !== undefined) return "waiting";
  return progress.retry === undefined ? "working" : "retrying";
}

/** What people may press while the run is open. */
export function liveButtons(triggerId: string, shown: ShownState): Button[] {
  const means = { kind: "run", refId: triggerId, arg: "" } as const;
  const goLabel = shown.park?.why === "start_lost" ? "Start now" : "Resume now";
  const go: Button = { action: "thor_continue", label: goLabel, style: "primary", means };
  const stop: Button = { action: "thor_stop", label: "Stop", style: "danger", means };
  return shown.park === undefined ? [stop] : [go, stop];
}

export type Ending =
  | { kind: "completed"; wasCut: boolean; recovered: number }
  | { kind: "failed"; error: string }
  | { kind: "budget"; what: string }
  | { kind: "interrupted" }
  | { kind: "aborted" };

/** Slack's control characters made harmless, on one line. */
export const inertLabel = (error: string) =>
  cutText(error.replaceAll(/\s+/g, " ").trim(), MAX_LABEL)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");

/** Notes that a run wrote are told, so that people can disagree. */
function memoryWritten({ memory }: Progress): string[] {
  const written = memory.filter(({ deed }) => deed === "write");
  return written.length === 0 ? [] : ["📝 Memory updated", ...written.map(({ path }) => `• ${path}`)];
}

/** The last text of the control message. */
export function finalText(progress: Progress, ending: Ending, endedAt: number): string {
  const elapsed = formatDuration(endedAt - progress.startedAt);
  switch (ending.kind) {
    case "completed": {
      const facts = [`✅ Done in ${elapsed}`, `${progress.tools} tools`, ...cost(progress)].join(" · ");
      const { wasCut, recovered } = ending;
      const cut = wasCut ? ["⚠️ The answer was cut off by the model's limit"] : [];
      const errors = recovered > 0 ? [`⚠️ Recovered from ${recovered} error(s) during the run`] : [];
      return [facts, ...cut, ...errors, ...memoryWritten(progress)].join("\n");
    }
    case "failed":
      return failureText(progress, ending.error);
    case "budget":
      return `⏹ Budget used up: ${inertLabel(ending.what)}\n${[elapsed, `${progress.tools} tools`, ...cost(progress)].join(" · ")}`;
    case "interrupted":
      return "⏹ Stopped: a newer message arrived";
    case "aborted":
      return `⏹ Stopped after ${elapsed}`;
    default:
      return assertNever(ending);
  }
}

export const failureText = ({ tools }: Pick<Progress, "tools">, error: string) =>
  `❌ Failed after ${calls(tools)}\n• ${inertLabel(error)}`;
