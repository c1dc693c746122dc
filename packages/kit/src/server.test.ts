import { expect, it } from "vitest";

import { createServer, secretHook } from "./server.ts";
import { silentLog } from "./testing/silent-log.ts";

const SECRET = "s".repeat(32);

it("answers faults as JSON, without a stack, and says what limit was passed", async () => {
  const server = createServer({ log: silentLog, bodyLimitBytes: 10 });
  server.post("/fails", () => Promise.reject(new Error("inner detail")));
  const failed = await server.inject({ method: "POST", url: "/fails", payload: {} });
  expect(failed.statusCode).toBe(500);
  expect(failed.json()).toMatchObject({ error: "internal_error" });
  expect(failed.body).not.toContain("inner detail");
  expect((await server.inject("/nowhere")).json()).toEqual({ error: "not_found" });
  const large = await server.inject({ method: "POST", url: "/fails", payload: { text: "x".repeat(50) } });
  expect(large.statusCode).toBe(413);
  expect(large.json()).toEqual({ error: "body_too_large", limit: 10 });
});

it("refuses a caller without the secret before the body is parsed", async () => {
  const server = createServer({ log: silentLog, bodyLimitBytes: 1000 });
  server.addHook("onRequest", secretHook("x-secret", [SECRET]));
  server.post("/in", () => ({ ok: true }));
  const ask = (secret: string, payload: string) =>
    server.inject({
      method: "POST",
      url: "/in",
      headers: { "x-secret": secret, "content-type": "application/json" },
      payload,
    });
  expect((await ask("wrong", "{not json")).statusCode).toBe(401);
  expect((await ask("", "{}")).statusCode).toBe(401);
  expect((await ask(SECRET, "{}")).json()).toEqual({ ok: true });
});
