import type { Json } from "@thor/domain/json";
import { z } from "zod";

import { AuditInput } from "./evidence.ts";
import { count, json, line, MAX_SMALL, name, rowId, timeMs, wholeText } from "./field.ts";

export const HeartbeatInput = z.strictObject({ service: name, instance: name, detail: json(MAX_SMALL) });
export const SetSettingInput = z.strictObject({ key: name, value: json(MAX_SMALL), by: name });

/** Whose sums an hour's use is added to. */
export const UsageOwner = z.strictObject({
  channel: line(256),
  user: line(256),
  model: line(256),
  repo: line(256),
  source: line(64),
  agent: line(128),
});

/** One addition to an hour's sums. */
export const RecordUsageInput = UsageOwner.extend({
  at: timeMs,
  runs: count.optional(),
  input: count.optional(),
  cached: count.optional(),
  output: count.optional(),
  reasoning: count.optional(),
  costMicros: count.optional(),
  unpricedTokens: count.optional(),
  wallMs: count.optional(),
  toolCalls: count.optional(),
});
export interface UsageSums {
  runs: number;
  input: number;
  cached: number;
  output: number;
  reasoning: number;
  costMicros: number;
  unpricedTokens: number;
  wallMs: number;
  toolCalls: number;
}

export const SaveConfigVersionInput = z.strictObject({
  file: name,
  sha256: name,
  text: wholeText(1024 * 1024),
  author: line(256),
  origin: z.enum(["admin", "file", "restore"]),
  baseVersion: count.optional(),
  reason: line(500).optional(),
  at: timeMs.optional(),
  audit: AuditInput.optional(),
});
export interface ConfigVersion {
  version: number;
  file: string;
  sha256: string;
  rev: string;
  text: string;
  author: string;
  origin: "admin" | "file" | "restore";
  baseVersion?: number | undefined;
  reason?: string | undefined;
  at: number;
}

export const RecordIntegrationInput = z.strictObject({
  integration: name,
  state: name,
  lastOkAt: timeMs.optional(),
  lastError: line(500).optional(),
  latencyMs: count.optional(),
  drift: json(MAX_SMALL).optional(),
  tools: z
    .array(
      z.strictObject({
        tool: name,
        tier: name,
        schemaDigest: name,
        seenUpstreamAt: timeMs,
        lastUsedAt: timeMs.optional(),
      }),
    )
    .max(500)
    .optional(),
});
export const RecordEgressInput = z.strictObject({
  allowed: z
    .array(
      z.strictObject({ at: timeMs, host: line(255), method: line(16), pathPrefix: line(255), rule: line(255), count }),
    )
    .max(500),
  blocked: z
    .array(
      z.strictObject({
        at: timeMs,
        host: line(255),
        reason: line(128),
        sample: line(512),
        tries: count,
        anchorId: rowId.optional(),
      }),
    )
    .max(500),
});
export const DismissBlockedInput = z.strictObject({ host: line(255), reason: line(128) });
export const RecordDoctorInput = z.strictObject({ by: name, checks: json(256 * 1024), ok: z.boolean() });
export const SnoozeInput = z.strictObject({ key: name, until: timeMs, by: name });

export interface ServiceRow {
  service: string;
  instance: string;
  seenAt: number;
  live: boolean;
  detail: Json;
}
export interface Change {
  seq: number;
  topic: string;
  key: string;
  at: number;
}
export const ForgetInput = z.strictObject({ anchorId: rowId, by: name });
