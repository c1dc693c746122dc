/** Decides calls in an imagined place, so that a rule can be asked about without a service, a repository or a session. */
import { parseArguments, USAGE } from "@thor/sandbox/pure/arguments";

import type { Caller } from "../core/call.ts";
import type { OpenedPlace, RepositoryPlace } from "../core/git/place.ts";
import { findSecret } from "../core/outbound/secret-scan.ts";
import { isWithin, resolvePath } from "../core/paths.ts";
import { createGhDecide } from "./gh/decide.ts";
import { createGitDecide } from "./git/decide.ts";
import type { MetabaseApi } from "./metabase/api.ts";
import { createMetabaseDecide } from "./metabase/decide.ts";
import type { Decide } from "./run-command.ts";
import { createSandboxDecide } from "./sandbox/decide.ts";
import type { SqlDeps } from "./sql-text.ts";
import { createAwsDecide } from "./tool/aws.ts";
import { createPsqlDecide } from "./tool/psql.ts";
import { createLdcliDecide, createScoutqaDecide } from "./tool/service-tools.ts";

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
  headBranch: () => Promise.resolve("feat/x"),
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

const gh = createGhDecide({ ...place, runnerBaseUrl: VIEWER });

const sandbox = createSandboxDecide({
  worktrees: ROOTS.worktrees,
  rules: place.rules,
  usage: USAGE,
  parse: parseArguments,
  openPlace,
  act: nothingRuns,
  list: nothingRuns,
});

/** Credentials of nothing, for databases and services that nobody asks here. */
const VARIABLES = {
  PSQL_DATABASES: JSON.stringify({ db: { host: "db.example", database: "d", username: "u", password: "p" } }),
  METABASE_URL: "https://metabase.example",
  METABASE_API_KEY: "imagined",
  METABASE_DATABASE_ID: "1",
  METABASE_ALLOWED_SCHEMAS: "analytics",
  LD_ACCESS_TOKEN: "imagined",
  SCOUT_API_KEY: "imagined",
};

/** One database, and one card for every number. */
const imaginedMetabase: MetabaseApi = {
  engine: () => Promise.resolve("postgres"),
  card: (id) =>
    Promise.resolve({
      id,
      database_id: 1,
      dataset_query: { type: "native", native: { query: "select 1", "template-tags": {} } },
    }),
  database: absent,
  schemas: absent,
  tables: absent,
  columns: absent,
  table: absent,
  dataset: nothingRuns,
};

const toolsWith = (sql: SqlDeps): Readonly<Record<string, Decide>> => ({
  git,
  gh,
  sandbox,
  psql: createPsqlDecide({ variables: VARIABLES, sql, run: nothingRuns }),
  aws: createAwsDecide({ variables: {}, run: nothingRuns }),
  metabase: createMetabaseDecide({ variables: VARIABLES, isProduction: true, sql, apiFor: () => imaginedMetabase }),
  ldcli: createLdcliDecide({ variables: VARIABLES, run: nothingRuns }),
  scoutqa: createScoutqaDecide({ variables: VARIABLES, run: nothingRuns }),
});

/** Decides about calls of the imagined session, whose standard input holds some text; nothing for an unknown tool. */
export function createExplain(sql: SqlDeps) {
  const tools = toolsWith(sql);
  const explain = async (tool: string, args: readonly string[], cwd = IMAGINED_CWD) => {
    const decide = Object.hasOwn(tools, tool) ? tools[tool] : undefined;
    return decide?.({ id: "explain", tool, caller: CALLER, args, cwd, stdin: "some text" });
  };
  return { explain, tools: Object.keys(tools) };
}
