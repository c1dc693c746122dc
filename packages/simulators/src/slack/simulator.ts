/** The Slack simulator: one workspace, its Web API, its events, and what a person can do in it. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";

import type { World } from "../world/world.ts";
import { createDeliverer, type Deliverer } from "./deliver.ts";
import { APP_ID, BOT_ID, BOT_USER_ID, SCOPES, type SlackApp, TEAM_ID } from "./entities.ts";
import { eventsOf } from "./events.ts";
import { createInteractions, type Interactions } from "./interact.ts";
import { connectionMethods } from "./methods/connections.ts";
import { mountResponseUrls } from "./response-urls.ts";
import { createSockets, type Sockets } from "./sockets.ts";
import { mountWebApi } from "./web-api.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

export const SlackOptions = z.strictObject({
  eventsUrl: z.url().optional(),
  interactivityUrl: z.url().optional(),
  /** Everything goes over Socket Mode connections instead of to the two URLs. */
  socketMode: z.boolean().default(false),
  appToken: z.string().startsWith("xapp-").default("xapp-1-A0THORAPP1-0000000000-sim0000"),
  signingSecret: z.string().min(1).default("sim-slack-signing-secret-0123456789abcdef"),
  botToken: z.string().startsWith("xoxb-").default("xoxb-sim-000000000000-thor0000"),
  retryDelaysMs: z.array(z.number().int().min(0)).default([0, 60_000, 300_000]),
  /** `real` limits posting as Slack does; faults can limit anything in either mode. */
  rates: z.enum(["off", "real"]).default("off"),
  scopes: z.array(z.string()).default(SCOPES),
});
export type SlackOptions = z.infer<typeof SlackOptions>;

export interface SlackSimulator {
  workspace: Workspace;
  deliverer: Deliverer;
  sockets: Sockets;
  interactions: Interactions;
}

/** Starts the workspace and mounts its Web API on the server. */
export function startSlack(
  server: FastifyInstance,
  world: World,
  { options, baseUrl }: { options: SlackOptions; baseUrl: () => string },
): SlackSimulator {
  const app: SlackApp = {
    teamId: TEAM_ID,
    teamName: "Acme",
    teamDomain: "acme",
    appId: APP_ID,
    botId: BOT_ID,
    botUserId: BOT_USER_ID,
    botToken: options.botToken,
    appToken: options.appToken,
    signingSecret: options.signingSecret,
    scopes: options.scopes,
    eventsUrl: options.eventsUrl,
    interactivityUrl: options.interactivityUrl,
    usesSockets: options.socketMode,
    isRevoked: false,
    retryDelaysMs: options.retryDelaysMs,
    webUrl: () => `${baseUrl()}/slack`,
  };
  const workspace = createWorkspace(world, app);
  const sockets = createSockets(server, world, app.appId);
  const deliverer = createDeliverer(world, app, sockets);
  workspace.onHappening((happening) => {
    const events = eventsOf(workspace, happening);
    const inOrder = world.ids.chance() < 0.5 ? events : events.toReversed();
    for (const event of inOrder) deliverer.deliver(event);
  });
  const more = connectionMethods(sockets.ticket);
  mountWebApi(server, { world, workspace, baseUrl }, { hasRealRates: options.rates === "real", more });
  const responseUrls = mountResponseUrls(server, world, { workspace, baseUrl });
  const interactions = createInteractions({ workspace, deliverer, responseUrls });
  return { workspace, deliverer, sockets, interactions };
}
