/** How contract tests speak to a simulator's own `/_sim` routes: parsed answers, nothing assumed. */
import { z } from "zod";

const HEADERS = { "content-type": "application/json" };

export const Place = z.object({ channel: z.string(), ts: z.string() });
export const Taken = z.object({
  isTaken: z.boolean().optional(),
  status: z.number().optional(),
  failure: z.string().optional(),
  error: z.string().optional(),
});
export const Refs = z.record(z.string(), z.string());
export const Deliveries = z.array(
  z.object({ state: z.string(), attempts: z.array(z.object({ status: z.number().optional() })) }),
);

/** Asks and parses. */
export async function getJson<Schema extends z.ZodType>(url: string, schema: Schema): Promise<z.output<Schema>> {
  return schema.parse(await (await fetch(url)).json());
}

export const sendJson = (method: "POST" | "PUT", url: string, body: unknown) =>
  fetch(url, { method, headers: HEADERS, body: JSON.stringify(body) });

/** Does something in the simulated Slack, as Alice in #general unless said otherwise. */
export async function actIn(simUrl: string, deed: object): Promise<z.infer<typeof Place>> {
  const body = { sim: "slack", as: "U0ALICE001", channel: "C0GENERAL1", ...deed };
  return Place.parse(await (await sendJson("POST", `${simUrl}/_sim/act`, body)).json());
}

/** Does something whose answer is more than a place, such as a press. */
export async function pressIn(simUrl: string, deed: object): Promise<z.infer<typeof Taken>> {
  const body = { sim: "slack", as: "U0ALICE001", ...deed };
  return Taken.parse(await (await sendJson("POST", `${simUrl}/_sim/act`, body)).json());
}

export const planFaults = (simUrl: string, faults: readonly object[]) =>
  sendJson("PUT", `${simUrl}/_sim/faults`, faults);
export const moveClock = (simUrl: string, move: object) => sendJson("POST", `${simUrl}/_sim/clock`, move);
