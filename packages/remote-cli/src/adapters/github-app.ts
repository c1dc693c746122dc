/** Tokens of the GitHub App: each for one repository and one purpose, in memory only. */
import { readFileSync, statSync } from "node:fs";

import { App } from "@octokit/app";
import { Octokit } from "@octokit/core";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import { networkCode } from "@thor/kit/json-client";
import { Agent, fetch as undiciFetch } from "undici";
import { z } from "zod";

import { failureOf, permissionsOf, type MintFailure, type TokenUse } from "../core/github-token.ts";
import { HookDeliveries, untaken } from "../core/hook-deliveries.ts";

export interface GithubAppOptions {
  appId: string;
  keyFile: string;
  apiUrl: string;
  caFile?: string | undefined;
  mayPushWorkflows: boolean;
  clock: Clock;
  log: Log;
}
export interface TokenRequest {
  installationId: number;
  owner: string;
  repo: string;
  use: TokenUse;
}
export type Minted = { kind: "token"; token: string } | ({ kind: "failed" } & MintFailure);

const RENEW_BEFORE_MS = 300_000;
const TIMEOUT_MS = 15_000;
const TRIES = 3;
const Answer = z.object({ token: z.string().min(8), expires_at: z.iso.datetime({ offset: true }) });
const Repository = z.object({ default_branch: z.string().min(1) });

/** The App key: read again when the file changed, refused when others could read it. */
function createKey(path: string) {
  let known: { mtimeMs: number; key: string } | undefined;
  return (): string | undefined => {
    try {
      const { mtimeMs, mode } = statSync(path);
      if ((mode & 0o007) !== 0) return undefined;
      if (known?.mtimeMs !== mtimeMs) known = { mtimeMs, key: readFileSync(path, "utf8") };
      return known.key;
    } catch {
      return undefined;
    }
  };
}

