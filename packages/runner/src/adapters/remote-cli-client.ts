import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { requestJson } from "@thor/kit/json-client";
import { z } from "zod";

const TIMEOUT_MS = 2000;

/** Ends the commands of a session's tree; a remote-cli that is down runs none. */
export function createCancelCommands({ url, secret }: { url: string; secret: string }) {
  return async (sessionId: string): Promise<void> => {
    await requestJson({
      url: `${url}/internal/cancel`,
      headers: { [INTERNAL_SECRET_HEADER]: secret },
      body: { sessionId },
      timeoutMs: TIMEOUT_MS,
      schema: z.object({ cancelled: z.number() }),
    });
  };
}
