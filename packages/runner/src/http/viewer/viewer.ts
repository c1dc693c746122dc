/** GET /runner/v/…: a conversation and its runs for the people of the team, live while they last. */
import type { Ledger } from "@thor/ledger/port";
import { htmlOf } from "@thor/views/html";
import { addAssets } from "@thor/views/http/assets";
import { type Csrf } from "@thor/views/http/csrf";
import { addPreferences, readForms } from "@thor/views/http/form";
import { addGate } from "@thor/views/http/operator";
import { addPageHeaders } from "@thor/views/http/page-headers";
import { createRunLive, loadRun, type RunPlace, runPanels } from "@thor/views/http/run-page";
import type { LiveView } from "@thor/views/http/stream";
import { titleOf } from "@thor/views/names";
import { isOpen } from "@thor/views/run-state";
import { StepItem } from "@thor/views/run/ui/steps";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

import { Limited, NamesPanel, runBody, RunList, viewerTitle } from "../../core/viewer/pages.tsx";
import { addStop } from "./stop.ts";
import { framed, lookUp, mayStop, momentOf, PREFIX, sendHtml, sendNothing, type ViewerDeps } from "./surface.ts";

const After = z.object({ after: z.coerce.number().int().min(0) });
const Part = z.object({ partId: z.string().min(1).max(128) });
const ROOT = `${PREFIX}/v/:anchorId`;

const placeOf = (
  { anchorId, triggerId = "" }: { anchorId: string; triggerId?: string | undefined },
  deps: ViewerDeps,
): RunPlace => {
  const base = `${PREFIX}/v/${anchorId}/${triggerId}`;
  return {
    anchorId,
    triggerId,
    hosts: deps.hosts,
    whole: (partId) => `${base}/steps/${partId}`,
    allHref: `${base}?all=1`,
  };
};

const wantsAll = ({ url }: FastifyRequest) => new URL(url, "http://viewer").searchParams.get("all") === "1";

/** The conversation's page. */
async function drawConversation(deps: ViewerDeps, request: FastifyRequest): Promise<string | undefined> {
  return deps.snapshot(async (reads) => {
    const { newest } = await reads.changePositions();
    const found = await lookUp(deps, reads, request);
    if (found === undefined) return undefined;
    const { anchor, runs, isFull } = found;
    const body = await conversationBody(deps, reads, { request, found });
    const stream = runs.some(isOpen) ? `${PREFIX}/v/${anchor.id}/stream?after=${newest}` : undefined;
    const title = isFull ? titleOf(anchor) : viewerTitle(anchor.originSource, anchor.id);
    return framed(request, { title, body, stream }, deps);
  });
}

type Found = NonNullable<Awaited<ReturnType<typeof lookUp>>>;
type Reads = Pick<Ledger, "askingAnchors" | "aliasesOf">;

async function conversationBody(
  deps: ViewerDeps,
  reads: Reads,
  { request, found }: { request: FastifyRequest; found: Found },
) {
  const { anchor, runs, isFull } = found;
  const asks = (await reads.askingAnchors()).has(anchor.id);
  const list = RunList({ anchorId: anchor.id, runs, moment: momentOf(request, deps), asks });
  const names = isFull
    ? NamesPanel({ aliases: await reads.aliasesOf({ anchorId: anchor.id }), hosts: deps.hosts })
    : "";
  return `${htmlOf(list)}${htmlOf(names)}`;
}

/** A run's page: whole, or just how it stands. */
async function drawRun(deps: ViewerDeps, request: FastifyRequest): Promise<string | undefined> {
  return deps.snapshot(async (reads) => {
    const { newest } = await reads.changePositions();
    const found = await lookUp(deps, reads, request);
    if (found === undefined) return undefined;
    const { anchor, ids, isFull } = found;
    const moment = momentOf(request, deps);
    const view = await loadRun(reads, placeOf(ids, deps), { moment, all: wantsAll(request) });
    if (view === undefined) return undefined;
    const { run } = view.sheet;
    const title = viewerTitle(anchor.originSource, run.id);
    if (!isFull) return framed(request, { title, body: htmlOf(Limited({ run, moment, asks: false })) }, deps);
    const isAdmin = request.operator.role === "admin";
    const base = `${PREFIX}/v/${anchor.id}/${run.id}`;
    const stop = mayStop(deps, request, found)
      ? { action: `${base}/stop`, csrf: deps.csrf.issue(request.operator.email) }
      : undefined;
    const body = runBody(view, runPanels(view), { stop, isAdmin });
    const stream = isOpen(run) ? `${base}/stream?after=${newest}` : undefined;
    return framed(request, { title, body, stream }, deps);
  });
}

