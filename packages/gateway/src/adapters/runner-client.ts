import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { TriggerAnswer, type DispatchedTrigger } from "@thor/domain/trigger";
import { requestJson } from "@thor/kit/json-client";

const TRIGGER_TIMEOUT_MS = 45_000;

/** The runner as the dispatcher sees it. */
export function createRunnerClient({ url, secret }: { url: string; secret: string }) {
  const headers = { [INTERNAL_SECRET_HEADER]: secret };
  return {
    trigger: (body: DispatchedTrigger) =>
      requestJson({ url: `${url}/trigger`, headers, body, timeoutMs: TRIGGER_TIMEOUT_MS, schema: TriggerAnswer }),
  };
}
