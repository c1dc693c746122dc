/** A gateway with GitHub set up: signed deliveries in, and a remote-cli that a test scripts. */
import { createHmac, randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { onTestFinished } from "vitest";
import { z } from "zod";

import { BOT_ID, INSTALLATION } from "./github-payloads.ts";
import { startWorld, type World } from "./world.ts";

const WEBHOOK_SECRET = "github-test-webhook-secret";

const Command = z.object({ bin: z.string(), args: z.array(z.string()), cwd: z.string() });
type Command = z.infer<typeof Command>;
interface Result {
  stdout?: string;
  stderr?: string;
  exitCode?: number;
}
/** What remote-cli answers; a number is an HTTP status, and nothing at all is a connection that breaks. */
type Script = (command: Command, earlier: number) => Result | number | undefined;

const VIEW = {
  headRefName: "feature",
  headRefOid: "a".repeat(40),
  headRepository: { name: "demo" },
  headRepositoryOwner: { login: "acme" },
  author: { login: "alice" },
  baseRefName: "main",
  isDraft: false,
};
export const view = (more: object = {}): Result => ({ stdout: JSON.stringify({ ...VIEW, ...more }) });
const lineOf = ({ bin, args }: Command) => [bin, ...args].join(" ");

async function startRemoteCli(script: () => Script) {
  const heard: Command[] = [];
  const redeliveries: unknown[] = [];
  const server = createServer((request, response) => {
    if (request.method === "GET")
      return void response.writeHead(200, { "content-type": "application/json" }).end('{"status":"ok"}');
    void text(request).then((body) => {
      if (request.url === "/internal/github/redeliver") {
        redeliveries.push(JSON.parse(body));
        return response.writeHead(200, { "content-type": "application/json" }).end('{"redelivered":0}');
      }
      const command = Command.parse(JSON.parse(body));
      const earlier = heard.filter((one) => lineOf(one) === lineOf(command)).length;
      heard.push(command);
      const result = script()(command, earlier);
      if (result === undefined) return response.destroy();
      if (typeof result === "number") return response.writeHead(result).end("{}");
      const answer = { stdout: "", stderr: "", exitCode: 0, ...result };
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, heard, redeliveries };
}

interface Posting {
  event: string;
  id?: string;
  headers?: Record<string, string>;
}

export interface GithubWorld extends World {
  /** Every command that remote-cli was asked to run, as one line. */
  commands: () => string[];
  setRemote: (script: Script) => void;
  /** What the gateway asked to be delivered again. */
  redeliveries: readonly unknown[];
  deliver: (body: object | string, posting: Posting) => Promise<{ status: number; body: Record<string, unknown> }>;
  /** Makes a directory that looks like a clone of `origin`. */
  clone: (name: string, origin: string) => void;
}

const CONFIG = {
  owners: { Acme: { github_app_installation_id: INSTALLATION } },
  users: [{ email: "vip@example.com", name: "Vip", github: "Vip" }],
};

export async function startGithubWorld(
  settings: { env?: Record<string, string>; config?: object } = {},
): Promise<GithubWorld> {
  let script: Script = (command) => (command.args[1] === "view" ? view() : {});
  const remote = await startRemoteCli(() => script);
  const world = await startWorld({
    env: {
      GITHUB_APP_SLUG: "Thor",
      GITHUB_APP_BOT_ID: String(BOT_ID),
      GITHUB_WEBHOOK_SECRET: WEBHOOK_SECRET,
      REMOTE_CLI_URL: remote.url,
      THOR_CI_POLL_MS: "200",
      ...settings.env,
    },
    config: { ...CONFIG, ...settings.config },
  });
  const clone = (name: string, origin: string) => {
    mkdirSync(join(world.workspace, "repos", name, ".git"), { recursive: true });
    const config = `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${origin}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`;
    writeFileSync(join(world.workspace, "repos", name, ".git/config"), config);
  };
  clone("demo", "https://github.com/acme/demo.git");
  return {
    ...world,
    clone,
    redeliveries: remote.redeliveries,
    commands: () => remote.heard.map(lineOf),
    setRemote: (next) => {
      script = next;
    },
    deliver: async (payload, { event, id = randomUUID(), headers = {} }) => {
      const body = typeof payload === "string" ? payload : JSON.stringify(payload);
      const signature = `sha256=${createHmac("sha256", WEBHOOK_SECRET).update(body).digest("hex")}`;
      const response = await fetch(`${world.url}/github/webhook/`, {
        method: "POST",
        body,
        headers: {
          "content-type": "application/json",
          "x-github-event": event,
          "x-github-delivery": id,
          "x-hub-signature-256": signature,
          ...headers,
        },
      });
      return { status: response.status, body: z.record(z.string(), z.unknown()).parse(await response.json()) };
    },
  };
}