/** Whether somebody may follow what they ask for; an answer is on its way when not. */
async function mayFollow(deps: ViewerDeps, request: FastifyRequest, reply: FastifyReply): Promise<Found | undefined> {
  const found = await lookUp(deps, deps, request);
  if (found !== undefined && found.isFull) return found;
  await sendNothing(deps, request, reply);
  return undefined;
}

function conversationLive(deps: ViewerDeps, request: FastifyRequest): LiveView {
  let sent = "";
  return {
    concerns: ({ topic }) => topic === "triggers" || topic === "anchors" || topic === "approvals",
    next: async () => {
      const found = await lookUp(deps, deps, request);
      if (found === undefined) return { html: "", ended: true };
      const body = await conversationBody(deps, deps, { request, found });
      const html = body === sent ? "" : body;
      sent = body;
      return { html, ended: !found.runs.some(isOpen) };
    },
  };
}

function addStreams(scope: FastifyInstance, deps: ViewerDeps): void {
  const follow = async (request: FastifyRequest, reply: FastifyReply) => {
    const after = After.safeParse(request.query).data?.after;
    if (after === undefined) return reply.code(400).send("Bad stream");
    const found = await mayFollow(deps, request, reply);
    if (found === undefined) return reply;
    const { ids } = found;
    const moment = () => momentOf(request, deps);
    const view =
      ids.triggerId === undefined
        ? conversationLive(deps, request)
        : createRunLive({ reads: deps, place: placeOf(ids, deps), moment, drawnAt: deps.now() });
    deps.streams.serve(request, reply, { view, after });
    return reply;
  };
  scope.get(`${ROOT}/stream`, follow);
  scope.get(`${ROOT}/:triggerId/stream`, follow);
}

function addSteps(scope: FastifyInstance, deps: ViewerDeps): void {
  scope.get(`${ROOT}/:triggerId/steps/:partId`, async (request, reply) => {
    const found = await mayFollow(deps, request, reply);
    if (found === undefined) return reply;
    const { anchorId, triggerId = "" } = found.ids;
    const partIds = [Part.parse(request.params).partId];
    const sheet = await deps.runSheet({ anchorId, triggerId });
    const [step] = sheet === undefined ? [] : await deps.stepsById({ triggerId, partIds });
    if (step === undefined) return sendNothing(deps, request, reply);
    const drawn = { whole: placeOf(found.ids, deps).whole, complete: true };
    const body = `<ol class="steps panel" id="steps">${htmlOf(StepItem({ tree: { step, inner: [] }, drawn }))}</ol>`;
    return sendHtml(reply, await framed(request, { title: "Step", body }, deps));
  });
}

export interface ViewerOptions extends Omit<ViewerDeps, "assets" | "csrf"> {
  csrf: Csrf;
  secrets: readonly string[];
}

/** Adds the viewer to the runner's server, behind the sign-in. */
export function addViewer(server: FastifyInstance, options: ViewerOptions): void {
  void server.register((scope, _options, done) => {
    addPageHeaders(scope);
    addGate(scope, { secrets: options.secrets });
    readForms(scope);
    const deps = { ...options, assets: addAssets(scope, PREFIX) };
    addPreferences(scope, { prefix: PREFIX, csrf: options.csrf });
    const page = (draw: typeof drawRun) => async (request: FastifyRequest, reply: FastifyReply) => {
      const html = await draw(deps, request);
      return html === undefined ? sendNothing(deps, request, reply) : sendHtml(reply, html);
    };
    addStreams(scope, deps);
    addSteps(scope, deps);
    addStop(scope, deps);
    scope.get(ROOT, page(drawConversation));
    scope.get(`${ROOT}/:triggerId`, page(drawRun));
    done();
  });
}
