/** run.json: what a tool must know to talk to a running start; for this user only, gone with the start. */
import { rmSync } from "node:fs";

import { writeFileAtomic } from "@thor/kit/atomic-file";
import type { SimulatorFacts } from "@thor/simulators/start";
import { z } from "zod";

import { frontDoorUrl, local, type Stage } from "./child-plan.ts";

const url = z.url();

/** The contract with harnesses; a field changes only together with `version`. */
export const RunFile = z.strictObject({
  version: z.literal(1),
  pid: z.number(),
  dataDir: z.string(),
  urls: z.strictObject({
    gateway: url,
    runner: url,
    remoteCli: url,
    admin: url,
    scheduler: url,
    opencode: url,
    frontDoor: url,
    sim: url,
  }),
  secrets: z.strictObject({
    internal: z.string(),
    slackSigning: z.string(),
    slackBotToken: z.string(),
    githubWebhook: z.string(),
    cron: z.string(),
    opencodePassword: z.string(),
  }),
  slack: z.strictObject({ teamId: z.string(), botUserId: z.string(), channel: z.string(), user: z.string() }),
  github: z.strictObject({
    owner: z.string(),
    repo: z.string(),
    appSlug: z.string(),
    botId: z.number(),
    installationId: z.number(),
  }),
  children: z.record(z.string(), z.number()),
});
export type RunFile = z.infer<typeof RunFile>;

export function runFacts(stage: Stage, facts: SimulatorFacts, children: Readonly<Record<string, number>>): RunFile {
  const { layout, ports, secrets } = stage;
  const { teamId, botUserId, channel, user } = facts.slack;
  const { owner, repo, appSlug, botId, installationId } = facts.github;
  return {
    version: 1,
    pid: process.pid,
    dataDir: layout.data,
    urls: {
      gateway: local(ports.gateway),
      runner: local(ports.runner),
      remoteCli: local(ports.remoteCli),
      admin: local(ports.admin),
      scheduler: local(ports.scheduler),
      opencode: local(ports.opencode),
      frontDoor: frontDoorUrl(ports),
      sim: facts.url,
    },
    secrets: {
      internal: secrets.THOR_INTERNAL_SECRET,
      slackSigning: secrets.SLACK_SIGNING_SECRET,
      slackBotToken: secrets.SLACK_BOT_TOKEN,
      githubWebhook: secrets.GITHUB_WEBHOOK_SECRET,
      cron: secrets.CRON_SECRET,
      opencodePassword: secrets.OPENCODE_SERVER_PASSWORD,
    },
    slack: { teamId, botUserId, channel, user },
    github: { owner, repo, appSlug, botId, installationId },
    children,
  };
}

export const writeRunFile = (path: string, facts: RunFile) =>
  writeFileAtomic(path, `${JSON.stringify(facts, null, 2)}\n`, 0o600);

export function removeRunFile(path: string): void {
  rmSync(path, { force: true });
}
