/** The machine's own git, on bare repositories, with nothing of this machine's configuration. */
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;
const MAX_BYTES = 32 * 1024 * 1024;

const SEED_TIME = "2026-01-05T09:00:00Z";
const author = { name: "Alice", email: "alice@acme.test" };

export const gitEnv = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: "/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin",
  HOME: "/nonexistent",
  LANG: "C.UTF-8",
  TZ: "UTC",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: author.name,
  GIT_AUTHOR_EMAIL: author.email,
  GIT_COMMITTER_NAME: author.name,
  GIT_COMMITTER_EMAIL: author.email,
  GIT_AUTHOR_DATE: SEED_TIME,
  GIT_COMMITTER_DATE: SEED_TIME,
  ...more,
});

/** Runs git in a repository and gives its output. */
export async function git(repository: string, args: readonly string[], more?: Record<string, string>): Promise<string> {
  const options = { cwd: repository, env: gitEnv(more), timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES };
  const { stdout } = await run("git", [...args], options);
  return stdout;
}

/** Writes one blob and gives its id. */
export function writeBlob(repository: string, content: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", ["hash-object", "-w", "--stdin"], {
      cwd: repository,
      env: gitEnv(),
      timeout: TIMEOUT_MS,
    });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(out.trim()) : reject(new Error(`git hash-object: exit ${code}`)),
    );
    child.stdin.end(content);
  });
}
