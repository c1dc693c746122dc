/** What an operator does about a request besides deciding it goes to remote-cli, which a test plays on the wire. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

import { ApprovalSteering } from "@thor/domain/approval";
import { expect, it, onTestFinished } from "vitest";

import { openWorld, SECRET } from "./world.ts";

async function startRemoteCli() {
  const heard: unknown[] = [];
  const says = { status: 200, body: { kind: "done" } as object };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const asked = ApprovalSteering.safeParse(JSON.parse(body));
      const isProven = request.headers["x-thor-internal-secret"] === SECRET && request.url === "/internal/approval";
      heard.push(asked.data);
      response.writeHead(isProven && asked.success ? says.status : 401, { "content-type": "application/json" });
      return response.end(JSON.stringify(says.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`, heard, says };
}

it("withdraws with a reason, reposts, settles, and says when remote-cli is away or sees it otherwise", async () => {
  const remote = await startRemoteCli();
  const world = await openWorld({ remoteCliUrl: remote.url });
  onTestFinished(() => world.close());
  const id = world.approvalId;
  const page = `/admin/approvals/${id}`;
  const html = await (await world.get(page)).text();
  for (const word of ["Repost card", "Withdraw…"]) expect(html).toContain(word);
  const act = (name: string, fields: Record<string, string> = {}) =>
    world.post(`${page}/${name}`, { confirmed: "1", ...fields });
  expect((await act("withdraw", { reason: "" })).status).toBe(400);
  expect(remote.heard).toEqual([]);
  expect((await act("withdraw", { reason: "not needed any more" })).status).toBe(303);
  expect((await act("repost")).status).toBe(303);
  expect((await act("settle", { happened: "1", reason: "the issue is there" })).status).toBe(303);
  const by = "ada@acme.dev";
  expect(remote.heard).toEqual([
    { act: "withdraw", id, by, reason: "not needed any more" },
    { act: "repost", id, by },
    { act: "settle", id, happened: true, by, reason: "the issue is there" },
  ]);
  remote.says.body = { kind: "refused", text: "Only a card that waits can be posted afresh." };
  const stale = await act("repost");
  expect([stale.status, (await stale.text()).includes("Only a card that waits")]).toEqual([409, true]);
  remote.says.status = 503;
  const away = await act("repost");
  expect((await away.text()).includes("remote-cli did not answer")).toBe(true);
});
