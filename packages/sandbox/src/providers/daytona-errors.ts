/** What Daytona's refusals mean, and which calls may be made again. */
import { setTimeout as pause } from "node:timers/promises";

import { SandboxFailure } from "../pure/failure.ts";

const RETRIES = 3;
const RETRY_MS = 500;
const LIMITED_FOR_MS = 60_000;

export function statusOf(err: unknown): number | undefined {
  if (!(err instanceof Error) || !("statusCode" in err)) return undefined;
  return typeof err.statusCode === "number" ? err.statusCode : undefined;
}

const KINDS: readonly { is: (status: number | undefined, said: string) => boolean; text: string; hint?: string }[] = [
  {
    is: (status) => status === 401 || status === 403,
    text: "Daytona rejected the credentials",
    hint: "operator: check key and organisation",
  },
  {
    is: (status, said) => status === 402 || status === 429 || /quota|limit exceeded/i.test(said),
    text: "Daytona limit reached",
    hint: "sandbox stop in worktrees that are idle",
  },
  { is: (status) => status === undefined || status >= 500, text: "Daytona is unreachable", hint: "try again later" },
];

/** A failure in words that say who can help. */
export function toFailure(err: unknown, snapshot = ""): Error {
  if (err instanceof SandboxFailure) return err;
  const said = err instanceof Error ? err.message : String(err);
  const status = statusOf(err);
  if (status === 404 && /snapshot/i.test(said))
    return new SandboxFailure(`snapshot ${snapshot} not found`, "operator: DAYTONA_SNAPSHOT");
  const kind = KINDS.find(({ is }) => is(status, said));
  return new SandboxFailure(`${kind?.text ?? "Daytona refused"}: ${said}`, kind?.hint);
}

const mayRepeat = (err: unknown) => {
  const status = statusOf(err);
  return status === undefined || status >= 500;
};

/** Makes a call that has no effect when it is made twice; a full house is waited for. */
export async function repeatable<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + LIMITED_FOR_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (err) {
      const isLimited = statusOf(err) === 429 && performance.now() < until;
      if (!isLimited && (attempt >= RETRIES || !mayRepeat(err))) throw toFailure(err);
      await pause(isLimited ? RETRY_MS * attempt * 2 : RETRY_MS);
    }
  }
}
