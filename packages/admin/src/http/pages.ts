/** Every page by one route each: whole, and as what changes of it. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, Reads } from "@thor/ledger/port";
import { htmlOf } from "@thor/views/html";
import { preferencesOf } from "@thor/views/http/form";
import type { LiveView, Streams } from "@thor/views/http/stream";
import type { Hosts } from "@thor/views/names";
import { Nav } from "@thor/views/ui/shell";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

import { Told } from "../core/view/confirm.tsx";
import { navOf } from "../flows/pages/badges.ts";
import { type Asked, drawPanels, type PageSpec } from "../flows/pages/page.ts";
import { framed, type FrameFacts, pathOf, sendPage } from "./frame.ts";

export interface PagesDeps extends Pick<Ledger, "snapshot"> {
  log: Log;
  facts: FrameFacts;
  hosts: Hosts;
  streams: Streams;
  pages: readonly PageSpec[];
}

const Words = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
const flat = (given: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(Words.safeParse(given).data ?? {}).map(([name, value]) => [
      name,
      (typeof value === "string" ? value : (value[0] ?? "")).slice(0, 2000),
    ]),
  );

/** Who asks for what, from a request. */
export function askedOf(request: FastifyRequest, { facts, hosts }: Pick<PagesDeps, "facts" | "hosts">): Asked {
  const { email } = request.operator;
  return {
    path: pathOf(request),
    params: flat(request.params),
    query: flat(request.query),
    moment: { now: facts.now(), zone: preferencesOf(request).zone },
    email,
    csrf: facts.csrf.issue(email),
    hosts,
    requestId: request.id,
  };
}

const streamOf = (asked: Asked, after: number) => {
  const page = `${asked.path}?${new URLSearchParams(asked.query).toString()}`;
  return `/admin/stream?${new URLSearchParams({ page, after: String(after) }).toString()}`;
};

/** There is nothing at this address. */
export async function sendNothing(
  deps: PagesDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body = htmlOf(Told({ text: "There is nothing at this address. Search for it above.", back: "/admin" }));
  const html = await deps.snapshot((reads) =>
    framed(request, { title: "Not found", body }, { reads, facts: deps.facts }),
  );
  return sendPage(reply, html, 404);
}

async function drawWhole(deps: PagesDeps, spec: PageSpec, request: FastifyRequest): Promise<string | undefined> {
  const { facts, log } = deps;
  const asked = askedOf(request, deps);
  return deps.snapshot(async (reads) => {
    const title = await spec.title(reads, asked);
    if (title === undefined) return undefined;
    const { newest } = await reads.changePositions();
    const panels = await drawPanels(spec, { reads, asked, log });
    const stream = spec.topics.length === 0 || asked.query["after"] !== undefined ? undefined : streamOf(asked, newest);
    const body = panels.map(({ html }) => html).join("");
    return framed(request, { title, body, stream }, { reads, facts });
  });
}

async function drawNav(reads: Reads, { moment, path }: Asked) {
  const nav = await navOf(reads, moment.now);
  return { id: "nav", html: htmlOf(Nav({ frame: { nav, path, prefix: "/admin" } })) };
}

/** Menu and parts of a page as they are now, each when it differs from what was sent before. */
function liveOf(deps: PagesDeps, spec: PageSpec, asked: () => Asked): LiveView {
  const { log } = deps;
  const sent = new Map<string, string>();
  const topics = new Set<string>(spec.topics);
  return {
    concerns: ({ topic }) => topics.has(topic) || topic === "events" || topic === "approvals",
    paceMs: spec.paceMs,
    next: () =>
      deps.snapshot(async (reads) => {
        const now = asked();
        const drawn = [await drawNav(reads, now), ...(await drawPanels(spec, { reads, asked: now, log }))];
        const changed = drawn.filter(({ id, html }) => sent.get(id) !== html);
        for (const { id, html } of changed) sent.set(id, html);
        return { html: changed.map(({ html }) => html).join(""), ended: false };
      }),
  };
}

const StreamQuery = z.object({
  page: z.string().startsWith("/admin").max(4000),
  after: z.coerce.number().int().min(0),
});

/** The page that an address belongs to, with what its path names. */
function match(pages: readonly PageSpec[], path: string) {
  const parts = path.split("/");
  for (const spec of pages) {
    const wanted = spec.path.split("/");
    if (wanted.length !== parts.length) continue;
    if (!wanted.every((part, at) => part.startsWith(":") || part === parts[at])) continue;
    const named = wanted.flatMap((part, at) => (part.startsWith(":") ? [[part.slice(1), parts[at] ?? ""]] : []));
    return { spec, params: flat(Object.fromEntries(named)) };
  }
  return undefined;
}

function serveStream(deps: PagesDeps, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const query = StreamQuery.safeParse(request.query).data;
  const url = query && new URL(query.page, "http://page");
  const found = url && match(deps.pages, url.pathname.replace(/\/$/, ""));
  if (query === undefined || url === undefined || found === undefined) return reply.code(400).send("Bad stream");
  const asked = () => ({
    ...askedOf(request, deps),
    path: url.pathname,
    params: found.params,
    query: Object.fromEntries(url.searchParams),
  });
  deps.streams.serve(request, reply, { view: liveOf(deps, found.spec, asked), after: query.after });
  return undefined;
}

/** Adds the routes of all pages and of their stream. */
export function addPages(scope: FastifyInstance, deps: PagesDeps): void {
  for (const spec of deps.pages) {
    scope.get(spec.path, async (request, reply) => {
      const html = await drawWhole(deps, spec, request);
      return html === undefined ? sendNothing(deps, request, reply) : sendPage(reply, html);
    });
  }
  scope.get("/admin/stream", (request, reply) => serveStream(deps, request, reply));
  scope.get("/admin/*", (request, reply) => sendNothing(deps, request, reply));
}
