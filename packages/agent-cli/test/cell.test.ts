import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { eventually } from "@thor/kit/testing/eventually";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

const LAUNCHERS = fileURLToPath(new URL("../src/launchers", import.meta.url));
const HOUR = 3_600_000;

/** A data directory with two conversations, as the services leave it. */
function openData() {
  const directory = tempDir();
  const w = join(directory, "w");
  const own = join(w, "worktrees", "r", "own");
  const foreign = join(w, "worktrees", "r", "foreign");
  const passes = join(directory, "passes");
  for (const path of [join(w, "repos", "r"), own, foreign, join(w, "data"), join(w, "config"), join(passes, "a1")])
    mkdirSync(path, { recursive: true });
  writeFileSync(join(w, "repos", "r", "f"), "clone\n");
  writeFileSync(join(w, "data", "thor.db"), "ledger\n");
  writeFileSync(join(foreign, "secret"), "foreign\n");
  writeFileSync(join(directory, "secrets.env"), "KEY=secret\n");
  const worktreesFile = join(passes, "a1", "worktrees");
  writeFileSync(worktreesFile, `${own}\n`);
  const pass = {
    session: "ses_1",
    anchor: "a1",
    token: "v1.tok",
    cwd: join(w, "repos", "r"),
    worktreesFile,
    expiresAt: Date.now() + HOUR,
  };
  const givePass = (change: Partial<typeof pass> & { memory?: string[] } = {}) =>
    writeFileSync(join(passes, "ses_1.json"), JSON.stringify({ ...pass, ...change }));
  givePass();
  const env = {
    PATH: process.env["PATH"],
    THOR_CLI_RUNTIME: process.execPath,
    THOR_PASSES_DIR: passes,
    THOR_WORKSPACE_DIR: w,
    THOR_AGENT_TMP_DIR: join(directory, "agent-tmp"),
    THOR_REMOTE_CLI_URL: "http://127.0.0.1:1",
    THOR_OPENCODE_SESSION_ID: "ses_1",
    THOR_OPENCODE_SESSION_TOKEN: "v1.tok",
    OPENCODE_SERVER_PASSWORD: "server-password",
    MODEL_KEY: "model-key",
  };
  const shell = (command: string, change: Record<string, string> = {}) => {
    const { status, stdout, stderr } = spawnSync(join(LAUNCHERS, "thor-shell"), ["-c", command], {
      env: { ...env, ...change },
      cwd: join(w, "repos", "r"),
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  return { directory, w, own, foreign, passes, env, shell, givePass };
}

const hasBwrap = spawnSync("bwrap", ["--unshare-user", "--ro-bind", "/", "/", "true"]).status === 0;

it.skipIf(!hasBwrap)("shows a command its own worktree and clones, and nothing else of Thor", () => {
  const { directory, w, own, foreign, passes, shell } = openData();
  expect(shell(`cat ${w}/repos/r/f; echo mine > ${own}/new; cat ${own}/new; pwd`)).toEqual({
    status: 0,
    stdout: `clone\nmine\n${w}/repos/r\n`,
    stderr: "",
  });
  expect(readFileSync(join(own, "new"), "utf8")).toBe("mine\n");
  for (const path of [
    `${w}/data/thor.db`,
    `${w}/config`,
    `${foreign}/secret`,
    `${directory}/secrets.env`,
    `${passes}/ses_1.json`,
    `${passes}/cell`,
  ])
    expect(shell(`cat ${path} || ls ${path}`)).toMatchObject({ status: 2, stdout: "" });
  expect(shell(`echo x > ${w}/repos/r/f`).status).not.toBe(0);
  expect(shell(`ln -s ${w}/data/thor.db ${own}/link; cat ${own}/link`).stdout).toBe("");
  expect(readFileSync(join(passes, "cell"), "utf8")).toBe("on\n");
});

it.skipIf(!hasBwrap)("shows a command the notes that its pass names, to read only, and nobody else's", () => {
  const { w, directory, shell, givePass } = openData();
  const channels = join(w, "memory", "channels");
  mkdirSync(channels, { recursive: true });
  for (const name of ["C1", "C2"]) writeFileSync(join(channels, `${name}.md`), `notes of ${name}\n`);
  symlinkSync(join(directory, "secrets.env"), join(channels, "link.md"));
  givePass({ memory: ["C1", "link", "missing"].map((name) => join(channels, `${name}.md`)) });
  const seen = shell(`cat ${channels}/*; ls ${channels}; echo x >> ${channels}/C1.md; echo x > ${channels}/new.md`);
  expect(seen.stdout).toBe("notes of C1\nC1.md\n");
  expect(seen.stderr).toContain("C1.md: Read-only file system");
  expect(readdirSync(channels)).toEqual(["C1.md", "C2.md", "link.md"]);
  expect(readFileSync(join(channels, "C1.md"), "utf8")).toBe("notes of C1\n");
});

it.skipIf(!hasBwrap)("hides the server's environment and processes from a command", () => {
  const { shell } = openData();
  const seen = shell("cat /proc/[0-9]*/environ | tr '\\0' '\\n'; ls -d /proc/[0-9]*; env");
  expect(seen.stdout).not.toMatch(/server-password|model-key/);
  expect(seen.stdout.match(/^\/proc\/\d+$/gm)?.length).toBeLessThan(8);
  expect(shell(`cat /proc/${process.pid}/environ`).stdout).toBe("");
  expect(shell("unshare --user true").status).not.toBe(0);
});

it("gives a command an environment built from nothing, also without a cell", () => {
  const { shell, passes } = openData();
  writeFileSync(join(passes, "cell"), "off\n");
  const { stdout } = shell("env");
  expect(stdout).not.toMatch(/server-password|model-key|PASSES/);
  expect(stdout).toContain("THOR_OPENCODE_SESSION_TOKEN=v1.tok\n");
  expect(shell("command -v git").stdout).toBe(`${LAUNCHERS}/git\n`);
});

it.each(["on", "off"])("admits nobody without a valid pass and its token (cell %s)", (cell) => {
  const { shell, givePass, passes, own } = openData();
  writeFileSync(join(passes, "cell"), `${cell}\n`);
  const refusal = { status: 126, stdout: "", stderr: "this session is not admitted\n" };
  const attempt = `touch ${own}/ran`;
  for (const change of [
    { THOR_OPENCODE_SESSION_ID: "ses_2" },
    { THOR_OPENCODE_SESSION_ID: "../passes/ses_1" },
    { THOR_OPENCODE_SESSION_TOKEN: "v1.other" },
    { THOR_OPENCODE_SESSION_TOKEN: "" },
  ])
    expect(shell(attempt, change)).toEqual(refusal);
  for (const change of [{ expiresAt: Date.now() - 1 }, { session: "ses_9" }, { token: "" }, { anchor: "../x" }]) {
    givePass(change);
    expect(shell(attempt)).toEqual(refusal);
  }
  expect(existsSync(join(own, "ran"))).toBe(false);
});

it.skipIf(!hasBwrap)("passes exit codes on, and takes everything in the cell down when it is killed", async () => {
  const { shell, env, own, w } = openData();
  expect(shell("exit 7").status).toBe(7);
  const child = spawn(
    join(LAUNCHERS, "thor-shell"),
    ["-c", `(while :; do date +%s%N > ${own}/alive; done) & sleep 60`],
    { env, cwd: join(w, "repos", "r"), stdio: "ignore", detached: true },
  );
  await eventually("the background loop runs", () => existsSync(join(own, "alive")) || undefined);
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await eventually("the background loop is gone", async () => {
    const before = readFileSync(join(own, "alive"), "utf8");
    await new Promise((resolve) => setTimeout(resolve, 60));
    return readFileSync(join(own, "alive"), "utf8") === before ? true : undefined;
  });
});
