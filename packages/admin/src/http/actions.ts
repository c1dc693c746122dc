/** Every act by one route each: proof of the form, then the flow, then an answer that works without a script. */
import type { Ledger } from "@thor/ledger/port";
import { htmlOf } from "@thor/views/html";
import { formOf } from "@thor/views/http/form";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { Confirm, PressAgain, Told } from "../core/view/confirm.tsx";
import type { Action, Done, Wish } from "../flows/actions/action.ts";
import type { Perform, Performed } from "../flows/actions/perform.ts";
import { framed, keepFlash, sendPage } from "./frame.ts";
import { askedOf, type PagesDeps, sendNothing } from "./pages.ts";

export interface ActionsDeps extends PagesDeps, Pick<Ledger, "snapshot"> {
  perform: Perform;
  actions: readonly Action[];
}

interface Sent {
  deps: ActionsDeps;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Sends a page around an answer. */
export async function sendBody(
  { deps, request, reply }: Sent,
  answer: { title: string; body: string; status: number },
) {
  const { title, body, status } = answer;
  const html = await deps.snapshot((reads) => framed(request, { title, body }, { reads, facts: deps.facts }));
  return sendPage(reply, html, status);
}

const STATUSES = { stale: 409, refused: 409, invalid: 400 } as const;
const TITLES = { stale: "Changed meanwhile", refused: "Not done", invalid: "Not done" } as const;
const STALE = "Somebody or something changed this after your page was drawn. Look again before you decide.";

function sendDone(sent: Sent, done: Done, back: string): Promise<FastifyReply> | FastifyReply {
  const { deps, request, reply } = sent;
  if (done.kind === "done") return keepFlash(reply, done.text).redirect(done.to ?? back, 303);
  if (done.kind === "unknown") return sendNothing(deps, request, reply);
  const text = done.kind === "stale" ? (done.text ?? STALE) : done.text;
  const body = htmlOf(Told({ text, back }));
  return sendBody(sent, { title: TITLES[done.kind], body, status: STATUSES[done.kind] });
}

function sendPerformed(sent: Sent, performed: Performed, { action, wish }: { action: Action; wish: Wish }) {
  const { deps, request, reply } = sent;
  switch (performed.kind) {
    case "limited":
      return reply
        .code(429)
        .header("retry-after", String(performed.retryAfterS))
        .type("text/plain; charset=utf-8")
        .send("Too many changes in a minute. Wait a moment.");
    case "ask": {
      const { question, fault } = performed;
      const csrf = deps.facts.csrf.issue(wish.email);
      const place = { action: request.url.split("?")[0] ?? "", back: action.back(wish), csrf, fields: wish.fields };
      const body = htmlOf(Confirm({ question, fault, ...place }));
      return sendBody(sent, { title: question.title, body, status: fault === undefined ? 200 : 400 });
    }
    case "ended":
      return sendDone(sent, performed.done, performed.back);
  }
}

/** A form that was not from one of our own pages, or from one that was too old. */
function sendRefused(sent: Sent, verdict: "foreign" | "old") {
  const { deps, request, reply } = sent;
  if (verdict === "foreign")
    return reply.code(403).type("text/plain; charset=utf-8").send("This form was not sent from Thor's own page.");
  const csrf = deps.facts.csrf.issue(request.operator.email);
  const body = htmlOf(PressAgain({ action: request.url.split("?")[0] ?? "", csrf, fields: formOf(request) }));
  return sendBody(sent, { title: "Press again", body, status: 403 });
}

/** Whether a form may change anything; an answer is on its way when it may not. */
export async function proveForm(sent: Sent): Promise<boolean> {
  const { deps, request } = sent;
  const verdict = deps.facts.csrf.check(request, formOf(request)["_csrf"]?.[0]);
  if (verdict === "ok") return true;
  await sendRefused(sent, verdict);
  return false;
}

const wishOf = (request: FastifyRequest, deps: ActionsDeps): Wish => {
  const { params, email, moment, requestId } = askedOf(request, deps);
  return { params, fields: formOf(request), email, moment, requestId };
};

/** Adds the routes of all acts. */
export function addActions(scope: FastifyInstance, deps: ActionsDeps): void {
  for (const action of deps.actions) {
    scope.post(`/admin${action.path}`, async (request, reply) => {
      const sent = { deps, request, reply };
      if (!(await proveForm(sent))) return reply;
      const wish = wishOf(request, deps);
      return sendPerformed(sent, await deps.perform(action, wish), { action, wish });
    });
  }
}
