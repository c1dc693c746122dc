/** Real or simulated: all variables of a bundle, or none; a part of them is a mistake, never a silent simulation. */
import { z } from "zod";

const Bundle = z.object({
  THOR_MODEL_BASE_URL: z.url().optional(),
  THOR_MODEL_API_KEY: z.string().min(1).optional(),
  THOR_MODEL: z.string().min(1).optional(),
});

export type ModelChoice =
  | { kind: "simulated" }
  | { kind: "real"; baseUrl: string; apiKey: string; id: string }
  | { kind: "fault"; text: string };

export function chooseModel(env: Readonly<Record<string, string | undefined>>, isForced: boolean): ModelChoice {
  if (isForced) return { kind: "simulated" };
  const names = ["THOR_MODEL_BASE_URL", "THOR_MODEL_API_KEY", "THOR_MODEL"] as const;
  const given = Object.fromEntries(
    names.map((name) => [name, env[name]?.trim() === "" ? undefined : env[name]?.trim()]),
  );
  const parsed = Bundle.safeParse(given);
  if (!parsed.success) return { kind: "fault", text: "THOR_MODEL_BASE_URL is not a URL." };
  const { THOR_MODEL_BASE_URL: baseUrl, THOR_MODEL_API_KEY: apiKey, THOR_MODEL: id } = parsed.data;
  if (baseUrl !== undefined && apiKey !== undefined && id !== undefined) return { kind: "real", baseUrl, apiKey, id };
  const missing = names.filter((name) => given[name] === undefined);
  if (missing.length === names.length) return { kind: "simulated" };
  return { kind: "fault", text: `The model is set up only in part; missing: ${missing.join(", ")}.` };
}
