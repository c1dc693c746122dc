/** Starts gh: in an environment built from nothing, with a private home that is gone afterwards, and no network. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { ChildResult, RunChild } from "@thor/kit/child";

import { childBase } from "../core/child-base.ts";
import type { BrokerScope } from "../core/gh/broker.ts";
import { ghConfig, ghEnvironment } from "../core/gh/environment.ts";
import type { ChildLimits } from "../core/limits.ts";
import { withCallDirectory } from "./call-directory.ts";
import type { Confine } from "./confinement.ts";
import type { createOpenBroker } from "./gh-broker.ts";
import { publishFiles } from "./publish-files.ts";

const MIB = 1024 * 1024;

interface GhRun extends ChildLimits {
  argv: readonly string[];
  stdin?: string | undefined;
  scope: BrokerScope;
  token: (isRejected: boolean) => Promise<{ kind: "token"; token: string } | { kind: "failed"; text: string }>;
  directory?: { root: string; path: string } | undefined;
  signal: AbortSignal;
  onStdout: (chunk: Uint8Array) => void;
  onStderr: (chunk: Uint8Array) => void;
}
export type RunGh = (run: GhRun) => Promise<ChildResult>;

export function createGhRunner(options: {
  /** The program gh itself; without one its commands answer that it is not there. */
  gh: string | undefined;
  callsDirectory: string;
  confine: Confine;
  runChild: RunChild;
  openBroker: ReturnType<typeof createOpenBroker>;
}): RunGh {
  const { gh, callsDirectory, confine, runChild, openBroker } = options;
  return (run) =>
    withCallDirectory(callsDirectory, async (home) => {
      const { argv, stdin, scope, token, directory, signal } = run;
      const maxResponseBytes = (directory === undefined ? 100 : 500) * MIB;
      const broker = await openBroker({ directory: home, scope, token, maxResponseBytes, signal });
      try {
        await writeFile(join(home, "config.yml"), ghConfig(broker.path), { mode: 0o600 });
        // Nothing that gh could start, git least of all.
        const { env: base, limits } = childBase({ path: "/nonexistent", home }, run);
        const env = { ...base, ...ghEnvironment({ home, ...scope }) };
        const staging = join(home, "staging");
        const words =
          directory === undefined ? argv : argv.map((word) => (word.startsWith("--dir=") ? `--dir=${staging}` : word));
        const view = { home, isOnline: false, isRead: true, repository: undefined, writable: [] };
        const child = gh === undefined ? { bin: "gh", argv: words } : confine({ bin: gh, argv: words }, view);
        const ended = await runChild({ bin: child.bin, argv: child.argv, env, cwd: home, stdin, ...limits }, run);
        if (directory === undefined || ended.end.kind !== "exited" || ended.end.code !== 0) return ended;
        const fault = await publishFiles(staging, directory);
        if (fault === undefined) return ended;
        run.onStderr(new TextEncoder().encode(`${fault}\n`));
        return { ...ended, end: { kind: "exited" as const, code: 1 } };
      } finally {
        await broker.close();
      }
    });
}
