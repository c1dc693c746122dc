import { runLedgerCommand } from "./commands.ts";

const { DATABASE_URL, THOR_WORKSPACE_DIR, THOR_INTERNAL_SECRET, THOR_INTERNAL_SECRET_PREVIOUS } = process.env;

process.exitCode = await runLedgerCommand({
  args: process.argv.slice(2),
  url: DATABASE_URL ?? `sqlite:${THOR_WORKSPACE_DIR ?? "/workspace"}/data/thor.db`,
  secret: THOR_INTERNAL_SECRET ?? "",
  previousSecrets: THOR_INTERNAL_SECRET_PREVIOUS,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
});
