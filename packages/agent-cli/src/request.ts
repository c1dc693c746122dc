/** One call to remote-cli: who calls, what is sent, and how a connection that never came about is tried again. */

export interface Caller {
  url: string;
  sessionId: string;
  token: string;
  callId: string;
}
export interface Ask {
  endpoint: string;
  body: unknown;
  signal: AbortSignal;
}
export type Asked = { kind: "answer"; response: Response } | { kind: "failed"; line: string } | { kind: "aborted" };

const PAUSES_MS = [200, 800];
/** Node's names, and Bun's for the same. */
const NEVER_CONNECTED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ConnectionRefused", "FailedToOpenSocket"]);

function codeOf(err: unknown): string {
  for (let at: unknown = err; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return "unknown";
}

const causeOf = (err: unknown) => (err instanceof Error && err.cause instanceof Error ? err.cause.message : "none");
const messageOf = (err: unknown) => (err instanceof Error ? err.message : String(err));

function failureLine(err: unknown, { endpoint }: Ask, { sessionId, callId, token }: Caller): string {
  const line = `Failed to reach remote-cli: ${messageOf(err)} cause=${causeOf(err)} code=${codeOf(err)} endpoint=${endpoint} sessionId=${sessionId} callId=${callId}`;
  return token === "" ? line : line.replaceAll(token, "[token]");
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function headersOf({ sessionId, token, callId }: Caller): Record<string, string> {
  return {
    "content-type": "application/json",
    accept: "application/x-ndjson, application/json",
    "x-thor-session-id": sessionId,
    "x-thor-session-token": token,
    ...(callId === "" ? {} : { "x-thor-call-id": callId }),
  };
}

/** Sends the call; repeats only what certainly had no effect: no connection, or a server that is stopping. */
export async function ask(caller: Caller, given: Ask): Promise<Asked> {
  const { endpoint, body, signal } = given;
  for (let attempt = 0; ; attempt += 1) {
    const wait = PAUSES_MS[attempt];
    try {
      const url = `${caller.url}/exec/${endpoint}`;
      const response = await fetch(url, {
        method: "POST",
        headers: headersOf(caller),
        body: JSON.stringify(body),
        signal,
        redirect: "error",
      });
      if (response.status !== 503 || wait === undefined) return { kind: "answer", response };
    } catch (err) {
      if (signal.aborted) return { kind: "aborted" };
      if (wait === undefined || !NEVER_CONNECTED.has(codeOf(err)))
        return { kind: "failed", line: failureLine(err, given, caller) };
    }
    await pause(wait);
  }
}
