import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { createWorld, CRON_SECRET, type World } from "./world.ts";

const MAIN = join(import.meta.dirname, "..", "src", "hey-thor.ts");

function heyThor(world: World, args: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const options = { env: { PATH: process.env["PATH"], ...world.env, ...env }, timeout: 20_000 };
    execFile(process.execPath, [MAIN, ...args], options, (err, stdout, stderr) =>
      resolve({ code: err === null ? 0 : err.code, stdout, stderr }),
    );
  });
}

describe("hey-thor", () => {
  it("posts once under a key of its own and prints the conversation's key and link", async () => {
    const world = await createWorld();
    world.script((post) => ({ status: 200, body: { correlationKey: post.body.correlationKey, eventId } }));
    const admitted = await world.ledger.admit({
      provider: "cron",
      deliveryKey: "d",
      eventType: "cron",
      refs: {},
      event: {
        source: "cron",
        kind: "cron.prompt",
        correlationKey: "git:branch:demo:main",
        bind: "anchor",
        human: false,
        urgent: true,
        interrupt: false,
        gate: "open",
        actors: {},
        externalAuthor: false,
        sourceAt: 1,
        payload: {},
      },
    });
    const { eventId, anchorId } =
      admitted.kind === "accepted" ? admitted : { eventId: "not admitted", anchorId: "not admitted" };
    const args = ["--key", "git:branch:demo:main", "--", "look at it"];
    const said = await heyThor(world, args, { RUNNER_BASE_URL: "http://thor.test" });
    expect(said).toMatchObject({ code: 0, stdout: `git:branch:demo:main\nhttp://thor.test/runner/v/${anchorId}\n` });
    expect(world.posts).toMatchObject([{ key: expect.stringMatching(/^manual:/), body: { prompt: "look at it" } }]);
  });

  it("says with its exit code what happened, and never the secret", async () => {
    const world = await createWorld();
    const said = [
      await heyThor(world, ["--dry-run", "--", "p"]),
      await heyThor(world, ["--", "p", "q"]),
      await heyThor(world, ["--dir", "/etc", "--", "p"]),
      await heyThor(world, ["--", "p"], { GATEWAY_URL: "http://127.0.0.1:1" }),
    ];
    world.script(() => ({ status: 401, body: { error: "Unauthorized" } }));
    said.push(await heyThor(world, ["--", "p"]));
    expect(said.map(({ code }) => code)).toEqual([0, 2, 2, 4, 3]);
    expect(JSON.parse(said[0]?.stdout ?? "")).toEqual({ prompt: "p", directory: `${world.workspace}/repos/demo` });
    expect(said.at(-1)?.stderr).toContain("CRON_SECRET");
    expect(JSON.stringify(said)).not.toContain(CRON_SECRET);
  });

  it("checks a file and lists the next times", async () => {
    const world = await createWorld();
    world.write("0 9 * * * hey-thor -- 'p'");
    const other = join(world.workspace, "draft");
    writeFileSync(other, "0 9 * * * hey-thor 'p'\n");
    const [good, bad, missing] = [
      await heyThor(world, ["--list"]),
      await heyThor(world, ["--check", other]),
      await heyThor(world, ["--check", join(world.workspace, "nowhere")]),
    ];
    expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/next: (\d{4}-\d\d-\d\d 09:00 {0,2}){5}/) });
    expect(bad).toMatchObject({ code: 2, stdout: expect.stringContaining("write -- before the prompt") });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("is not there") });
  });
});
