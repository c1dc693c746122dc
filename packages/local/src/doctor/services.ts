/** The services of a running start: whether each is well, and says the same version as the others. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { requestJson } from "@thor/kit/json-client";
import { z } from "zod";

import type { RunFile } from "../start/run-file.ts";
import { failing, ok, skipped, warning, type Check, type Finding } from "./finding.ts";

const ASK_MS = 5000;
const Health = z.looseObject({
  status: z.string().optional(),
  ok: z.boolean().optional(),
  opencode: z.string().optional(),
});
const NAMES = ["gateway", "runner", "remoteCli", "admin", "scheduler"] as const;
const LOGS = "Look into its log below logs/; npx pnpm start starts it again.";

async function lookAt(name: (typeof NAMES)[number], { urls, secrets }: RunFile): Promise<Finding> {
  const answer = await requestJson({
    url: `${urls[name]}/health`,
    method: "GET",
    headers: { [INTERNAL_SECRET_HEADER]: secrets.internal },
    timeoutMs: ASK_MS,
    schema: Health,
  });
  if (answer.kind !== "ok") return failing(`does not answer (${answer.kind})`, LOGS);
  const { status, opencode } = answer.body;
  if (opencode === "disconnected") return failing("OpenCode cannot be reached", "Look into logs/opencode.log.");
  return status === "degraded"
    ? warning("works in part", "Its health says what is missing: see docs/operations.md.")
    : ok("well");
}

export const serviceChecks = (run: RunFile | undefined): Check[] =>
  NAMES.map((name) => ({
    group: "services",
    name,
    look: () => (run === undefined ? skipped("nothing runs; npx pnpm start starts it") : lookAt(name, run)),
  }));
