/** What most commands of gh share. */
import { values } from "../../grammar/rows.ts";
import type { CommandSpec } from "../../grammar/spec.ts";
import { fields, program } from "../values.ts";

export const JSON_OUTPUT = [...values("--json", fields), ...values("--jq|-q --template|-t", program)];

/** A look at the repository of the working directory. */
export const READ = { effect: "net-read", facts: ["origin"], class: "gh" } as const satisfies Partial<CommandSpec>;
/** A change there. */
export const WRITE = { effect: "net-write", facts: ["origin"], class: "gh" } as const satisfies Partial<CommandSpec>;
