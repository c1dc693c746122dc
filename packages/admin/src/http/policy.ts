/** POST /admin/policy: asks remote-cli what it would decide about a call; nothing runs, and the question is on record. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { requestJson } from "@thor/kit/json-client";
import type { Ledger } from "@thor/ledger/port";
import { htmlOf } from "@thor/views/html";
import { fieldOf, formOf } from "@thor/views/http/form";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

import { Told } from "../core/view/confirm.tsx";
import { type Explained, Explanation, POLICY_TOOLS, TryCall } from "../core/view/integrations.tsx";
import { type ActionsDeps, proveForm, sendBody } from "./actions.ts";

export interface PolicyDeps
  extends ActionsDeps, Pick<Ledger, "conversationsEndingWith" | "currentSession" | "anchorById" | "appendAudit"> {
  remoteCliUrl: string;
  secret: string;
}

const LIMIT_MS = 10_000;
const MAX_ARGS = 200;
const Answer = z.object({
  decision: z.enum(["allow", "approve", "deny"]),
  rule: z.string(),
  message: z.string().optional(),
  canonical: z.array(z.string()).optional(),
});

interface Question {
  tool: string;
  args: string;
  cwd: string;
  anchor: string;
}

function questionIn(request: FastifyRequest): Question {
  const fields = formOf(request);
  const of = (name: string) => (fieldOf(fields, name) ?? "").replaceAll("\r\n", "\n");
  return { tool: of("tool"), args: of("args"), cwd: of("cwd").trim(), anchor: of("anchor").trim() };
}

type Asked = { kind: "explained"; explained: Explained } | { kind: "failed"; why: string };

/** Where the call would stand: a conversation with a session of its own. */
async function placeOf(deps: PolicyDeps, { anchor, cwd }: Question) {
  const [anchorId, ...others] = await deps.conversationsEndingWith({ tail: anchor });
  if (anchorId === undefined || others.length > 0) return undefined;
  const [session, found] = await Promise.all([deps.currentSession({ anchorId }), deps.anchorById({ anchorId })]);
  return session && { anchorId, sessionId: session.id, cwd: cwd === "" ? found?.directory : cwd };
}
type Place = NonNullable<Awaited<ReturnType<typeof placeOf>>>;

async function explain(deps: PolicyDeps, question: Question, place: Place): Promise<Asked> {
  const { tool } = question;
  const args = question.args
    .split("\n")
    .filter((line) => line !== "")
    .slice(0, MAX_ARGS);
  const answer = await requestJson({
    url: `${deps.remoteCliUrl}/internal/decide`,
    headers: { [INTERNAL_SECRET_HEADER]: deps.secret },
    body: { tool, args, cwd: place.cwd, sessionId: place.sessionId },
    timeoutMs: LIMIT_MS,
    schema: Answer,
  });
  if (answer.kind === "ok") return { kind: "explained", explained: answer.body };
  return { kind: "failed", why: "remote-cli did not answer within ten seconds, or refused the question." };
}

/** The question is on record by its tool and size, never by its arguments. */
const note = (
  deps: PolicyDeps,
  request: FastifyRequest,
  facts: { tool: string; anchorId?: string | undefined; decision: string },
) =>
  deps.appendAudit({
    service: "admin",
    event: "admin.policy.explain",
    actorKind: "admin",
    actor: request.operator.email,
    anchorId: facts.anchorId,
    target: facts.tool,
    decision: facts.decision,
    requestId: request.id,
  });

export function addPolicy(scope: FastifyInstance, deps: PolicyDeps): void {
  scope.post("/admin/policy", async (request, reply): Promise<FastifyReply> => {
    const sent = { deps, request, reply };
    if (!(await proveForm(sent))) return reply;
    const question = questionIn(request);
    const form = htmlOf(TryCall({ form: { ...question, csrf: deps.facts.csrf.issue(request.operator.email) } }));
    const say = (text: string, status: number) =>
      sendBody(sent, { title: "Try a call", body: htmlOf(Told({ text, back: "/admin/policy" })) + form, status });
    if (!POLICY_TOOLS.some((tool) => tool === question.tool)) return say("Choose one of the tools.", 400);
    const place = await placeOf(deps, question);
    if (place === undefined)
      return say("Name one conversation that has a session, by its id or the last seven characters of it.", 400);
    const asked = await explain(deps, question, place);
    const decision = asked.kind === "explained" ? "done" : "failed";
    await note(deps, request, { tool: question.tool, anchorId: place.anchorId, decision });
    if (asked.kind === "failed") return say(asked.why, 502);
    const body = htmlOf(Explanation({ explained: asked.explained, tool: question.tool })) + form;
    return sendBody(sent, { title: "Try a call", body, status: 200 });
  });
}
