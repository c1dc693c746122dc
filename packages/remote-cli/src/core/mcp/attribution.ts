/** Who an issue is for: an answer of the look-up tool, read for exactly one account. */
import type { CallEnd } from "./tool.ts";

export type Attribution =
  | { kind: "applied"; accountId: string }
  | {
      kind: "skipped";
      why:
        | "tool_unavailable"
        | "upstream_disconnected"
        | "lookup_no_match"
        | "lookup_multiple_matches"
        | "lookup_parse_failed"
        | "lookup_error";
    };

const skipped = (why: Extract<Attribution, { kind: "skipped" }>["why"]): Attribution => ({ kind: "skipped", why });

function collectIds(value: unknown, ids: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  if ("accountId" in value && typeof value.accountId === "string") ids.add(value.accountId);
  for (const item of Object.values(value)) collectIds(item, ids);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads the answer; anything but one distinct account attributes to nobody. */
export function attributionFrom(end: CallEnd): Attribution {
  if (end.kind === "not_sent") return skipped("upstream_disconnected");
  if (end.kind !== "result" || end.result.isError) return skipped("lookup_error");
  const text = end.result.content.find(({ type }) => type === "text")?.["text"];
  const answer = end.result.structuredContent ?? (typeof text === "string" ? parseJson(text) : undefined);
  if (answer === undefined) return skipped("lookup_parse_failed");
  const ids = new Set<string>();
  collectIds(answer, ids);
  const [accountId] = ids;
  if (accountId === undefined) return skipped("lookup_no_match");
  return ids.size > 1 ? skipped("lookup_multiple_matches") : { kind: "applied", accountId };
}
