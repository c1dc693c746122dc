/** Starts a program that needs the network and nothing of the workspace, with a private home that is gone afterwards. */
import { open } from "node:fs/promises";
import { join } from "node:path";

import type { ChildResult, RunChild } from "@thor/kit/child";

import { childBase } from "../core/child-base.ts";
import type { ToolChild } from "../core/tool-child.ts";
import { withCallDirectory } from "./call-directory.ts";
import type { Confine } from "./confinement.ts";
import { findProgram } from "./find-program.ts";

/** A child's output is a socket, which cannot be opened by name: what is written there by name goes through a file. */
const NAMED_STDOUT = "/dev/stdout";

/** The beginning of a file that a tool made, and whether that was all of it. */
async function readOut(path: string, maxBytes: number): Promise<{ bytes: Buffer; isWhole: boolean } | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, maxBytes)));
    return { bytes: buffer.subarray(0, bytesRead), isWhole: size <= maxBytes };
  } finally {
    await file.close();
  }
}

export function createToolRunner(options: {
  path: string;
  callsDirectory: string;
  confine: Confine;
  runChild: RunChild;
}) {
  const { path, callsDirectory, confine, runChild } = options;
  return (run: ToolChild): Promise<ChildResult> =>
    withCallDirectory(callsDirectory, async (home) => {
      const { bin, maxStdoutBytes } = run;
      const out = join(home, "out");
      const argv = run.argv.map((word) => (word === NAMED_STDOUT ? out : word));
      const { env, limits } = childBase({ path, home }, run);
      const view = { home, isOnline: true, isRead: true, repository: undefined, writable: [] };
      const isThere = findProgram(bin, path) !== undefined;
      const child = isThere ? confine({ bin, argv }, view) : { bin, argv };
      const ended = await runChild({ ...child, env: { ...env, ...run.env }, cwd: home, ...limits }, run);
      const written = run.argv.includes(NAMED_STDOUT) ? await readOut(out, maxStdoutBytes) : undefined;
      if (written === undefined) return ended;
      run.onStdout(written.bytes);
      return written.isWhole ? ended : { ...ended, end: { kind: "capped", stream: "stdout" } };
    });
}
