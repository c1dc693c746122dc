import { writeFile } from "node:fs/promises";

/** A file whose age tells a container engine whether the scheduler turns; the service itself listens nowhere. */
export const createHeartbeatFile = (path: string | undefined) => async (now: number) => {
  if (path !== undefined) await writeFile(path, `${new Date(now).toISOString()}\n`, { mode: 0o644 });
};
