/** The few calls of OpenCode that Thor uses; every way a call can end is a kind, nothing throws. */
import { networkCode } from "@thor/kit/json-client";
import { z } from "zod";

import { PermissionRequest, QuestionRequest, type OpenRequest } from "../core/asking/request.ts";
import { Part, SessionId, SessionStatus, StoredMessage } from "../core/opencode/project.ts";
import type { ModelChoice, ModelOffer } from "../core/prompt/model-choice.ts";

const CALL_MS = 10_000;
const ABORT_MS = 15_000;
const PAGE_MS = 30_000;
const SHELL_MS = 30_000;
const PAGE = 100;
const MAX_PAGES = 50;

type Called<T> =
  | { kind: "ok"; body: T }
  | { kind: "missing" }
  | { kind: "refused"; status: number; detail: string }
  | { kind: "failed"; error: string };

const SessionInfo = z.object({
  id: SessionId,
  directory: z.string(),
  title: z.string().optional(),
  parentID: SessionId.optional(),
});
const Messages = z.array(StoredMessage);
const StatusMap = z.record(z.string(), SessionStatus);

const Questions = z.array(QuestionRequest);
const Permissions = z.array(PermissionRequest);
const Providers = z.object({
  providers: z.array(
    z.object({
      id: z.string(),
      models: z.record(
        z.string(),
        z.object({
          limit: z.object({ context: z.number().optional() }).optional(),
          variants: z.record(z.string(), z.unknown()).optional(),
        }),
      ),
    }),
  ),
  default: z.record(z.string(), z.string()).default({}),
});

interface CallOptions {
  method?: "GET" | "POST" | "DELETE";
  directory?: string;
  body?: unknown;
  timeoutMs?: number;
}

const isJson = (response: Response) => (response.headers.get("content-type") ?? "").includes("application/json");

async function readBody(response: Response): Promise<Called<{ json: unknown; headers: Headers }>> {
  if (response.status === 404) return { kind: "missing" };
  if (!response.ok) return { kind: "refused", status: response.status, detail: (await response.text()).slice(0, 300) };
  if (response.status === 204) return { kind: "ok", body: { json: null, headers: response.headers } };
  // A mistyped path answers 200 with the web page.
  if (!isJson(response)) return { kind: "failed", error: "the answer is no JSON" };
  return { kind: "ok", body: { json: await response.json(), headers: response.headers } };
}

/** One request each: with a deadline, the credentials, and the directory it is about. */
function createCalls({ url, password }: { url: string; password: string }) {
  const authorization = `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}`;

  const request = async (
    path: string,
    options: CallOptions = {},
  ): Promise<Called<{ json: unknown; headers: Headers }>> => {
    const { method = "GET", directory, body, timeoutMs = CALL_MS } = options;
    try {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization,
          ...(directory === undefined ? {} : { "x-opencode-directory": encodeURIComponent(directory) }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return await readBody(response);
    } catch (err) {
      return { kind: "failed", error: networkCode(err) };
    }
  };

  const call = async <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    options?: CallOptions,
  ): Promise<Called<z.output<Schema>>> => {
    const answer = await request(path, options);
    if (answer.kind !== "ok") return answer;
    const parsed = schema.safeParse(answer.body.json);
    return parsed.success
      ? { kind: "ok", body: parsed.data }
      : { kind: "failed", error: `unreadable answer of ${path.split("?")[0] ?? path}` };
  };

  const page = async (
    path: string,
    before: string | undefined,
  ): Promise<Called<{ messages: StoredMessage[]; next: string | null }>> => {
    const query = new URLSearchParams({ limit: String(PAGE), ...(before === undefined ? {} : { before }) });
    const answer = await request(`${path}?${query.toString()}`, { timeoutMs: PAGE_MS });
    if (answer.kind !== "ok") return answer;
    const parsed = Messages.safeParse(answer.body.json);
    if (!parsed.success) return { kind: "failed", error: "unreadable messages" };
    return { kind: "ok", body: { messages: parsed.data, next: answer.body.headers.get("x-next-cursor") } };
  };

  return { call, page };
}
type Calls = ReturnType<typeof createCalls>;

function createMessagesFrom(page: Calls["page"]) {
  /** The stored messages from a prompt on, oldest first; empty when the prompt is not stored. */
  return async (id: string, promptMessageId: string): Promise<Called<StoredMessage[]>> => {
    let cursor: string | undefined;
    const found: StoredMessage[] = [];
    for (let read = 0; read < MAX_PAGES; read += 1) {
      const answer = await page(`/session/${id}/message`, cursor);
      if (answer.kind !== "ok") return answer;
      found.push(...answer.body.messages);
      const ordered = found.toSorted((a, b) => a.info.time.created - b.info.time.created);
      const at = ordered.findIndex(({ info }) => info.id === promptMessageId);
      if (at !== -1) return { kind: "ok", body: ordered.slice(at) };
      if (answer.body.next === null || answer.body.messages.length === 0) break;
      cursor = answer.body.next;
    }
    return { kind: "ok", body: [] };
  };
}

