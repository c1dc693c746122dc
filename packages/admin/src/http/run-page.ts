/** A run's page for operators: the reader's page, with the prompt, Stop, and the way to what a reader sees. */
import type { Ledger, Reads } from "@thor/ledger/port";
import { htmlOf } from "@thor/views/html";
import { createRunLive, loadRun, type RunPlace, runPanels } from "@thor/views/http/run-page";
import { titleOf } from "@thor/views/names";
import { isOpen } from "@thor/views/run-state";
import { Steps } from "@thor/views/run/ui/run";
import type { RunView } from "@thor/views/run/ui/run";
import { StepItem } from "@thor/views/run/ui/steps";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";

import { RunExtras } from "../core/view/run-extras.tsx";
import { framed, sendPage } from "./frame.ts";
import { askedOf, type PagesDeps, sendNothing } from "./pages.ts";

export interface RunPageDeps extends PagesDeps, Pick<Ledger, "runSheet" | "stepsById"> {}

const Ids = z.object({ anchorId: z.uuidv7(), triggerId: z.uuidv7() });
const StepIds = Ids.extend({ partId: z.string().min(1).max(128) });

const placeOf = ({ anchorId, triggerId }: z.infer<typeof Ids>, { hosts }: Pick<PagesDeps, "hosts">): RunPlace => {
  const base = `/admin/conversations/${anchorId}/runs/${triggerId}`;
  return { anchorId, triggerId, hosts, whole: (partId) => `${base}/steps/${partId}`, allHref: `${base}?all=1` };
};

function bodyOf(view: RunView, csrf: string): string {
  const [header, ...others] = runPanels(view);
  const { sheet } = view;
  const { anchor, run } = sheet;
  const extras = RunExtras({
    anchorId: anchor.id,
    run: { id: run.id, prompt: run.prompt, revs: run.revs, isOpen: isOpen(run) },
    csrf,
  });
  return [header?.html ?? "", htmlOf(extras), htmlOf(Steps({ view })), ...others.map(({ html }) => html)].join("");
}

async function loadIn(reads: Reads, deps: RunPageDeps, request: FastifyRequest) {
  const ids = Ids.safeParse(request.params).data;
  if (ids === undefined) return undefined;
  const asked = askedOf(request, deps);
  const view = await loadRun(reads, placeOf(ids, deps), { moment: asked.moment, all: asked.query["all"] === "1" });
  return view && { asked, view };
}

/** Adds the run's page, its steps and its stream. */
export function addRunPage(scope: FastifyInstance, deps: RunPageDeps): void {
  const { facts } = deps;
  const path = "/admin/conversations/:anchorId/runs/:triggerId";
  scope.get(path, async (request, reply) => {
    const html = await deps.snapshot(async (reads) => {
      const { newest } = await reads.changePositions();
      const found = await loadIn(reads, deps, request);
      if (found === undefined) return undefined;
      const { asked, view } = found;
      const stream = isOpen(view.sheet.run) ? `${asked.path}/stream?after=${newest}` : undefined;
      const page = { title: titleOf(view.sheet.anchor), body: bodyOf(view, asked.csrf), stream };
      return framed(request, page, { reads, facts });
    });
    return html === undefined ? sendNothing(deps, request, reply) : sendPage(reply, html);
  });
  scope.get(`${path}/steps/:partId`, async (request, reply) => {
    const ids = StepIds.safeParse(request.params).data;
    const [step] = ids === undefined ? [] : await deps.stepsById({ triggerId: ids.triggerId, partIds: [ids.partId] });
    const sheet = ids && (await deps.runSheet(ids));
    if (ids === undefined || step === undefined || sheet === undefined) return sendNothing(deps, request, reply);
    const item = StepItem({ tree: { step, inner: [] }, drawn: { whole: placeOf(ids, deps).whole, complete: true } });
    const body = `<ol class="steps panel" id="steps">${htmlOf(item)}</ol>`;
    const html = await deps.snapshot((reads) => framed(request, { title: "Step", body }, { reads, facts }));
    return sendPage(reply, html);
  });
  scope.get(`${path}/stream`, (request, reply) => {
    const ids = Ids.safeParse(request.params).data;
    const after = z.coerce.number().int().min(0).safeParse(askedOf(request, deps).query["after"]).data;
    if (ids === undefined || after === undefined) return reply.code(400).send("Bad stream");
    const moment = () => askedOf(request, deps).moment;
    const view = createRunLive({ reads: deps, place: placeOf(ids, deps), moment, drawnAt: facts.now() });
    deps.streams.serve(request, reply, { view, after });
    return undefined;
  });
}
