import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { eventually } from "@thor/kit/testing/eventually";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it, onTestFinished } from "vitest";

const LAUNCHERS = fileURLToPath(new URL("../src/launchers", import.meta.url));
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const OPENCODE = join(
  createRequire(join(ROOT, "package.json")).resolve(`opencode-${process.platform}-${process.arch}/package.json`),
  "..",
  "bin",
  "opencode",
);
const RUNTIMES = [
  ["node", process.execPath],
  ["the embedded runtime", OPENCODE],
] as const;
const TOKEN = "v1.the-token-of-the-session";

interface Seen {
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** A remote-cli that answers as told and remembers what it was asked. */
async function startServer(answer: (response: ServerResponse, count: number) => void) {
  const seen: Seen[] = [];
  let closed = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    response.on("close", () => (closed += response.writableEnded ? 0 : 1));
    request.on("end", () => {
      seen.push({ path: request.url ?? "", headers: request.headers, body });
      answer(response, seen.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`,
    seen,
    closed: () => closed,
  };
}

const json = (status: number, value: unknown) => (response: ServerResponse) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
const lines =
  (...all: unknown[]) =>
  (response: ServerResponse) =>
    response
      .writeHead(200, { "content-type": "application/x-ndjson" })
      .end(all.map((line) => `${JSON.stringify(line)}\n`).join(""));

interface Start {
  url: string;
  stdin?: string;
  runtime?: string;
  env?: Record<string, string>;
  cwd?: string;
}
function start(
  name: string,
  args: readonly string[],
  { url, stdin = "", runtime = process.execPath, env = {}, cwd = "/" }: Start,
) {
  const child = spawn(join(LAUNCHERS, name), args, {
    cwd,
    env: {
      PATH: "/usr/bin:/bin",
      HOME: "/nonexistent",
      THOR_CLI_RUNTIME: runtime,
      THOR_REMOTE_CLI_URL: url,
      THOR_OPENCODE_SESSION_ID: "ses_1",
      THOR_OPENCODE_SESSION_TOKEN: TOKEN,
      THOR_OPENCODE_CALL_ID: "call_1",
      ...env,
    },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  child.stdin.on("error", () => undefined).end(stdin);
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, stdout, stderr })),
  );
  return { child, ended };
}

it.each(RUNTIMES)("prints the same bytes and exit code on %s", async (_, runtime) => {
  const server = await startServer(
    lines(
      { type: "stdout", data: "ä\n" },
      { type: "heartbeat" },
      { type: "stderr", data: "note\n" },
      { type: "exit", exitCode: 3 },
    ),
  );
  expect(await start("git", ["status", "a b"], { url: server.url, runtime }).ended).toEqual({
    code: 3,
    stdout: "ä\n",
    stderr: "note\n",
  });
  const [asked] = server.seen;
  expect(asked).toMatchObject({
    path: "/exec/git",
    headers: { "x-thor-session-id": "ses_1", "x-thor-session-token": TOKEN, "x-thor-call-id": "call_1" },
  });
  expect(JSON.parse(asked?.body ?? "")).toEqual({ args: ["status", "a b"], cwd: "/" });
  const down = await start("git", ["status"], { url: "http://127.0.0.1:1", runtime }).ended;
  expect(down).toMatchObject({ code: 1, stdout: "" });
  expect(down.stderr).toMatch(/^Failed to reach remote-cli: [^\n]+ endpoint=git sessionId=ses_1 callId=call_1\n$/);
  expect(down.stderr).not.toContain(TOKEN);
});

it("ends with the signal's code, and the request ends with it", async () => {
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    const server = await startServer((response) =>
      response.writeHead(200, { "content-type": "application/x-ndjson" }).flushHeaders(),
    );
    const { child, ended } = start("git", ["fetch"], { url: server.url });
    await eventually("the request arrived", () => server.seen.length > 0 || undefined);
    child.kill(signal);
    expect((await ended).code).toBe(code);
    await eventually("the request was aborted", () => server.closed() === 1 || undefined);
  }
});

it("ends the request when nobody reads any more, as in a pipe into head", async () => {
  const server = await startServer((response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    const timer = setInterval(() => response.write(`${JSON.stringify({ type: "stdout", data: "line\n" })}\n`), 5);
    response.on("close", () => clearInterval(timer));
  });
  const { child, ended } = start("git", ["log"], { url: server.url });
  child.stdout.once("data", () => child.stdout.destroy());
  expect((await ended).code).toBe(141);
  await eventually("the request was aborted", () => server.closed() === 1 || undefined);
});

it("repeats nothing that may have had an effect", async () => {
  const cut = await startServer((response) => response.destroy());
  expect((await start("git", ["push"], { url: cut.url }).ended).code).toBe(1);
  expect(cut.seen).toHaveLength(1);
  const stopping = await startServer((response, count) =>
    (count < 3
      ? json(503, { stdout: "", stderr: "stopping\n", exitCode: 75 })
      : json(200, { stdout: "ok\n", stderr: "", exitCode: 0 }))(response),
  );
  expect(await start("git", ["push"], { url: stopping.url }).ended).toMatchObject({ code: 0, stdout: "ok\n" });
  expect(stopping.seen).toHaveLength(3);
});

it.each([
  ["a stream without an end", lines({ type: "stdout", data: "x" }), "remote-cli closed the stream early\n"],
  [
    "a page",
    (response: ServerResponse) => response.writeHead(502, { "content-type": "text/html" }).end("<html>bad</html>"),
    "HTTP 502: <html>bad</html>\n",
  ],
  ["other JSON", json(200, { surprise: TOKEN }), "remote-cli sent an answer that cannot be read\n"],
  ["a line that is none", lines({ type: "exit" }), "remote-cli sent a line that cannot be read\n"],
  ["a call without a right to act", json(401, { stdout: "", stderr: "Unauthorized\n", exitCode: 1 }), "Unauthorized\n"],
  ["a refusal", json(400, { stdout: "", stderr: "Reason: no\n", exitCode: 1 }), "Reason: no\n"],
])("says in one line what is wrong with %s", async (_, answer, stderr) => {
  const server = await startServer((response) => void answer(response));
  const ended = await start("git", ["status"], { url: server.url }).ended;
  expect(ended).toMatchObject({ code: 1, stderr });
});

it("sends standard input only where the command reads it, and files that only this side can see", async () => {
  const server = await startServer(json(200, { stdout: "", stderr: "", exitCode: 0 }));
  const directory = tempDir();
  const file = join(directory, "blocks.json");
  writeFileSync(file, "[1]");
  const send = async (name: string, args: string[]) => {
    await start(name, args, { url: server.url, stdin: "words\n" }).ended;
    return JSON.parse(server.seen.at(-1)?.body ?? "");
  };
  expect(await send("git", ["log", "-"])).not.toHaveProperty("stdin");
  expect(await send("git", ["commit", "-F", "-"])).toHaveProperty("stdin", "words\n");
  expect(await send("gh", ["pr", "comment", "1", "--body-file", "-"])).toHaveProperty("stdin", "words\n");
  expect(await send("gh", ["pr", "view", "-"])).not.toHaveProperty("stdin");
  expect(await send("metabase", ["query", "-"])).toHaveProperty("stdin", "words\n");
  expect(await send("psql", ["db", "-c", "-"])).not.toHaveProperty("stdin");
  expect(await send("slack-post-message", ["--channel", "C1", `--blocks-file=${file}`])).toMatchObject({
    stdin: "words\n",
    inlineFiles: [{ path: file, dataBase64: Buffer.from("[1]").toString("base64") }],
  });
  const asked = server.seen.length;
  expect(await start("slack-post-message", ["--help"], { url: server.url }).ended).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("usage:"),
  });
  expect(server.seen).toHaveLength(asked);
});

it("explains the heredoc instead of asking for a text that the shell may have changed", async () => {
  const server = await startServer(json(200, { stdout: "", stderr: "", exitCode: 0 }));
  const own = ["--body x", "--body=x", "-b x", "-bx", "-db x", "--body-file f", "--body-file=f", "-F -"];
  const all = [
    ...own.map((words) => `pr comment 1 ${words}`),
    "issue create --title t -b x",
    "api repos/a/b -f body=x",
  ];
  const ended = await Promise.all(all.map((line) => start("gh", line.split(" "), { url: server.url }).ended));
  for (const { code, stderr } of ended)
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("<<'EOF'") });
  expect(server.seen).toEqual([]);
  const fine = ["gh pr create -Bbase -Hfeat/b --body-file -", "gh pr list -b x", "git push -b"];
  for (const line of fine) {
    const [name = "", ...args] = line.split(" ");
    expect(await start(name, args, { url: server.url }).ended).toMatchObject({ code: 0 });
  }
});

it("refuses a search through everything, and follows no link", async () => {
  const directory = tempDir();
  mkdirSync(join(directory, "src"));
  const echo = join(directory, "real-rg");
  writeFileSync(echo, '#!/bin/sh\necho "real $*"\n', { mode: 0o755 });
  const env = { THOR_REAL_RG: echo, THOR_RG_CWD_OVERRIDE: "/workspace" };
  const rg = (...args: string[]) => start("rg", args, { url: "", env }).ended;
  expect(await rg("-g", "/workspace/repos/**", "x", ".")).toMatchObject({ code: 2, stdout: "" });
  expect(await rg("--glob=/home/**", "x")).toMatchObject({ code: 2, stdout: "" });
  expect(await rg("x", "src")).toMatchObject({ code: 0, stdout: "real x src\n" });
  expect(await rg("-g", "*.ts", "--follow", "-L", "x", ".")).toMatchObject({ code: 0, stdout: "real -g *.ts x .\n" });
});

it.each(["npm", "npx", "pnpm", "pnpx", "corepack"])("sends %s to the sandbox (C5)", async (name) => {
  const server = await startServer(lines({ type: "exit", exitCode: 0 }));
  expect(await start(name, ["test", "--", "a b"], { url: server.url }).ended).toMatchObject({ code: 0 });
  const [asked] = server.seen;
  expect(asked?.path).toBe("/exec/sandbox");
  expect(JSON.parse(asked?.body ?? "")).toEqual({ args: [name, "test", "--", "a b"], cwd: "/" });
});

it("sends sandbox as it was typed", async () => {
  const server = await startServer(lines({ type: "exit", exitCode: 7 }));
  expect(await start("sandbox", ["--timeout", "5m", "make"], { url: server.url }).ended).toMatchObject({ code: 7 });
  expect(JSON.parse(server.seen[0]?.body ?? "")).toMatchObject({ args: ["--timeout", "5m", "make"] });
});
