/** Read models that services fill: sums, versions, links to the outside, schedules. */
import {
  DismissBlockedInput,
  RecordDoctorInput,
  RecordEgressInput,
  RecordIntegrationInput,
  RecordUsageInput,
  SaveConfigVersionInput,
  SnoozeInput,
} from "../contract/status.ts";
import type { Db } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { writeAudit } from "./append-audit.ts";
import { findRow, insertRow, patchRow } from "./row.ts";

const HOUR_MS = 3_600_000;
const hourOf = (at: number) => at - (at % HOUR_MS);

/** Column → field of the sums. */
const SUMS = {
  runs: "runs",
  input: "input",
  cached: "cached",
  output: "output",
  reasoning: "reasoning",
  cost_micros: "costMicros",
  unpriced_tokens: "unpricedTokens",
  wall_ms: "wallMs",
  tool_calls: "toolCalls",
} as const;
type SumColumn = keyof typeof SUMS;
const SUM_COLUMNS: readonly SumColumn[] = [
  "runs",
  "input",
  "cached",
  "output",
  "reasoning",
  "cost_micros",
  "unpriced_tokens",
  "wall_ms",
  "tool_calls",
];
const NO_SUMS: Record<SumColumn, number> = {
  runs: 0,
  input: 0,
  cached: 0,
  output: 0,
  reasoning: 0,
  cost_micros: 0,
  unpriced_tokens: 0,
  wall_ms: 0,
  tool_calls: 0,
};

/** Adds to the sums of an hour, within a write that knows what was used. */
export async function addUsage(
  tx: Db,
  { changed }: Pick<WriteContext, "changed">,
  input: typeof RecordUsageInput._output,
): Promise<void> {
  const { at, channel, user, model, repo, source, agent } = input;
  const key = { hour: hourOf(at), channel, user, model, repo, source, agent };
  const old = await findRow(tx, "usage_hourly", key);
  const set = { ...NO_SUMS };
  for (const column of SUM_COLUMNS) set[column] = (old?.[column] ?? 0) + (input[SUMS[column]] ?? 0);
  if (old === undefined) await insertRow(tx, "usage_hourly", { row: { ...key, ...set } });
  else await patchRow(tx, "usage_hourly", { key, set });
  changed("status", "usage");
}

/** Adds to the sums of an hour. */
export const recordUsage = defineWrite(RecordUsageInput, async (tx, input, context) => {
  await addUsage(tx, context, input);
  return { kind: "recorded" as const };
});

type Saved =
  | { kind: "saved"; version: number }
  | { kind: "exists"; version: number }
  | { kind: "changed"; version: number };

/** Keeps a version of a file that people edit; a save that builds on an older version than the newest is refused. */
export const saveConfigVersion = defineWrite(SaveConfigVersionInput, async (tx, input, context): Promise<Saved> => {
  const versions = tx.selectFrom("config_versions").select(["version", "sha256"]).where("file", "=", input.file);
  const newest = await versions.orderBy("version", "desc").limit(1).executeTakeFirst();
  const at = newest?.version ?? 0;
  if (newest !== undefined && newest.sha256 === input.sha256) return { kind: "exists", version: at };
  if (input.baseVersion !== undefined && input.baseVersion !== at) return { kind: "changed", version: at };
  const row = {
    file: input.file,
    version: at + 1,
    sha256: input.sha256,
    text: input.text,
    author: input.author,
    origin: input.origin,
    base_version: input.baseVersion ?? null,
    reason: input.reason ?? null,
    at: input.at ?? context.now,
  };
  await insertRow(tx, "config_versions", { row });
  if (input.audit !== undefined) await writeAudit(tx, context, input.audit);
  context.changed("settings", input.file);
  return { kind: "saved", version: at + 1 };
});

type Tools = NonNullable<(typeof RecordIntegrationInput._output)["tools"]>;

