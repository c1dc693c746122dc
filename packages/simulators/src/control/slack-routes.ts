/** `/_sim/slack`: what can be asked about the workspace, and what Slack itself (nobody in it) can do. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";

import type { SlackSimulator } from "../slack/simulator.ts";
import { Farewell } from "../slack/sockets.ts";
import { threadState } from "../slack/state.ts";
import { viewForm } from "../slack/wire-form.ts";

const asOf = (request: FastifyRequest) => z.object({ as: z.string().optional() }).parse(request.query).as;

function mountQueries(server: FastifyInstance, { workspace, deliverer, sockets }: SlackSimulator): void {
  server.get("/_sim/slack/users", () => workspace.people.all());
  server.get("/_sim/slack/channels", (request) => {
    const as = asOf(request);
    return workspace.channels.all().filter(({ members }) => as === undefined || members.includes(as));
  });
  server.get("/_sim/slack/deliveries", () => deliverer.list().map((row) => ({ ...row, body: JSON.parse(row.body) })));
  server.get("/_sim/slack/sockets", () => ({ open: sockets.count() }));
  server.get("/_sim/slack/views", (request) => {
    const as = asOf(request);
    const stack = as === undefined ? [] : workspace.views.stack(as);
    return stack.map((view) => ({ ...viewForm(workspace, view, {}), errors: view.errors }));
  });
  server.get<{ Params: { channel: string; ts: string } }>("/_sim/slack/thread/:channel/:ts", (request, reply) => {
    const state = threadState(workspace, request.params, asOf(request));
    return state ?? reply.code(404).send({ error: "channel_not_found" });
  });
}

/** Mounts the routes. */
export function mountSlackControl(server: FastifyInstance, slack: SlackSimulator): void {
  const { workspace, deliverer, sockets } = slack;
  mountQueries(server, slack);
  server.post<{ Params: { id: string } }>("/_sim/slack/deliveries/:id/resend", (request, reply) =>
    deliverer.resend(request.params.id) ? { ok: true } : reply.code(404).send({ error: "unknown_delivery" }),
  );
  server.put("/_sim/slack/events-url", async (request, reply) => {
    const { url } = z.strictObject({ url: z.url() }).parse(request.body);
    return (await deliverer.verify(url)) ? { ok: true } : reply.code(409).send({ error: "challenge_not_answered" });
  });
  server.post("/_sim/slack/sockets", (request) => {
    const { send } = z.strictObject({ send: Farewell.or(z.literal("cut")) }).parse(request.body);
    if (send === "cut") sockets.cut();
    else sockets.farewell(send);
    return { ok: true };
  });
  // For events that no person of this workspace can cause.
  server.post("/_sim/slack/events", (request) => {
    const Body = z.strictObject({ event: z.looseObject({ type: z.string() }) });
    const { event } = Body.parse(request.body);
    const channel = z.string().safeParse(event["channel"]).data;
    workspace.announce({ event_ts: workspace.eventTs(), ...event }, channel);
    return { ok: true };
  });
  server.post("/_sim/slack/uninstall", () => {
    const { app } = workspace;
    workspace.announce({ type: "tokens_revoked", tokens: { bot: [app.botUserId] } }, undefined);
    workspace.announce({ type: "app_uninstalled" }, undefined);
    app.isRevoked = true;
    return { ok: true };
  });
}
