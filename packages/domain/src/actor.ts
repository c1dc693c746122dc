import { z } from "zod";

/** A human whose words woke or steer a piece of work, under the name their surface knows them by. */
export const Actor = z.strictObject({ kind: z.enum(["slack", "github", "admin"]), id: z.string().min(1).max(256) });
export type Actor = z.infer<typeof Actor>;
