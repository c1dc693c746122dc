import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { eventually } from "@thor/kit/testing/eventually";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";

const SRC = fileURLToPath(new URL("../src", import.meta.url));
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PLATFORM = `opencode-${process.platform}-${process.arch}`;
const requireHere = createRequire(join(ROOT, "package.json"));
const OPENCODE = join(requireHere.resolve(`${PLATFORM}/package.json`), "..", "bin", "opencode");
const RG =
  readdirSync(join(ROOT, "node_modules", "@vscode")).map((name) =>
    join(ROOT, "node_modules", "@vscode", name, "bin", "rg"),
  )[0] ?? "";

interface Step {
  tool: string;
  args: Record<string, unknown>;
}
const Chat = z.object({ messages: z.array(z.object({ role: z.string(), content: z.unknown() })), tools: z.unknown() });

/** A model that calls the tools of a script, one after the other, then says done. */
async function startModel(script: readonly Step[]) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      requests.push(text);
      const { messages } = Chat.parse(JSON.parse(text));
      const at = messages.filter(({ role }) => role === "tool").length;
      const step = script[at];
      const call =
        step === undefined
          ? undefined
          : {
              index: 0,
              id: `call_${at}`,
              type: "function",
              function: { name: step.tool, arguments: JSON.stringify(step.args) },
            };
      const delta =
        call === undefined ? { role: "assistant", content: "done" } : { role: "assistant", tool_calls: [call] };
      const base = { id: "c", object: "chat.completion.chunk", created: 1, model: "m" };
      const chunks = [
        { ...base, choices: [{ index: 0, delta, finish_reason: null }] },
        { ...base, choices: [{ index: 0, delta: {}, finish_reason: call === undefined ? "stop" : "tool_calls" }] },
        { ...base, choices: [], usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 } },
      ];
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(
        [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((line) => `data: ${line}\n\n`).join(""),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}/v1`, requests };
}

/** Stops OpenCode from installing packages into a config directory. */
function stub(directory: string) {
  mkdirSync(join(directory, "node_modules"), { recursive: true });
  writeFileSync(join(directory, ".gitignore"), "*\n");
  writeFileSync(
    join(directory, "package-lock.json"),
    JSON.stringify({ lockfileVersion: 3, packages: { "": { dependencies: { "@opencode-ai/plugin": "*" } } } }),
  );
}

async function startOpencode(script: readonly Step[]) {
  const model = await startModel(script);
  const directory = tempDir();
  const [w, passes, config] = [join(directory, "w"), join(directory, "passes"), join(directory, "config")];
  const [clone, own, data] = [join(w, "repos", "r"), join(w, "worktrees", "r", "own"), join(w, "data")];
  const channels = join(w, "memory", "channels");
  for (const path of [clone, own, data, channels, join(passes, "a1"), config, join(directory, "tmp")])
    mkdirSync(path, { recursive: true });
  writeFileSync(join(clone, "f"), "clone needle\n");
  writeFileSync(join(data, "thor.db"), "ledger needle\n");
  writeFileSync(join(channels, "C2.md"), "notes of others\n");
  writeFileSync(join(passes, "a1", "worktrees"), `${own}\n`);
  symlinkSync(data, join(own, "link"));
  stub(config);
  stub(join(directory, "xdg", "config", "opencode"));
  chmodSync(OPENCODE, 0o755);
  const provider = {
    npm: "@ai-sdk/openai-compatible",
    name: "S",
    options: { baseURL: model.url, apiKey: "model-key" },
    models: { m: { name: "m", tool_call: true, limit: { context: 100_000, output: 1000 } } },
  };
  writeFileSync(
    join(config, "opencode.json"),
    JSON.stringify({
      model: "s/m",
      small_model: "s/m",
      enabled_providers: ["s"],
      provider: { s: provider },
      share: "disabled",
      autoupdate: false,
      snapshot: false,
      lsp: false,
      formatter: false,
      agent: { title: { disable: true } },
      shell: join(SRC, "launchers", "thor-shell"),
      plugin: [`file://${join(SRC, "plugin.ts")}`],
      permission: { doom_loop: "allow", external_directory: "allow", read: "allow" },
    }),
  );
  const off =
    "MODELS_FETCH AUTOUPDATE LSP_DOWNLOAD SHARE DEFAULT_PLUGINS EXTERNAL_SKILLS CLAUDE_CODE FFF PROJECT_CONFIG".split(
      " ",
    );
  const server = spawn(OPENCODE, ["serve", "--hostname", "127.0.0.1", "--port", "0"], {
    cwd: directory,
    env: {
      ...Object.fromEntries(off.map((name) => [`OPENCODE_DISABLE_${name}`, "1"])),
      ...Object.fromEntries(
        ["config", "data", "cache", "state"].map((name) => [
          `XDG_${name.toUpperCase()}_HOME`,
          join(directory, "xdg", name),
        ]),
      ),
      PATH: `${join(SRC, "launchers")}:/usr/local/bin:/usr/bin:/bin`,
      HOME: directory,
      TMPDIR: join(directory, "tmp"),
      OPENCODE_CONFIG_DIR: config,
      OPENCODE_DB: ":memory:",
      OPENCODE_SERVER_PASSWORD: "server-password",
      THOR_CLI_RUNTIME: process.execPath,
      THOR_REAL_RG: RG,
      THOR_PASSES_DIR: passes,
      THOR_WORKSPACE_DIR: w,
      THOR_AGENT_TMP_DIR: join(directory, "agent-tmp"),
      THOR_REMOTE_CLI_URL: "http://127.0.0.1:1",
      NO_PROXY: "127.0.0.1,localhost",
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void server.kill("SIGKILL"));
  let said = "";
  server.stdout.on("data", (chunk) => (said += String(chunk)));
  const url = await eventually("OpenCode listens", () => /listening on (http:\/\/\S+)/.exec(said)?.[1], 60_000);
  const authorization = `Basic ${Buffer.from("opencode:server-password").toString("base64")}`;
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const headers = { authorization, "content-type": "application/json", "x-opencode-directory": clone };
    const response = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return response.json();
  };
  const { id } = z.object({ id: z.string() }).parse(await post("/session", { title: "t" }));
  const admit = () =>
    writeFileSync(
      join(passes, `${id}.json`),
      JSON.stringify({
        session: id,
        anchor: "a1",
        token: "v1.tok",
        cwd: clone,
        worktreesFile: join(passes, "a1", "worktrees"),
        memory: [join(channels, "C1.md")],
        guide: { text: "GUIDE-OF-R", sha256: "x" },
        expiresAt: Date.now() + 3_600_000,
      }),
    );
  /** Runs the script in one turn and gives what the model was told about each call. */
  const turn = async () => {
    await post(`/session/${id}/message`, { parts: [{ type: "text", text: "go" }] });
    const last = Chat.parse(JSON.parse(model.requests.at(-1) ?? "{}"));
    return last.messages.filter(({ role }) => role === "tool").map(({ content }) => JSON.stringify(content));
  };
  return { admit, turn, id, model, own, channels };
}

