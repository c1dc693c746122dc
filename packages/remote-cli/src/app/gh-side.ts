import { systemClock } from "@thor/kit/system-clock";

import { createDefaultBranches } from "../adapters/default-branches.ts";
import { findProgram } from "../adapters/find-program.ts";
import { createOpenBroker } from "../adapters/gh-broker.ts";
import { createGhRunner } from "../adapters/gh-runner.ts";
import { headBranch } from "../adapters/git-facts.ts";
import { findSecret } from "../core/outbound/secret-scan.ts";
import { createAssign } from "../flows/gh/assign.ts";
import { createBindIssue } from "../flows/gh/bind-issue.ts";
import { createGhDecide } from "../flows/gh/decide.ts";
import { createGhExecute } from "../flows/gh/execute.ts";
import { createPersonOf, judgeRulesOf, viewerLinkOf, type Parts, type Placing } from "./parts.ts";

const ASSIGN_MS = 3000;

/** gh: the agent's commands and the look-ups of Thor's own services, all through the broker. */
export function createGhSide(parts: Parts, { openPlace }: Placing) {
  const { config, log, ledger, view, audit, github, confine, runChild, toolPaths, heldSecrets } = parts;
  const { callsDirectory } = config;
  const run = createGhRunner({
    gh: findProgram("gh", toolPaths.gh),
    callsDirectory,
    confine,
    runChild,
    openBroker: createOpenBroker({ ...config.github, log }),
  });
  return createGhDecide({
    host: config.github.host,
    runnerBaseUrl: config.runnerBaseUrl,
    grants: () => view.current().admission,
    protectedGlobs: () => view.current().admission.github.protectedBranches,
    rules: judgeRulesOf(parts),
    openPlace,
    headBranch,
    defaultBranch: createDefaultBranches(github, systemClock),
    personOf: createPersonOf(parts),
    findSecret: (text) => findSecret(text, heldSecrets()),
    execute: createGhExecute({
      login: `${config.github.slug}[bot]`,
      run,
      mint: github.token,
      evict: github.evict,
      bindIssue: createBindIssue({ ...ledger, log, viewerLink: viewerLinkOf(config) }),
      assign: createAssign({ log, ask: github.ask, note: audit.note, timeoutMs: ASSIGN_MS }),
    }),
  });
}
