import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { sha256Hex } from "@thor/kit/derived-key";
import { createIds } from "@thor/kit/ids";
/** One Thor as operators find it: filled through the ledger's own writes, served by the real admin. */
import { createKeptLog } from "@thor/kit/testing/kept-log";
import { openLedger } from "@thor/ledger/open";
import type { Ledger } from "@thor/ledger/port";
import { z } from "zod";

import { startAdmin } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { fillWorld, type Filled } from "./fill.ts";

export const SECRET = "an internal secret of a test 32 chars+";
export const ORIGIN = "http://thor.test";
const Started = z.object({ addresses: z.array(z.object({ port: z.number() })) });

export const CONFIG_TEXT = `${JSON.stringify(
  {
    owners: { acme: { github_app_installation_id: 1, repos: ["web"] } },
    users: [{ email: "ada@acme.dev", name: "Ada L", slack: "U0ADA0001", github: "ada" }],
    budgets: { perRun: { usd: 10 }, perDay: { usd: 200 } },
  },
  null,
  2,
)}\n`;

export interface World extends Filled {
  ledger: Ledger;
  url: string;
  place: string;
  /** Asks as a signed-in operator. */
  get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  /** Sends a form as a page of ours would. */
  post: (path: string, fields: Record<string, string>, headers?: Record<string, string>) => Promise<Response>;
  send: (path: string, body: URLSearchParams, headers?: Record<string, string>) => Promise<Response>;
  /** The token that pages carry. */
  token: () => Promise<string>;
  /** What admin has logged. */
  logged: { event: string }[];
  close: () => Promise<void>;
}

export const headersOf = (email = "ada@acme.dev", role = "admin") => ({
  [INTERNAL_SECRET_HEADER]: SECRET,
  "x-vouch-user": email,
  "x-thor-role": role,
});

const openStore = async (place: string) => {
  const url = `sqlite:${join(place, "data/thor.db")}`;
  const opened = await openLedger({ url, service: "test", instance: "one", secret: SECRET });
  if (opened.kind !== "opened") throw new Error(opened.kind);
  return opened.ledger;
};

/** A port that nobody listens on right now; browsers send it as part of their origin. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Opens a world of its own below the system's temporary directory. */
export async function openWorld({
  isOnItsOwnOrigin = false,
  remoteCliUrl = "http://127.0.0.1:9",
} = {}): Promise<World> {
  const place = mkdtempSync(join(tmpdir(), "thor-admin-"));
  for (const name of ["config", "cron", "data"]) mkdirSync(join(place, name), { recursive: true });
  writeFileSync(join(place, "config/thor.json"), CONFIG_TEXT);
  const ledger = await openStore(place);
  const text = CONFIG_TEXT;
  await ledger.saveConfigVersion({ file: "thor.json", sha256: sha256Hex(text), text, author: "file", origin: "file" });
  const filled = await fillWorld(ledger, createIds(Date.now));
  const { lines, log } = createKeptLog();
  const env = {
    PORT: isOnItsOwnOrigin ? String(await freePort()) : "0",
    THOR_BIND_ADDRESS: "127.0.0.1",
    THOR_WORKSPACE_DIR: place,
    THOR_INTERNAL_SECRET: SECRET,
    RUNNER_BASE_URL: ORIGIN,
    REMOTE_CLI_URL: remoteCliUrl,
    THOR_ENV_LABEL: "test",
    THOR_SIMULATED: "slack,model",
    SLACK_WORKSPACE_URL: "https://acme.slack.com",
  };
  const own = isOnItsOwnOrigin ? { RUNNER_BASE_URL: `http://127.0.0.1:${env.PORT}` } : {};
  const admin = await startAdmin(readConfig({ ...env, ...own }), log);
  const { port } = Started.parse(lines.find(({ event }) => event === "admin_started")).addresses[0] ?? { port: 0 };
  const url = `http://127.0.0.1:${port}`;
  const get: World["get"] = (path, headers) =>
    fetch(`${url}${path}`, { headers: { ...headersOf(), ...headers }, redirect: "manual" });
  const token = async () => /name="_csrf" value="([^"]+)"/.exec(await (await get("/admin")).text())?.[1] ?? "";
  const send: World["send"] = (path, body, headers) =>
    fetch(`${url}${path}`, {
      method: "POST",
      redirect: "manual",
      headers: { ...headersOf(), origin: ORIGIN, ...headers },
      body,
    });
  const post: World["post"] = async (path, fields, headers) =>
    send(path, new URLSearchParams({ _csrf: await token(), ...fields }), headers);
  return {
    ...filled,
    ledger,
    url,
    place,
    get,
    post,
    send,
    token,
    logged: lines,
    close: async () => {
      await admin.close();
      await ledger.close();
      rmSync(place, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
