/** The children in their order: each starts when what it needs is usable, independent ones start together. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { SimulatorFacts } from "@thor/simulators/start";
import { z } from "zod";

import {
  adminPlan,
  type ChildPlan,
  gatewayPlan,
  opencodePlan,
  remoteCliPlan,
  runnerPlan,
  schedulerPlan,
  simulatorConfig,
  simulatorPlan,
  type Stage,
} from "./child-plan.ts";
import { compileSources } from "./compiled-sources.ts";
import { cloneDemo, writeCrontab, writeThorJson } from "./first-run.ts";
import { writeOpencodeConfig } from "./opencode-config.ts";
import { type ChildState, supervise, type Supervised } from "./supervise.ts";

const text = z.string();
/** The part of the simulators' ready line that is needed here. */
const Facts = z.object({
  url: text,
  slack: z.object({
    apiUrl: text,
    pageUrl: text,
    teamId: text,
    botUserId: text,
    botId: text,
    appId: text,
    channel: text,
    user: text,
  }),
  github: z.object({
    gitUrl: text,
    apiUrl: text,
    pageUrl: text,
    owner: text,
    repo: text,
    appId: z.number(),
    appSlug: text,
    botId: z.number(),
    installationId: z.number(),
    privateKeyFile: text,
    caFile: text,
  }),
  model: z.object({ baseUrl: text, model: text }),
  mcp: z.object({ baseUrl: text, token: text }),
  daytona: z.object({ apiUrl: z.string(), apiKey: z.string() }),
});

export interface StackDeps {
  stage: Stage;
  onState: (name: string, state: ChildState) => void;
  /** Called with each child as soon as it exists, so that it can be stopped whatever happens next. */
  adopt: (child: Supervised) => void;
  /** Fires when the start is called off. */
  signal: AbortSignal;
}

/** Starts everything and resolves when a mention can be answered. */
export async function startStack({ stage, onState, adopt, signal }: StackDeps): Promise<SimulatorFacts> {
  const start = (plan: ChildPlan) => {
    const child = supervise(plan, { layout: stage.layout, onState });
    adopt(child);
    return child.firstReady;
  };
  const configFile = join(stage.layout.run, "simulators.json");
  writeFileSync(configFile, JSON.stringify(simulatorConfig(stage)), { mode: 0o600 });
  writeOpencodeConfig(stage);
  const opencode = start(opencodePlan(stage));
  const [simulators] = await Promise.all([
    start(simulatorPlan(stage, configFile)),
    compileSources(stage.layout.compiled, signal),
  ]);
  const facts = Facts.parse(JSON.parse(simulators));
  writeThorJson(stage, facts);
  writeCrontab(stage, facts);
  const door = async () => {
    await start(remoteCliPlan(stage, facts));
    await cloneDemo(stage, facts);
    // The gateway refuses to start without the repository that it sends first mentions to.
    await start(gatewayPlan(stage, facts));
    await start(schedulerPlan(stage, facts));
  };
  await Promise.all([door(), opencode, start(runnerPlan(stage, facts)), start(adminPlan(stage))]);
  return facts;
}
