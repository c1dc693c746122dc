/** POST /runner/v/…/stop: whoever took part may stop a run, from a form of ours only. */
import { controlStream } from "@thor/domain/outbox";
import { fieldOf, formOf } from "@thor/views/http/form";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { Sentence, StopForm } from "../../core/viewer/pages.tsx";
import { framed, lookUp, PREFIX, sendHtml, sendNothing, type ViewerDeps } from "./surface.ts";

const MIN_REASON = 3;
const MAX_REASON = 500;

async function say(
  deps: ViewerDeps,
  sent: { request: FastifyRequest; reply: FastifyReply },
  answer: { status: number; body: string },
) {
  const html = await framed(sent.request, { title: "Stop", body: answer.body }, deps);
  return sendHtml(sent.reply, html, answer.status);
}

const sentence = (value: string) => String(Sentence({ value }));

/** Puts the wish where the runner finds it, with its evidence. */
async function ask(
  deps: ViewerDeps,
  request: FastifyRequest,
  wish: { anchorId: string; triggerId: string; reason: string },
) {
  const { anchorId, triggerId, reason } = wish;
  const { email } = request.operator;
  const clickId = `viewer:${deps.newId()}`;
  const by = { kind: "viewer" as const, id: email, name: email };
  const payload = { kind: "control.stop" as const, by, via: "viewer" as const, clickId, triggerId, reason };
  const row = { kind: payload.kind, stream: controlStream(anchorId), dedupeKey: clickId, payload, anchorId, triggerId };
  const proof = {
    service: "runner",
    event: "viewer.run.stop",
    actorKind: "admin" as const,
    actor: email,
    anchorId,
    triggerId,
    target: triggerId,
    reason,
    requestId: request.id,
  };
  return deps.enqueueOutbox(row, proof);
}

export function addStop(scope: FastifyInstance, deps: ViewerDeps): void {
  scope.post(`${PREFIX}/v/:anchorId/:triggerId/stop`, async (request, reply) => {
    const sent = { request, reply };
    const fields = formOf(request);
    const verdict = deps.csrf.check(request, fieldOf(fields, "_csrf"));
    if (verdict === "foreign")
      return say(deps, sent, { status: 403, body: sentence("This form was not sent from Thor's own page.") });
    const found = await lookUp(deps, deps, request);
    const { anchorId = "", triggerId = "" } = found?.ids ?? {};
    if (found === undefined || !found.runs.some(({ id }) => id === triggerId)) return sendNothing(deps, request, reply);
    const isAllowed = deps.mayStop && (request.operator.role === "admin" || found.isParticipant);
    if (!isAllowed) return say(deps, sent, { status: 403, body: sentence("Only who took part may stop this run.") });
    const action = `${PREFIX}/v/${anchorId}/${triggerId}/stop`;
    const form = () => String(StopForm({ action, csrf: deps.csrf.issue(request.operator.email) }));
    if (verdict === "old")
      return say(deps, sent, { status: 403, body: sentence("Your page was too old, press again.") + form() });
    const reason = fieldOf(fields, "reason")?.trim() ?? "";
    if (reason.length < MIN_REASON || reason.length > MAX_REASON)
      return say(deps, sent, { status: 400, body: sentence("Give a reason of 3 to 500 characters.") + form() });
    const asked = await ask(deps, request, { anchorId, triggerId, reason });
    if (asked.kind !== "queued")
      return say(deps, sent, { status: 503, body: sentence("It cannot be stored right now.") });
    return reply.redirect(`${PREFIX}/v/${anchorId}/${triggerId}`, 303);
  });
}
