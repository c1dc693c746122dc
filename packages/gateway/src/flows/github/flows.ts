/** Everything that exists only when GitHub is set up: its deliveries, look-ups about them, and what is said there. */
import { createLookUp, type LookUpDeps } from "../look-up.ts";
import { createGithubFacts, type GithubFactsDeps } from "./facts.ts";
import { createReceiveGithub, type ReceiveGithubDeps } from "./receive.ts";
import { createSendGithub, type SendGithubDeps } from "./send.ts";

export type GithubFlowsDeps = ReceiveGithubDeps & Omit<GithubFactsDeps, "lookUp"> & LookUpDeps & SendGithubDeps;

export const createGithubFlows = (deps: GithubFlowsDeps) => ({
  receive: createReceiveGithub(deps),
  facts: createGithubFacts({ ...deps, lookUp: createLookUp(deps) }),
  send: createSendGithub(deps),
});
