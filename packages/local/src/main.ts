/** `thor`: picks the sub-command. */
import { CannotStart } from "./start/cannot-start.ts";

const HELP = `thor start   [--port N] [--json] [--fresh --yes] [--simulate=all] [--unisolated] [--no-open]
             start everything on this machine; THOR_DATA_DIR chooses the directory (default .thor)
thor smoke   start a private stack, play the demo through Slack's wire, check the result, stop
thor ledger  look at, check, back up and mend the ledger of this data directory
thor audit   verify or export the audit chain
thor config  check, explain and describe thor.json
thor policy  explain what the agent's commands are allowed to do
thor doctor  look at everything that can be wrong, and what to do
thor help    this text
`;

const write = (text: string) => void process.stdout.write(text);
const speaker = {
  out: (line: string) => void process.stdout.write(`${line}\n`),
  err: (line: string) => void process.stderr.write(`${line}\n`),
};
const [, , command = "help", ...args] = process.argv;

/** Each command loads its own code, so that a small one starts at once. */
async function runCommand(): Promise<number | undefined> {
  switch (command) {
    case "start":
      await (await import("./start-command.ts")).startCommand(args, write);
      return undefined;
    case "smoke":
      return (await import("./smoke/smoke.ts")).smoke(process.env, write);
    case "ledger":
      return (await import("./ledger-command.ts")).ledgerCommand(args, process.env, speaker);
    case "audit":
      return (await import("./ledger-command.ts")).ledgerCommand(["audit", ...args], process.env, speaker);
    case "config":
      return (await import("./config-command.ts")).configCommand(args, process.env, speaker);
    case "policy":
      return (await import("./policy-command.ts")).policyCommand(args, process.env, speaker);
    case "doctor":
      return (await import("./doctor-command.ts")).doctorCommand(args, process.env, speaker);
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
