/** What is read of values that services stored as JSON; what cannot be read counts as nothing. */
import { Actor } from "@thor/domain/actor";
import { z } from "zod";

const Requesters = z.array(Actor);
const Running = z.object({ configVersion: z.string() });

/** Ids of the people in whose name a request was made. */
export const requestersIn = (value: unknown): string[] => (Requesters.safeParse(value).data ?? []).map(({ id }) => id);

/** Which thor.json a service says it runs on. */
export const configVersionIn = (detail: unknown): string | undefined => Running.safeParse(detail).data?.configVersion;