function createFetch(caFile: string | undefined) {
  const dispatcher = new Agent(caFile === undefined ? {} : { connect: { ca: readFileSync(caFile) } });
  const send = (url: string, init: Parameters<typeof undiciFetch>[1]) =>
    undiciFetch(url, { ...init, dispatcher, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
  return { send, close: () => dispatcher.close() };
}

type Send = ReturnType<typeof createFetch>["send"];

/** Requests in the App's own name. */
function createAppClient({ appId, apiUrl }: GithubAppOptions, send: Send) {
  const WithBase = Octokit.defaults({ baseUrl: apiUrl, request: { fetch: send } });
  return (privateKey: string) => new App({ appId, privateKey, Octokit: WithBase }).octokit;
}

function createAsk({ mayPushWorkflows }: GithubAppOptions, client: ReturnType<typeof createAppClient>) {
  return async ({ installationId, repo, use }: TokenRequest, privateKey: string) => {
    const { data } = await client(privateKey).request("POST /app/installations/{installation_id}/access_tokens", {
      installation_id: installationId,
      repositories: [repo],
      permissions: permissionsOf(use, mayPushWorkflows),
    });
    return Answer.parse(data);
  };
}

function answerOf(err: unknown) {
  if (err instanceof Error && "status" in err && typeof err.status === "number" && err.status >= 400)
    return { kind: "status" as const, status: err.status, text: err.message };
  return { kind: "network" as const, code: networkCode(err) };
}

/** Requests of the service itself, with a token of the App. */
function createRequests({ apiUrl }: GithubAppOptions, send: Send, token: (request: TokenRequest) => Promise<Minted>) {
  return {
    /** The repository's default branch as the host has it. */
    defaultBranch: async (request: TokenRequest): Promise<string | undefined> => {
      const minted = await token({ ...request, use: "read" });
      if (minted.kind === "failed") return undefined;
      const { owner, repo } = request;
      const headers = { authorization: `Bearer ${minted.token}`, "user-agent": "thor" };
      const response = await send(`${apiUrl}/repos/${owner}/${repo}`, { headers }).catch(() => undefined);
      const parsed = Repository.safeParse(await response?.json().catch(() => undefined));
      return parsed.success ? parsed.data.default_branch : undefined;
    },
    /** One request of the service itself, answered with its status; a failure has none. */
    ask: async (request: TokenRequest, asked: { method: "GET" | "POST"; path: string; body?: unknown }) => {
      const minted = await token(request);
      if (minted.kind === "failed") return undefined;
      const headers = {
        authorization: `Bearer ${minted.token}`,
        "user-agent": "thor",
        "content-type": "application/json",
      };
      const { method, path, body } = asked;
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await send(`${apiUrl}/repos/${request.owner}/${request.repo}/${path}`, init).catch(
        () => undefined,
      );
      await response?.body?.cancel();
      return response?.status;
    },
  };
}

const PAGES = 10;
const PAGE = 100;

/** Reads back to `since`, at most a thousand deliveries. */
async function redeliver(client: Octokit, since: number): Promise<number> {
  const found: HookDeliveries = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const query = { per_page: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const { data, headers } = await client.request("GET /app/hook/deliveries", query);
    found.push(...HookDeliveries.parse(data));
    cursor = /[?&]cursor=([^&>]+)[^>]*>; rel="next"/.exec(headers.link ?? "")?.[1];
    const last = found.at(-1);
    if (cursor === undefined || last === undefined || last.delivered_at < since) break;
  }
  const ids = untaken(found, since);
  for (const id of ids) await client.request("POST /app/hook/deliveries/{delivery_id}/attempts", { delivery_id: id });
  return ids.length;
}

/** Binds the App to its key; every answer is a token or a class of failure, never an exception. */
export function createGithubApp(options: GithubAppOptions) {
  const { clock, log } = options;
  const readKey = createKey(options.keyFile);
  const { send, close } = createFetch(options.caFile);
  const cache = new Map<string, { token: string; expiresAt: number }>();
  const flights = new Map<string, Promise<Minted>>();
  const client = createAppClient(options, send);
  const ask = createAsk(options, client);

  const failed = (request: TokenRequest, failure: MintFailure): Minted => {
    const { owner, repo } = request;
    log.error({ event: "token_mint_failed", class: failure.class, owner, repo }, "no token from the git host");
    return { kind: "failed", ...failure };
  };

  const mint = async (request: TokenRequest, key: string): Promise<Minted> => {
    const privateKey = readKey();
    if (privateKey === undefined) return failed(request, failureOf({ kind: "key" }, request));
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { token, expires_at } = await ask(request, privateKey);
        cache.set(key, { token, expiresAt: Date.parse(expires_at) });
        log.info({ event: "token_minted", class: "ok", repo: request.repo, use: request.use }, "token minted");
        return { kind: "token", token };
      } catch (err) {
        const failure = failureOf(answerOf(err), request);
        if (failure.class !== "unavailable" || attempt === TRIES) return failed(request, failure);
        await new Promise((resolve) => setTimeout(resolve, 200 * attempt * (1 + clock.chance())));
      }
    }
  };

  const token = async (request: TokenRequest): Promise<Minted> => {
    const key = [request.installationId, request.repo.toLowerCase(), request.use].join("/");
    const known = cache.get(key);
    if (known !== undefined && known.expiresAt - clock.now() >= RENEW_BEFORE_MS)
      return { kind: "token", token: known.token };
    const flight = flights.get(key) ?? mint(request, key).finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };

  return {
    token,
    /** Tokens that may still work, for taking them out of output. */
    held: () => [...cache.values()].map((entry) => entry.token),
    evict: (given: string) => {
      for (const [key, entry] of cache) if (entry.token === given) cache.delete(key);
    },
    ...createRequests(options, send, token),
    /** Has GitHub deliver again what nobody took since then; answers how many, or undefined when GitHub cannot be asked. */
    redeliverUntaken: async (since: number): Promise<number | undefined> => {
      const privateKey = readKey();
      if (privateKey === undefined) return undefined;
      try {
        return await redeliver(client(privateKey), since);
      } catch (err) {
        log.warn({ event: "redelivery_failed", err }, "GitHub's deliveries were not listed");
        return undefined;
      }
    },
    close,
  };
}
export type GithubApp = ReturnType<typeof createGithubApp>;
