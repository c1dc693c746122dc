/** Tools of other companies' services: a child with one credential. */
import { bundleFor, type Variables } from "../../core/credentials.ts";
import { renderCommand } from "../../core/grammar/render.ts";
import type { Command } from "../../core/grammar/spec.ts";
import { LDCLI, ldcliArgv } from "../../core/ldcli/command.ts";
import { SCOUTQA } from "../../core/scoutqa/command.ts";
import { createToolDecide, type Settling } from "./decide.ts";
import type { RunTool } from "./run-tool.ts";

export interface ServiceToolDeps {
  variables: Variables;
  run: RunTool;
}
interface Wanted {
  bin: string;
  needed: readonly string[];
  optional: readonly string[];
}

/** The environment of a tool: what it must have, and what it may have; a profile's own stands first. */
function environmentOf(variables: Variables, { needed, optional }: Wanted, profile: string | undefined) {
  const bundle = bundleFor(variables, needed, profile);
  if (bundle.kind !== "bundle") return undefined;
  const more = optional.flatMap((name) => {
    const found = bundleFor(variables, [name], profile);
    return found.kind === "bundle" ? Object.entries(found.values) : [];
  });
  return { ...bundle.values, ...Object.fromEntries(more) };
}

function createServiceTool(
  { variables, run }: ServiceToolDeps,
  wanted: Wanted,
  { tool, argvOf }: { tool: typeof LDCLI; argvOf: (command: Command) => string[] },
) {
  return createToolDecide({
    tool,
    settle: (command, { caller }): Settling => {
      const env = environmentOf(variables, wanted, caller.kind === "session" ? caller.profile : undefined);
      if (env === undefined)
        return {
          kind: "denied",
          rule: "tool.unconfigured",
          reason: `${wanted.needed.join(", ")} is not set in this deployment`,
        };
      const argv = argvOf(command);
      const plan = { bin: wanted.bin, argv, env, timeClass: command.spec.class };
      return { kind: "settled", argv, execute: (signal, sink) => run(plan, { signal, sink }) };
    },
  });
}

/** LaunchDarkly. */
export const createLdcliDecide = (deps: ServiceToolDeps) =>
  createServiceTool(
    deps,
    { bin: "ldcli", needed: ["LD_ACCESS_TOKEN"], optional: ["LD_BASE_URI", "LD_PROJECT", "LD_ENVIRONMENT"] },
    { tool: LDCLI, argvOf: ldcliArgv },
  );

/** Scout QA. */
export const createScoutqaDecide = (deps: ServiceToolDeps) =>
  createServiceTool(
    deps,
    { bin: "scoutqa", needed: ["SCOUT_API_KEY"], optional: [] },
    { tool: SCOUTQA, argvOf: renderCommand },
  );
