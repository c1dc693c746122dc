import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { requestJson } from "./json-client.ts";

const schema = z.object({ n: z.number() });

async function serve(answer: (path: string) => { status: number; body: string } | "hang"): Promise<string> {
  const server = createServer((request, response) => {
    const given = answer(request.url ?? "");
    if (given !== "hang") response.writeHead(given.status, { "retry-after": "2" }).end(given.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

it("tells apart a good answer, a refusal, an unreadable answer, silence and nobody there", async () => {
  const base = await serve((path) => {
    if (path === "/ok") return { status: 200, body: '{"n":1}' };
    if (path === "/no") return { status: 429, body: "later" };
    return path === "/odd" ? { status: 200, body: "<html>" } : "hang";
  });
  const ask = (path: string, timeoutMs = 10_000) => requestJson({ url: base + path, method: "GET", timeoutMs, schema });
  expect(await ask("/ok")).toEqual({ kind: "ok", status: 200, body: { n: 1 } });
  expect(await ask("/no")).toEqual({ kind: "refused", status: 429, text: "later", retryAfterMs: 2000 });
  expect((await ask("/odd")).kind).toBe("unknown");
  expect((await ask("/hang", 100)).kind).toBe("unknown");
  expect(
    await requestJson({ url: `http://127.0.0.1:${await closedPort()}/`, timeoutMs: 10_000, schema }),
  ).toMatchObject({
    kind: "unreachable",
  });
});
