import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, expect, it } from "vitest";

import { startSimulators, type RunningSimulators } from "../src/start.ts";
import { appOf, mintToken as mintIn, trusting } from "./github-client.ts";
import { getJson, moveClock, Refs } from "./sim-client.ts";

const run = promisify(execFile);
let sim: RunningSimulators;
let home: string;

const app = (overrides?: { appId?: number; privateKey?: string }) => appOf(sim, overrides);
const mintToken = (body?: object) => mintIn(sim, body);
const trustingFetch = (url: string) => trusting(sim)(url);

async function git(cwd: string, ...args: string[]) {
  const env = {
    PATH: process.env["PATH"],
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_SSL_CAINFO: sim.facts.github.caFile,
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "t",
    GIT_AUTHOR_EMAIL: "t@acme.test",
    GIT_COMMITTER_NAME: "t",
    GIT_COMMITTER_EMAIL: "t@acme.test",
  };
  return run("git", args, { cwd, env });
}

const failure = async (call: Promise<unknown>) =>
  call.then(
    () => "no failure",
    (err: { stderr?: string }) => err.stderr ?? "no words",
  );
const remote = (token: string, repo = "demo") =>
  sim.facts.github.gitUrl.replace("https://", `https://x-access-token:${token}@`) + `/acme/${repo}.git`;

beforeAll(async () => {
  sim = await startSimulators();
  home = mkdtempSync(join(tmpdir(), "sim-contract-"));
});
afterAll(async () => {
  await sim.close();
  rmSync(home, { recursive: true, force: true });
});

it("accepts the App's own JWT and mints a token for the asked repository", async () => {
  const { data } = await app().octokit.request("GET /app");
  expect(data?.slug).toBe(sim.facts.github.appSlug);
  const octokit = await app().getInstallationOctokit(sim.facts.github.installationId);
  const repositories = await octokit.request("GET /installation/repositories");
  expect(repositories.data.repositories.map(({ full_name }) => full_name)).toEqual(["acme/demo"]);
});

it("refuses a JWT signed by another key, and one of another App", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const foreign = privateKey.export({ type: "pkcs1", format: "pem" });
  await expect(app({ privateKey: foreign }).octokit.request("GET /app")).rejects.toMatchObject({ status: 401 });
  await expect(app({ appId: 7 }).octokit.request("GET /app")).rejects.toMatchObject({ status: 401 });
});

it("refuses tokens for unknown repositories and for more than the App was granted", async () => {
  await expect(mintToken({ repositories: ["nothing"] })).rejects.toMatchObject({ status: 422 });
  await expect(mintToken({ permissions: { checks: "write" } })).rejects.toMatchObject({ status: 422 });
});

it.each(["1", "2"])("is cloned, fetched from and pushed to by real git, protocol v%s", async (version) => {
  const token = await mintToken();
  const clone = join(home, `clone-v${version}`);
  const v = ["-c", `protocol.version=${version}`];
  await git(home, ...v, "clone", "--quiet", remote(token), clone);
  expect((await git(clone, "log", "--format=%s")).stdout.trim().split("\n")).toEqual([
    "Test the greeting",
    "Greet people over HTTP",
    "Start the demo service",
  ]);
  writeFileSync(join(clone, "note.txt"), `v${version}`);
  await git(clone, "add", "note.txt");
  await git(clone, "commit", "--quiet", "-m", "Add a note");
  await git(clone, ...v, "push", "--quiet", "origin", `HEAD:refs/heads/notes/v${version}`);
  await git(clone, ...v, "fetch", "--quiet", "origin");
  const refs = await getJson(`${sim.facts.url}/_sim/github/refs/acme/demo`, Refs);
  expect(refs[`notes/v${version}`]).toBe((await git(clone, "rev-parse", "HEAD")).stdout.trim());
});

it("gives every machine the same commits", async () => {
  const refs = await getJson(`${sim.facts.url}/_sim/github/refs/acme/demo`, Refs);
  const other = await startSimulators({ seed: "another" });
  const others = await getJson(`${other.facts.url}/_sim/github/refs/acme/demo`, Refs);
  await other.close();
  expect(others["main"]).toBe(refs["main"]);
});

it("refuses a push to the protected branch with GH006", async () => {
  const clone = join(home, "clone-protected");
  await git(home, "clone", "--quiet", remote(await mintToken()), clone);
  await git(clone, "commit", "--quiet", "--allow-empty", "-m", "sneak");
  expect(await failure(git(clone, "push", "origin", "HEAD:refs/heads/main"))).toContain(
    "GH006: Protected branch update failed",
  );
});

it("refuses no token, a forged one, a read-only push and a foreign repository as GitHub does", async () => {
  const plain = `${sim.facts.github.gitUrl}/acme/demo.git`;
  expect(await failure(git(home, "ls-remote", plain))).toContain("could not read Username");
  expect(await failure(git(home, "ls-remote", remote("ghs_forged")))).toMatch(
    /Authentication failed|could not read Password/,
  );
  const readOnly = await mintToken({ repositories: ["demo"], permissions: { contents: "read" } });
  const clone = join(home, "clone-read");
  await git(home, "clone", "--quiet", remote(readOnly), clone);
  expect(await failure(git(clone, "push", "origin", "HEAD:refs/heads/x"))).toContain("403");
  expect(await failure(git(home, "ls-remote", remote(readOnly, "other")))).toContain("not found");
});

it("ends a token after an hour of its own clock", async () => {
  const token = await mintToken();
  const at = (move: object) => moveClock(sim.facts.url, move);
  await at({ advance: "61m" });
  expect(await failure(git(home, "ls-remote", remote(token)))).toMatch(/Authentication failed|could not read Password/);
  await at({ set: new Date().toISOString() });
});

it("keeps its keys from others and vouches for this machine's names only", async () => {
  const { caFile, privateKeyFile, gitUrl } = sim.facts.github;
  expect(statSync(privateKeyFile).mode & 0o777).toBe(0o600);
  expect(statSync(join(caFile, "..", "leaf.key")).mode & 0o777).toBe(0o600);
  await import("reflect-metadata");
  const { X509Certificate } = await import("@peculiar/x509");
  const nameConstraints = new X509Certificate(readFileSync(caFile)).getExtension("2.5.29.30");
  expect(nameConstraints?.critical).toBe(true);
  expect(Buffer.from(nameConstraints?.value ?? new ArrayBuffer()).toString("latin1")).toContain("localhost");
  expect((await trustingFetch(`${gitUrl}/api/v3/rate_limit`)).status).toBe(200);
});

it("answers an unknown path 404 and keeps it as a violation", async () => {
  expect((await trustingFetch(`${sim.facts.github.apiUrl}/repos/acme/demo/unheard-of`)).status).toBe(404);
  expect(await (await fetch(`${sim.facts.url}/_sim/violations`)).text()).toContain("unheard-of");
});
