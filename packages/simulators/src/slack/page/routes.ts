/** `/slack`: the page in which people talk, drawn from the very rows that the API wrote. */
import { readFileSync } from "node:fs";

import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";

import { type Html, html, page, PAGE_HEADERS } from "../../page/html.ts";
import type { World } from "../../world/world.ts";
import type { SlackSimulator } from "../simulator.ts";
import { modalView } from "./modal-view.ts";
import {
  channelView,
  deliveryLines,
  frameView,
  type Scene,
  sideView,
  threadView,
  type WireLine,
  wireView,
} from "./views.ts";

const HEARTBEAT_MS = 15_000;

const Query = z.object({
  as: z.string().default("U0ALICE001"),
  c: z.string().default("C0GENERAL1"),
  t: z.string().default(""),
});
type Query = z.infer<typeof Query>;

interface PageDeps {
  world: World;
  slack: SlackSimulator;
  gitUrl: string;
}

const CSS = new URL("./page.css", import.meta.url);
const SCRIPT = new URL("./page.js", import.meta.url);

/** Calls and deliveries that name this thread. */
function wireLines({ world, slack }: PageDeps, { c, t }: Query): WireLine[] {
  const deliveries = slack.deliverer.list().filter(({ body }) => body.includes(t));
  const calls = world.traffic
    .list({ sim: "slack", match: t })
    .filter(({ direction, request }) => direction === "in" && request.includes(c));
  return [
    ...deliveryLines(deliveries),
    ...calls.map(({ at, method, status, ms, fault }) => ({
      at,
      arrow: "←" as const,
      what: fault === undefined ? method : `${method} (fault ${fault})`,
      result: status === undefined ? "no answer" : String(status),
      ms,
    })),
  ];
}

/** Tells the browser which thread changed; the browser fetches what it shows of it. */
function stream(world: World, reply: FastifyReply): void {
  reply.hijack();
  reply.raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  reply.raw.write("retry: 500\n\n");
  const unwatch = world.traffic.watch((topic, detail) => {
    if (topic.startsWith("slack")) reply.raw.write(`data: ${JSON.stringify({ topic, detail })}\n\n`);
  });
  const beat = setInterval(() => reply.raw.write(": beat\n\n"), HEARTBEAT_MS);
  reply.raw.on("close", () => {
    clearInterval(beat);
    unwatch();
  });
}

export function mountSlackPage(server: FastifyInstance, deps: PageDeps): void {
  const { world, slack, gitUrl } = deps;
  const { workspace } = slack;
  const naming = {
    nameOf: (id: string) => workspace.people.get(id)?.name ?? workspace.channels.get(id)?.name ?? id,
    linkTo: (url: string) => (url.startsWith(gitUrl) ? `/github${url.slice(gitUrl.length)}` : url),
  };
  const sceneOf = ({ as }: Query): Scene | undefined => {
    const me = workspace.people.get(as);
    return me === undefined ? undefined : { workspace, naming, me };
  };

  const panel = (path: string, draw: (scene: Scene, query: Query) => Html | undefined) =>
    server.get(`/slack/panel/${path}`, (request, reply) => {
      const query = Query.parse(request.query);
      const scene = sceneOf(query);
      const isPersonal = path === "side" || path === "modal";
      const isMember = workspace.channels.get(query.c)?.members.includes(query.as) ?? false;
      const view = scene === undefined || (!isMember && !isPersonal) ? undefined : draw(scene, query);
      void reply.headers(PAGE_HEADERS).type("text/html; charset=utf-8");
      return view === undefined ? reply.code(404).send("not for you") : reply.send(view.markup);
    });

  panel("side", (scene, { c }) => sideView(scene, c));
  panel("channel", (scene, { c }) => {
    const channel = workspace.channels.get(c);
    return channel === undefined ? undefined : channelView(scene, channel);
  });
  panel("thread", (scene, { c, t }) => threadView(scene, { channel: c, ts: t }));
  panel("modal", ({ me }) => {
    const view = workspace.views.stack(me.id).at(-1);
    return view === undefined ? html`` : modalView(view, naming);
  });
  panel("wire", (_scene, query) => wireView(wireLines(deps, query)));

  server.get("/slack", (_request, reply) => {
    const body = frameView(workspace.people.all().map(({ id, name }) => ({ id, name })));
    const text = page({ title: "Simulated Slack", css: "/slack/page.css", script: "/slack/page.js", body });
    return reply.headers(PAGE_HEADERS).type("text/html; charset=utf-8").send(text);
  });
  server.get("/slack/live", (_request, reply) => stream(world, reply));
  server.get("/slack/page.css", (_request, reply) =>
    reply.headers(PAGE_HEADERS).type("text/css").send(readFileSync(CSS, "utf8")),
  );
  server.get("/slack/page.js", (_request, reply) =>
    reply.headers(PAGE_HEADERS).type("text/javascript").send(readFileSync(SCRIPT, "utf8")),
  );
}
