import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";

import { runChild } from "@thor/kit/child";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it, onTestFinished } from "vitest";

import { createConfine, probeConfinement, unconfined } from "../src/adapters/confinement.ts";

const hasBwrap = spawnSync("bwrap", ["--unshare-user", "--ro-bind", "/", "/", "true"]).status === 0;

/** A program of ours in a child's view: Node, because the view holds no shell. */
async function look(script: string, change: { isOnline?: boolean; isRead?: boolean } = {}) {
  const directory = tempDir();
  const [root, commonDir, home, config] = ["worktree", "repo/.git", "home", "config"].map((name) =>
    join(directory, name),
  );
  for (const path of [root, commonDir, home, config]) mkdirSync(path ?? "", { recursive: true });
  writeFileSync(join(config ?? "", "thor.json"), "config");
  writeFileSync(join(commonDir ?? "", "config"), "[core]\n");
  const confine = createConfine({ bwrap: "bwrap", needed: [dirname(process.execPath)] });
  const view = {
    isOnline: false,
    isRead: false,
    home: home ?? "",
    repository: { root: root ?? "", commonDir: commonDir ?? "" },
    writable: [],
    ...change,
  };
  const program = confine(
    { bin: process.execPath, argv: ["-e", `const fs=require("fs"),d=${JSON.stringify(directory)};${script}`] },
    view,
  );
  const limits = { timeoutMs: 20_000, maxStdoutBytes: 65_536, maxStderrBytes: 65_536, killGraceMs: 1000 };
  const { stdout, stderr } = await runChild({ ...program, env: { HOME: home ?? "" }, cwd: root ?? "", ...limits });
  return stdout.toString() + stderr.toString();
}
const attempt = (code: string) => `try{${code};console.log("done")}catch(e){console.log(e.code)}`;

it.skipIf(!hasBwrap)("shows a child its own repository and nothing else of the service", async () => {
  expect(await look('console.log(fs.readdirSync(d).sort().join(),fs.existsSync("/proc/self"))')).toBe(
    "home,repo,worktree false\n",
  );
  // Of the system's /tmp only what leads to the call's own places, and to the program where that lies there too.
  const foreign = 'fs.readdirSync("/tmp").filter((n)=>![d,process.execPath].some((p)=>p.startsWith("/tmp/"+n)))';
  expect(await look(`console.log(${foreign}.length)`)).toBe("0\n");
  expect(await look(attempt('fs.writeFileSync(d+"/worktree/f","x")'))).toBe("done\n");
  expect(await look(attempt('fs.writeFileSync(d+"/repo/.git/config","x")'))).toBe("EROFS\n");
  expect(await look(attempt('fs.writeFileSync(d+"/worktree/f","x")'), { isRead: true })).toBe("EROFS\n");
  expect(
    await look('const r=require("child_process").spawnSync("/bin/sh",["-c","true"]);console.log(r.status===0)'),
  ).toBe("false\n");
});

it.skipIf(!hasBwrap)("gives a network only to children that talk to the git host", async () => {
  const server = createServer((_, response) => response.end("reached"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const ask = `fetch("http://127.0.0.1:${port}").then(r=>r.text()).then(console.log,()=>console.log("unreachable"))`;
  expect(await look(ask)).toBe("unreachable\n");
  expect(await look(ask, { isOnline: true })).toBe("reached\n");
});

it("says whether the second wall stands, and starts programs as they are without it", async () => {
  expect(await probeConfinement("bwrap", process.env["PATH"] ?? "")).toBe(hasBwrap);
  expect(await probeConfinement("/nonexistent/bwrap", "")).toBe(false);
  const program = { bin: "git", argv: ["status"] };
  expect(unconfined(program, { home: "/h", isOnline: false, isRead: true, writable: [] })).toBe(program);
});
