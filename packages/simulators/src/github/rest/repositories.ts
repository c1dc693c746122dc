/** A repository itself: its branches, commits and people. */
import { readCommits } from "../commits.ts";
import { accountForm } from "../forms.ts";
import { git } from "../git.ts";
import { fault, repositoryForm } from "../handing-out.ts";
import type { Repository } from "../hub.ts";
import { readRefs } from "../pushing.ts";
import { gone, notFound, ok, paged, type Route, route } from "./route.ts";

async function branchesOf(repository: Repository) {
  const refs = await readRefs(repository);
  return Object.entries(refs).map(([name, sha]) => ({
    name,
    commit: { sha },
    protected: name === repository.defaultBranch,
  }));
}

const PERMISSION: Readonly<Record<string, string>> = { OWNER: "admin", MEMBER: "write", COLLABORATOR: "write" };

export const repositoryRoutes: readonly Route[] = [
  route("GET /", ["metadata"], ({ repository, stage }) => ok(repositoryForm(repository, stage.forge.webBase()))),
  route("GET /branches", ["contents"], async (context) => paged(context, await branchesOf(context.repository))),
  route("GET /branches/*", ["contents"], async ({ repository, params }) => {
    const found = (await branchesOf(repository)).find(({ name }) => name === params["*"]);
    if (found === undefined) return fault(404, "Branch not found");
    const message = await git(repository.directory, ["log", "-1", "--format=%B", found.commit.sha]);
    return ok({ ...found, commit: { ...found.commit, commit: { message: message.trim() } } });
  }),
  route("GET /commits/:ref", ["contents"], async ({ repository, params }) => {
    const ref = params["ref"] ?? "";
    const wanted = (await readRefs(repository))[ref] ?? ref;
    if (!/^[0-9a-f]{7,40}$/.test(wanted)) return fault(422, `No commit found for SHA: ${ref}`);
    const [commit] = await readCommits(repository.directory, wanted, 1).catch(() => []);
    if (commit === undefined) return fault(422, `No commit found for SHA: ${ref}`);
    const who = { name: commit.name, email: commit.email, date: commit.at };
    return ok({ sha: commit.sha, commit: { message: commit.message, author: who, committer: who } });
  }),
  route("GET /assignees/:login", ["metadata"], ({ stage, params }) => {
    const account = stage.forge.account(params["login"] ?? "");
    return account === undefined || account.association === "NONE" ? notFound : gone;
  }),
  route("GET /collaborators/:login/permission", ["metadata"], ({ stage, params }) => {
    const account = stage.forge.account(params["login"] ?? "");
    if (account === undefined) return notFound;
    return ok({ permission: PERMISSION[account.association] ?? "none", user: accountForm(account) });
  }),
];
