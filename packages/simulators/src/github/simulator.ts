/** The GitHub simulator: the App, its tokens, the REST API and git over TLS. */
import { join } from "node:path";

import { fastify, type FastifyInstance } from "fastify";
import { z } from "zod";

import type { World } from "../world/world.ts";
import { type Certificates, openCertificates } from "./certificates.ts";
import { mountGit } from "./git-http.ts";
import { type Hub, openHub } from "./hub.ts";
import { mountRest, refuseUnknown } from "./rest.ts";
import { seedRepository } from "./seed.ts";
import { createWebhooks, type Webhooks } from "./webhooks.ts";

export const GithubOptions = z.strictObject({
  gitPort: z.number().int().min(0).max(65_535).default(0),
  apiPort: z.number().int().min(0).max(65_535).default(0),
  webhookUrl: z.url().optional(),
  webhookSecret: z.string().min(1).default("sim-github-webhook-secret-0123456789abcdef"),
  slug: z.string().default("thor-agent"),
});
export type GithubOptions = z.infer<typeof GithubOptions>;

export interface GithubSimulator {
  hub: Hub;
  webhooks: Webhooks;
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

/** Starts both TLS servers; repositories and keys live in `directory`. */
export async function startGithub(
  world: World,
  { options, directory }: { options: GithubOptions; directory: string },
): Promise<GithubSimulator> {
  const certificates = await openCertificates(join(directory, "ca"), world.clock.now());
  const hub = openHub(world, directory, options);
  for (const repository of hub.repositories) await seedRepository(repository.directory);
  const webhooks = createWebhooks(world, hub, options.webhookUrl);

  const [api, remote] = [tlsServer(certificates), tlsServer(certificates)];
  const webBase = () => gitUrl;
  let gitUrl = "";
  await remote.register((scope, _options, done) => {
    mountGit(scope, world, { hub, webhooks });
    done();
  });
  mountRest(remote, world, { hub, prefix: "/api/v3", webBase });
  mountRest(api, world, { hub, prefix: "", webBase });
  for (const server of [api, remote]) refuseUnknown(server, world);
  gitUrl = await listen(remote, options.gitPort);
  const apiUrl = await listen(api, options.apiPort);
  const close = async () => {
    await Promise.all([api.close(), remote.close()]);
  };
  return { hub, webhooks, gitUrl, apiUrl, caFile: certificates.caFile, close };
}
