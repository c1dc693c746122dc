/** The real OpenCode, with the simulated model behind it, as its own process. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export const PASSWORD = "the password of opencode in tests";
const MODULES = join(import.meta.dirname, "../../../node_modules");
const BINARY = join(MODULES, "opencode-linux-x64/bin/opencode");
const RIPGREP = join(MODULES, "@vscode/ripgrep-linux-x64/bin");
const STUB_LOCK = { lockfileVersion: 3, packages: { "": { dependencies: { "@opencode-ai/plugin": "*" } } } };
const DENIED = { question: "deny", plan_enter: "deny", plan_exit: "deny", webfetch: "deny", websearch: "deny" };
const OFF = [
  "PROJECT_CONFIG",
  "MODELS_FETCH",
  "AUTOUPDATE",
  "LSP_DOWNLOAD",
  "SHARE",
  "DEFAULT_PLUGINS",
  "EXTERNAL_SKILLS",
  "CLAUDE_CODE",
  "FFF",
];

export interface OpencodeSetup {
  /** Goes before what tests usually allow. */
  permission?: object;
  /** How many generations of sub-agents there may be. */
  depth?: number;
  /** A plugin's file, and what it finds in its environment. */
  plugin?: { file: string; env: Record<string, string> };
}

export interface RealOpencode {
  url: string;
  /** kill -9 of the server and all that it started. */
  kill: () => Promise<void>;
  start: () => Promise<void>;
  /** Deletes a session behind everybody's back. */
  forget: (sessionId: string) => Promise<void>;
  /** All that is stored of a session, as text to look for words in. */
  stored: (sessionId: string | undefined) => Promise<string>;
  close: () => Promise<void>;
}

const model = (name: string) => ({
  name,
  tool_call: true,
  reasoning: true,
  limit: { context: 100_000, output: 8000 },
  variants: { high: { reasoningEffort: "high" } },
});

const settings = (baseURL: string, { permission, plugin, depth = 1 }: OpencodeSetup) => ({
  subagent_depth: depth,
  ...(plugin === undefined ? {} : { plugin: [pathToFileURL(plugin.file).href] }),
  model: "thor/thor-sim-1",
  small_model: "thor/thor-sim-1",
  enabled_providers: ["thor"],
  share: "disabled",
  autoupdate: false,
  snapshot: false,
  lsp: false,
  formatter: false,
  default_agent: "build",
  provider: {
    thor: {
      npm: "@ai-sdk/openai-compatible",
      name: "Simulated",
      options: { baseURL, apiKey: "sim-model-key-0123456789abcdef0123456789" },
      models: {
        "thor-sim-1": model("sim"),
        "thor-sim-2": { ...model("priced"), id: "thor-sim-1", cost: { input: 1000, output: 1000 } },
      },
    },
  },
  agent: { title: { disable: true }, ...(depth > 1 ? { general: { permission: { task: "allow" } } } : {}) },
  permission: { doom_loop: "allow", external_directory: "allow", read: "allow", ...DENIED, ...permission },
});

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

function writeConfig(root: string, modelUrl: string, setup: OpencodeSetup): void {
  for (const name of ["xdg/config/opencode", "xdg/data", "xdg/cache", "xdg/state", "tmp", "thor"])
    mkdirSync(join(root, name), { recursive: true });
  for (const directory of [join(root, "thor"), join(root, "xdg/config/opencode")]) {
    mkdirSync(join(directory, "node_modules"));
    writeFileSync(join(directory, "package-lock.json"), JSON.stringify(STUB_LOCK));
    writeFileSync(join(directory, ".gitignore"), "*\n");
  }
  writeFileSync(join(root, "thor/opencode.json"), JSON.stringify(settings(modelUrl, setup)));
}

const environment = (root: string) => ({
  PATH: `${RIPGREP}:/usr/local/bin:/usr/bin:/bin`,
  HOME: root,
  XDG_CONFIG_HOME: join(root, "xdg/config"),
  XDG_DATA_HOME: join(root, "xdg/data"),
  XDG_CACHE_HOME: join(root, "xdg/cache"),
  XDG_STATE_HOME: join(root, "xdg/state"),
  TMPDIR: join(root, "tmp"),
  OPENCODE_CONFIG_DIR: join(root, "thor"),
  OPENCODE_SERVER_PASSWORD: PASSWORD,
  NO_PROXY: "127.0.0.1,localhost",
  ...Object.fromEntries(OFF.map((name) => [`OPENCODE_DISABLE_${name}`, "1"])),
});

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      if (chunk.toString("utf8").includes("listening")) resolve();
    });
    child.once("exit", (code) => reject(new Error(`opencode ended with ${String(code)}`)));
  });
}

/** Starts it once per file, for it takes seconds. */
export async function startRealOpencode(modelUrl: string, setup: OpencodeSetup = {}): Promise<RealOpencode> {
  const root = mkdtempSync(join(tmpdir(), "thor-opencode-"));
  writeConfig(root, modelUrl, setup);
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async () => {
    child = spawn(BINARY, ["serve", "--hostname", "127.0.0.1", "--port", String(port)], {
      env: { ...environment(root), ...setup.plugin?.env },
      cwd: root,
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    await listening(child);
  };
  const kill = async () => {
    const running = child;
    if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once("exit", resolve));
    process.kill(-running.pid, "SIGKILL");
    await gone;
  };
  await start();
  const url = `http://127.0.0.1:${port}`;
  const authorization = `Basic ${Buffer.from(`opencode:${PASSWORD}`).toString("base64")}`;
  return {
    url,
    kill,
    start,
    forget: async (sessionId) => {
      await fetch(`${url}/session/${sessionId}`, { method: "DELETE", headers: { authorization } });
    },
    stored: async (sessionId) =>
      (await fetch(`${url}/session/${sessionId ?? ""}/message`, { headers: { authorization } })).text(),
    close: async () => {
      await kill();
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
