/** `thor start`: starts everything, and stops it when asked. */
import { createInterface } from "node:readline/promises";

import { CannotStart } from "./start/cannot-start.ts";
import { ROOT } from "./start/layout.ts";
import { readStartOptions } from "./start/options.ts";
import { start } from "./start/start.ts";

const SAME_PRESS_MS = 500;

/** `--fresh` asks a person; without one it needs `--yes`. */
async function agrees(dataDir: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new CannotStart(`--fresh sets ${dataDir} aside; say --fresh --yes to do that`);
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await asking.question(`Set ${dataDir} aside and begin anew? [y/N] `);
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Starts and returns; the process lives on until a signal stops what was started. */
export async function startCommand(args: readonly string[], write: (text: string) => void): Promise<void> {
  const options = readStartOptions(args, process.env, ROOT);
  if (options.isFresh && !options.isAgreed && !(await agrees(options.dataDir)))
    throw new CannotStart("Nothing was changed.");
  let stopStack: ((isHurried: boolean) => Promise<void>) | undefined;
  let askedAt: number | undefined;
  const stop = () => {
    const now = performance.now();
    // One Ctrl-C comes twice when a package manager stands between: only a later one is a second.
    if (askedAt !== undefined && now - askedAt < SAME_PRESS_MS) return;
    const stopped = stopStack?.(askedAt !== undefined) ?? Promise.resolve();
    askedAt = now;
    void stopped.then(() => process.exit(0));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  try {
    await start(options, { write, onStoppable: (given) => (stopStack = given) });
  } catch (err) {
    // A start that was called off did not fail: the stop under way says when it is over.
    if (askedAt === undefined) throw err;
  }
}
