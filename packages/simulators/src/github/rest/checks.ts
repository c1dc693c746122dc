/** Checks and statuses of a commit. */
import type { Forge } from "../forge.ts";
import { readRefs } from "../pushing.ts";
import { notFound, ok, paged, type Route, route, type RouteContext } from "./route.ts";

/** A commit by its id or by the name of a branch. */
async function commitNamed({ repository, params }: RouteContext): Promise<string> {
  const ref = params["ref"] ?? "";
  return (await readRefs(repository))[ref] ?? ref;
}

function combined(forge: Forge, repo: string, sha: string): string {
  const states = forge.statusesAt(repo, sha).map(({ state }) => state);
  if (states.some((state) => state === "failure" || state === "error")) return "failure";
  return states.length === 0 || states.includes("pending") ? "pending" : "success";
}

export const checkRoutes: readonly Route[] = [
  route("GET /commits/:ref/check-runs", ["checks"], async (context) => {
    const { forge, forms } = context.stage;
    const rows = forge.runsAt(context.repo, await commitNamed(context)).map(forms.checkRun);
    return paged(context, rows, (check_runs) => ({ total_count: rows.length, check_runs }));
  }),
  route("GET /commits/:ref/check-suites", ["checks"], async (context) => {
    const { forge, forms } = context.stage;
    const rows = forge.suitesAt(context.repo, await commitNamed(context)).map(forms.checkSuite);
    return paged(context, rows, (check_suites) => ({ total_count: rows.length, check_suites }));
  }),
  route("GET /commits/:ref/status", ["statuses"], async (context) => {
    const { forge, forms } = context.stage;
    const sha = await commitNamed(context);
    const statuses = forge.statusesAt(context.repo, sha).map(forms.status);
    return ok({ sha, state: combined(forge, context.repo, sha), total_count: statuses.length, statuses });
  }),
  route("GET /commits/:ref/statuses", ["statuses"], async (context) => {
    const { forge, forms } = context.stage;
    return paged(context, forge.statusesAt(context.repo, await commitNamed(context)).map(forms.status));
  }),
  route("GET /check-runs/:id", ["checks"], ({ stage, params }) => {
    const row = stage.forge.checkRuns.get(params["id"] ?? "");
    return row === undefined ? notFound : ok(stage.forms.checkRun(row));
  }),
  route("GET /check-suites/:id", ["checks"], ({ stage, params }) => {
    const row = stage.forge.checkSuites.get(params["id"] ?? "");
    return row === undefined ? notFound : ok(stage.forms.checkSuite(row));
  }),
  route("GET /check-suites/:id/check-runs", ["checks"], (context) => {
    const { forge, forms } = context.stage;
    const rows = forge.runsOf(Number(context.params["id"])).map(forms.checkRun);
    return paged(context, rows, (check_runs) => ({ total_count: rows.length, check_runs }));
  }),
];