async function keepTools(tx: Db, integration: string, tools: Tools): Promise<void> {
  for (const { tool, tier, schemaDigest, seenUpstreamAt, lastUsedAt } of tools) {
    const set = { tier, schema_digest: schemaDigest, seen_upstream_at: seenUpstreamAt, last_used_at: lastUsedAt };
    if (await patchRow(tx, "integration_tools", { key: { integration, tool }, set })) continue;
    await insertRow(tx, "integration_tools", { row: { integration, tool, ...set, last_used_at: lastUsedAt ?? null } });
  }
}

/** How an integration is doing, with the tools it offers. */
export const recordIntegration = defineWrite(RecordIntegrationInput, async (tx, input, { now, changed }) => {
  const { integration, state } = input;
  const old = await findRow(tx, "integration_status", { integration });
  const since = old?.state === state ? old.since : now;
  const seen = { last_error: input.lastError ?? null, latency_ms: input.latencyMs ?? null, drift: input.drift ?? null };
  const cells = { state, since, last_ok_at: input.lastOkAt ?? old?.last_ok_at ?? null, ...seen, updated_at: now };
  if (old === undefined) await insertRow(tx, "integration_status", { row: { integration, ...cells } });
  else await patchRow(tx, "integration_status", { key: { integration }, set: cells });
  await keepTools(tx, integration, input.tools ?? []);
  changed("status", integration);
  return { kind: "recorded" as const };
});

/** What the proxy let through and what it stopped. */
export const recordEgress = defineWrite(RecordEgressInput, async (tx, { allowed, blocked }, { changed }) => {
  for (const one of allowed) {
    const key = {
      hour: hourOf(one.at),
      host: one.host,
      method: one.method,
      path_prefix: one.pathPrefix,
      rule: one.rule,
    };
    const old = await findRow(tx, "egress_hourly", key);
    if (old === undefined) await insertRow(tx, "egress_hourly", { row: { ...key, count: one.count } });
    else await patchRow(tx, "egress_hourly", { key, set: { count: old.count + one.count } });
  }
  for (const one of blocked) {
    const key = { host: one.host, reason: one.reason };
    const old = await findRow(tx, "egress_blocked", key);
    const set = {
      sample: one.sample,
      tries: (old?.tries ?? 0) + one.tries,
      last_at: one.at,
      anchor_id: one.anchorId ?? null,
      // What was dismissed comes back when it is tried in a new way.
      dismissed: old?.sample === one.sample ? old.dismissed : 0,
    };
    if (old === undefined) await insertRow(tx, "egress_blocked", { row: { ...key, ...set, first_at: one.at } });
    else await patchRow(tx, "egress_blocked", { key, set });
  }
  changed("status", "egress");
  return { kind: "recorded" as const };
});

/** The result of a self-check. */
export const recordDoctor = defineWrite(RecordDoctorInput, async (tx, { by, checks, ok }, { now, newId, changed }) => {
  const id = newId();
  await insertRow(tx, "doctor_runs", { row: { id, at: now, by, ok: ok ? 1 : 0, checks } });
  changed("status", "doctor");
  return { kind: "recorded" as const, id };
});

/** Hides a call for attention for a while. */
export const snooze = defineWrite(SnoozeInput, async (tx, { key, until, by }, { now, changed }) => {
  const set = { until, by, at: now };
  if (!(await patchRow(tx, "snoozes", { key: { key }, set }))) await insertRow(tx, "snoozes", { row: { key, ...set } });
  changed("settings", key);
  return { kind: "snoozed" as const };
});

/** Hides a blocked host until it is tried in a new way. */
export const dismissBlocked = defineWrite(DismissBlockedInput, async (tx, { host, reason }, { changed }) => {
  const isKnown = await patchRow(tx, "egress_blocked", { key: { host, reason }, set: { dismissed: 1 } });
  changed("status", "egress");
  return { kind: isKnown ? ("dismissed" as const) : ("unknown" as const) };
});
