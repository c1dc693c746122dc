/** OpenCode driven as its own page does it: a session, a prompt, and the event that says idle. */
import { PASSWORD } from "@thor/simulators/opencode";
import { z } from "zod";

const TURN_MS = 120_000;
const Idle = z.object({
  payload: z.object({ type: z.literal("session.idle"), properties: z.object({ sessionID: z.string() }) }),
});
const Session = z.object({ id: z.string() });
const authorization = `Basic ${Buffer.from(`opencode:${PASSWORD}`).toString("base64")}`;

export interface BareOpencode {
  /** One prompt in a new session, from the first call to idle. */
  turn: (prompt: string) => Promise<void>;
  close: () => void;
}

/** Calls `onIdle` with the id of each session that becomes idle, until the signal. */
async function follow(url: string, signal: AbortSignal, onIdle: (sessionId: string) => void): Promise<void> {
  const { body } = await fetch(`${url}/global/event`, { headers: { authorization }, signal });
  if (body === null) throw new Error("no event stream");
  const read = async () => {
    let pending = "";
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const lines = (pending + text).split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines.filter((each) => each.startsWith("data:") && each.includes('"session.idle"'))) {
        const event = Idle.safeParse(JSON.parse(line.slice("data:".length)));
        if (event.success) onIdle(event.data.payload.properties.sessionID);
      }
    }
  };
  void read().catch((err: unknown) => {
    if (!signal.aborted) throw err;
  });
}

interface BareOptions {
  url: string;
  directory: string;
  /** Lets a session use its tools. */
  admit: (sessionId: string) => void;
}

export async function openBareOpencode({ url, directory, admit }: BareOptions): Promise<BareOpencode> {
  const waiting = new Map<string, () => void>();
  const closing = new AbortController();
  await follow(url, closing.signal, (sessionId) => waiting.get(sessionId)?.());
  const headers = { authorization, "content-type": "application/json", "x-opencode-directory": directory };
  const post = async (path: string, body: object): Promise<Response> => {
    const response = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response;
  };
  return {
    turn: async (prompt) => {
      const { id } = Session.parse(await (await post("/session", { title: "bench" })).json());
      admit(id);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => reject(new Error(`session ${id} did not become idle`)), TURN_MS);
      waiting.set(id, resolve);
      await post(`/session/${id}/prompt_async`, { agent: "build", parts: [{ type: "text", text: prompt }] });
      await promise;
      clearTimeout(timer);
      waiting.delete(id);
    },
    close: () => closing.abort(),
  };
}
