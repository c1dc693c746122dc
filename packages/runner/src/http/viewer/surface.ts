/** What every page of the viewer needs, and the frame around it. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";
import { htmlOf } from "@thor/views/html";
import type { Csrf } from "@thor/views/http/csrf";
import { preferencesOf } from "@thor/views/http/form";
import type { Streams } from "@thor/views/http/stream";
import type { Hosts } from "@thor/views/names";
import { Page } from "@thor/views/ui/shell";
import type { Admission } from "@thor/workspace-config/pure/admission";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

import { maySee, tookPart } from "../../core/viewer/may-see.ts";
import { Sentence } from "../../core/viewer/pages.tsx";

type Reads = Pick<
  Ledger,
  "anchorById" | "aliasesOf" | "triggersOf" | "runSheet" | "stepsById" | "changePositions" | "askingAnchors"
>;
export interface ViewerDeps extends Reads, Pick<Ledger, "snapshot" | "enqueueOutbox" | "appendAudit"> {
  log: Log;
  now: () => number;
  newId: () => string;
  csrf: Csrf;
  streams: Streams;
  assets: { css: string; js: string };
  hosts: Hosts;
  environment: string | undefined;
  isOpenToDomain: boolean;
  mayStop: boolean;
  admission: () => Pick<Admission, "users">;
}

export const PREFIX = "/runner";
const Ids = z.object({ anchorId: z.uuidv7(), triggerId: z.uuidv7().optional() });
const MAX_RUNS = 50;

export const momentOf = (request: FastifyRequest, { now }: Pick<ViewerDeps, "now">) => ({
  now: now(),
  zone: preferencesOf(request).zone,
});

/** A conversation for this reader; undefined when there is none. */
export async function lookUp(deps: ViewerDeps, reads: Reads, request: FastifyRequest) {
  const ids = Ids.safeParse(request.params).data;
  const anchor = ids && (await reads.anchorById({ anchorId: ids.anchorId }));
  if (ids === undefined || anchor === undefined) return undefined;
  const runs = await reads.triggersOf({ anchorId: anchor.id, limit: MAX_RUNS });
  const reader = request.operator;
  const isParticipant = tookPart(reader, runs, deps.admission());
  const isPreview = new URL(request.url, "http://viewer").searchParams.get("limited") === "1";
  const isFull = maySee(reader, anchor, { isParticipant, isOpenToDomain: deps.isOpenToDomain }) && !isPreview;
  return { ids, anchor, runs, isParticipant, isFull };
}

/** Whether this reader may end a run of it. */
export const mayStop = (deps: ViewerDeps, { operator }: FastifyRequest, found: { isParticipant: boolean }) =>
  deps.mayStop && (operator.role === "admin" || found.isParticipant);

/** Draws the frame around a body. */
export async function framed(
  request: FastifyRequest,
  page: { title: string; body: string; stream?: string | undefined },
  deps: ViewerDeps,
): Promise<string> {
  const { title, body, stream } = page;
  const { assets, csrf, environment } = deps;
  const frame = {
    title,
    prefix: PREFIX,
    path: request.url.split("?")[0] ?? PREFIX,
    nav: [],
    assets,
    email: request.operator.email,
    ...preferencesOf(request),
    csrf: csrf.issue(request.operator.email),
    environment,
    simulated: [],
    stream,
  };
  return `<!doctype html>${await Page({ frame, children: body })}`;
}

export const sendHtml = (reply: FastifyReply, html: string, status = 200) =>
  reply.code(status).type("text/html; charset=utf-8").send(html);

/** There is nothing at this address, for anybody. */
export async function sendNothing(deps: ViewerDeps, request: FastifyRequest, reply: FastifyReply) {
  const body = htmlOf(Sentence({ value: "There is no such conversation or run." }));
  return sendHtml(reply, await framed(request, { title: "Not found", body }, deps), 404);
}
