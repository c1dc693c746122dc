/** Decides one gh call of Thor's own services: words → place → typed command → the clone's own repository. */
import type { Call, Decision, Target } from "../../core/call.ts";
import { denialText, type Denial } from "../../core/denial.ts";
import { GH_INTERNAL_COMMANDS, ghUse, namedRepository } from "../../core/gh/table.ts";
import { judgePlace } from "../../core/git/judge.ts";
import type { OwnerGrants } from "../../core/git/origin.ts";
import type { OpenedPlace } from "../../core/git/place.ts";
import { findCommand, parseCommand } from "../../core/grammar/parse.ts";
import { renderCommand } from "../../core/grammar/render.ts";
import type { Command, CommandSpec } from "../../core/grammar/spec.ts";
import { originOf } from "../git/gather.ts";
import type { ExecuteGh } from "./execute.ts";
import type { GhPlan } from "./plan.ts";

export interface GhDeps {
  host: string;
  grants: () => OwnerGrants;
  openPlace: (cwd: string) => Promise<OpenedPlace>;
  execute: ExecuteGh;
}

type Planned = { kind: "plan"; plan: GhPlan } | ({ kind: "denied" } & Denial);

const denied = (rule: string, reason: string): Planned => ({ kind: "denied", rule, reason });

function planIn(
  deps: GhDeps,
  { located }: OpenedPlace,
  given: { spec: CommandSpec; args: readonly string[] },
): Planned {
  const outside = judgePlace(given.spec, located);
  if (outside !== undefined) return { kind: "denied", ...outside };
  if (located.kind !== "repository") return denied("cwd.outside", "this folder is no repository");
  const parsed = parseCommand(given.spec, given.args, { root: located.root, cwd: located.cwd });
  if (parsed.kind !== "ok") return denied(parsed.rule, parsed.reason);
  const origin = originOf(deps, located);
  if (origin.kind === "untrusted") return denied("origin.untrusted", origin.reason);
  return planFor(parsed.command, origin);
}

function planFor(command: Command, origin: GhPlan["origin"]): Planned {
  const { owner, repo } = origin.remote;
  const named = namedRepository(command);
  if (named !== undefined && named.toLowerCase() !== `${owner}/${repo}`.toLowerCase())
    return denied("origin.other", `this clone is ${owner}/${repo}, not ${named}`);
  return { kind: "plan", plan: { argv: renderCommand(command), use: ghUse(command), origin } };
}

export const createGhDecide =
  (deps: GhDeps) =>
  async (call: Call): Promise<Decision> => {
    const refuse = (denial: Denial, target: Target): Decision => ({
      kind: "deny",
      rule: denial.rule,
      text: denialText("gh", call.args, denial),
      target,
    });
    const spec = call.caller.kind === "service" ? findCommand(GH_INTERNAL_COMMANDS, call.args) : undefined;
    if (spec === undefined)
      return refuse(
        { rule: "command.unknown", reason: "this form of gh is not available here" },
        { commandId: "unknown" },
      );
    const opened = await deps.openPlace(call.cwd ?? "/");
    const planned = planIn(deps, opened, { spec, args: call.args.slice(spec.match.length) });
    await opened.close();
    const commandId = `gh.${spec.id}`;
    if (planned.kind === "denied") return refuse(planned, { commandId });
    const { plan } = planned;
    return {
      kind: "run",
      target: { commandId, object: `${plan.origin.remote.owner}/${plan.origin.remote.repo}` },
      canonical: plan.argv,
      execute: (signal, sink) => deps.execute(plan, { signal, sink }),
      close: () => Promise.resolve(),
    };
  };
