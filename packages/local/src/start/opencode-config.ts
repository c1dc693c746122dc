/** OpenCode's configuration for Thor: one provider, no network of its own, Thor's plugin and shell. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { Stage } from "./child-plan.ts";
import { AGENT_CLI, THOR_SHELL } from "./layout.ts";

/** OpenCode installs its plugin package into every directory it reads; what looks installed is left alone. */
const STUB_LOCK = { lockfileVersion: 3, packages: { "": { dependencies: { "@opencode-ai/plugin": "*" } } } };
const CONTEXT_TOKENS = 100_000;
const OUTPUT_TOKENS = 8000;

function stub(directory: string): void {
  mkdirSync(join(directory, "node_modules"), { recursive: true });
  writeFileSync(join(directory, "package-lock.json"), JSON.stringify(STUB_LOCK));
  writeFileSync(join(directory, ".gitignore"), "*\n");
}

const guide = ({ layout }: Stage) => `# How you work here

You are Thor, a member of an engineering team. A prompt is a Slack event, shown as JSON; people see only what you post.

- Main clones are in ${layout.repos}/<repo> and are read-only. Never edit there.
- To change something, add a worktree of your own: \`git -C ${layout.repos}/<repo> worktree add -b <branch> ${layout.worktrees}/<repo>/<branch> origin/main\`, edit below that path, then \`git -C <worktree> add\`, \`commit -m\`, and \`push -u origin HEAD:refs/heads/<branch>\`.
- Answer in the thread: \`slack-post-message --channel <channel> --thread-ts <thread_ts or ts>\` with the text on standard input (a quoted heredoc). Slack's own markup, no Markdown tables.
- In a direct message \`memory person show | append | replace | forget\` keeps what that person wants remembered; text on standard input.
- \`main\` is protected; a person merges.
`;

function settings({ model }: Stage, { shell, plugin }: { shell: string; plugin: string }) {
  return {
    $schema: "https://opencode.ai/config.json",
    model: `thor/${model.id}`,
    small_model: `thor/${model.id}`,
    enabled_providers: ["thor"],
    share: "disabled",
    autoupdate: false,
    snapshot: false,
    lsp: false,
    formatter: false,
    default_agent: "build",
    shell,
    plugin: [plugin],
    provider: {
      thor: {
        npm: "@ai-sdk/openai-compatible",
        name: "Thor's model",
        options: { baseURL: "{env:THOR_MODEL_BASE_URL}", apiKey: "{env:THOR_MODEL_API_KEY}" },
        models: {
          [model.id]: {
            name: model.id,
            tool_call: true,
            reasoning: true,
            limit: { context: CONTEXT_TOKENS, output: OUTPUT_TOKENS },
          },
        },
      },
    },
    agent: { title: { disable: true } },
    permission: {
      doom_loop: "allow",
      external_directory: "allow",
      read: "allow",
      question: "deny",
      plan_enter: "deny",
      plan_exit: "deny",
      webfetch: "deny",
      websearch: "deny",
    },
  };
}

/** The server asks git about directories that the agent can write; it gets no git. Commands get theirs from thor-shell. */
function hideGit(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, "git"), "#!/bin/sh\nexit 127\n", { mode: 0o755 });
}

/** Writes the configuration anew at each start, so that it always fits this installation. */
export function writeOpencodeConfig(stage: Stage): void {
  const { opencode } = stage.layout;
  for (const name of ["home", "data", "cache", "state"])
    mkdirSync(join(opencode, name), { recursive: true, mode: 0o700 });
  hideGit(stage.layout.opencodeBin);
  const thor = join(opencode, "thor");
  for (const directory of [thor, join(opencode, "config", "opencode")]) stub(directory);
  const places = { shell: THOR_SHELL, plugin: pathToFileURL(join(AGENT_CLI, "plugin.ts")).href };
  writeFileSync(join(thor, "opencode.json"), `${JSON.stringify(settings(stage, places), null, 2)}\n`);
  writeFileSync(join(thor, "AGENTS.md"), guide(stage));
}
