/** `thor`: picks the sub-command. */
import { createInterface } from "node:readline/promises";

import { configCommand } from "./config-command.ts";
import { ledgerCommand } from "./ledger-command.ts";
import { smoke } from "./smoke/smoke.ts";
import { ROOT } from "./start/layout.ts";
import { readStartOptions } from "./start/options.ts";
import { CannotStart, start } from "./start/start.ts";

const HELP = `thor start   [--port N] [--json] [--fresh --yes] [--simulate=all] [--unisolated] [--no-open]
             start everything on this machine; THOR_DATA_DIR chooses the directory (default .thor)
thor smoke   start a private stack, play the demo through Slack's wire, check the result, stop
thor ledger  look at, check, back up and mend the ledger of this data directory
thor audit   verify or export the audit chain
thor config  check, explain and describe thor.json
thor help    this text
`;

const SAME_PRESS_MS = 500;

const write = (text: string) => void process.stdout.write(text);
const speaker = {
  out: (line: string) => void process.stdout.write(`${line}\n`),
  err: (line: string) => void process.stderr.write(`${line}\n`),
};
const [, , command = "help", ...args] = process.argv;

/** `--fresh` asks a person; without one it needs `--yes`. */
async function agrees(dataDir: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new CannotStart(`--fresh sets ${dataDir} aside; say --fresh --yes to do that`);
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await asking.question(`Set ${dataDir} aside and begin anew? [y/N] `);
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function runStart(): Promise<void> {
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

async function runCommand(): Promise<number | undefined> {
  switch (command) {
    case "start":
      await runStart();
      return undefined;
    case "smoke":
      return smoke(process.env, write);
    case "ledger":
      return ledgerCommand(args, process.env, speaker);
    case "audit":
      return ledgerCommand(["audit", ...args], process.env, speaker);
    case "config":
      return configCommand(args, process.env, speaker);
    case "help":
    case "--help":
      write(HELP);
      return 0;
    default:
      process.stderr.write(`thor: unknown command ${command}\n${HELP}`);
      return 2;
  }
}

try {
  const code = await runCommand();
  if (code !== undefined) process.exit(code);
} catch (err) {
  if (err instanceof CannotStart) process.stderr.write(`thor ${command}: cannot start\n${err.message}\n`);
  else process.stderr.write(`thor ${command}: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}\n`);
  process.exit(1);
}
