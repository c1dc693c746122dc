/** The GitHub simulator: the App, its tokens, the REST API and git over TLS. */
import { join } from "node:path";

import { fastify, type FastifyInstance } from "fastify";
import { z } from "zod";

import type { World } from "../world/world.ts";
import { createOpenPull, createPerform, type Deeds, type PerformGithub } from "./act.ts";
import { type Certificates, openCertificates } from "./certificates.ts";
import {
  createCheckDeeds,
  createCommentDeeds,
  createIssueDeeds,
  createReactionDeeds,
  createReviewDeeds,
} from "./deeds.ts";
import { createForge, type Forge } from "./forge.ts";
import { createForms } from "./forms.ts";
import { mountGit } from "./git-http.ts";
import { type Hub, installedOf, openHub } from "./hub.ts";
import { createPushing } from "./pushing.ts";
import { mountRest, refuseUnknown } from "./rest/mount.ts";
import { seedRepository } from "./seed.ts";
import { createStage } from "./stage.ts";
import { createWebhooks, type Webhooks } from "./webhooks.ts";

export const GithubOptions = z.strictObject({
  gitPort: z.number().int().min(0).max(65_535).default(0),
  apiPort: z.number().int().min(0).max(65_535).default(0),
  webhookUrl: z.url().optional(),
  webhookSecret: z.string().min(1).default("sim-github-webhook-secret-0123456789abcdef"),
  slug: z.string().default("thor-agent"),
  /** Names of the repositories that the App is installed on. */
  repositories: z.array(z.string().min(1)).min(1).default(["demo"]),
});
export type GithubOptions = z.infer<typeof GithubOptions>;

export interface GithubSimulator {
  hub: Hub;
  webhooks: Webhooks;
  forge: Forge;
  perform: PerformGithub;
  gitUrl: string;
  apiUrl: string;
  caFile: string;
  close: () => Promise<void>;
}

async function listen(server: FastifyInstance, port: number): Promise<string> {
  await server.listen({ host: "127.0.0.1", port });
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return `https://localhost:${address.port}`;
}

function tlsServer({ cert, key }: Certificates): FastifyInstance {
  return fastify({ https: { cert, key }, logger: false, forceCloseConnections: true, bodyLimit: 16 * 1024 * 1024 });
}

/** Everything that can be known of and done to the repositories. */
function setUp(
  hub: Hub,
  {
    world,
    webhooks,
    webBase,
    directory,
  }: { world: World; webhooks: Webhooks; webBase: () => string; directory: string },
) {
  const forge = createForge(world, hub, webBase);
  const stage = createStage(hub, { forge, forms: createForms(forge), webhooks });
  const [comments, issues] = [createCommentDeeds(stage), createIssueDeeds(stage)];
  const deeds: Deeds = {
    comments,
    issues,
    reviews: createReviewDeeds(stage, comments.tell),
    reactions: createReactionDeeds(stage),
    checks: createCheckDeeds(stage),
    pushing: createPushing({ stage, hub, directory, issues }),
  };
  return { stage, deeds, perform: createPerform(stage, deeds) };
}

/** Starts both TLS servers; repositories and keys live in `directory`. */
export async function startGithub(
  world: World,
  { options, directory }: { options: GithubOptions; directory: string },
): Promise<GithubSimulator> {
  const certificates = await openCertificates(join(directory, "ca"), world.clock.now());
  const hub = openHub(world, directory, options);
  for (const repository of installedOf(hub)) await seedRepository(repository.directory);
  const webhooks = createWebhooks(world, hub, options.webhookUrl);

  const [api, remote] = [tlsServer(certificates), tlsServer(certificates)];
  const webBase = () => gitUrl;
  let gitUrl = "";
  const { stage, deeds, perform } = setUp(hub, { world, webhooks, webBase, directory });
  const github = { stage, deeds, openPull: createOpenPull(stage, deeds) };
  await remote.register((scope, _options, done) => {
    mountGit(scope, world, { hub, pushing: deeds.pushing });
    done();
  });
  mountRest(remote, world, { hub, github, webhooks, prefix: "/api/v3", webBase });
  mountRest(api, world, { hub, github, webhooks, prefix: "", webBase });
  for (const server of [api, remote]) refuseUnknown(server, world);
  gitUrl = await listen(remote, options.gitPort);
  const apiUrl = await listen(api, options.apiPort);
  const close = async () => {
    await Promise.all([api.close(), remote.close()]);
  };
  return { hub, webhooks, forge: stage.forge, perform, gitUrl, apiUrl, caFile: certificates.caFile, close };
}
