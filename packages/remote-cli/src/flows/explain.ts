/** Decides calls in an imagined place, so that a rule can be asked about without a service, a repository or a session. */
import type { Caller } from "../core/call.ts";
import type { OpenedPlace, RepositoryPlace } from "../core/git/place.ts";
import { findSecret } from "../core/outbound/secret-scan.ts";
import { isWithin, resolvePath } from "../core/paths.ts";
import { createGhDecide } from "./gh/decide.ts";
import { createGitDecide } from "./git/decide.ts";
import type { Decide } from "./run-command.ts";

const ROOTS = { repos: "/workspace/repos", worktrees: "/workspace/worktrees" };
const ANCHOR = "imagined";
const HOST = "github.com";
const VIEWER = "https://thor.example";
const MAIN = `${ROOTS.repos}/r`;
/** Where a call stands unless it says otherwise. */
export const IMAGINED_CWD = `${ROOTS.worktrees}/r/feat/x`;

const CALLER: Caller = {
  kind: "session",
  sessionId: "imagined",
  lineage: ["imagined"],
  anchorId: ANCHOR,
  repo: "r",
  channels: [],
  trigger: { id: "imagined", requesters: [], isOpen: true },
  profile: undefined,
};

const placeAt = (area: "main" | "worktree", root: string, cwd: string): RepositoryPlace => ({
  kind: "repository",
  area,
  repo: "r",
  root,
  cwd,
  gitDir: `${MAIN}/.git`,
  commonDir: `${MAIN}/.git`,
  config: { kind: "ok", originUrls: ["https://github.com/acme/r"] },
  ownerAnchorId: ANCHOR,
});

function located(cwd: string): OpenedPlace["located"] {
  if (cwd === ROOTS.repos || cwd === ROOTS.worktrees) return { kind: "roots", cwd };
  if (isWithin(MAIN, cwd)) return placeAt("main", MAIN, cwd);
  if (isWithin(IMAGINED_CWD, cwd)) return placeAt("worktree", IMAGINED_CWD, cwd);
  return isWithin(`${ROOTS.worktrees}/r`, cwd) ? placeAt("worktree", cwd, cwd) : { kind: "outside" };
}

const openPlace = (asked: string): Promise<OpenedPlace> =>
  Promise.resolve({
    located: located(resolvePath("/", asked)),
    handlePath: asked,
    close: () => Promise.resolve(),
  });

const nothingRuns = () => Promise.reject(new Error("nothing runs here"));
const absent = () => Promise.resolve(undefined);

/** What git and gh know of the place. */
const place = {
  host: HOST,
  grants: () => ({ owners: { acme: { github_app_installation_id: 1 } } }),
  protectedGlobs: () => [],
  defaultBranch: () => Promise.resolve("main"),
  personOf: () => undefined,
  findSecret: (text: string) => findSecret(text, []),
  rules: { viewerLink: (anchorId: string) => `${VIEWER}/runner/v/${anchorId}`, profileOfRepo: () => undefined },
  openPlace,
  execute: nothingRuns,
};

const git = createGitDecide({
  ...place,
  anchorOf: () => Promise.resolve({ kind: "unknown" }),
  findNested: absent,
  findLinked: absent,
  readFile: () => Promise.resolve({ kind: "read", bytes: new TextEncoder().encode("a message") }),
  roots: ROOTS,
  realPath: (path) => path,
  inspectNewWorktree: (_, path) =>
    Promise.resolve(isWithin(IMAGINED_CWD, path) ? "it would lie inside another worktree" : undefined),
  existingClone: (path) => Promise.resolve(path === MAIN ? "https://github.com/acme/r" : undefined),
});

const gh = createGhDecide({ ...place, runnerBaseUrl: VIEWER, headBranch: () => Promise.resolve("feat/x") });

const TOOLS: Readonly<Record<string, Decide>> = { git, gh };
export const EXPLAINED_TOOLS: readonly string[] = Object.keys(TOOLS);

/** What would be decided about a call of the imagined session; standard input holds some text. */
export async function explainCall(tool: string, args: readonly string[], cwd = IMAGINED_CWD) {
  const decide = TOOLS[tool];
  return decide === undefined
    ? undefined
    : decide({ id: "explain", tool, caller: CALLER, args, cwd, stdin: "some text" });
}
