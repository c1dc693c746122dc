/** The ledger: that it can be read, says nothing contradictory, and that its audit is whole. */
import { existsSync } from "node:fs";

import { runLedgerCommand } from "@thor/ledger/cli/commands";
import { z } from "zod";

import type { Layout } from "../start/layout.ts";
import { failing, ok, skipped, warning, type Check } from "./finding.ts";

const DAY_MS = 86_400_000;
const MAX_WAL_BYTES = 256 * 1024 * 1024;
const Stats = z.object({ walBytes: z.number(), lastBackupAt: z.number().optional(), dead: z.number() });

interface Given {
  layout: Layout;
  secret: string;
  previousSecrets: string | undefined;
}

/** Runs one of the ledger's own commands; what it says, and how it ended. */
async function ask({ layout, ...keys }: Given, ...args: string[]) {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const code = await runLedgerCommand({ args, url: `sqlite:${layout.database}`, ...keys, out: say, err: say });
  return { code, text: lines.join("; ").slice(0, 500) };
}

async function lookAtSize(given: Given) {
  const { walBytes, lastBackupAt, dead } = Stats.parse(JSON.parse((await ask(given, "stats", "--json")).text));
  if (walBytes > MAX_WAL_BYTES)
    return warning(
      `${Math.round(walBytes / 2 ** 20)} MiB wait in its log`,
      "A reader that never ends holds it up: restart the services.",
    );
  if (dead > 0) return warning(`${dead} events were given up`, "Admin, Queue, Dead letters: retry or discard them.");
  if (lastBackupAt === undefined) return warning("there is no backup", "npx pnpm thor ledger backup");
  const days = Math.floor((Date.now() - lastBackupAt) / DAY_MS);
  return days > 1
    ? warning(`the last backup is ${days} days old`, "npx pnpm thor ledger backup")
    : ok("backed up within a day");
}

export function ledgerChecks(given: Given): Check[] {
  const look = (name: string, run: Check["look"]): Check => ({
    group: "ledger",
    name,
    look: () => (existsSync(given.layout.database) ? run() : skipped("there is none yet; npx pnpm start makes one")),
  });
  return [
    look("schema", async () => {
      const { code, text } = await ask(given, "migrate", "--check");
      return code === 78
        ? failing(text, "This code is older than the ledger: use the newer Thor.")
        : ok("fits this code");
    }),
    look("integrity", async () => {
      const { code, text } = await ask(given, "verify");
      return code === 0
        ? ok("clean")
        : failing(text, "npx pnpm thor ledger verify --full shows all; restore a backup if rows are lost.");
    }),
    look("audit", async () => {
      const { code, text } = await ask(given, "audit", "verify");
      return code === 0
        ? ok(text)
        : failing(text, "Somebody changed the audit, or the internal secret is another one.");
    }),
    look("upkeep", () => lookAtSize(given)),
  ];
}
