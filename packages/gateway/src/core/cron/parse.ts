/** A body and header of POST /cron, or which field of them cannot be used. */
import { parseCorrelationKey } from "@thor/domain/correlation-key";
import { CronRequest } from "@thor/domain/cron-event";

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,128}$/;

export interface Detail {
  path: string[];
  message: string;
}
export type ParsedCron =
  | { kind: "request"; request: CronRequest; idempotencyKey: string | undefined }
  | { kind: "invalid"; details: Detail[] };

export function parseCron(body: unknown, idempotencyKey: unknown): ParsedCron {
  const parsed = CronRequest.safeParse(body);
  const details = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => ({ path: path.map(String), message }));
  const isUsableKey = idempotencyKey === undefined || isIdempotencyKey(idempotencyKey);
  if (!isUsableKey) details.push({ path: ["Idempotency-Key"], message: "must be 1 to 128 printable ASCII characters" });
  const key = parsed.success ? parsed.data.correlationKey : undefined;
  if (key !== undefined && parseCorrelationKey(key).kind === "malformed")
    details.push({ path: ["correlationKey"], message: "breaks the grammar of its prefix" });
  if (!parsed.success || !isUsableKey || details.length > 0) return { kind: "invalid", details };
  return { kind: "request", request: parsed.data, idempotencyKey };
}

const isIdempotencyKey = (value: unknown): value is string => typeof value === "string" && IDEMPOTENCY_KEY.test(value);
