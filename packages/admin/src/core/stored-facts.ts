/** What is read of values that services stored as JSON; what cannot be read counts as nothing. */
import { Actor } from "@thor/domain/actor";
import { z } from "zod";

const Requesters = z.array(Actor);
const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);
const Process = z.object({ configVersion: text, node: text, pid: number, mem: number, startedAt: number });
const Checks = z.array(
  z.object({
    group: z.string(),
    name: z.string(),
    result: z.string(),
    says: z.string().optional(),
    fix: z.string().optional(),
  }),
);

/** Ids of the people in whose name a request was made. */
export const requestersIn = (value: unknown): string[] => (Requesters.safeParse(value).data ?? []).map(({ id }) => id);

/** What a service says of its own process. */
export const processIn = (detail: unknown): z.infer<typeof Process> => Process.safeParse(detail).data ?? {};

/** Which thor.json a service says it runs on. */
export const configVersionIn = (detail: unknown): string | undefined => processIn(detail).configVersion;

/** The checks of the doctor's last look. */
export const checksIn = (stored: string): z.infer<typeof Checks> => {
  const json: unknown = JSON.parse(stored);
  return Checks.safeParse(json).data ?? [];
};
