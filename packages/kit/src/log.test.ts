import { spawn } from "node:child_process";
import { join } from "node:path";

import { expect, it } from "vitest";

const PROGRAM = `
  const { createLogger } = await import(process.argv[1]);
  const log = createLogger("test");
  log.info({ event: "started", token: "hidden-words" }, "started");
  process.stdin.on("end", () => {
    for (let n = 0; n < 2000; n += 1) log.info({ event: "late", n }, "nobody reads this any more");
    process.exit(0);
  }).resume();
`;

it("writes lines without secrets, and lets the process end although nobody reads them any more", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM, join(import.meta.dirname, "log.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
    timeout: 4000,
    killSignal: "SIGKILL",
  });
  const first = await new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk))));
  expect(JSON.parse(first)).toMatchObject({ service: "test", event: "started", msg: "started" });
  expect(first).not.toContain("hidden-words");
  child.stdout.destroy();
  child.stdin.end();
  expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
});
