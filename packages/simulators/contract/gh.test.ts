import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { type RunningSimulators, startSimulators } from "../src/start.ts";
import { actOn, mintToken } from "./github-client.ts";
import { getJson } from "./sim-client.ts";

const run = promisify(execFile);
const installed = spawnSync("gh", ["--version"], { encoding: "utf8" });
const hasGh = installed.status === 0;
if (!hasGh) process.stderr.write("SKIPPED: the contract with the real gh, because gh is not installed here\n");
const checksHaveJson =
  hasGh && spawnSync("gh", ["pr", "checks", "--help"], { encoding: "utf8" }).stdout.includes("--json");
const VIEW =
  "headRefName,headRefOid,headRepository,headRepositoryOwner,title,body,author,state,isDraft,baseRefName,url";
const CHECKS = "name,state,bucket,link,description,workflow";

let sim: RunningSimulators;
let home: string;
let token: string;
let repo: string;
let sha: string;

beforeAll(async () => {
  sim = await startSimulators();
  home = mkdtempSync(join(tmpdir(), "sim-gh-"));
  token = await mintToken(sim);
  repo = `${new URL(sim.facts.github.gitUrl).host}/acme/demo`;
  const act = (deed: object) => actOn(sim.facts.url, { as: "bob", ...deed });
  ({ sha } = await act({ do: "push", branch: "fix/greeting", message: "Say hello", files: { "src/greet.js": "x" } }));
  await act({ do: "openPull", title: "Fix the greeting", body: "It says Helo", head: "fix/greeting" });
});
afterAll(async () => {
  await sim.close();
  rmSync(home, { recursive: true, force: true });
});

/** The real gh, told where GitHub is by its public settings only. */
async function gh(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = {
    PATH: process.env["PATH"],
    HOME: home,
    GH_CONFIG_DIR: home,
    GH_HOST: new URL(sim.facts.github.gitUrl).host,
    GH_ENTERPRISE_TOKEN: token,
    GH_NO_UPDATE_NOTIFIER: "1",
    GH_PROMPT_DISABLED: "1",
    NO_COLOR: "1",
    SSL_CERT_FILE: sim.facts.github.caFile,
  };
  return run("gh", args, { env, cwd: home, timeout: 20_000 }).then(
    (ended) => ({ code: 0, ...ended }),
    (err: { code?: number; stdout?: string; stderr?: string }) => ({
      code: err.code ?? -1,
      stdout: err.stdout ?? "",
      stderr: err.stderr ?? "",
    }),
  );
}

describe.skipIf(!hasGh)("the real gh", () => {
  it("reads a pull request with every field that the gateway asks for", async () => {
    const { stdout, stderr } = await gh("pr", "view", "2", "--repo", repo, "--json", VIEW);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      headRefName: "fix/greeting",
      headRefOid: sha,
      headRepository: { name: "demo" },
      headRepositoryOwner: { login: "acme" },
      title: "Fix the greeting",
      body: "It says Helo",
      author: { login: "bob" },
      state: "OPEN",
      isDraft: false,
      baseRefName: "main",
      url: `${sim.facts.github.gitUrl}/acme/demo/pull/2`,
    });
  });

  it("reads the checks of a pull request, and fails while one fails", async () => {
    const act = (deed: object) => actOn(sim.facts.url, { branch: "fix/greeting", ...deed });
    await act({ do: "check", name: "test", workflow: "CI", conclusion: "failure" });
    await act({ do: "status", context: "deploy/preview", state: "success", targetUrl: "https://preview.test" });
    const red = await gh("pr", "checks", "2", "--repo", repo);
    expect(red.stderr).toBe("");
    expect(red.code).toBe(1);
    expect(red.stdout).toMatch(/^test\tfail\t/m);
    expect(red.stdout).toMatch(/^deploy\/preview\tpass\t/m);
    await act({ do: "check", name: "test", workflow: "CI", conclusion: "success" });
    expect(await gh("pr", "checks", "2", "--repo", repo)).toMatchObject({ code: 0 });
  });

  it.skipIf(!checksHaveJson)("reads checks as JSON where gh can", async () => {
    const { stdout } = await gh("pr", "checks", "2", "--repo", repo, "--json", CHECKS);
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ name: "test", workflow: "CI", bucket: "pass" }),
    );
  });

  it("says in GitHub's words that there is no such pull request or repository", async () => {
    const pull = await gh("pr", "view", "99", "--repo", repo, "--json", VIEW);
    expect(pull).toMatchObject({ code: 1, stderr: expect.stringContaining("Could not resolve to a PullRequest") });
    const foreign = await gh("pr", "view", "2", "--repo", repo.replace("demo", "other"), "--json", VIEW);
    expect(foreign).toMatchObject({ code: 1, stderr: expect.stringContaining("Could not resolve to a Repository") });
  });

  it("reads an issue and lists issues and pull requests", async () => {
    const issue = await gh("issue", "view", "1", "--repo", repo, "--json", "title,body,author,state,comments");
    expect(JSON.parse(issue.stdout)).toMatchObject({ title: "The greeting has a typo", state: "OPEN" });
    expect((await gh("issue", "list", "--repo", repo)).stdout).toContain("The greeting has a typo");
    expect((await gh("pr", "list", "--repo", repo)).stdout).toContain("Fix the greeting");
  });

  it("posts, corrects and finds a comment by the API, and reacts to it once", async () => {
    const at = "repos/acme/demo/issues";
    const made = await gh("api", "-X", "POST", `${at}/2/comments`, "-f", "body=<!-- thor:1 --> on it");
    const { id } = z.object({ id: z.number() }).parse(JSON.parse(made.stdout));
    await gh("api", "-X", "PATCH", `${at}/comments/${id}`, "-f", "body=<!-- thor:1 --> done");
    expect((await gh("api", "-X", "GET", `${at}/2/comments`)).stdout).toContain("<!-- thor:1 --> done");
    for (const place of [`${at}/comments/${id}`, `${at}/2`])
      for (const _ of ["first", "again"])
        expect(await gh("api", "-X", "POST", `${place}/reactions`, "-f", "content=eyes")).toMatchObject({ code: 0 });
    expect(JSON.parse((await gh("api", `${at}/comments/${id}/reactions`)).stdout)).toHaveLength(1);
  });

  it("is refused by a wrong token", async () => {
    const good = token;
    token = "ghs_forged";
    const refused = await gh("pr", "view", "2", "--repo", repo, "--json", "title");
    token = good;
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("401") });
  });

  it("asks for nothing that the simulator has not", async () => {
    expect(await getJson(`${sim.facts.url}/_sim/violations`, z.array(z.unknown()))).toEqual([]);
  });
});
