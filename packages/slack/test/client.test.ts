import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, it, onTestFinished } from "vitest";

import { readVisibility } from "../src/channel.ts";
import { createSlackApi } from "../src/client.ts";
import { createThread } from "../src/thread.ts";

type Answer = { status: number; headers?: Record<string, string>; body: unknown } | "cut";

async function slackThatAnswers(answer: (method: string) => Answer) {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const method = (request.url ?? "").split("/").at(-1) ?? "";
    calls.push(method);
    const given = answer(method);
    if (given === "cut") response.destroy();
    else
      response
        .writeHead(given.status, { "content-type": "application/json", ...given.headers })
        .end(JSON.stringify(given.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { calls, api: createSlackApi({ token: "xoxb-test", baseUrl: `http://127.0.0.1:${port}/slack/api` }) };
}

const message = { channel: "C1", text: "hi", metadata: { event_type: "thor_outbox", event_payload: { id: "1" } } };

it("tells a refusal, a rate limit, a lost answer and a server fault apart, each with one call", async () => {
  const answers: Record<string, Answer> = {
    "chat.postMessage": { status: 200, body: { ok: false, error: "not_in_channel" } },
    "chat.update": { status: 429, headers: { "retry-after": "7" }, body: { ok: false, error: "ratelimited" } },
    "chat.delete": "cut",
    "reactions.add": { status: 500, body: {} },
  };
  const { api, calls } = await slackThatAnswers((method) => answers[method] ?? "cut");
  const thread = createThread(api);
  expect(await thread.post(message)).toEqual({ kind: "refused", code: "not_in_channel" });
  expect(await thread.update({ channel: "C1", ts: "1.000001", text: "x" })).toEqual({
    kind: "limited",
    retryAfterMs: 7000,
  });
  expect((await thread.remove({ channel: "C1", ts: "1.000001" })).kind).toBe("unknown");
  expect((await thread.react({ channel: "C1", ts: "1.000001", name: "eyes" })).kind).toBe("unknown");
  expect(calls).toHaveLength(4);
});

it("counts a reaction that is there already as done", async () => {
  const { api } = await slackThatAnswers(() => ({ status: 200, body: { ok: false, error: "already_reacted" } }));
  expect((await createThread(api).react({ channel: "C1", ts: "1.000001", name: "eyes" })).kind).toBe("ok");
});

it("takes a channel as gated unless Slack says clearly that it is open", async () => {
  const flags = {
    is_private: false,
    is_im: false,
    is_mpim: false,
    is_shared: false,
    is_ext_shared: false,
    is_org_shared: false,
  };
  const seen: Record<string, unknown>[] = [
    flags,
    { ...flags, is_ext_shared: true },
    {},
    { ...flags, is_private: true },
  ];
  const { api } = await slackThatAnswers(() => ({ status: 200, body: { ok: true, channel: seen.shift() } }));
  const read = async () => {
    const answer = await readVisibility(api, "C1");
    return answer.kind === "ok" ? answer.body : answer.kind;
  };
  expect([await read(), await read(), await read(), await read()]).toEqual(["open", "gated", "gated", "gated"]);
});

it("finds a message by its hidden mark on a later page of the thread", async () => {
  const marked = { ts: "3.000001", metadata: { event_type: "thor_outbox", event_payload: { id: "p1" } } };
  const pages = [
    { ok: true, messages: [{ ts: "1.000001" }], response_metadata: { next_cursor: "n" } },
    { ok: true, messages: [marked] },
  ];
  const { api } = await slackThatAnswers(() => ({ status: 200, body: pages.shift() }));
  const found = await createThread(api).find(
    { channel: "C1", threadTs: "1.000001" },
    ({ metadata }) => metadata?.event_payload["id"] === "p1",
  );
  expect(found).toMatchObject({ kind: "ok", body: { ts: "3.000001" } });
});
