/** All migrations in order. Forward only; a released one never changes. */
import { sha256Hex } from "@thor/kit/derived-key";

import { CONVERSATIONS } from "./0001-conversations.ts";
import { EVIDENCE } from "./0001-evidence.ts";
import { WORK } from "./0001-work.ts";
import { SCHEDULES } from "./0002-schedules.ts";
import { USAGE } from "./0003-usage.ts";
import { PAGES } from "./0004-pages.ts";

export interface Migration {
  version: number;
  name: string;
  statements: readonly string[];
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "initial", statements: [...CONVERSATIONS, ...WORK, ...EVIDENCE] },
  { version: 2, name: "schedules", statements: SCHEDULES },
  { version: 3, name: "usage", statements: USAGE },
  { version: 4, name: "pages", statements: PAGES },
];

/** A migration is the text it runs: white space apart, any edit changes its checksum. */
export const checksumOf = ({ statements }: Migration) =>
  sha256Hex(statements.map((statement) => statement.replaceAll(/\s+/g, " ").trim()).join(";\n"));
