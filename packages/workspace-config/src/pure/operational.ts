/** The half of thor.json that says how Thor works; who may do what is never decided from it. */
import type { WorkspaceConfig } from "./schema/root.ts";

export interface Operational {
  readonly channelRepos: Readonly<Record<string, string>>;
  readonly budgets: Omit<WorkspaceConfig["budgets"], "continueApprovers" | "perRecipe">;
  readonly sandbox: WorkspaceConfig["sandbox"];
  readonly models: WorkspaceConfig["models"];
  readonly memory: Pick<WorkspaceConfig["memory"], "maxBytesPerFile" | "people">;
}

export function operationalOf({ slack, budgets, sandbox, memory, models }: WorkspaceConfig): Operational {
  const { continueApprovers: _decides, perRecipe: _reserved, ...limits } = budgets;
  const { maxBytesPerFile, people } = memory;
  return { channelRepos: slack.channelRepos, budgets: limits, sandbox, models, memory: { maxBytesPerFile, people } };
}
