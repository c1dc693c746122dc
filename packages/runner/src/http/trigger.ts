/** POST /trigger: the dispatcher's form and the direct form, behind the internal secret. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { DirectTrigger, DispatchedTrigger } from "@thor/domain/trigger";
import { secretHook } from "@thor/kit/server";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { z } from "zod";

import type { Accepted, AcceptTrigger } from "../flows/accept-trigger.ts";
import type { FollowRun, RunLine } from "../flows/follow-run.ts";

function send(reply: FastifyReply, outcome: Accepted) {
  switch (outcome.kind) {
    case "accepted":
      return reply.send(outcome.answer);
    case "busy":
      return reply.send({ busy: true });
    case "stale_fence":
      return reply.code(409).send({ error: "stale_fence" });
    case "directory_refused":
      return reply.code(400).send({ error: `Directory not allowed: ${outcome.directory}` });
    case "not_ended":
      return reply
        .code(503)
        .header("retry-after", "2")
        .send({ error: "the running turn did not end in time", sessionId: outcome.sessionId });
    case "not_sent":
      return reply
        .code(500)
        .send({ error: "Failed to send prompt", detail: outcome.detail, sessionId: outcome.sessionId });
    case "unreachable":
      return reply.code(500).header("retry-after", "5").send({ error: outcome.error });
    case "try_later":
      return reply.code(503).header("retry-after", "1").send({ error: outcome.error });
  }
}

/** One JSON object a line, until the run is over or the caller hangs up. */
async function* linesOf(run: AsyncIterable<RunLine>): AsyncGenerator<string> {
  for await (const line of run) yield `${JSON.stringify(line)}\n`;
}
const sendLines = (reply: FastifyReply, run: AsyncIterable<RunLine>) =>
  reply.header("content-type", "application/x-ndjson").send(ReadableStream.from(linesOf(run)));

const MAX_PROMPT_BYTES = 2 * 1024 * 1024;
/** Characters may be more than a byte; what the ledger cannot keep is refused here. */
const refineSize = <Schema extends z.ZodType<{ prompt: string }>>(schema: Schema) =>
  schema.refine(({ prompt }) => Buffer.byteLength(prompt) <= MAX_PROMPT_BYTES, {
    path: ["prompt"],
    error: "is over 2 MiB",
  });
const Dispatched = refineSize(DispatchedTrigger);
const Direct = refineSize(DirectTrigger);

const isDispatched = (body: unknown) => typeof body === "object" && body !== null && "dispatchId" in body;

export function addTrigger(
  server: FastifyInstance,
  { secrets, accept, follow }: { secrets: readonly string[]; accept: AcceptTrigger; follow: FollowRun },
): void {
  void server.register((scope, _options, done) => {
    scope.addHook("onRequest", secretHook(INTERNAL_SECRET_HEADER, secrets));
    scope.post("/trigger", async (request, reply) => {
      if (isDispatched(request.body)) {
        const parsed = Dispatched.safeParse(request.body);
        if (!parsed.success)
          return reply.code(400).send({ error: "Invalid request body", details: parsed.error.issues });
        return send(reply, await accept.dispatched(parsed.data));
      }
      const parsed = Direct.safeParse(request.body);
      if (!parsed.success) return reply.code(400).send({ error: "Invalid request body", details: parsed.error.issues });
      const outcome = await accept.direct(parsed.data);
      return outcome.kind === "accepted" && parsed.data.stream === true
        ? sendLines(reply, follow.lines(outcome.answer))
        : send(reply, outcome);
    });
    done();
  });
}
