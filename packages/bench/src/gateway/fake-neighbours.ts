/** The gateway's neighbours for load: a Slack that knows one public channel, and a runner (and remote-cli) that takes everything. */
import { createServer, type IncomingMessage, type Server } from "node:http";

export const BOT = "UBENCHBOT";
export const TEAM = "TBENCH";

const SLACK_ANSWERS: Record<string, object> = {
  "auth.test": { ok: true, team_id: TEAM, user_id: BOT, bot_id: "BBENCH", app_id: "ABENCH" },
  "conversations.info": {
    ok: true,
    channel: {
      is_private: false,
      is_im: false,
      is_mpim: false,
      is_shared: false,
      is_ext_shared: false,
      is_org_shared: false,
    },
  },
};

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return `http://127.0.0.1:${address.port}`;
}

export interface Neighbours {
  slackUrl: string;
  runnerUrl: string;
  /** Correlation key → when the runner heard of it (ms), for each hand-over. */
  heard: { key: string; at: number }[];
  close: () => void;
}

export async function startNeighbours(): Promise<Neighbours> {
  const heard: Neighbours["heard"] = [];
  const slack = createServer((request, response) => {
    request.resume();
    const method = (request.url ?? "").split("/").at(-1) ?? "";
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(SLACK_ANSWERS[method] ?? { ok: true, ts: "1.000001", channel: "CBENCH" }));
  });
  const answer = async (request: IncomingMessage): Promise<object> => {
    const at = performance.timeOrigin + performance.now();
    const body: unknown = JSON.parse((await readBody(request)) || "{}");
    const isTrigger = typeof body === "object" && body !== null && "correlationKey" in body;
    const isCommand = typeof body === "object" && body !== null && "bin" in body;
    if (isCommand) return { stdout: "[]", stderr: "", exitCode: 0 };
    if (!isTrigger) return { status: "ok" };
    heard.push({ key: String(body.correlationKey), at });
    return { accepted: true, sessionId: "ses_bench", resumed: false, triggerId: `bench-${heard.length}` };
  };
  const runner = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    void answer(request).then((body) => response.end(JSON.stringify(body)));
  });
  const [slackUrl, runnerUrl] = await Promise.all([listen(slack), listen(runner)]);
  return {
    slackUrl: `${slackUrl}/api`,
    runnerUrl,
    heard,
    close: () => {
      for (const server of [slack, runner]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** A port that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const url = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return Number(new URL(url).port);
}
