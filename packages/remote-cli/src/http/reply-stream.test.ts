import { ExecLine } from "@thor/domain/exec";
import { fastify } from "fastify";
import { expect, it } from "vitest";

import { openStream } from "./reply-stream.ts";

it("sends headers at once, a sign of life while nothing is said, and exactly one exit line, last", async () => {
  const server = fastify();
  let finish: () => void = () => undefined;
  server.get("/", (_request, reply) => {
    reply.hijack();
    const stream = openStream(reply, 5);
    stream.write({ type: "stdout", data: "ä" });
    finish = () => {
      stream.end(3);
      stream.write({ type: "stdout", data: "too late" });
      stream.end(4);
    };
  });
  const base = await server.listen({ port: 0, host: "127.0.0.1" });
  const response = await fetch(base);
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  const lines: ExecLine[] = [];
  let rest = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((part) => ExecLine.parse(JSON.parse(part))));
    if (lines.filter(({ type }) => type === "heartbeat").length >= 2) finish();
  }
  await server.close();
  expect(lines[0]).toEqual({ type: "stdout", data: "ä" });
  expect(lines.filter(({ type }) => type === "exit")).toEqual([{ type: "exit", exitCode: 3 }]);
  expect(lines.at(-1)).toEqual({ type: "exit", exitCode: 3 });
});
