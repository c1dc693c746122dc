/** POST /runner/v/…/stop: whoever took part may stop a run, from a form of ours only. */
import { controlStream } from "@thor/domain/outbox";
import { htmlOf } from "@thor/views/html";
import { fieldOf, formOf } from "@thor/views/http/form";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { Sentence, StopForm } from "../../core/viewer/pages.tsx";
import { framed, lookUp, mayStop, PREFIX, sendHtml, sendNothing, type ViewerDeps } from "./surface.ts";

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

const sentence = (value: string) => htmlOf(Sentence({ value }));

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

type Wished =
  | { kind: "nothing" }
  | { kind: "said"; status: number; text: string; again: boolean }
  | { kind: "asked"; anchorId: string; triggerId: string; reason: string };

const said = (status: number, text: string, again = false): Wished => ({ kind: "said", status, text, again });

/** What a form asks for, once it is known whose it is and whether its sender may. */
async function readWish(deps: ViewerDeps, request: FastifyRequest): Promise<Wished> {
  const fields = formOf(request);
  const verdict = deps.csrf.check(request, fieldOf(fields, "_csrf"));
  if (verdict === "foreign") return said(403, "This form was not sent from Thor's own page.");
  const found = await lookUp(deps, deps, request);
  const triggerId = found?.ids.triggerId;
  if (found === undefined || triggerId === undefined || !found.runs.some(({ id }) => id === triggerId))
    return { kind: "nothing" };
  if (!mayStop(deps, request, found)) return said(403, "Only who took part may stop this run.");
  if (verdict === "old") return said(403, "Your page was too old, press again.", true);
  const reason = fieldOf(fields, "reason")?.trim() ?? "";
  if (reason.length < MIN_REASON || reason.length > MAX_REASON)
    return said(400, "Give a reason of 3 to 500 characters.", true);
  return { kind: "asked", anchorId: found.anchor.id, triggerId, reason };
}

const actionOf = (request: FastifyRequest) => request.url.split("?")[0] ?? "";

export function addStop(scope: FastifyInstance, deps: ViewerDeps): void {
  const form = (request: FastifyRequest) =>
    htmlOf(StopForm({ action: actionOf(request), csrf: deps.csrf.issue(request.operator.email) }));
  scope.post(`${PREFIX}/v/:anchorId/:triggerId/stop`, async (request, reply) => {
    const wish = await readWish(deps, request);
    if (wish.kind === "nothing") return sendNothing(deps, request, reply);
    if (wish.kind === "said") {
      const body = sentence(wish.text) + (wish.again ? form(request) : "");
      return say(deps, { request, reply }, { status: wish.status, body });
    }
    const asked = await ask(deps, request, wish);
    if (asked.kind !== "queued")
      return say(deps, { request, reply }, { status: 503, body: sentence("It cannot be stored right now.") });
    return reply.redirect(`${PREFIX}/v/${wish.anchorId}/${wish.triggerId}`, 303);
  });
}
