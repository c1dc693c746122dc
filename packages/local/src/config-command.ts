/** `thor config …`: check, explain and describe thor.json. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { readConfigFile } from "@thor/workspace-config/config-file";
import { admissionOf, type Admission } from "@thor/workspace-config/pure/admission";
import { explainApproval, explainProfile } from "@thor/workspace-config/pure/explain";
import { workspaceConfigSchemaText } from "@thor/workspace-config/pure/json-schema";
import { issueLine, readWorkspaceConfig, wholeFileIssue } from "@thor/workspace-config/pure/read";

import { layoutOf, ROOT } from "./start/layout.ts";

const CONFIG_HELP = `thor config check [file]      every fault of thor.json, one line each; exit 1 when there is one
thor config schema            the JSON Schema of thor.json
thor config explain profile [--channel C…]… [--repo NAME]
thor config explain approval --upstream ID --tool NAME [--args JSON] [--profile P] [--repo NAME] [--channel C…]
`;

type Env = Readonly<Record<string, string | undefined>>;
interface Speaker {
  out: (line: string) => void;
  err: (line: string) => void;
}

function configFileOf(env: Env): string {
  return env["CONFIG_PATH"] ?? layoutOf(resolve(ROOT, env["THOR_DATA_DIR"] ?? ".thor")).configFile;
}

async function readConfig(path: string) {
  const file = await readConfigFile(path);
  return file.kind === "text"
    ? readWorkspaceConfig(file.text)
    : { kind: "unreadable" as const, issues: [wholeFileIssue(file.why)] };
}

async function check(path: string, { out, err }: Speaker): Promise<number> {
  const read = await readConfig(path);
  for (const warning of read.kind === "unreadable" ? [] : read.warnings) err(`warning ${issueLine(warning)}`);
  if (read.kind === "valid") {
    out(`${path} is valid`);
    return 0;
  }
  for (const issue of read.issues) out(issueLine(issue));
  return 1;
}

const OPTIONS = {
  channel: { type: "string", multiple: true },
  repo: { type: "string" },
  upstream: { type: "string" },
  tool: { type: "string" },
  args: { type: "string" },
  profile: { type: "string" },
} as const;

type Answer = { kind: "lines"; lines: string[] } | { kind: "misused"; why: string };

function parseArguments(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function explain(args: readonly string[], admission: Admission): Answer {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const { channel: channels = [], repo, upstream, tool, profile } = values;
  if (positionals.join(" ") === "profile") return { kind: "lines", lines: explainProfile(admission, channels, repo) };
  if (positionals.join(" ") !== "approval") return { kind: "misused", why: "explain profile, or explain approval" };
  if (upstream === undefined || tool === undefined) return { kind: "misused", why: "--upstream and --tool are needed" };
  const parsed = parseArguments(values.args ?? "{}");
  if (parsed === undefined) return { kind: "misused", why: "--args is not JSON" };
  const action = { upstream, tool, profile, repo, channel: channels[0], args: parsed.value };
  return { kind: "lines", lines: explainApproval(admission, action) };
}

async function explainFrom(path: string, args: readonly string[], { out, err }: Speaker): Promise<number> {
  const read = await readConfig(path);
  if (read.kind !== "valid") {
    err(`${path} is not valid; see thor config check`);
    return 1;
  }
  const answer = explain(args, admissionOf(read.config));
  if (answer.kind === "misused") {
    err(`${answer.why}\n${CONFIG_HELP}`);
    return 2;
  }
  for (const line of answer.lines) out(line);
  return 0;
}

/** Runs a sub-command; the answer is the exit code. */
export async function configCommand(args: readonly string[], env: Env, speaker: Speaker): Promise<number> {
  const [name = "help", ...rest] = args;
  switch (name) {
    case "check":
      return check(resolve(rest[0] ?? configFileOf(env)), speaker);
    case "schema":
      speaker.out(workspaceConfigSchemaText().trimEnd());
      return 0;
    case "explain":
      return explainFrom(configFileOf(env), rest, speaker);
    default:
      speaker.err(CONFIG_HELP);
      return 2;
  }
}
