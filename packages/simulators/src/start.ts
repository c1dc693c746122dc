/** The simulators in one process, on free or given ports. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import formbody from "@fastify/formbody";
import { fastify, type FastifyInstance, type FastifyRequest } from "fastify";
import { z } from "zod";

import { mountControl } from "./control/routes.ts";
import { DaytonaOptions, startDaytona } from "./daytona/simulator.ts";
import { mountGithubPage } from "./github/page.ts";
import { GithubOptions, startGithub } from "./github/simulator.ts";
import { McpOptions, startMcp } from "./mcp/simulator.ts";
import { MODEL_ID, ModelOptions, startModel } from "./model/simulator.ts";
import { mountSlackPage } from "./slack/page/routes.ts";
import { SlackOptions, startSlack } from "./slack/simulator.ts";
import { createWorld } from "./world/world.ts";

const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** What can be set; everything has a default that suits a test. */
export const SimulatorOptions = z.strictObject({
  /** Where the world is kept; without it, it ends with the process. */
  stateDir: z.string().optional(),
  port: z.number().int().min(0).max(65_535).default(0),
  seed: z.string().default("thor"),
  slack: SlackOptions.prefault({}),
  github: GithubOptions.prefault({}),
  mcp: McpOptions.prefault({}),
  daytona: DaytonaOptions.prefault({}),
  model: ModelOptions.prefault({ values: { repos: "/workspace/repos", worktrees: "/workspace/worktrees" } }),
});

/** Addresses, ids and files: all that a process needs to be pointed here. */
export interface SimulatorFacts {
  url: string;
  slack: {
    apiUrl: string;
    pageUrl: string;
    teamId: string;
    botUserId: string;
    botId: string;
    appId: string;
    channel: string;
    user: string;
  };
  github: {
    gitUrl: string;
    apiUrl: string;
    pageUrl: string;
    owner: string;
    repo: string;
    appId: number;
    appSlug: string;
    botId: number;
    installationId: number;
    privateKeyFile: string;
    caFile: string;
  };
  model: { baseUrl: string; model: string };
  /** `<baseUrl>/<name>` is an MCP server behind this bearer. */
  mcp: { baseUrl: string; token: string };
  daytona: { apiUrl: string; apiKey: string };
}

export interface RunningSimulators {
  facts: SimulatorFacts;
  close: () => Promise<void>;
}

/** A page of another site, or a name that only looks like this machine, gets nothing here. */
function isFromHere(request: FastifyRequest): boolean {
  const isLocalName = /^(localhost|127\.0\.0\.1)$/.test(request.hostname);
  const site = request.headers["sec-fetch-site"];
  const isRead = request.method === "GET" || request.method === "HEAD";
  return isLocalName && (isRead || site === undefined || site === "same-origin" || site === "none");
}

function createServer(): FastifyInstance {
  const server = fastify({ logger: false, forceCloseConnections: true, bodyLimit: MAX_BODY_BYTES });
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  server.addHook("onRequest", async (request, reply) => {
    if (!isFromHere(request)) await reply.code(403).send({ error: "not_from_here" });
  });
  server.setErrorHandler((err, _request, reply) => {
    if (err instanceof z.ZodError)
      return reply.code(400).send({ error: "invalid_request", details: z.prettifyError(err) });
    const status =
      err instanceof Error && "statusCode" in err && typeof err.statusCode === "number" ? err.statusCode : 500;
    const what = err instanceof Error ? err.message : String(err);
    return reply.code(status).send({ error: what });
  });
  return server;
}

/** Starts Slack, GitHub and the model; the port of everything but git and its API is one. */
export async function startSimulators(given: z.input<typeof SimulatorOptions> = {}): Promise<RunningSimulators> {
  const options = SimulatorOptions.parse(given);
  const { stateDir, seed } = options;
  const scratch = stateDir === undefined ? mkdtempSync(join(tmpdir(), "thor-sim-")) : undefined;
  const directory = stateDir ?? scratch ?? "";
  const world = createWorld({ stateDir, seed });
  const github = await startGithub(world, { options: options.github, directory: join(directory, "github") });

  const daytona = await startDaytona(world, { options: options.daytona, directory: join(directory, "daytona") });

  const server = createServer();
  await server.register(formbody);
  let url = "";
  const slack = startSlack(server, world, { options: options.slack, baseUrl: () => url });
  const model = startModel(server, world, options.model);
  startMcp(server, world, options.mcp);
  mountControl(server, { world, slack, github, model });
  mountSlackPage(server, { world, slack, gitUrl: github.gitUrl });
  mountGithubPage(server, github.hub);
  url = await server.listen({ host: "127.0.0.1", port: options.port });

  const { app } = slack.workspace;
  const { hub, gitUrl, apiUrl, caFile } = github;
  return {
    facts: {
      url,
      slack: {
        apiUrl: `${url}/slack/api`,
        pageUrl: `${url}/slack`,
        teamId: app.teamId,
        botUserId: app.botUserId,
        botId: app.botId,
        appId: app.appId,
        channel: "C0GENERAL1",
        user: "U0ALICE001",
      },
      github: {
        gitUrl,
        apiUrl,
        pageUrl: `${url}/github`,
        owner: "acme",
        repo: "demo",
        appId: hub.app.id,
        appSlug: hub.app.slug,
        botId: hub.app.botId,
        installationId: hub.app.installationId,
        privateKeyFile: hub.app.privateKeyFile,
        caFile,
      },
      model: { baseUrl: `${url}/model/v1`, model: MODEL_ID },
      mcp: { baseUrl: `${url}/mcp`, token: options.mcp.token },
      daytona: { apiUrl: daytona.apiUrl, apiKey: daytona.apiKey },
    },
    close: async () => {
      await Promise.all([server.close(), github.close(), daytona.close()]);
      world.close();
      if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
    },
  };
}
