import { requestJson } from "@thor/kit/json-client";
import { z } from "zod";

import type { Neighbour } from "../core/health.ts";

const TIMEOUT_MS = 3000;
const Answer = z.object({ status: z.string() });

/** Asks a neighbour whether it lives; what it thinks of itself is its own affair. */
export const createServiceHealth = (url: string) => async (): Promise<Neighbour> => {
  const request = { url: `${url}/health`, method: "GET" as const, timeoutMs: TIMEOUT_MS, schema: Answer };
  return (await requestJson(request)).kind === "ok" ? "ok" : "unreachable";
};
