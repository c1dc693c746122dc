/** The argument of a call: one JSON object. What is wrong with it is told without repeating it. */
import type { Arguments } from "@thor/integrations/manifest";
import { z } from "zod";

import type { JsonObject } from "../call.ts";

const JsonArguments = z.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

type Parsed = { kind: "parsed"; args: Arguments } | { kind: "refused"; reason: string };

function positionIn(err: unknown): string {
  const [, position] = /position (\d+)/.exec(err instanceof Error ? err.message : "") ?? [];
  return position === undefined ? "" : ` at position ${position}`;
}

export function parseArguments(text: string): Parsed {
  try {
    const parsed = JsonArguments.safeParse(JSON.parse(text));
    return parsed.success
      ? { kind: "parsed", args: parsed.data }
      : { kind: "refused", reason: "the argument is not a JSON object" };
  } catch (err) {
    return { kind: "refused", reason: `the argument is not valid JSON${positionIn(err)}` };
  }
}
