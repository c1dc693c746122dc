/** Ties a command of gh to the repository and the branch of its working directory, in words that say so. */
import type { Denial } from "../denial.ts";
import { renderCommand } from "../grammar/render.ts";
import { hasOption, valuesOf, type Command } from "../grammar/spec.ts";
import { checksArgv, unknownCheckFields } from "./checks.ts";

export interface GhPlace {
  host: string;
  owner: string;
  repo: string;
  /** The branch that is checked out; nothing when HEAD is detached. */
  branch: string | undefined;
}
export type Pinned = { kind: "pinned"; command: Command; argv: readonly string[] } | ({ kind: "denied" } & Denial);

const denied = (rule: string, reason: string, instead?: string): Pinned => ({ kind: "denied", rule, reason, instead });
const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const fullName = ({ owner, repo }: GhPlace) => `${owner}/${repo}`;
const withRepo = (place: GhPlace, command: Command): Pinned => ({
  kind: "pinned",
  command,
  argv: [...renderCommand(command), "--repo", fullName(place)],
});

const DETACHED = "no branch is checked out here";

/** The number in the address of a pull request of this very repository. */
function numberIn(address: string, place: GhPlace): string | undefined {
  const [, name, number] = /^https:\/\/(.+)\/pull\/([1-9]\d{0,9})(?:\/[a-z]+)?$/.exec(address) ?? [];
  return name !== undefined && isSame(name, `${place.host}/${fullName(place)}`) ? number : undefined;
}

function pinSelector(place: GhPlace, command: Command): Pinned {
  const given = command.positionals[0] ?? place.branch;
  if (given === undefined) return denied("branch.detached", DETACHED, "name the pull request by its number");
  const settled = given.startsWith("https:") ? numberIn(given, place) : given;
  if (settled === undefined) return denied("origin.other", `this address is no pull request of ${fullName(place)}`);
  return withRepo(place, { ...command, positionals: [settled] });
}

function pinCreate(place: GhPlace, command: Command): Pinned {
  const { branch } = place;
  const [head] = valuesOf(command, "--head");
  if (branch === undefined) return denied("branch.detached", DETACHED, "git worktree add -b <branch> …");
  if (head !== undefined && head !== branch)
    return denied("head.other", `the pull request comes from ${branch}, the branch that is checked out, not ${head}`);
  const options = hasOption(command, "--head")
    ? command.options
    : [...command.options, { name: "--head", value: branch, after: 0 }];
  return withRepo(place, { ...command, options });
}

function pinApi(place: GhPlace, command: Command): Pinned {
  const [path = ""] = command.positionals;
  const [, name, rest = ""] = /^repos\/([^/?]+\/[^/?]+)([^]*)$/.exec(path) ?? [];
  if (name !== undefined && name !== "{owner}/{repo}" && !isSame(name, fullName(place)))
    return denied("origin.other", `this clone is ${fullName(place)}, not ${name}`);
  const written = name === undefined ? path : `repos/${fullName(place)}${rest}`;
  const pinned = { ...command, positionals: [written] };
  return { kind: "pinned", command: pinned, argv: renderCommand(pinned) };
}

function pinRepoView(place: GhPlace, command: Command): Pinned {
  const given = command.positionals[0];
  if (given !== undefined && !isSame(given, fullName(place)))
    return denied("origin.other", `this clone is ${fullName(place)}, not ${given}`);
  const pinned = { ...command, positionals: [fullName(place)] };
  return { kind: "pinned", command: pinned, argv: renderCommand(pinned) };
}

function pinChecks(place: GhPlace, command: Command): Pinned {
  const [fields = ""] = valuesOf(command, "--json");
  const strange = unknownCheckFields(fields);
  if (strange.length > 0) return denied("value.invalid", `unknown fields: ${strange.join(", ")}`);
  return { kind: "pinned", command, argv: checksArgv(place, command.positionals[0] ?? "", fields) };
}

/** The final words of a command of the agent, or why it would leave its repository. */
export function pinGh(command: Command, place: GhPlace): Pinned {
  switch (command.spec.id) {
    case "pr.view":
    case "pr.checks":
    case "pr.checks.watch":
    case "pr.diff":
    case "pr.review":
      return pinSelector(place, command);
    case "pr.create":
      return pinCreate(place, command);
    case "pr.checks.json":
      return pinChecks(place, command);
    case "api":
      return pinApi(place, command);
    case "repo.view":
      return pinRepoView(place, command);
    case "auth.status":
      return { kind: "pinned", command, argv: renderCommand(command) };
    case "search.repos":
      return { kind: "pinned", command, argv: [...renderCommand(command), "--owner", place.owner] };
    default:
      return withRepo(place, command);
  }
}

/** The words of a look-up or notice of Thor's own services; what they name must be the clone's own repository. */
export function pinInternalGh(command: Command, place: GhPlace): Pinned {
  const isApi = command.spec.id === "api";
  const named = isApi ? command.positionals[0]?.split("/").slice(1, 3).join("/") : valuesOf(command, "--repo")[0];
  if (named !== undefined && !isSame(named, fullName(place)))
    return denied("origin.other", `this clone is ${fullName(place)}, not ${named}`);
  if (command.spec.id === "pr.checks.json") return pinChecks(place, command);
  const argv = renderCommand(command);
  return { kind: "pinned", command, argv: isApi || named !== undefined ? argv : [...argv, "--repo", fullName(place)] };
}
