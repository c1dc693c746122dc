/** `thor ledger …` and `thor audit …`: the ledger's own commands, on the store of this data directory. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { runLedgerCommand } from "@thor/ledger/cli/commands";

import { layoutOf, ROOT } from "./start/layout.ts";
import { openSecrets } from "./start/secrets.ts";

interface Speaker {
  out: (line: string) => void;
  err: (line: string) => void;
}

/** Runs a command where `THOR_DATA_DIR` says; the answer is the exit code. */
export async function ledgerCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  { out, err }: Speaker,
): Promise<number> {
  const layout = layoutOf(resolve(ROOT, env["THOR_DATA_DIR"] ?? ".thor"));
  if (!existsSync(layout.database)) {
    err(`there is no ledger in ${layout.data}; npx pnpm start makes one`);
    return 1;
  }
  const secret = env["THOR_INTERNAL_SECRET"] ?? openSecrets(layout.secretsFile).THOR_INTERNAL_SECRET;
  const previousSecrets = env["THOR_INTERNAL_SECRET_PREVIOUS"];
  return runLedgerCommand({ args: [...args], url: `sqlite:${layout.database}`, secret, previousSecrets, out, err });
}
