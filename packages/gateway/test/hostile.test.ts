/** Whatever arrives at the open doors: a documented refusal or a reason, never a fault of ours, and nothing stored. */
import { createHmac } from "node:crypto";
import { connect } from "node:net";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { startGithubWorld, type GithubWorld } from "./github-world.ts";
import { ledgerOf } from "./world.ts";

const CRON = "cron-secret-of-a-test-with-40-characters";
const DOORS = ["/slack/events", "/slack/interactivity", "/github/webhook", "/cron"] as const;
const TYPES = [
  "application/json",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "",
  "\u00e9",
];
const hmac = (secret: string, body: string) => createHmac("sha256", secret).update(body).digest("hex");

/** Proof that a provider sent these bytes. */
function proofOf(world: GithubWorld, door: (typeof DOORS)[number], body: string): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  switch (door) {
    case "/slack/events":
    case "/slack/interactivity": {
      const signature = `v0=${hmac(world.env["SLACK_SIGNING_SECRET"] ?? "", `v0:${timestamp}:${body}`)}`;
      return { "x-slack-request-timestamp": timestamp, "x-slack-signature": signature };
    }
    case "/github/webhook":
      return {
        "x-hub-signature-256": `sha256=${hmac(world.env["GITHUB_WEBHOOK_SECRET"] ?? "", body)}`,
        "x-github-event": "issue_comment",
        "x-github-delivery": `hostile-${timestamp}`,
      };
    case "/cron":
      return { authorization: `Bearer ${CRON}` };
  }
}

const Answer = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({ error: z.string() }),
  z.object({ challenge: z.string() }),
]);

const envelopes = fc.record(
  {
    type: fc.constantFrom("event_callback", "url_verification", "block_actions", 7),
    event_id: fc.anything(),
    team_id: fc.anything(),
    action: fc.anything(),
    repository: fc.anything(),
    comment: fc.anything(),
    issue: fc.anything(),
    event: fc.oneof(
      fc.anything(),
      fc.record({ type: fc.constant("message"), channel: fc.anything(), ts: fc.string() }),
    ),
  },
  { requiredKeys: [] },
);
const bodies = fc.oneof(
  fc.json(),
  fc.string({ unit: "binary" }),
  envelopes.map((value) => JSON.stringify(value) ?? ""),
  envelopes.map((value) => new URLSearchParams({ payload: JSON.stringify(value) ?? "" }).toString()),
  envelopes.map((value) => (JSON.stringify(value) ?? "").slice(0, -2)),
);

describe("a proven sender's nonsense", () => {
  it("is refused or ignored with a reason, whatever its bytes and its type", async () => {
    const world = await startGithubWorld({ env: { CRON_SECRET: CRON } });
    const run = async (door: (typeof DOORS)[number], body: string, type: string) => {
      const headers = { ...proofOf(world, door, body), ...(type === "" ? {} : { "content-type": type }) };
      const answer = await fetch(world.url + door, { method: "POST", headers, body: Buffer.from(body) });
      expect(answer.status).toBeLessThan(500);
      const said = (await answer.text()) || '{"ok":true}';
      expect(Answer.safeParse(JSON.parse(said)).error).toBeUndefined();
    };
    const property = fc.asyncProperty(fc.constantFrom(...DOORS), bodies, fc.constantFrom(...TYPES), run);
    await fc.assert(property, { numRuns: 300 });
    expect(world.heard).toEqual([]);
    const { rows } = await (await ledgerOf(world)).listEvents({ limit: 10 });
    expect(rows).toEqual([]);
  });
});

/** Sends bytes as they are; answers the first line that came back before the door was shut. */
async function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let heard = "";
  socket.on("data", (chunk) => (heard += chunk.toString("latin1")));
  // A door may shut while the rest is still on its way.
  socket.on("error", () => socket.destroy());
  socket.setTimeout(20_000, () => socket.destroy());
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.end(bytes);
  await closed;
  return heard.split("\r\n")[0] ?? "";
}

describe("what is no request", () => {
  it("ends at the door, which stays open for others", async () => {
    const world = await startGithubWorld();
    const head = "POST /slack/events HTTP/1.1\r\nhost: thor\r\n";
    const many = Array.from({ length: 10_000 }, (_, at) => `x-${at}: 1\r\n`).join("");
    expect(await sendRaw(world.url, `${head}${many}content-length: 2\r\n\r\n{}`)).toBe(
      "HTTP/1.1 431 Request Header Fields Too Large",
    );
    expect(await sendRaw(world.url, `${head}transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n{}`)).toMatch(
      / 400 /,
    );
    expect(await sendRaw(world.url, "\u0000\u0001 nonsense\r\n\r\n")).toMatch(/ 400 /);
    // Cut in the middle of its body: no answer is owed, and none of it counts.
    expect(await sendRaw(world.url, `${head}content-length: 500\r\n\r\n{"type":`)).not.toMatch(/ 200 /);
    expect((await fetch(`${world.url}/health`)).status).toBe(200);
    expect((await (await ledgerOf(world)).listEvents({ limit: 10 })).rows).toEqual([]);
  });

  it("is an old request sent again: a stale signature is none, a fresh one is a duplicate", async () => {
    const world = await startGithubWorld();
    const { botUserId } = world.facts;
    const body = world.envelope({ type: "app_mention", text: `<@${botUserId}> once`, ts: "1700000001.000001" });
    const now = Math.floor(Date.now() / 1000);
    expect((await world.post(body, { timestamp: now - 301 })).status).toBe(401);
    expect((await world.post(body, { timestamp: now + 330 })).status).toBe(401);
    expect((await world.post(body)).body).toMatchObject({ ok: true, eventId: expect.any(String) });
    expect((await world.post(body)).body).toMatchObject({ duplicate: true });
    await world.prompts(1);
    expect(world.heard).toHaveLength(1);
  });
});
