/** Official clients of the simulated GitHub, which trust its own authority. */
import { readFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";

import { App } from "@octokit/app";
import { Octokit } from "@octokit/rest";
import { z } from "zod";

import type { RunningSimulators } from "../src/start.ts";
import { sendJson } from "./sim-client.ts";

interface Init {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** fetch with the simulator's own authority, as any client with a CA file does it. */
export const trusting =
  (sim: RunningSimulators) =>
  (url: string, init: Init = {}) =>
    new Promise<Response>((resolve, reject) => {
      const { method = "GET", headers = {}, body } = init;
      const options = { method, headers, ca: readFileSync(sim.facts.github.caFile) };
      const outgoing = httpsRequest(url, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => {
          const entries = Object.entries(answer.headers).map(([name, value]): [string, string] => [
            name,
            String(value),
          ]);
          const status = answer.statusCode ?? 500;
          resolve(new Response(status === 204 ? null : Buffer.concat(chunks), { status, headers: entries }));
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });

export function appOf(sim: RunningSimulators, overrides: { appId?: number; privateKey?: string } = {}) {
  const { appId, privateKeyFile, apiUrl } = sim.facts.github;
  const Client = Octokit.defaults({ baseUrl: apiUrl, request: { fetch: trusting(sim) } });
  return new App({ appId, privateKey: readFileSync(privateKeyFile, "utf8"), Octokit: Client, ...overrides });
}

/** An installation token, limited as asked. */
export async function mintToken(sim: RunningSimulators, body: object = { repositories: ["demo"] }): Promise<string> {
  const { installationId } = sim.facts.github;
  const { data } = await appOf(sim).octokit.request("POST /app/installations/{installation_id}/access_tokens", {
    installation_id: installationId,
    ...body,
  });
  return data.token;
}

/** The official REST client with a token of its own. */
export async function octokitOf(sim: RunningSimulators, limits?: object): Promise<Octokit> {
  const auth = await mintToken(sim, limits);
  return new Octokit({ auth, baseUrl: sim.facts.github.apiUrl, request: { fetch: trusting(sim) } });
}

const Done = z.looseObject({
  number: z.number().default(0),
  id: z.number().default(0),
  sha: z.string().default(""),
  comments: z.array(z.number()).default([]),
  error: z.string().optional(),
});

/** Does something on the simulated GitHub, as Alice unless said otherwise. */
export async function actOn(simUrl: string, deed: object): Promise<z.infer<typeof Done>> {
  const body = { sim: "github", as: "alice", ...deed };
  return Done.parse(await (await sendJson("POST", `${simUrl}/_sim/act`, body)).json());
}
