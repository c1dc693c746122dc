/** `thor ledger …`, `thor audit …`: the verbs that operators run. */
import { secretList } from "@thor/kit/env";

import { parseLedgerUrl } from "../settings.ts";
import { discard, forget, prune, replay } from "./act.ts";
import { auditExport } from "./audit-export.ts";
import { backup, restore } from "./backup.ts";
import { auditVerify, exportAnchor, migrateCheck, stats, verify } from "./inspect.ts";
import type { Command } from "./place.ts";

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["backup", backup],
  ["restore", restore],
  ["verify", verify],
  ["stats", stats],
  ["replay", replay],
  ["discard", discard],
  ["prune", prune],
  ["forget", forget],
  ["migrate", migrateCheck],
  ["export", exportAnchor],
  ["audit verify", auditVerify],
  ["audit export", auditExport],
]);

export interface LedgerCommand {
  args: string[];
  url: string;
  secret: string;
  /** Earlier secrets, comma separated; they verify only. */
  previousSecrets?: string | undefined;
  out: (line: string) => void;
  err: (line: string) => void;
}

/** Runs one verb (`backup x`, `audit verify`, …) and answers its exit code. */
export async function runLedgerCommand({
  args,
  url,
  secret,
  previousSecrets,
  out,
  err,
}: LedgerCommand): Promise<number> {
  const [first = "", second = ""] = args;
  const isPair = COMMANDS.has(`${first} ${second}`);
  const command = COMMANDS.get(isPair ? `${first} ${second}` : first);
  const place = parseLedgerUrl(url);
  if (command === undefined || place.kind === "refused") {
    err(place.kind === "refused" ? place.error : `usage: thor-ledger <${[...COMMANDS.keys()].join(" | ")}>`);
    return 64;
  }
  const env = { path: place.path, secret, previous: secretList(previousSecrets), now: () => Date.now(), out, err };
  return command(env, args.slice(isPair ? 2 : 1));
}