it(
  "runs commands with the session's token and keeps file tools inside, in the real OpenCode",
  { timeout: 120_000 },
  async () => {
    const script: Step[] = [
      { tool: "bash", args: { command: "env; pwd; cat f", description: "d" } },
      { tool: "read", args: { filePath: "/etc/passwd" } },
      { tool: "read", args: { filePath: "f" } },
      { tool: "write", args: { filePath: "f", content: "x" } },
      { tool: "grep", args: { pattern: "needle" } },
      { tool: "webfetch", args: { url: "http://127.0.0.1:1/", format: "text" } },
    ];
    const opencode = await startOpencode(script);
    opencode.admit();
    const [bash, passwd, file, write, grep, web] = await opencode.turn();
    expect(bash).toContain(`THOR_OPENCODE_SESSION_ID=${opencode.id}`);
    expect(bash).toContain("THOR_OPENCODE_CALL_ID=call_0");
    expect(bash).toContain("clone needle");
    expect(bash).not.toMatch(/server-password|model-key/);
    expect(passwd).toMatch(/outside; read below/);
    expect(file).toContain("clone needle");
    expect(write).toMatch(/outside; write below/);
    expect(grep).toContain("clone needle");
    expect(web).toMatch(/not available/);
    expect(opencode.model.requests[0]).toContain("GUIDE-OF-R");
    expect(opencode.model.requests[0]).toContain("Searches stay inside");
  },
);

it("finds nothing through a link, in the real OpenCode", { timeout: 120_000 }, async () => {
  const places = { own: "" };
  const script: Step[] = [
    { tool: "grep", args: { pattern: "needle", path: places.own } },
    { tool: "glob", args: { pattern: "**/*", path: places.own } },
    { tool: "bash", args: { command: "echo ran", description: "d" } },
  ];
  const opencode = await startOpencode(script);
  for (const step of script) if ("path" in step.args) step.args["path"] = opencode.own;
  opencode.admit();
  const found = await opencode.turn();
  expect(found[0]).not.toContain("ledger");
  expect(found[1]).not.toContain("thor.db");
  expect(found[2]).toContain("ran");
});

it(
  "writes its own notes by the file tool, never by a command, and reads nobody else's",
  { timeout: 120_000 },
  async () => {
    const [mine, others] = ["../../memory/channels/C1.md", "../../memory/channels/C2.md"];
    const opencode = await startOpencode([
      { tool: "write", args: { filePath: mine, content: "Everybody likes tea.\n" } },
      { tool: "bash", args: { command: `echo by force >> ${mine}; cat ${mine} ${others}`, description: "d" } },
      { tool: "read", args: { filePath: others } },
      { tool: "write", args: { filePath: others, content: "x" } },
    ]);
    opencode.admit();
    const [, shell, read] = await opencode.turn();
    expect(shell).toContain("Everybody likes tea.");
    expect(shell).not.toContain("notes of others");
    expect(read).not.toContain("notes of others");
    expect(readFileSync(join(opencode.channels, "C1.md"), "utf8")).toBe("Everybody likes tea.\n");
    expect(readFileSync(join(opencode.channels, "C2.md"), "utf8")).toBe("notes of others\n");
  },
);

it("runs nothing for a session without a pass, in the real OpenCode", { timeout: 120_000 }, async () => {
  const opencode = await startOpencode([
    { tool: "bash", args: { command: "touch ../../worktrees/r/own/ran", description: "d" } },
  ]);
  await opencode.turn().catch(() => []);
  expect(readdirSync(opencode.own)).toEqual(["link"]);
});
