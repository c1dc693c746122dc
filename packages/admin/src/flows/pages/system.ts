/** GET /admin/system: services, the ledger, the doctor, and the switch of dispatch. */
import type { Reads } from "@thor/ledger/port";

import { checksIn, processIn } from "../../core/stored-facts.ts";
import { Doctor, Services, Store, type StoreFacts, Switch } from "../../core/view/system.tsx";
import type { PageSpec } from "./page.ts";

export interface SystemDeps {
  /** Sizes and backups beside the database's file. */
  readStore: () => Promise<Pick<StoreFacts, "bytes" | "walBytes" | "lastBackupAt">>;
}

async function storeOf(reads: Reads, { readStore }: SystemDeps): Promise<StoreFacts> {
  const [sizes, head, changes, lastSweepAt] = await Promise.all([
    readStore(),
    reads.auditHead(),
    reads.changePositions(),
    reads.lastSweep(),
  ]);
  return { ...sizes, audit: head.seq, changes, lastSweepAt };
}

export const createSystemPage = (deps: SystemDeps): PageSpec => ({
  path: "/admin/system",
  topics: ["status", "settings"],
  paceMs: 1000,
  title: async () => "System",
  panels: [
    {
      id: "services",
      title: "Services",
      draw: async (reads, { moment }) => {
        const rows = await reads.listServices({ now: moment.now });
        return Services({ rows: rows.map(({ detail, ...row }) => ({ ...row, ...processIn(detail) })), moment });
      },
    },
    {
      id: "switch",
      title: "Dispatch",
      draw: async (reads, { csrf }) => Switch({ paused: await reads.dispatchPaused(), csrf }),
    },
    {
      id: "store",
      title: "Ledger",
      draw: async (reads, { moment }) => Store({ facts: await storeOf(reads, deps), moment }),
    },
    {
      id: "doctor",
      title: "Doctor",
      draw: async (reads, { moment }) => {
        const last = await reads.lastDoctor();
        return Doctor({ checks: last === undefined ? [] : checksIn(last.checks), at: last?.at, moment });
      },
    },
  ],
});
