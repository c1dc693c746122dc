/** The routes that agents call: one request, one decision, one answer or stream. */
import { ExecRequest, SandboxRequest, SlackPostRequest, type ExecResult } from "@thor/domain/exec";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";

import type { Call } from "../core/call.ts";
import { failure } from "../core/exec-result.ts";
import { NOT_HERE } from "../core/mcp/listing.ts";
import type { Resolved } from "../flows/resolve-caller.ts";
import type { Decide, Reply, RunCommand } from "../flows/run-command.ts";
import type { RunningCalls } from "../flows/running-calls.ts";
import { openStream } from "./reply-stream.ts";
import { addSessionHook, sessionIdOf, type SessionScopeDeps } from "./session-scope.ts";

export interface ExecDeps extends SessionScopeDeps {
  resolve: (sessionId: string) => Promise<Resolved>;
  noteRefused: (
    refused: Extract<Resolved, { kind: "refused" }>,
    at: { sessionId: string; requestId: string; tool: string },
  ) => Promise<void>;
  runCommand: RunCommand;
  running: RunningCalls;
  /** Every tool of the agent by the name of its route. */
  tools: Readonly<Record<string, Decide>>;
}

/** What was wrong with a body, by the name of the field. */
export function malformed(error: z.ZodError): ExecResult {
  const issue = error.issues[0];
  const isExtra = issue?.code === "unrecognized_keys";
  const field = isExtra ? issue.keys.join(", ") : (issue?.path.join(".") ?? "");
  return failure(`malformed request: ${isExtra ? "unknown field" : "field"} ${field === "" ? "body" : field}`);
}

/** Aborts when the caller goes away before its answer is complete. */
export function abortOnClose(reply: FastifyReply): AbortController {
  const abort = new AbortController();
  reply.raw.on("close", () => {
    if (!reply.raw.writableEnded) abort.abort();
  });
  return abort;
}

/** Whether a call that runs is told as it goes. */
const isStreamed = (request: FastifyRequest, streams: Route["streams"]) =>
  streams === "always" || (streams === "asked" && (request.headers.accept ?? "").includes("application/x-ndjson"));

/** Runs a decided call and sends what it says, at once or at the end. */
async function answer(
  deps: ExecDeps,
  given: { decide: Decide; call: Call; request: FastifyRequest; reply: FastifyReply; streams: Route["streams"] },
): Promise<Reply | undefined> {
  const { decide, call, request, reply, streams } = given;
  const abort = abortOnClose(reply);
  let stream: ReturnType<typeof openStream> | undefined;
  const watch = {
    signal: abort.signal,
    onStart: () => {
      if (!isStreamed(request, streams)) return;
      reply.hijack();
      stream = openStream(reply);
    },
    onOutput: (type: "stdout" | "stderr", data: string) => stream?.write({ type, data }),
  };
  const lineage = call.caller.kind === "session" ? call.caller.lineage : [];
  try {
    const done = await deps.running.track({ lineage, abort, tool: call.tool }, () =>
      deps.runCommand(decide, call, watch),
    );
    if (stream === undefined) return done;
    stream.end(done.result.exitCode);
  } catch (err) {
    if (stream === undefined) throw err;
    stream.write({ type: "stderr", data: `Internal error. callId=${call.id}\n` });
    stream.end(1);
    request.log.error(err);
  }
  return undefined;
}

interface Route {
  tool: string;
  schema: typeof ExecRequest | typeof SlackPostRequest | typeof SandboxRequest;
  decide: Decide;
  streams: "never" | "asked" | "always";
  /** The status of a call that ran and failed. */
  failedStatus: 200 | 400;
  /** The status of a call that was not allowed, and of one whose session has no clear right to credentials. */
  deniedStatus?: 200 | 400;
  /** Told instead of why a session may not act, where the reason would tell about others. */
  opaqueText?: string;
}

const statusOf = ({ failedStatus, deniedStatus = 400 }: Route, { status, result }: Reply) => {
  if (status === 400) return deniedStatus;
  return status === 200 && result.exitCode !== 0 ? failedStatus : status;
};

/** One command's route, for a session whose proof the scope has checked. */
export function addRoute(scope: FastifyInstance, deps: ExecDeps, route: Route): void {
  scope.post(`/exec/${route.tool}`, async (request, reply) => {
    const { tool, decide, streams } = route;
    const body = route.schema.safeParse(request.body);
    if (!body.success) return reply.code(400).send(malformed(body.error));
    const sessionId = sessionIdOf(request);
    const resolved = await deps.resolve(sessionId);
    if (resolved.kind === "refused") {
      await deps.noteRefused(resolved, { sessionId, requestId: request.id, tool });
      const status = resolved.status === 400 ? (route.deniedStatus ?? 400) : resolved.status;
      const text = resolved.rule === "run.ended" ? resolved.text : (route.opaqueText ?? resolved.text);
      return reply.code(status).send(failure(text));
    }
    const call: Call = { id: request.id, tool, caller: resolved.caller, ...body.data };
    const done = await answer(deps, { decide, call, request, reply, streams });
    if (done === undefined) return reply;
    return reply.code(statusOf(route, done)).send(done.result);
  });
}

const USUAL = { schema: ExecRequest, streams: "asked", failedStatus: 200 } as const;
/** Tools whose route differs from the usual one. */
const ROUTES: Readonly<Record<string, Omit<Route, "tool" | "decide">>> = {
  "slack-post-message": { schema: SlackPostRequest, streams: "never", failedStatus: 400 },
  scoutqa: { ...USUAL, streams: "always" },
  sandbox: { ...USUAL, schema: SandboxRequest, streams: "always" },
  mcp: { ...USUAL, deniedStatus: 200, opaqueText: NOT_HERE },
};

/** All routes of agents, in one scope that nobody enters without a token. */
export function addExec(server: FastifyInstance, deps: ExecDeps): void {
  void server.register(async (scope) => {
    addSessionHook(scope, deps);
    for (const [tool, decide] of Object.entries(deps.tools))
      addRoute(scope, deps, { tool, decide, ...(ROUTES[tool] ?? USUAL) });
  });
}
