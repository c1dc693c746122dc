/** A stand-in for OpenCode that can be made to misbehave in ways the real one cannot. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import { z } from "zod";

const Prompt = z.object({
  messageID: z.string(),
  parts: z.array(z.object({ id: z.string(), text: z.string() })).min(1),
});

interface Message {
  info: { id: string; sessionID: string; role: "user" | "assistant"; time: { created: number; completed?: number } };
  parts: Record<string, unknown>[];
}
type Said = Partial<{ id: string; text: string; finish: string; error: unknown; isOpen: boolean; tokens: number }>;
interface Call {
  method: string;
  path: string;
}
type Reply = { status: number; body?: unknown } | "hang" | "drop";

export interface FakeOpencode {
  url: string;
  calls: Call[];
  sessions: Map<string, { id: string; directory: string }>;
  busy: Map<string, Record<string, unknown>>;
  /** What a prompt does; by default the answer is there at once. */
  onPrompt: (sessionId: string, prompt: z.infer<typeof Prompt>) => void;
  onAbort: (sessionId: string) => void;
  /** What a command of the canary prints. */
  onShell: (sessionId: string) => unknown[];
  /** Answers in place of the usual; undefined lets the call through. */
  instead: (call: Call) => Reply | undefined;
  greets: boolean;
  /** The directories whose status was asked for. */
  statusDirectories: string[];
  emit: (type: string, properties: unknown) => void;
  cut: () => void;
  user: (sessionId: string, id: string) => void;
  /** Stores an assistant message. */
  say: (sessionId: string, said: Said) => void;
  idle: (sessionId: string) => void;
  prompts: (sessionId?: string) => number;
  /** How many assistant messages a session holds. */
  answers: (sessionId: string) => number;
  close: () => Promise<void>;
}

const tokens = (input: number) => ({ input, output: input, reasoning: 0, cache: { read: 0, write: 0 } });

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
}

function send(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** What is stored, and how it is written. */
function createStore(emit: (type: string, properties: unknown) => void) {
  const sessions: FakeOpencode["sessions"] = new Map();
  const messages = new Map<string, Message[]>();
  const busy: FakeOpencode["busy"] = new Map();
  let serial = 0;
  let clock = Date.now();
  const next = () => (serial += 1);
  const push = (message: Message) => {
    const list = messages.get(message.info.sessionID) ?? [];
    if (list.some(({ info }) => info.id === message.info.id)) return;
    messages.set(message.info.sessionID, [...list, message]);
    emit("message.updated", { info: message.info });
  };
  return {
    sessions,
    messages,
    busy,
    next,
    user: (sessionID: string, id: string) =>
      push({ info: { id, sessionID, role: "user", time: { created: (clock += 1) } }, parts: [] }),
    say: (sessionID: string, { id = `msg_a${next()}`, text = "", finish, error, isOpen, tokens: used = 10 }: Said) => {
      const created = (clock += 1);
      const part = { id: `prt_a${next()}`, sessionID, messageID: id, type: "text", text };
      const info = {
        id,
        sessionID,
        role: "assistant" as const,
        tokens: tokens(used),
        time: isOpen === true ? { created } : { created, completed: created },
        ...(finish === undefined ? {} : { finish }),
        ...(error === undefined ? {} : { error }),
      };
      push({ info, parts: text === "" ? [] : [part] });
      if (text !== "") emit("message.part.updated", { part });
    },
    idle: (sessionID: string) => {
      busy.delete(sessionID);
      emit("session.status", { sessionID, status: { type: "idle" } });
      emit("session.idle", { sessionID });
    },
  };
}

/** Starts the stand-in on a free port. */
export async function startFakeOpencode(): Promise<FakeOpencode> {
  const streams = new Set<ServerResponse>();
  const emit = (type: string, properties: unknown) => {
    for (const stream of streams) stream.write(`data: ${JSON.stringify({ payload: { type, properties } })}\n\n`);
  };
  const store = createStore(emit);
  const promptCalls: string[] = [];

  const inSession = ({ id, rest, body }: { id: string; rest: string; body: unknown }, response: ServerResponse) => {
    switch (rest) {
      case "message":
        return send(response, 200, store.messages.get(id) ?? []);
      case "children":
        return send(response, 200, []);
      case "shell":
        return send(response, 200, { info: {}, parts: fake.onShell(id) });
      case "abort":
        fake.onAbort(id);
        return send(response, 200, true);
      case "prompt_async":
        promptCalls.push(id);
        fake.onPrompt(id, Prompt.parse(body));
        return void response.writeHead(204).end();
      default:
        return send(response, 200, store.sessions.get(id));
    }
  };

  const routes = async (call: Call, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, top, id = "", rest = ""] = (call.path.split("?")[0] ?? "").split("/");
    const body = await bodyOf(request);
    if (top === "question" || top === "permission") return send(response, 200, []);
    if (top !== "session") return send(response, 200, {});
    const directory = decodeURIComponent(String(request.headers["x-opencode-directory"]));
    if (id === "status") {
      fake.statusDirectories.push(directory);
      const here = [...store.busy].filter(([session]) => store.sessions.get(session)?.directory === directory);
      return send(response, 200, Object.fromEntries(here));
    }
    if (id === "") {
      const session = { id: `ses_${randomUUID().replaceAll("-", "")}`, directory };
      store.sessions.set(session.id, session);
      return send(response, 200, session);
    }
    if (!store.sessions.has(id)) return send(response, 404, {});
    if (call.method === "DELETE") return send(response, 200, store.sessions.delete(id));
    inSession({ id, rest, body }, response);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = { method: request.method ?? "", path: request.url ?? "" };
    fake.calls.push(call);
    const instead = fake.instead(call);
    if (instead === "hang") return;
    if (instead === "drop") return void request.socket.destroy();
    if (instead !== undefined) return send(response, instead.status, instead.body);
    if (call.path !== "/global/event") return routes(call, request, response);
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    if (!fake.greets) return;
    streams.add(response);
    request.on("close", () => streams.delete(response));
    response.write('data: {"payload":{"type":"server.connected","properties":{}}}\n\n');
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const fake: FakeOpencode = {
    url: `http://127.0.0.1:${port}`,
    calls: [],
    sessions: store.sessions,
    busy: store.busy,
    onPrompt: (sessionId, { messageID }) => {
      store.user(sessionId, messageID);
      store.say(sessionId, { text: "the answer", finish: "stop" });
      store.idle(sessionId);
    },
    onAbort: (sessionId) => {
      store.say(sessionId, { error: { name: "MessageAbortedError" }, tokens: 0 });
      store.idle(sessionId);
    },
    onShell: (sessionID) => {
      const state = { status: "completed", output: sessionID };
      return [{ id: "prt_shell", sessionID, messageID: "msg_shell", type: "tool", tool: "bash", callID: "c", state }];
    },
    instead: () => undefined,
    greets: true,
    statusDirectories: [],
    emit,
    cut: () => {
      for (const stream of streams) stream.destroy();
    },
    user: store.user,
    say: store.say,
    idle: store.idle,
    prompts: (sessionId) => promptCalls.filter((id) => sessionId === undefined || id === sessionId).length,
    answers: (sessionId) =>
      (store.messages.get(sessionId) ?? []).filter(({ info }) => info.role === "assistant").length,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return fake;
}