/** What OpenCode asks, and how it is answered; each call is about one directory. */
function createAsking(call: Calls["call"]) {
  const reply = (path: string, directory: string, body: unknown) =>
    call(path, z.unknown(), { method: "POST", directory, body });
  return {
    openRequests: async (directory: string): Promise<Called<OpenRequest[]>> => {
      const questions = await call("/question", Questions, { directory });
      if (questions.kind !== "ok") return questions;
      const permissions = await call("/permission", Permissions, { directory });
      if (permissions.kind !== "ok") return permissions;
      return {
        kind: "ok",
        body: [
          ...questions.body.map((request) => ({ kind: "question" as const, ...request })),
          ...permissions.body.map((request) => ({ kind: "permission" as const, ...request })),
        ],
      };
    },
    answerQuestion: (id: string, directory: string, answers: readonly (readonly string[])[]) =>
      reply(`/question/${id}/reply`, directory, { answers }),
    allowOnce: (id: string, directory: string) => reply(`/permission/${id}/reply`, directory, { reply: "once" }),
    /** With words: without them OpenCode ends the turn. */
    rejectPermission: (id: string, directory: string, message: string) =>
      reply(`/permission/${id}/reply`, directory, { reply: "reject", message }),
  };
}

export interface OfferedModels {
  models: ModelOffer;
  /** The model of runs that name none. */
  standard: string | undefined;
}

async function readOffer(call: Calls["call"]): Promise<Called<OfferedModels>> {
  const answer = await call("/config/providers", Providers);
  if (answer.kind !== "ok") return answer;
  const models = answer.body.providers.flatMap(({ id, models: offered }) =>
    Object.entries(offered).map(
      ([name, { limit, variants = {} }]) =>
        [`${id}/${name}`, { limit: limit?.context, variants: Object.keys(variants) }] as const,
    ),
  );
  const [provider] = answer.body.providers;
  const standard = provider === undefined ? undefined : answer.body.default[provider.id];
  return {
    kind: "ok",
    body: {
      models: new Map(models),
      standard: provider === undefined || standard === undefined ? undefined : `${provider.id}/${standard}`,
    },
  };
}

export function createOpencodeClient(connection: { url: string; password: string }) {
  const { call, page } = createCalls(connection);
  return {
    ...createAsking(call),
    /** Models with their limits and levels of thinking. */
    offer: () => readOffer(call),
    createSession: (session: { title: string; directory: string; anchorId: string }) =>
      call("/session", SessionInfo, {
        method: "POST",
        directory: session.directory,
        body: { title: session.title, metadata: { thor: { anchor: session.anchorId } } },
      }),
    getSession: (id: string) => call(`/session/${id}`, SessionInfo),
    children: (id: string) => call(`/session/${id}/children`, z.array(SessionInfo)),
    /** Sessions of a directory that are not idle. */
    status: (directory: string) => call("/session/status", StatusMap, { directory }),
    abort: (id: string, timeoutMs = ABORT_MS) =>
      call(`/session/${id}/abort`, z.unknown(), { method: "POST", timeoutMs: Math.max(1, timeoutMs) }),
    prompt: (id: string, message: { messageId: string; partId: string; text: string } & ModelChoice) =>
      call(`/session/${id}/prompt_async`, z.unknown(), {
        method: "POST",
        body: {
          messageID: message.messageId,
          agent: "build",
          ...(message.model === undefined ? {} : { model: message.model }),
          ...(message.variant === undefined ? {} : { variant: message.variant }),
          parts: [{ id: message.partId, type: "text", text: message.text }],
        },
      }),
    deleteSession: (id: string) => call(`/session/${id}`, z.unknown(), { method: "DELETE" }),
    /** One command as the agent would run it, without any model. */
    shell: (id: string, directory: string, command: string) =>
      call(`/session/${id}/shell`, z.object({ parts: z.array(Part) }), {
        method: "POST",
        directory,
        timeoutMs: SHELL_MS,
        body: { agent: "build", command },
      }),
    messagesFrom: createMessagesFrom(page),
    /** The newest messages of a session, up to a page. */
    newestMessages: async (id: string): Promise<Called<StoredMessage[]>> => {
      const answer = await page(`/session/${id}/message`, undefined);
      return answer.kind === "ok" ? { kind: "ok", body: answer.body.messages } : answer;
    },
  };
}
export type OpencodeClient = ReturnType<typeof createOpencodeClient>;
